//! One message, by id, with everything wanted of it in one call.
//! Simulator: GET /v1.0/{who}/messages/{message}

use maildesk_model::message::RemoteMessage;

use crate::call::Call;
use crate::error::GraphError;
use crate::message::Want;
use crate::query::BODY_AS_HTML;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::message::Message;

impl Session {
    /// Reads a message by its immutable id. The fields are always whole; body and attachments
    /// come as `want` says (an attachment list too long for one answer is left out, see
    /// [`Session::attachments`]). [`GraphError::NotFound`] if it is gone, or was announced and
    /// cannot be read yet (facts.md 10, 7). One that was deleted for good may still be read for a
    /// while: it lies in the recoverable items, a folder out of scope.
    pub async fn message(
        &self,
        message: &str,
        want: Want,
    ) -> Result<Reply<RemoteMessage>, GraphError> {
        let address = self.at_message(message).selecting_message(want);
        Call::get("message", address)
            .prefer(BODY_AS_HTML)
            .read_one::<Message>(self)
            .await
    }
}
