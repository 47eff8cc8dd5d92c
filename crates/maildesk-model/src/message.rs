//! A message: what Graph says of it, and what a person sees of it.

use crate::clock::Timestamp;
use crate::conversation::ThreadId;
use crate::id::{AttachmentId, ConversationId, FolderId, MailboxId, MessageId};
use crate::meeting::Meeting;

/// A mail address with the name it came with. Either may be empty.
#[derive(Clone, PartialEq, Eq, Debug, Default, Hash)]
pub struct Address {
    /// The display name.
    pub name: String,
    /// The address as Graph gave it.
    pub address: String,
}

/// The follow-up flag.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Flag {
    /// Not flagged.
    #[default]
    None,
    /// Flagged for follow-up.
    Flagged,
    /// Followed up.
    Complete,
}

impl Flag {
    /// The name in the database and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Flagged => "flagged",
            Self::Complete => "complete",
        }
    }

    /// Reads [`Flag::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::None, Self::Flagged, Self::Complete]
            .into_iter()
            .find(|flag| flag.name() == name)
    }
}

/// How important the sender called it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Importance {
    /// Low.
    Low,
    /// As most mail.
    #[default]
    Normal,
    /// High.
    High,
}

impl Importance {
    /// Graph's name, also the one in the database and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    /// Reads [`Importance::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Low, Self::Normal, Self::High]
            .into_iter()
            .find(|importance| importance.name() == name)
    }
}

/// What Graph says of a message, field by field. `None` means *not said*, never *empty*: delta
/// items are sparse (S2), and what is missing keeps its stored value. Remote ids are Graph's
/// immutable ids.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RemoteMessage {
    /// Graph's immutable id; always there.
    pub remote_id: String,
    /// Remote id of the folder it lies in.
    pub folder: Option<String>,
    /// Subject; an absent one is `""`.
    pub subject: Option<String>,
    /// The author. `Some(None)`: Graph says there is none (drafts).
    pub from: Option<Option<Address>>,
    /// Who really sent it, where that differs.
    pub sender: Option<Option<Address>>,
    /// To.
    pub to: Option<Vec<Address>>,
    /// Cc.
    pub cc: Option<Vec<Address>>,
    /// Bcc (drafts and sent mail).
    pub bcc: Option<Vec<Address>>,
    /// Where answers go.
    pub reply_to: Option<Vec<Address>>,
    /// When it was received, whole seconds.
    pub received_at: Option<Timestamp>,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// When Graph says it last changed; a read toggle does not move it.
    pub modified_at: Option<Timestamp>,
    /// First 255 characters of the text.
    pub preview: Option<String>,
    /// Read or not.
    pub is_read: Option<bool>,
    /// A draft or not.
    pub is_draft: Option<bool>,
    /// Flag state.
    pub flag: Option<Flag>,
    /// Flag dates as Graph wrote them: start, due, completed (`dateTime` and `timeZone`).
    pub flag_dates: Option<FlagDates>,
    /// Importance.
    pub importance: Option<Importance>,
    /// `true` for the "other" pane, `false` for the focused one.
    pub is_other: Option<bool>,
    /// Whether there are attachments that are not inline.
    pub has_attachments: Option<bool>,
    /// Category names.
    pub categories: Option<Vec<String>>,
    /// Graph's conversation id.
    pub conversation: Option<String>,
    /// The `Message-ID` header.
    pub internet_message_id: Option<String>,
    /// Opens it in Outlook on the web.
    pub web_link: Option<String>,
    /// What it tells of a meeting, where it is an invitation, a cancellation or an answer.
    pub meeting: Option<Meeting>,
    /// The body, where it was asked for.
    pub body: Option<Body>,
    /// All attachments, where they were asked for.
    pub attachments: Option<Vec<RemoteAttachment>>,
}

impl RemoteMessage {
    /// Whether this is enough to make a row of: a sparse item of an unknown message is not, and
    /// has to be read first (S2).
    pub const fn is_whole(&self) -> bool {
        self.folder.is_some() && self.subject.is_some() && self.received_at.is_some()
    }
}

