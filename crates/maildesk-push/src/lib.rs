//! Keeps one healthy subscription per wanted mailbox and turns each notification into a stamp.
//! Removing this crate makes mail later, never lost.
//!
//! Both ends of push are here. [`hook`] is where Microsoft's notifications come in: it checks,
//! stamps, answers, and knows nothing of the rest. [`Push`] claims mailboxes whose push is due,
//! asks [`plan`] for the next step, takes it, and asks again; whether a mailbox could be registered
//! at all is [`readiness`]'s to say. Both planners are pure.
//!
//! This crate reads no mail and runs no sync: it writes stamps, and sync does the rest. A new
//! step is a variant of [`plan::Next`] with a file of its own under `run/`; what silence means is
//! decided in `plan/watch.rs`.

mod former;
pub mod hook;
mod late;
pub mod plan;
mod probe;
pub mod readiness;
mod run;
mod self_test;
mod urls;
mod words;

pub use run::{Push, Settings, push_base_url};
pub use self_test::{Outside, Seen, Unreached, test_address};
pub use urls::{LIFECYCLE_PATH, NOTIFICATIONS_PATH, lifecycle_url, notification_url};
