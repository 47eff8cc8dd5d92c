//! Intents: what a person wants, on its way to Microsoft. Each is a row until it is done or refused.

use crate::clock::Timestamp;
use crate::id::{AttachmentId, DraftId, FolderId, IntentId, MailboxId, MessageId, UserId};
use crate::mailbox::Trouble;
use crate::message::Flag;

/// What is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Want {
    /// Change a message. Fields that are `None` stay.
    Change {
        /// The message.
        message: MessageId,
        /// The new values.
        change: Change,
    },
    /// Take a message out of Deleted Items for good.
    Delete {
        /// The message.
        message: MessageId,
    },
    /// Bring an attachment's bytes here.
    FetchAttachment {
        /// The attachment.
        attachment: AttachmentId,
    },
    /// Bring a body and the list of attachments here.
    FetchBody {
        /// The message.
        message: MessageId,
    },
    /// Make Graph's copy of a draft equal to it.
    SaveDraft {
        /// The draft.
        draft: DraftId,
    },
    /// Send a draft.
    SendDraft {
        /// The draft.
        draft: DraftId,
    },
    /// Take Graph's copy of a draft away.
    DiscardDraft {
        /// The draft.
        draft: DraftId,
    },
    /// Register push for the mailbox (P10).
    RegisterPush,
    /// Turn push off for the mailbox (P14).
    TurnOffPush,
    /// Check the mailbox's readiness for push now (P9).
    CheckPush,
}

/// New values for a message; what is `None` stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Change {
    /// Read or unread.
    pub is_read: Option<bool>,
    /// The flag. It comes with its due date: a new flag without one has none.
    pub flag: Option<Flag>,
    /// The day a flag is due, as its midnight in UTC; counts with [`Flag::Flagged`] only.
    pub due: Option<Timestamp>,
    /// All categories.
    pub categories: Option<Vec<String>>,
    /// The folder to move it to.
    pub folder: Option<FolderId>,
}

impl Change {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Who carries intents of a kind out: sync for mail, push for subscriptions. Two rooms that know
/// nothing of each other take from one table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Lane {
    /// Carried out by sync, under the mailbox's sync lease.
    Sync,
    /// Carried out by push, under the mailbox's push lease.
    Push,
}

impl Lane {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Push => "push",
        }
    }
}

impl Want {
    /// Who carries it out.
    pub const fn lane(&self) -> Lane {
        match self {
            Self::RegisterPush | Self::TurnOffPush | Self::CheckPush => Lane::Push,
            _ => Lane::Sync,
        }
    }

    /// The message it is about, if it is about one.
    pub const fn message(&self) -> Option<MessageId> {
        match self {
            Self::Change { message, .. }
            | Self::Delete { message }
            | Self::FetchBody { message } => Some(*message),
            _ => None,
        }
    }

    /// The draft it is about, if it is about one.
    pub const fn draft(&self) -> Option<DraftId> {
        match self {
            Self::SaveDraft { draft }
            | Self::SendDraft { draft }
            | Self::DiscardDraft { draft } => Some(*draft),
            _ => None,
        }
    }
}

/// Where an intent stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum IntentState {
    /// Not carried out yet; it is tried again until Microsoft has decided.
    Waiting,
    /// Carried out and confirmed.
    Done,
    /// Microsoft (or we) said no; what was shown has been put back.
    Refused(Trouble),
}

impl IntentState {
    /// The name in the database and the API.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Refused(_) => "refused",
        }
    }
}

/// An intent row.
#[derive(Clone, PartialEq, Debug)]
pub struct Intent {
    /// Our key.
    pub id: IntentId,
    /// The mailbox it is about.
    pub mailbox: MailboxId,
    /// Who wants it; `None` when the server itself does.
    pub user: Option<UserId>,
    /// What is wanted.
    pub want: Want,
    /// Where it stands.
    pub state: IntentState,
    /// How often it has been tried.
    pub attempts: i64,
    /// Not to be tried before then.
    pub not_before: Timestamp,
    /// When it was written.
    pub created_at: Timestamp,
}
