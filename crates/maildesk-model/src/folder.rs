//! Folders of a mailbox, and the names Graph knows them by.

use crate::clock::Timestamp;
use crate::id::{FolderId, MailboxId};

/// A folder that Graph can be asked for by name in every language (facts.md 7.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum WellKnown {
    /// Where mail arrives.
    Inbox,
    /// Unsent mail.
    Drafts,
    /// What was sent.
    SentItems,
    /// The archive folder (not the archive mailbox).
    Archive,
    /// Deleted Items.
    DeletedItems,
    /// Junk.
    JunkEmail,
    /// On its way out.
    Outbox,
    /// Teams and Skype history.
    ConversationHistory,
    /// Clutter, a forerunner of the focused inbox.
    Clutter,
}

impl WellKnown {
    /// Every name that is resolved, in the order folders are imported and listed.
    pub const ALL: [Self; 9] = [
        Self::Inbox,
        Self::Drafts,
        Self::SentItems,
        Self::Archive,
        Self::DeletedItems,
        Self::JunkEmail,
        Self::Outbox,
        Self::ConversationHistory,
        Self::Clutter,
    ];

    /// The name in Graph's paths, in the database and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Drafts => "drafts",
            Self::SentItems => "sentitems",
            Self::Archive => "archive",
            Self::DeletedItems => "deleteditems",
            Self::JunkEmail => "junkemail",
            Self::Outbox => "outbox",
            Self::ConversationHistory => "conversationhistory",
            Self::Clutter => "clutter",
        }
    }

    /// Reads [`WellKnown::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Whether a new message here is our own doing (a draft, a sent copy) and so never an arrival.
    pub const fn holds_own_mail(self) -> bool {
        matches!(self, Self::Drafts | Self::SentItems | Self::Outbox)
    }
}

/// A folder as it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folder {
    /// Our key.
    pub id: FolderId,
    /// The mailbox it belongs to.
    pub mailbox: MailboxId,
    /// Graph's display name as it is; it may hold `/`, the hierarchy is `parent` alone.
    pub name: String,
    /// The folder above; `None` right under the root.
    pub parent: Option<FolderId>,
    /// Set where Graph knows the folder by a name of its own.
    pub well_known: Option<WellKnown>,
    /// Unread messages, overlay included.
    pub unread: i64,
    /// All messages, overlay included.
    pub total: i64,
    /// When its delta was last read.
    pub visited_at: Option<Timestamp>,
}
