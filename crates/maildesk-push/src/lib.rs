//! Both ends of push: keeps one healthy subscription per wanted mailbox, and turns each
//! notification into a stamp. Removing this crate makes mail later, never lost.
//!
//! - [`hook`] is the webhook: check, stamp, answer; nothing else.
//! - [`readiness`] and [`plan`] decide, as pure functions; `run` carries out.
//!
//! Push and sync of one mailbox hold different leases and meet in the store only: an activated
//! subscription and an accepted notification both end in a stamp.

pub mod hook;
pub mod plan;
pub mod readiness;
mod run;

pub use run::{Push, Settings};
