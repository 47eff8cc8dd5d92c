//! The newest drafts.
//! Simulator: GET /v1.0/{who}/mailFolders/{folder}/messages

use maildesk_model::message::RemoteMessage;

use crate::call::Call;
use crate::error::GraphError;
use crate::message::Want;
use crate::query::NEWEST_FIRST;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::message::Message;
use crate::wire::page::List;

/// As many are looked through: more than people begin in the minute after a lost answer.
const LOOKED_THROUGH: &str = "50";

impl Session {
    /// The newest messages in Drafts, whole but for body and attachments.
    pub async fn drafts(&self) -> Result<Reply<Vec<RemoteMessage>>, GraphError> {
        let address = self
            .at_folder("drafts")
            .then("messages")
            .selecting_message(Want::FIELDS)
            .with("$orderby", NEWEST_FIRST)
            .with("$top", LOOKED_THROUGH);
        let reply = Call::get("drafts", address)
            .read::<List<Message>>(self)
            .await?;
        Ok(reply.map(|list| list.into_page().items))
    }
}
