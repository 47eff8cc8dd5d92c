//! Sends a draft.
//! Simulator: POST /v1.0/{who}/messages/{message}/send

use http::Method;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::reply::Reply;
use crate::session::Session;

impl Session {
    /// Sends the draft `message`, which then lies in Sent Items. Needs `Mail.Send` alone.
    /// [`GraphError::NotFound`] means that there is no such draft.
    pub async fn send_draft(&self, message: &str) -> Result<Reply<()>, GraphError> {
        let address = self.at_message(message).then("send");
        Call::new("send_draft", Kind::Write, Method::POST, address)
            .finish(self)
            .await
    }
}
