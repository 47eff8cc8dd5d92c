//! Drafts: mail that somebody is writing here, and how far it is on its way out.
//!
//! The row is the truth, and Graph's draft message is its copy: a person types into the row, sync
//! brings the row to Graph, and sending means making Graph's draft equal to the row and sending it.

use crate::clock::Timestamp;
use crate::id::{DraftFileId, DraftId, MailboxId, MessageId, UserId};
use crate::mailbox::Trouble;
use crate::message::{Address, Importance};

/// Recipients of one mail over to, cc and bcc (facts.md 6).
pub const RECIPIENTS_MAX: usize = 500;
/// Characters of a subject. Exchange's own limit (`PidTagSubject`).
pub const SUBJECT_MAX: usize = 255;
/// Bytes of what a person writes, in HTML. With a quoted original it must still fit into one call
/// of Graph, which takes 4 MB.
pub const BODY_MAX: usize = 1 << 20;
/// Bytes of all files of a draft together: what one upload session takes (facts.md 7.3).
pub const FILES_MAX_BYTES: i64 = 150 << 20;
/// Files of a draft.
pub const FILES_MAX: usize = 100;
/// Characters of a file's name.
pub const FILE_NAME_MAX: usize = 255;
/// Drafts a person may have open at a time. Each may hold files, so there must be an end.
pub const OPEN_MAX: usize = 200;
/// The most bytes of a file that are handed over in one piece.
pub const PART_MAX: usize = 4 << 20;

/// What a draft is to its origin.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum DraftKind {
    /// A mail of its own.
    New,
    /// An answer to the sender.
    Reply,
    /// An answer to everybody.
    ReplyAll,
    /// The origin, handed on.
    Forward,
}

impl DraftKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::New, Self::Reply, Self::ReplyAll, Self::Forward];

    /// The name in the database and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reply => "reply",
            Self::ReplyAll => "replyAll",
            Self::Forward => "forward",
        }
    }

    /// Reads [`DraftKind::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Where a draft stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum DraftState {
    /// Somebody is writing it; with a trouble, Microsoft has refused it.
    Writing,
    /// It is to go out at its time, or is on its way.
    Sending,
    /// Microsoft has sent it.
    Sent,
    /// Thrown away.
    Discarded,
}

impl DraftState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Writing, Self::Sending, Self::Sent, Self::Discarded];

    /// The name in the database and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Writing => "writing",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Discarded => "discarded",
        }
    }

    /// Reads [`DraftState::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What a person writes.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct DraftText {
    /// To.
    pub to: Vec<Address>,
    /// Cc.
    pub cc: Vec<Address>,
    /// Bcc.
    pub bcc: Vec<Address>,
    /// Subject, at most [`SUBJECT_MAX`] characters.
    pub subject: String,
    /// What they wrote, as harmless HTML of at most [`BODY_MAX`] bytes, without what is quoted.
    pub body: String,
    /// Whether the original goes along below what they wrote.
    pub quotes: bool,
    /// How important they call it.
    pub importance: Importance,
}

impl DraftText {
    /// How many it goes to.
    pub const fn recipients(&self) -> usize {
        self.to.len() + self.cc.len() + self.bcc.len()
    }
}

/// Mail content stays out of logs.
impl std::fmt::Debug for DraftText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DraftText")
            .field("recipients", &self.recipients())
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A draft. It exists for its author alone.
#[derive(Clone, PartialEq, Debug)]
pub struct Draft {
    /// Our key.
    pub id: DraftId,
    /// The mailbox it is sent from.
    pub mailbox: MailboxId,
    /// Its author.
    pub user: UserId,
    /// What it is to its origin.
    pub kind: DraftKind,
    /// What it answers or hands on, while that is here.
    pub origin: Option<MessageId>,
    /// Graph's copy of it, once that is known here: a message in Drafts, and then in Sent Items.
    pub message: Option<MessageId>,
    /// What the author wrote.
    pub text: DraftText,
    /// Whether there is an original to quote.
    pub has_quote: bool,
    /// Grows with every change of the text; a change of an older one is refused.
    pub version: i64,
    /// Whether Graph's copy is equal to it.
    pub is_saved: bool,
    /// Where it stands.
    pub state: DraftState,
    /// When it is to go out, or was to.
    pub send_at: Option<Timestamp>,
    /// Whether sending it can be taken back still.
    pub can_take_back: bool,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Why Microsoft refused it, or what its author should know.
    pub trouble: Option<Trouble>,
    /// Its files, in the order they were added.
    pub files: Vec<DraftFile>,
}

/// A file that goes along.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DraftFile {
    /// Our key.
    pub id: DraftFileId,
    /// File name.
    pub name: String,
    /// MIME type; may be empty.
    pub content_type: String,
    /// Its size in bytes.
    pub size: i64,
    /// So many of its bytes have been handed over; the next piece begins there.
    pub received: i64,
    /// Whether its bytes are here, or are to come here. Those of a mail that is handed on lie at
    /// Microsoft and go along from there.
    pub is_here: bool,
}

impl DraftFile {
    /// Whether nothing of it is missing.
    pub const fn is_complete(&self) -> bool {
        !self.is_here || self.received == self.size
    }
}
