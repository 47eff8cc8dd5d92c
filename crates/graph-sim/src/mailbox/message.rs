//! A message in two halves: its content, which is written once, and its state, which changes.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::FolderNo;

/// A name and an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Person {
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) address: String,
}

/// A body and its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Text {
    Html(String),
    Plain(String),
}

impl Default for Text {
    fn default() -> Self {
        Self::Plain(String::new())
    }
}

/// What kind of attachment it is, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Enclosed {
    /// A file's bytes.
    File(#[serde(with = "base64_bytes")] Bytes),
    /// A message, as MIME.
    Item { subject: String, mime: String },
    /// A link to a file that is elsewhere.
    Reference { url: String },
    /// A file of filled mail: only its length is kept, the bytes follow from the seed.
    Filled { seed: u64, length: u32 },
}

/// An attachment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attachment {
    /// Position that its id holds; it stays when others are removed.
    pub(crate) no: u32,
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) is_inline: bool,
    pub(crate) content_id: Option<String>,
    pub(crate) modified: Timestamp,
    pub(crate) enclosed: Enclosed,
}

impl Attachment {
    /// Its size in bytes as Graph reports it.
    pub(crate) fn size(&self) -> u64 {
        match &self.enclosed {
            Enclosed::File(bytes) => bytes.len() as u64,
            Enclosed::Item { mime, .. } => mime.len() as u64,
            Enclosed::Reference { url } => url.len() as u64,
            Enclosed::Filled { length, .. } => u64::from(*length),
        }
    }
}

/// What a message about a meeting is, in Graph's words; the fourth is misspelled there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MeetingMessage {
    #[serde(rename = "meetingRequest")]
    Request,
    #[serde(rename = "meetingCancelled")]
    Cancelled,
    #[serde(rename = "meetingAccepted")]
    Accepted,
    #[serde(rename = "meetingTenativelyAccepted")]
    Tentative,
    #[serde(rename = "meetingDeclined")]
    Declined,
}

impl MeetingMessage {
    /// As on the wire.
    pub(crate) const fn wire(self) -> &'static str {
        match self {
            Self::Request => "meetingRequest",
            Self::Cancelled => "meetingCancelled",
            Self::Accepted => "meetingAccepted",
            Self::Tentative => "meetingTenativelyAccepted",
            Self::Declined => "meetingDeclined",
        }
    }

    /// The type of the message that carries it.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Request => "#microsoft.graph.eventMessageRequest",
            Self::Cancelled => "#microsoft.graph.eventMessage",
            _ => "#microsoft.graph.eventMessageResponse",
        }
    }

    /// How somebody answered, where it is an answer.
    pub(crate) const fn response(self) -> Option<&'static str> {
        match self {
            Self::Accepted => Some("accepted"),
            Self::Tentative => Some("tentativelyAccepted"),
            Self::Declined => Some("declined"),
            Self::Request | Self::Cancelled => None,
        }
    }
}

/// What a meeting is in its series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum EventType {
    #[default]
    SingleInstance,
    Occurrence,
    Exception,
    SeriesMaster,
}

impl EventType {
    /// As on the wire.
    pub(crate) const fn wire(self) -> &'static str {
        match self {
            Self::SingleInstance => "singleInstance",
            Self::Occurrence => "occurrence",
            Self::Exception => "exception",
            Self::SeriesMaster => "seriesMaster",
        }
    }
}

/// The meeting that a message is about, as the control side gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Meeting {
    #[serde(rename = "meetingMessageType")]
    pub(crate) kind: MeetingMessage,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    #[serde(default)]
    pub(crate) is_all_day: bool,
    #[serde(default)]
    pub(crate) is_out_of_date: bool,
    #[serde(default)]
    pub(crate) location: String,
    #[serde(default, rename = "type")]
    pub(crate) event: EventType,
}

/// What a message says. Only a draft's content is ever written again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) subject: String,
    pub(crate) from: Option<Person>,
    pub(crate) sender: Option<Person>,
    pub(crate) to: Vec<Person>,
    pub(crate) cc: Vec<Person>,
    pub(crate) bcc: Vec<Person>,
    pub(crate) reply_to: Vec<Person>,
    pub(crate) body: Text,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) internet_message_id: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) conversation: u64,
    pub(crate) conversation_index: Vec<u8>,
    pub(crate) created: Timestamp,
    pub(crate) received: Timestamp,
    pub(crate) sent: Timestamp,
    pub(crate) is_draft: bool,
    pub(crate) delivery_receipt: bool,
    pub(crate) read_receipt: bool,
    /// The message as it came, when it came as MIME.
    pub(crate) mime: Option<String>,
    /// The meeting it is about: it is an `eventMessage` then.
    #[serde(default)]
    pub(crate) meeting: Option<Meeting>,
}

/// A follow-up flag. Instants are as the client gave them: a local time and a zone name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Flag {
    #[serde(default, rename = "flagStatus")]
    pub(crate) status: FlagStatus,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) completed_date_time: Option<ZonedText>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) due_date_time: Option<ZonedText>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) start_date_time: Option<ZonedText>,
}

/// Graph's `dateTimeTimeZone`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ZonedText {
    pub(crate) date_time: String,
    pub(crate) time_zone: String,
}

/// Whether a message is flagged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum FlagStatus {
    #[default]
    NotFlagged,
    Complete,
    Flagged,
}

impl FlagStatus {
    /// As on the wire.
    pub(crate) const fn wire(self) -> &'static str {
        match self {
            Self::NotFlagged => "notFlagged",
            Self::Complete => "complete",
            Self::Flagged => "flagged",
        }
    }
}

/// How important the sender says it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Importance {
    Low,
    #[default]
    Normal,
    High,
}

impl Importance {
    /// As on the wire.
    pub(crate) const fn wire(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// What may change about a message after it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) folder: FolderNo,
    /// How often it has moved; part of its default id.
    pub(crate) moves: u32,
    /// How often it has changed in a way that moves its change key.
    pub(crate) changes: u32,
    pub(crate) is_read: bool,
    pub(crate) flag: Flag,
    pub(crate) categories: Vec<String>,
    pub(crate) importance: Importance,
    /// `other` instead of `focused`.
    pub(crate) other: bool,
    pub(crate) modified: Timestamp,
    /// Its newest entry in the log of its folder.
    pub(crate) logged: Option<u32>,
    /// Gone for good.
    pub(crate) gone: bool,
}

/// A message that was delivered or written, as opposed to filled in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) content: Content,
    /// When it came into this mailbox, in simulated time; a backdated mail arrives now.
    pub(crate) arrived: Timestamp,
}

mod base64_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        bytes: &Bytes,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD
            .decode(text)
            .map(Bytes::from)
            .map_err(serde::de::Error::custom)
    }
}

impl Stored {
    /// Bytes that it adds to its folder.
    pub(crate) fn weight(&self) -> u64 {
        let body = match &self.content.body {
            Text::Html(text) | Text::Plain(text) => text.len() as u64,
        };
        1_800
            + body
            + self
                .content
                .attachments
                .iter()
                .map(Attachment::size)
                .sum::<u64>()
    }
}

impl Content {
    /// Whether Graph says that it has attachments: inline ones do not count [facts 7.1].
    pub(crate) fn has_attachments(&self) -> bool {
        self.attachments
            .iter()
            .any(|attachment| !attachment.is_inline)
    }
}
