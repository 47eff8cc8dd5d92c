//! The journal: the ordered changes that live views read.

use crate::clock::Timestamp;
use crate::id::{DraftId, FolderId, MailboxId, MessageId};

/// What changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum JournalKind {
    /// A message arrived after the connection began; never import, resync or move.
    MessageCreated,
    /// Flags, folder, or the body came.
    MessageUpdated,
    /// A message is gone.
    MessageDeleted,
    /// A folder's name, place or counts.
    FolderUpdated,
    /// A mailbox's state, freshness or import progress.
    MailboxUpdated,
    /// A mailbox's push.
    PushUpdated,
    /// A draft's progress; told to its author alone.
    DraftUpdated,
}

impl JournalKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::MessageCreated,
        Self::MessageUpdated,
        Self::MessageDeleted,
        Self::FolderUpdated,
        Self::MailboxUpdated,
        Self::PushUpdated,
        Self::DraftUpdated,
    ];

    /// The event name on the stream, also the name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MessageCreated => "message.created",
            Self::MessageUpdated => "message.updated",
            Self::MessageDeleted => "message.deleted",
            Self::FolderUpdated => "folder.updated",
            Self::MailboxUpdated => "mailbox.updated",
            Self::PushUpdated => "push.updated",
            Self::DraftUpdated => "draft.updated",
        }
    }

    /// Reads [`JournalKind::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One entry. Positions only grow, and an entry is never seen after a later one (no late commits).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JournalEntry {
    /// Its place; the `id:` of the event.
    pub position: i64,
    /// When it was written.
    pub at: Timestamp,
    /// What changed.
    pub kind: JournalKind,
    /// In which mailbox.
    pub mailbox: MailboxId,
    /// Which message, for message events.
    pub message: Option<MessageId>,
    /// Which folder: where the message is, or the folder itself.
    pub folder: Option<FolderId>,
    /// Which draft, for draft events.
    pub draft: Option<DraftId>,
}
