//! Attachments, of all three types in one struct.

use maildesk_model::message::{AttachmentKind, RemoteAttachment};
use serde::{Deserialize, Serialize};

use super::page::Item;

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Attachment {
    #[serde(rename = "@odata.type")]
    pub(crate) odata_type: Option<String>,
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) size: Option<i64>,
    pub(crate) is_inline: Option<bool>,
    pub(crate) content_id: Option<String>,
}

impl Item for Attachment {
    type Model = RemoteAttachment;

    fn id(&self) -> &str {
        &self.id
    }

    fn into_model(self) -> RemoteAttachment {
        RemoteAttachment {
            kind: kind(self.odata_type.as_deref().unwrap_or_default()),
            remote_id: self.id,
            name: self.name.unwrap_or_default(),
            content_type: self.content_type.unwrap_or_default(),
            size: self.size.unwrap_or_default().max(0),
            is_inline: self.is_inline.unwrap_or_default(),
            content_id: self
                .content_id
                .map(|id| id.trim_matches(['<', '>']).to_owned())
                .filter(|id| !id.is_empty()),
        }
    }
}

/// Graph's name of a kind of attachment, without the namespace.
pub(crate) const fn type_name(kind: AttachmentKind) -> &'static str {
    match kind {
        AttachmentKind::File => "fileAttachment",
        AttachmentKind::Item => "itemAttachment",
        AttachmentKind::Reference => "referenceAttachment",
    }
}

/// A type nobody knows is taken for a file: asking for its bytes does no harm.
fn kind(odata_type: &str) -> AttachmentKind {
    let name = odata_type.rsplit('.').next().unwrap_or_default();
    [AttachmentKind::Item, AttachmentKind::Reference]
        .into_iter()
        .find(|kind| type_name(*kind).eq_ignore_ascii_case(name))
        .unwrap_or(AttachmentKind::File)
}
