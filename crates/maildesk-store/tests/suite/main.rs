//! The contract, method by method, on both engines: each case runs as `…::sqlite::name` and as
//! `…::postgres::name`. PostgreSQL is found by `MAILDESK_TEST_POSTGRES_URL`; without it those are red.
#![expect(
    clippy::unwrap_used,
    reason = "a case that cannot go on ends where it stands"
)]

mod alerts;
mod app;
mod arrivals;
mod bodies;
mod connections;
mod conversations;
mod coverage;
mod disconnecting;
mod drafting;
mod drafts;
mod fencing;
mod fixture;
mod folders;
mod intents;
mod journal;
mod leases;
mod lists;
mod mailboxes;
mod messages;
mod opening;
mod panel;
mod people;
mod property;
mod push;
mod removal;
mod searching;
mod signatures;
mod stamps;
mod telling;
mod watch;
