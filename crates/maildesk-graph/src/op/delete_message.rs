//! Deletes a message, past Deleted Items.
//! Simulator: DELETE /v1.0/{who}/messages/{message}

use http::Method;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::reply::Reply;
use crate::session::Session;

impl Session {
    /// Deletes a message for good, as far as people see (Exchange keeps it recoverable for a
    /// while, facts.md 7.4). Deleting into Deleted Items is a move there.
    /// [`GraphError::NotFound`] means that it is gone already.
    pub async fn delete_message(&self, message: &str) -> Result<Reply<()>, GraphError> {
        let address = self.at_message(message);
        Call::new("delete_message", Kind::Write, Method::DELETE, address)
            .finish(self)
            .await
    }
}
