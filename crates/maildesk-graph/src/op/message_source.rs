//! A message as it went over the wire (MIME), streamed.
//! Simulator: GET /v1.0/{who}/messages/{message}/$value

use crate::call::Call;
use crate::error::GraphError;
use crate::reply::Reply;
use crate::session::Session;
use crate::transport::TransportBody;

impl Session {
    /// Fetches the MIME of a message. The call counts as running (and keeps its place in the
    /// mailbox's gate) until it has been read or is dropped.
    pub async fn message_source(&self, message: &str) -> Result<Reply<TransportBody>, GraphError> {
        let address = self.at_message(message).then("$value");
        let answer = Call::get("message_source", address).send(self).await?;
        let head = answer.head();
        Ok(head.map(|()| answer.body))
    }
}
