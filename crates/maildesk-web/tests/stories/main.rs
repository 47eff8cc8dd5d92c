//! The web as its users see it, API and pages: requests through the router, a real store behind it, a clock in
//! hand. Sync and push are played by the tests, through the same contract.

#![expect(
    clippy::unwrap_used,
    reason = "in a story, what must be there is unwrapped"
)]

mod access;
mod attachments;
mod auth;
mod bodies;
mod description;
mod drafts;
mod events;
mod frame;
mod mailboxes;
mod messages;
mod metrics;
mod pages;
mod paging;
mod push;
mod support;
mod wire;
