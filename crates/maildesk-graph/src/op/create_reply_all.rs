//! Creates an answer to everybody a message went to.
//! Simulator: POST /v1.0/{who}/messages/{message}/createReplyAll

use http::Method;
use maildesk_model::message::RemoteMessage;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::draft::Answering;
use crate::wire::message::Message;

impl Session {
    /// Creates an answer to everybody a message went to, in Drafts and in the same conversation, and
    /// returns it. Answers go where `replyTo` says; `comment` stands at the beginning of
    /// its body (facts.md 7.5). [`GraphError::NotFound`] means that there is no such message. After
    /// [`GraphError::Later`] with `maybe_done` there may be one: look with [`Session::drafts`].
    pub async fn create_reply_all(
        &self,
        message: &str,
        comment: &str,
    ) -> Result<Reply<RemoteMessage>, GraphError> {
        let address = self.at_message(message).then("createReplyAll");
        Call::new("create_reply_all", Kind::Write, Method::POST, address)
            .json(&Answering { comment })
            .read_one::<Message>(self)
            .await
    }
}
