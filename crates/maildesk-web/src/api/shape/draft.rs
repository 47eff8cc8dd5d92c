//! Drafts in JSON.

use maildesk_model::draft::{Draft, DraftFile};
use serde::Serialize;
use utoipa::ToSchema;

use super::message::AddressBody;
use super::names::{DraftKindName, DraftStateName, ImportanceName};
use super::{Instant, TroubleBody, addresses};

/// A draft as a list shows it.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DraftItem {
    /// Its id.
    id: String,
    /// The mailbox it is sent from.
    mailbox_id: String,
    /// What it is to the message it begins with.
    mode: DraftKindName,
    /// The message it answers or hands on.
    #[schema(required)]
    origin_id: Option<String>,
    /// Microsoft's copy of it, once that is known here: a message in Drafts, and then in Sent Items.
    #[schema(required)]
    message_id: Option<String>,
    /// To.
    to: Vec<AddressBody>,
    /// Cc.
    cc: Vec<AddressBody>,
    /// Bcc.
    bcc: Vec<AddressBody>,
    /// Subject.
    subject: String,
    /// Importance.
    importance: ImportanceName,
    /// Whether the original goes along below what was written.
    quotes: bool,
    /// Whether there is an original to quote.
    has_quote: bool,
    /// Send it along with a change; it grows with every one.
    version: i64,
    /// Whether Microsoft's copy is equal to it.
    is_saved: bool,
    /// Where it stands.
    state: DraftStateName,
    /// When it is to go out, or was to.
    #[schema(required)]
    send_at: Option<Instant>,
    /// Whether sending it can still be taken back.
    can_take_back: bool,
    /// When it was last changed.
    updated_at: Instant,
    /// Why Microsoft refused it, or what its author should know.
    #[schema(required)]
    trouble: Option<TroubleBody>,
    /// Its files, in the order they were added.
    files: Vec<DraftFileBody>,
}

/// A draft.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = Draft)]
pub(crate) struct DraftBody {
    /// What the list shows.
    #[serde(flatten)]
    item: DraftItem,
    /// What was written, as harmless HTML, without what is quoted.
    body_html: String,
}

/// A file of a draft.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = DraftFile)]
pub(crate) struct DraftFileBody {
    /// Its id.
    id: String,
    /// File name.
    name: String,
    /// MIME type; may be empty.
    content_type: String,
    /// Its size in bytes.
    size: i64,
    /// So many bytes are here; the next part begins there.
    received: i64,
    /// Whether its bytes are, or come, here. Those of a forwarded message lie at Microsoft and go
    /// along from there.
    is_here: bool,
}

impl From<DraftFile> for DraftFileBody {
    fn from(file: DraftFile) -> Self {
        Self {
            id: file.id.to_string(),
            name: file.name,
            content_type: file.content_type,
            size: file.size,
            received: file.received,
            is_here: file.is_here,
        }
    }
}

impl From<Draft> for DraftItem {
    fn from(draft: Draft) -> Self {
        let text = draft.text;
        Self {
            id: draft.id.to_string(),
            mailbox_id: draft.mailbox.to_string(),
            mode: DraftKindName(draft.kind),
            origin_id: draft.origin.map(|id| id.to_string()),
            message_id: draft.message.map(|id| id.to_string()),
            to: addresses(text.to),
            cc: addresses(text.cc),
            bcc: addresses(text.bcc),
            subject: text.subject,
            importance: ImportanceName(text.importance),
            quotes: text.quotes,
            has_quote: draft.has_quote,
            version: draft.version,
            is_saved: draft.is_saved,
            state: DraftStateName(draft.state),
            send_at: draft.send_at.map(Instant),
            can_take_back: draft.can_take_back,
            updated_at: Instant(draft.updated_at),
            trouble: draft.trouble.map(Into::into),
            files: draft.files.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Draft> for DraftBody {
    fn from(mut draft: Draft) -> Self {
        let body_html = std::mem::take(&mut draft.text.body);
        Self {
            item: draft.into(),
            body_html,
        }
    }
}
