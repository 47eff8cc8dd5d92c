//! Changes read, flag or categories of a message.
//! Simulator: PATCH /v1.0/{who}/messages/{message}

use http::Method;
use maildesk_model::message::RemoteMessage;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::message::MessagePatch;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::message::{Message, Patch};

impl Session {
    /// Writes `patch` on a message and returns it as Graph now has it; sparse, with the id alone,
    /// where Graph carried it out and said nothing. Writing the same values again is harmless.
    /// A stale change key comes as [`GraphError::Later`] with `maybe_done: false`.
    pub async fn update_message(
        &self,
        message: &str,
        patch: &MessagePatch,
    ) -> Result<Reply<RemoteMessage>, GraphError> {
        let address = self.at_message(message);
        let reply = Call::new("update_message", Kind::Write, Method::PATCH, address)
            .json(&Patch::from(patch))
            .write::<Message>(self)
            .await?;
        Ok(reply.map(|answer| answer.into_model_of(message)))
    }
}
