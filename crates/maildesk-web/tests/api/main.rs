//! The API as its clients see it: requests through the router, a real store behind it, a clock in
//! hand. Sync and push are played by the tests, through the same contract.

mod access;
mod attachments;
mod auth;
mod bodies;
mod description;
mod events;
mod frame;
mod mailboxes;
mod messages;
mod metrics;
mod paging;
mod push;
mod support;
