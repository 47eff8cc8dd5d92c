//! Takes a file off a draft.
//! Simulator: DELETE /v1.0/{who}/messages/{message}/attachments/{attachment}

use http::Method;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::reply::Reply;
use crate::session::Session;

impl Session {
    /// Takes an attachment off a draft. [`GraphError::NotFound`] means that it is off already.
    pub async fn delete_attachment(
        &self,
        message: &str,
        attachment: &str,
    ) -> Result<Reply<()>, GraphError> {
        let address = self.at_message(message).then("attachments").id(attachment);
        Call::new("delete_attachment", Kind::Write, Method::DELETE, address)
            .finish(self)
            .await
    }
}
