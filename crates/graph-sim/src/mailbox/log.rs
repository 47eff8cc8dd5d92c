//! The log of a folder: what delta rounds read.
//!
//! Entries of one message in one folder are chained backwards, so that a round can tell whether the message is new to the client and which
//! of its fields changed, without remembering anything per client.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Fields that changed, as bits.
pub(crate) mod field {
    /// `isRead`.
    pub(crate) const READ: u8 = 1;
    /// `flag`.
    pub(crate) const FLAG: u8 = 2;
    /// `categories`.
    pub(crate) const CATEGORIES: u8 = 4;
    /// `importance`.
    pub(crate) const IMPORTANCE: u8 = 8;
    /// `inferenceClassification`.
    pub(crate) const INFERENCE: u8 = 16;
    /// Anything else: the item is always reported whole.
    pub(crate) const CONTENT: u8 = 128;
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum What {
    /// The message came into the folder.
    Enter,
    /// It changed; the bits say which fields.
    Change(u8),
    /// It left: moved or deleted.
    Leave,
    /// A run of filled messages appeared, by its place in the mailbox's list.
    Fill(u32),
}

/// One thing that happened in a folder.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Position in the mailbox's order of changes.
    pub(crate) seq: u64,
    pub(crate) at: Timestamp,
    /// The message; for a fill its first.
    pub(crate) no: u32,
    /// Its moves at that time, which make its default id.
    pub(crate) moves: u32,
    pub(crate) what: What,
    /// The entry before this one of the same message in the same folder.
    pub(crate) previous: Option<u32>,
}
