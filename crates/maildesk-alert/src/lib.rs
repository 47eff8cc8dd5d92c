//! Tells people outside of the pages what needs them, once, and when it is over.
//! Removing this crate leaves the banners on the pages.
//!
//! [`Alerts`] claims the one lease of the installation, looks at the state of things, and writes down
//! what the pure [`plan`] says: alerts that begin, open and end, and notices that tell of them. What
//! is written down goes out by mail (through Graph, from a connected mailbox) and by a signed POST
//! (through [`Beyond`], which the program implements), again and again until it is taken. A notice
//! that was taken and not noted so is sent twice, which is harmless: it carries the same id.
//!
//! A new kind of alert is a variant of [`AlertKind`](maildesk_model::alert::AlertKind), a condition
//! in `plan/condition.rs`, and a row in the table of tests. A new way out is a file under `run/`.

pub mod plan;
mod run;
mod tell;
mod words;

pub use run::{Alerts, Beyond, Settings, Unsent};
pub use tell::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
