//! What an operator can set about sync.

use std::time::Duration;

/// How sync works. The program fills it in from its own settings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Mailboxes worked on at the same time while Microsoft answers quickly; slow answers do not
    /// count, so that a few mailboxes in trouble delay no other (S6).
    pub workers: usize,
    /// Every mailbox is swept at least this often (P6).
    pub interval: Duration,
    /// Every folder is visited at least this often (S10).
    pub every_folder_within: Duration,
    /// All attachments kept here may take this many bytes together; then what nobody opened for
    /// the longest time goes.
    pub blob_cap_bytes: i64,
    /// A larger attachment is not fetched. Exchange lets nobody attach more than 150 MB
    /// (facts.md 7.3), which grows by a third where it is encoded.
    pub attachment_max_bytes: i64,
    /// Journal entries older than this are forgotten.
    pub journal_for: Duration,
    /// No more journal entries than this are kept.
    pub journal_max: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            workers: 8,
            interval: Duration::from_mins(3),
            every_folder_within: Duration::from_hours(1),
            blob_cap_bytes: 4 << 30,
            attachment_max_bytes: 200 << 20,
            journal_for: Duration::from_hours(7 * 24),
            journal_max: 500_000,
        }
    }
}
