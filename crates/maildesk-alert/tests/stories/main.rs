//! Alerts at work: a real store, and a Microsoft that answers as a story says.
#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot go on ends where it stands"
)]

mod mailing;
mod world;
