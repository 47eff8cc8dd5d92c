//! Deletes a message, past Deleted Items.
//! Simulator: DELETE /v1.0/{who}/messages/{message}

use http::Method;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::reply::Reply;
use crate::session::Session;

/// How Graph refuses to delete a message that was deleted for good before.
const RECOVERABLE: &str = "ErrorCannotDeleteObject";

impl Session {
    /// Deletes a message for good, as far as people see (Exchange keeps it recoverable for a
    /// while, facts.md 7.4). Deleting into Deleted Items is a move there.
    /// [`GraphError::NotFound`] means that it is gone already, also where Graph says so by
    /// refusing to delete what lies in the recoverable items (facts.md 7.4).
    pub async fn delete_message(&self, message: &str) -> Result<Reply<()>, GraphError> {
        let address = self.at_message(message);
        Call::new("delete_message", Kind::Write, Method::DELETE, address)
            .finish(self)
            .await
            .map_err(|error| match error {
                GraphError::Refused { said } if said.code.eq_ignore_ascii_case(RECOVERABLE) => {
                    GraphError::NotFound { said }
                }
                other => other,
            })
    }
}