/// The dates of a flag, as Graph wrote them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FlagDates {
    /// Start date, RFC 3339 where it could be read.
    pub start: Option<Timestamp>,
    /// Due date.
    pub due: Option<Timestamp>,
    /// When it was completed.
    pub completed: Option<Timestamp>,
}

/// A body as Graph gave it, unsanitised: cleaning happens on reading, so that a better cleaner
/// counts for old mail.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    /// HTML, or plain text.
    pub is_html: bool,
    /// The content.
    pub content: String,
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Body({} bytes)", self.content.len())
    }
}

/// What kind of thing is attached (facts.md 7.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum AttachmentKind {
    /// A file.
    File,
    /// Another mail, an event or a contact; its bytes are MIME, iCalendar or vCard.
    Item,
    /// A link to something in a cloud drive; it has no bytes.
    Reference,
}

impl AttachmentKind {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Item => "item",
            Self::Reference => "reference",
        }
    }

    /// Reads [`AttachmentKind::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::File, Self::Item, Self::Reference]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// What Graph says of an attachment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RemoteAttachment {
    /// Graph's id of it.
    pub remote_id: String,
    /// File name.
    pub name: String,
    /// MIME type; may be empty.
    pub content_type: String,
    /// Size in bytes as Graph counts it (encoded size may be included).
    pub size: i64,
    /// Shown inside the body.
    pub is_inline: bool,
    /// What `cid:` links in the body name it by, without angle brackets.
    pub content_id: Option<String>,
    /// File, item or reference.
    pub kind: AttachmentKind,
}

/// A message as a list shows it: Graph's values with waiting intents laid over them.
#[derive(Clone, PartialEq, Debug)]
pub struct MessageSummary {
    /// Our key.
    pub id: MessageId,
    /// Its mailbox.
    pub mailbox: MailboxId,
    /// The folder it is shown in.
    pub folder: FolderId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Subject, `""` if there is none.
    pub subject: String,
    /// The author, if it has one.
    pub from: Option<Address>,
    /// To.
    pub to: Vec<Address>,
    /// When it was received.
    pub received_at: Timestamp,
    /// First 255 characters of the text.
    pub preview: String,
    /// Read or not.
    pub is_read: bool,
    /// A draft or not.
    pub is_draft: bool,
    /// Flag.
    pub flag: Flag,
    /// The day the flag is due, as its midnight in UTC.
    pub due: Option<Timestamp>,
    /// Importance.
    pub importance: Importance,
    /// Whether there are attachments that are not inline.
    pub has_attachments: bool,
    /// Category names.
    pub categories: Vec<String>,
    /// Opens it in Outlook on the web.
    pub web_link: String,
    /// What it tells of a meeting, where it is an invitation, a cancellation or an answer.
    pub meeting: Option<Meeting>,
}

impl MessageSummary {
    /// The thread it is one of.
    pub const fn thread(&self) -> ThreadId {
        ThreadId {
            conversation: self.conversation,
            folder: self.folder,
        }
    }
}

/// Everything the reading pane shows of a message.
#[derive(Clone, PartialEq, Debug)]
pub struct MessageDetail {
    /// What the list shows.
    pub summary: MessageSummary,
    /// Who really sent it, where that differs from the author.
    pub sender: Option<Address>,
    /// Cc.
    pub cc: Vec<Address>,
    /// Bcc.
    pub bcc: Vec<Address>,
    /// Where answers go.
    pub reply_to: Vec<Address>,
    /// The body as Graph gave it; `None` while it is not here yet.
    pub body: Option<Body>,
    /// The text of the body, for people who want text; `None` while the body is not here.
    pub text: Option<String>,
    /// The attachments; `None` while their list is not here yet.
    pub attachments: Option<Vec<Attachment>>,
}

/// An attachment as it is listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attachment {
    /// Our key.
    pub id: AttachmentId,
    /// The message it hangs on.
    pub message: MessageId,
    /// File name.
    pub name: String,
    /// MIME type; may be empty.
    pub content_type: String,
    /// Size in bytes as Graph counts it.
    pub size: i64,
    /// Shown inside the body.
    pub is_inline: bool,
    /// What `cid:` links in the body name it by.
    pub content_id: Option<String>,
    /// File, item or reference.
    pub kind: AttachmentKind,
}
