//! Writes the content of a draft.
//! Simulator: PATCH /v1.0/{who}/messages/{message}

use http::Method;
use maildesk_model::message::RemoteMessage;

use crate::call::Call;
use crate::draft::DraftMail;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::draft::Content;
use crate::wire::message::Message;

impl Session {
    /// Writes subject, body, recipients and importance of the draft `message` and returns it as Graph
    /// now has it; sparse, with the id alone, where Graph carried it out and said nothing. Writing the
    /// same again is harmless. What has been sent is [`GraphError::Refused`].
    pub async fn update_draft(
        &self,
        message: &str,
        mail: &DraftMail,
    ) -> Result<Reply<RemoteMessage>, GraphError> {
        let address = self.at_message(message);
        let reply = Call::new("update_draft", Kind::Write, Method::PATCH, address)
            .json(&Content::from(mail))
            .write::<Message>(self)
            .await?;
        Ok(reply.map(|answer| answer.into_model_of(message)))
    }
}
