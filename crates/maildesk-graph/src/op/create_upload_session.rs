//! Begins the upload of a large file to a draft.
//! Simulator: POST /v1.0/{who}/messages/{message}/attachments/createUploadSession

use http::Method;
use maildesk_model::{Secret, Timestamp};

use crate::call::Call;
use crate::draft::Upload;
use crate::error::GraphError;
use crate::error::classify::{self, Kind};
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::draft::{AttachmentItem, BeginUpload, FILE_ITEM, UploadSession};

impl Session {
    /// Begins an upload of `size` bytes, from [`UPLOAD_FROM`](crate::draft::UPLOAD_FROM) to 150 MB.
    /// One that is never finished leaves nothing behind. Answered with an address that nothing may be
    /// sent to, it is [`GraphError::Refused`].
    pub async fn create_upload_session(
        &self,
        message: &str,
        name: &str,
        content_type: &str,
        size: i64,
    ) -> Result<Reply<Upload>, GraphError> {
        let address = self
            .at_message(message)
            .then("attachments")
            .then("createUploadSession");
        let item = AttachmentItem {
            attachment_type: FILE_ITEM,
            name,
            size,
            content_type: (!content_type.is_empty()).then_some(content_type),
        };
        let reply = Call::new("create_upload_session", Kind::Write, Method::POST, address)
            .json(&BeginUpload { item })
            .read::<UploadSession>(self)
            .await?;
        if !self.graph.hosts().may_upload_to(&reply.value.upload_url) {
            return Err(classify::foreign_link(reply.request_id, reply.date));
        }
        Ok(reply.map(|session| Upload {
            url: Secret::new(session.upload_url),
            until: session
                .expiration_date_time
                .and_then(|text| Timestamp::parse(&text)),
        }))
    }
}
