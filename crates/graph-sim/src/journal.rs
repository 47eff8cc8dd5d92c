//! What happened on the wire, kept in a bounded ring for `GET /sim/journal`.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde::Serialize;

use crate::clock::wire_millis;
use crate::sync::Held;
use jiff::Timestamp;

/// The newest entries that are kept.
const KEPT: usize = 200_000;

/// Which conversation an entry belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    /// A call of `/v1.0`.
    Graph,
    /// A request to the sign-in pages or the token endpoint.
    SignIn,
    /// A notification delivered, or tried.
    Notification,
    /// A validation of a webhook.
    Validation,
}

/// One exchange.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Position; the first entry is 1.
    pub n: u64,
    /// When it began, in simulated time.
    pub at: String,
    /// Which conversation.
    pub side: Side,
    /// HTTP method.
    pub method: String,
    /// Path and query as asked; for notifications and validations the URL.
    pub path: String,
    /// The address of the mailbox concerned, where there is one.
    pub mailbox: Option<String>,
    /// HTTP status; 0 when there was no answer.
    pub status: u16,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// The fault that struck, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// What a writer knows; the journal adds the position.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) at: Timestamp,
    pub(crate) side: Side,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) mailbox: Option<String>,
    pub(crate) status: u16,
    pub(crate) ms: u64,
    pub(crate) fault: Option<String>,
}

/// The ring.
#[derive(Default)]
pub(crate) struct Journal {
    ring: Mutex<Ring>,
}

#[derive(Default)]
struct Ring {
    last: u64,
    entries: VecDeque<Entry>,
}

impl Journal {
    /// Appends an entry; the oldest goes when the ring is full.
    pub(crate) fn write(&self, note: Note) {
        let mut ring = self.ring.held();
        ring.last += 1;
        let entry = Entry {
            n: ring.last,
            at: wire_millis(note.at),
            side: note.side,
            method: note.method,
            path: note.path,
            mailbox: note.mailbox,
            status: note.status,
            ms: note.ms,
            fault: note.fault,
        };
        if ring.entries.len() == KEPT {
            ring.entries.pop_front();
        }
        ring.entries.push_back(entry);
    }

    /// The entries after position `since`, oldest first.
    pub(crate) fn since(&self, since: u64) -> Vec<Entry> {
        let ring = self.ring.held();
        let first = ring.entries.front().map_or(0, |entry| entry.n);
        let skip = (since + 1).saturating_sub(first) as usize;
        ring.entries.iter().skip(skip).cloned().collect()
    }
}
