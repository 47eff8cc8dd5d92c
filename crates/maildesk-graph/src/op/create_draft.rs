//! Creates a draft of its own.
//! Simulator: POST /v1.0/{who}/messages

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
    /// Creates a draft in Drafts and returns it. After [`GraphError::Later`] with `maybe_done` there
    /// may be one: look with [`Session::drafts`] before another is created.
    pub async fn create_draft(&self, mail: &DraftMail) -> Result<Reply<RemoteMessage>, GraphError> {
        let address = self.mailbox().then("messages");
        Call::new("create_draft", Kind::Write, Method::POST, address)
            .json(&Content::from(mail))
            .read_one::<Message>(self)
            .await
    }
}
