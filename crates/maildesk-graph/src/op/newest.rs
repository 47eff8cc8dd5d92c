//! The newest mail of the whole mailbox, whatever folder it lies in.
//! Simulator: GET /v1.0/{who}/messages

use maildesk_model::message::RemoteMessage;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::link::DeltaLink;
use crate::message::{Page, Want};
use crate::query::NEWEST_FIRST;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::message::Message;
use crate::wire::page::List;

impl Session {
    /// Lists the newest `top` messages (1 to 1,000) by the time they were received, or goes on at
    /// `next`. Drafts, sent and deleted mail are among them (facts.md 7.1).
    pub async fn newest(
        &self,
        top: u32,
        next: Option<&DeltaLink>,
    ) -> Result<Reply<Page<RemoteMessage>>, GraphError> {
        const NAME: &str = "newest";
        let call = match next {
            Some(link) => Call::follow(self, NAME, Kind::Read, link)?,
            None => Call::get(
                NAME,
                self.mailbox()
                    .then("messages")
                    .selecting_message(Want::FIELDS)
                    .with("$orderby", NEWEST_FIRST)
                    .with("$top", &top.clamp(1, 1000).to_string()),
            ),
        };
        let reply = call.read::<List<Message>>(self).await?;
        self.checked(reply.map(List::into_page), Page::link)
    }
}
