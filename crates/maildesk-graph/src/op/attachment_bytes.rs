//! The bytes of an attachment, streamed.
//! Simulator: GET /v1.0/{who}/messages/{message}/attachments/{attachment}/$value

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName};

use crate::call::Call;
use crate::error::GraphError;
use crate::reply::Reply;
use crate::session::Session;
use crate::transport::TransportBody;

/// Bytes on their way. The call counts as running (and keeps its place in the mailbox's gate)
/// until they have been read or this is dropped.
#[derive(Debug)]
pub struct AttachmentBytes {
    /// What Graph calls them; for attached mail, events and contacts it is MIME, iCalendar or
    /// vCard, whatever the list said.
    pub content_type: Option<String>,
    /// How many there are, where Graph says so (it mostly sends chunks of unknown number).
    pub length: Option<u64>,
    /// The bytes.
    pub bytes: TransportBody,
}

impl Session {
    /// Fetches the bytes of an attachment. A reference attachment has none:
    /// [`GraphError::Refused`] with status 405.
    pub async fn attachment_bytes(
        &self,
        message: &str,
        attachment: &str,
    ) -> Result<Reply<AttachmentBytes>, GraphError> {
        let address = self
            .at_message(message)
            .then("attachments")
            .id(attachment)
            .then("$value");
        let answer = Call::get("attachment_bytes", address).send(self).await?;
        let head = answer.head();
        let header = |name: HeaderName| {
            let value = answer.headers.get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let (content_type, length) = (header(CONTENT_TYPE), header(CONTENT_LENGTH));
        Ok(head.map(|()| AttachmentBytes {
            content_type,
            length: length.and_then(|text| text.parse().ok()),
            bytes: answer.body,
        }))
    }
}
