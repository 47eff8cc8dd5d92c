//! Moves a message to another folder.
//! Simulator: POST /v1.0/{who}/messages/{message}/move

use http::Method;
use maildesk_model::message::RemoteMessage;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::message::{Message, Move};

impl Session {
    /// Moves a message to `folder` (a remote id or a well-known name) and returns it as it now
    /// is. Its immutable id stays, but for a move into the archive mailbox (facts.md 7.4), so
    /// take the id from the answer.
    ///
    /// [`GraphError::Later`] with `maybe_done` wants a look at the message's folder first: moved
    /// twice it is still moved once, but `NotFound` would be misread as gone.
    pub async fn move_message(
        &self,
        message: &str,
        folder: &str,
    ) -> Result<Reply<RemoteMessage>, GraphError> {
        let address = self.at_message(message).then("move");
        let reply = Call::new("move_message", Kind::Write, Method::POST, address)
            .json(&Move {
                destination_id: folder,
            })
            .write::<Message>(self)
            .await?;
        Ok(reply.map(|answer| answer.into_model_of(message)))
    }
}
