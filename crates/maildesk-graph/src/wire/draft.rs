//! Drafts as they are written: content, files, and what begins an upload.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maildesk_model::message::{Address, AttachmentKind};
use serde::{Deserialize, Serialize};

use super::attachment::type_name;
use super::message::{HTML, ItemBody};
use crate::draft::{DraftMail, NewFile};

/// The content of a draft, as it is created and changed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Content<'a> {
    pub(crate) subject: &'a str,
    pub(crate) body: ItemBody,
    pub(crate) to_recipients: Vec<Receiver<'a>>,
    pub(crate) cc_recipients: Vec<Receiver<'a>>,
    pub(crate) bcc_recipients: Vec<Receiver<'a>>,
    pub(crate) importance: &'static str,
}

/// Somebody a draft goes to.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receiver<'a> {
    pub(crate) email_address: Named<'a>,
}

/// An address with a name, where it has one.
#[derive(Serialize)]
pub(crate) struct Named<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'a str>,
    pub(crate) address: &'a str,
}

fn receivers(addresses: &[Address]) -> Vec<Receiver<'_>> {
    addresses
        .iter()
        .map(|one| Receiver {
            email_address: Named {
                name: (!one.name.is_empty()).then_some(one.name.as_str()),
                address: &one.address,
            },
        })
        .collect()
}

impl<'a> From<&'a DraftMail> for Content<'a> {
    fn from(mail: &'a DraftMail) -> Self {
        Self {
            subject: &mail.subject,
            body: ItemBody {
                content_type: Some(HTML.to_owned()),
                content: Some(mail.html.clone()),
            },
            to_recipients: receivers(&mail.to),
            cc_recipients: receivers(&mail.cc),
            bcc_recipients: receivers(&mail.bcc),
            importance: mail.importance.name(),
        }
    }
}

/// The body of createReply, createReplyAll and createForward.
#[derive(Serialize)]
pub(crate) struct Answering<'a> {
    pub(crate) comment: &'a str,
}

/// A file that is added in one call.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileAttachment<'a> {
    #[serde(rename = "@odata.type")]
    pub(crate) odata_type: String,
    pub(crate) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<&'a str>,
    pub(crate) content_bytes: String,
}

impl<'a> From<&'a NewFile> for FileAttachment<'a> {
    fn from(file: &'a NewFile) -> Self {
        Self {
            odata_type: format!("#microsoft.graph.{}", type_name(AttachmentKind::File)),
            name: &file.name,
            content_type: (!file.content_type.is_empty()).then_some(file.content_type.as_str()),
            content_bytes: STANDARD.encode(&file.bytes),
        }
    }
}

/// The body of createUploadSession.
#[derive(Serialize)]
pub(crate) struct BeginUpload<'a> {
    #[serde(rename = "AttachmentItem")]
    pub(crate) item: AttachmentItem<'a>,
}

/// The file an upload is for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttachmentItem<'a> {
    pub(crate) attachment_type: &'static str,
    pub(crate) name: &'a str,
    pub(crate) size: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<&'a str>,
}

/// The word for a file in [`AttachmentItem`].
pub(crate) const FILE_ITEM: &str = "file";

/// An upload that was begun.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UploadSession {
    pub(crate) upload_url: String,
    pub(crate) expiration_date_time: Option<String>,
}
