//! The journal and the bells: how live views and workers learn that something was written.

use async_trait::async_trait;
use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, MessageId};
use maildesk_model::journal::JournalEntry;
use tokio::sync::watch;

use super::Result;

/// What is rung after a commit. A bell only says "look"; what to do stands in rows, so a lost
/// ring costs time and nothing else (workers also look by themselves every few seconds).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Bell {
    /// Stamps, sync intents, a new mailbox: sync has something to do.
    Work,
    /// Push intents, parameters, a mailbox's state: push has something to do.
    Push,
    /// The journal grew.
    Journal,
    /// An intent was settled.
    Intent,
}

/// Entries after a position.
#[derive(Clone, PartialEq, Debug)]
pub struct JournalPage {
    /// In order; those of mailboxes the viewer may not see are left out.
    pub entries: Vec<JournalEntry>,
    /// Up to where was read: the position to ask from next, also when all were left out.
    pub read_to: i64,
    /// Whether the asked position is no longer kept: the reader must start over (`reset`).
    pub forgotten: bool,
}

/// A message's way to the first permitted screen (P5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    /// The message.
    pub message: MessageId,
    /// Its mailbox.
    pub mailbox: MailboxId,
    /// Microsoft's received time, corrected for skew.
    pub received_at: Timestamp,
    /// The first notification about it, if one came.
    pub announced_at: Option<Timestamp>,
    /// When it was stored.
    pub stored_at: Timestamp,
    /// When it was first written to a screen.
    pub shown_at: Timestamp,
}

/// Reading the journal.
#[async_trait]
pub trait JournalStore {
    /// A receiver that changes whenever the bell rings, on any node (PostgreSQL) or in this
    /// process (SQLite).
    fn bell(&self, bell: Bell) -> watch::Receiver<u64>;

    /// The newest position; everything up to it is visible to every reader.
    async fn journal_head(&self) -> Result<i64>;

    /// Entries after `position`, at most `limit` read. An entry is never seen later than one with
    /// a higher position. A page with nothing to read answers `read_to == position`.
    async fn journal_after(&self, viewer: Viewer, position: i64, limit: i64)
    -> Result<JournalPage>;

    /// Notes that messages were written to a screen. Answers with those for which it was the first.
    async fn mark_shown(&self, messages: &[MessageId], at: Timestamp) -> Result<Vec<Shown>>;

    /// The way of a message that arrived, once it has been written to a screen. `None` before that,
    /// and for messages that do not exist for this person.
    async fn arrival(&self, viewer: Viewer, message: MessageId) -> Result<Option<Shown>>;

    /// Forgets entries older than `before`, and all but the newest `keep`; also arrivals and audit
    /// rows past their keeping. Bounded; true when there is more to forget.
    async fn forget_old(&self, before: Timestamp, keep: i64) -> Result<bool>;
}
