//! Adds a small file to a draft.
//! Simulator: POST /v1.0/{who}/messages/{message}/attachments

use std::time::Duration;

use http::Method;
use maildesk_model::message::RemoteAttachment;

use crate::call::Call;
use crate::draft::NewFile;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::attachment::Attachment;
use crate::wire::draft::FileAttachment;

/// Four megabytes over a slow line take their time.
pub(super) const PATIENCE: Duration = Duration::from_mins(2);

impl Session {
    /// Adds a file of fewer than [`UPLOAD_FROM`](crate::draft::UPLOAD_FROM) bytes and returns what
    /// Graph has. After [`GraphError::Later`] with `maybe_done` it may be there: look with
    /// [`Session::attachments`], or it may be there twice.
    pub async fn add_attachment(
        &self,
        message: &str,
        file: &NewFile,
    ) -> Result<Reply<RemoteAttachment>, GraphError> {
        let address = self.at_message(message).then("attachments");
        Call::new("add_attachment", Kind::Write, Method::POST, address)
            .json(&FileAttachment::from(file))
            .patience(PATIENCE)
            .read_one::<Attachment>(self)
            .await
    }
}
