//! A conversation: messages that answer one another, as Graph groups them.

use crate::message::{Address, MessageSummary};

/// What of a conversation lies in one folder, as a list shows it.
#[derive(Clone, PartialEq, Debug)]
pub struct ConversationSummary {
    /// Its newest message there.
    pub newest: MessageSummary,
    /// How many messages there are.
    pub total: i64,
    /// How many of them are unread.
    pub unread: i64,
    /// Whether one of them is flagged.
    pub is_flagged: bool,
    /// Whether one of them has attachments that are not inline.
    pub has_attachments: bool,
    /// Who wrote the newest of them: newest first, each once, three at most.
    pub authors: Vec<Address>,
}
