//! Messages in JSON.

use maildesk_model::meeting::Meeting;
use maildesk_model::message::{Address, Attachment, AttachmentKind, MessageSummary};
use serde::Serialize;
use utoipa::ToSchema;

use super::names::{FlagName, ImportanceName, MeetingKindName};
use super::{Instant, TroubleBody};
use crate::day;

/// A mail address with the name it came with.
#[derive(Serialize, ToSchema, Debug)]
#[schema(as = Address)]
pub(crate) struct AddressBody {
    /// The display name; may be empty.
    name: String,
    /// The address as Graph gave it; may be empty.
    address: String,
}

impl From<Address> for AddressBody {
    fn from(Address { name, address }: Address) -> Self {
        Self { name, address }
    }
}

/// A list of addresses in JSON.
pub(crate) fn addresses(list: Vec<Address>) -> Vec<AddressBody> {
    list.into_iter().map(Into::into).collect()
}

/// What a message tells of a meeting, as far as it is known: lists of Microsoft tell only that it is
/// about one, and the rest comes with the body.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = Meeting)]
pub(crate) struct MeetingBody {
    /// What the message is; null while it is known only that it is about a meeting.
    #[schema(required)]
    kind: Option<MeetingKindName>,
    /// When the meeting begins.
    #[schema(required)]
    starts_at: Option<Instant>,
    /// When it ends; for whole days the end of the last one.
    #[schema(required)]
    ends_at: Option<Instant>,
    /// Whether it lasts whole days.
    #[schema(required)]
    is_all_day: Option<bool>,
    /// Whether it is one of a series.
    #[schema(required)]
    repeats: Option<bool>,
    /// Where it takes place, in the organiser's words.
    #[schema(required)]
    location: Option<String>,
}

impl From<Meeting> for MeetingBody {
    fn from(meeting: Meeting) -> Self {
        Self {
            kind: meeting.kind.map(MeetingKindName),
            starts_at: meeting.starts_at.map(Instant),
            ends_at: meeting.ends_at.map(Instant),
            is_all_day: meeting.is_all_day,
            repeats: meeting.repeats,
            location: meeting.location,
        }
    }
}

/// A message as a list shows it.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageItem {
    /// Its id.
    id: String,
    /// Its mailbox.
    mailbox_id: String,
    /// The folder it is in.
    folder_id: String,
    /// Its conversation.
    conversation_id: String,
    /// Subject; `""` if there is none.
    subject: String,
    /// The author; null if there is none.
    #[schema(required)]
    from: Option<AddressBody>,
    /// To.
    to: Vec<AddressBody>,
    /// When it was received.
    received_at: Instant,
    /// The first 255 characters of its text.
    preview: String,
    /// Read or not.
    is_read: bool,
    /// A draft or not.
    is_draft: bool,
    /// Flag.
    flag: FlagName,
    /// The day the flag is due (`2026-12-24`); null if it has none.
    #[schema(required)]
    flag_due: Option<String>,
    /// Importance.
    importance: ImportanceName,
    /// Whether there are attachments that are not inline.
    has_attachments: bool,
    /// Category names.
    categories: Vec<String>,
    /// Opens it in Outlook on the web.
    web_link: String,
    /// What it tells of a meeting: it is an invitation, a cancellation or an answer. Null for other mail.
    #[schema(required)]
    meeting: Option<MeetingBody>,
}

impl From<MessageSummary> for MessageItem {
    fn from(message: MessageSummary) -> Self {
        Self {
            id: message.id.to_string(),
            mailbox_id: message.mailbox.to_string(),
            folder_id: message.folder.to_string(),
            conversation_id: message.conversation.to_string(),
            subject: message.subject,
            from: message.from.map(Into::into),
            to: addresses(message.to),
            received_at: Instant(message.received_at),
            preview: message.preview,
            is_read: message.is_read,
            is_draft: message.is_draft,
            flag: FlagName(message.flag),
            flag_due: message.due.map(day::name),
            importance: ImportanceName(message.importance),
            has_attachments: message.has_attachments,
            categories: message.categories,
            web_link: message.web_link,
            meeting: message.meeting.map(Into::into),
        }
    }
}

/// Whether the body and the list of attachments are here.
#[derive(Serialize, ToSchema, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) enum BodyState {
    /// Here.
    Here,
    /// Being fetched from Microsoft; ask again in a moment.
    Fetching,
    /// Microsoft cannot give it; `bodyTrouble` says why.
    Unavailable,
}

/// A message with everything that is here of it.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = Message)]
pub(crate) struct MessageBody {
    /// What the list shows.
    #[serde(flatten)]
    pub(crate) item: MessageItem,
    /// Who really sent it, where that differs from the author.
    #[schema(required)]
    pub(crate) sender: Option<AddressBody>,
    /// Cc.
    pub(crate) cc: Vec<AddressBody>,
    /// Bcc.
    pub(crate) bcc: Vec<AddressBody>,
    /// Where answers go.
    pub(crate) reply_to: Vec<AddressBody>,
    /// The body as harmless HTML: no scripts, styles of looks only, inline images by attachment
    /// URL, addresses of remote images in `data-remote-src`. Null while it is not here.
    #[schema(required)]
    pub(crate) body_html: Option<String>,
    /// The body as text. Null while it is not here.
    #[schema(required)]
    pub(crate) body_text: Option<String>,
    /// Whether the body and the attachments are here.
    pub(crate) body_state: BodyState,
    /// Why Microsoft cannot give the body.
    #[schema(required)]
    pub(crate) body_trouble: Option<TroubleBody>,
    /// Whether the body has remote images, which are not loaded.
    pub(crate) has_remote_images: bool,
    /// The attachments, inline ones too.
    pub(crate) attachments: Vec<AttachmentBody>,
}

/// A message, as a list shows it, with a change on its way.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = ChangedMessage)]
pub(crate) struct MessageChangedBody {
    /// The message as it is shown from now on. Its text is nothing that a change needs.
    #[serde(flatten)]
    pub(crate) message: MessageItem,
    /// The change, on its way to Microsoft.
    pub(crate) intent_id: String,
}

/// An attachment.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = Attachment)]
pub(crate) struct AttachmentBody {
    /// Its id.
    id: String,
    /// File name.
    name: String,
    /// MIME type; may be empty.
    content_type: String,
    /// Size in bytes as Graph counts it.
    size: i64,
    /// Shown inside the body.
    is_inline: bool,
    /// A link to a cloud drive: there are no bytes to download.
    is_link: bool,
}

impl From<Attachment> for AttachmentBody {
    fn from(attachment: Attachment) -> Self {
        Self {
            id: attachment.id.to_string(),
            name: attachment.name,
            content_type: attachment.content_type,
            size: attachment.size,
            is_inline: attachment.is_inline,
            is_link: attachment.kind == AttachmentKind::Reference,
        }
    }
}
