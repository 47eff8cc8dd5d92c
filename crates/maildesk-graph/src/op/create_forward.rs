//! Creates a draft that hands a message on.
//! Simulator: POST /v1.0/{who}/messages/{message}/createForward

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
    /// Creates a draft that hands a message on, in Drafts and in the same conversation, and
    /// returns it. The files of the message hang on it; `comment` stands at the beginning of
    /// its body (facts.md 7.5). [`GraphError::NotFound`] means that there is no such message. After
    /// [`GraphError::Later`] with `maybe_done` there may be one: look with [`Session::drafts`].
    pub async fn create_forward(
        &self,
        message: &str,
        comment: &str,
    ) -> Result<Reply<RemoteMessage>, GraphError> {
        let address = self.at_message(message).then("createForward");
        Call::new("create_forward", Kind::Write, Method::POST, address)
            .json(&Answering { comment })
            .read_one::<Message>(self)
            .await
    }
}
