//! Bodies and attachment lists of many messages at once, newest first.
//! Simulator: GET /v1.0/{who}/messages

use maildesk_model::message::RemoteMessage;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::message::{BodiesFrom, Page, Want};
use crate::query::{BODY_AS_HTML, NEWEST_FIRST};
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::message::Message;
use crate::wire::page::List;

impl Session {
    /// Lists up to `top` messages of the whole mailbox with body and attachments, newest first.
    /// Keep `top` small (20 or so): large pages with bodies are answered 504 (facts.md 6).
    ///
    /// The time bounds the list from above *inclusively*; several messages may share a second, so
    /// go on by the page's next link and use the time only to begin again after a restart.
    pub async fn bodies(
        &self,
        from: BodiesFrom<'_>,
        top: u32,
    ) -> Result<Reply<Page<RemoteMessage>>, GraphError> {
        const NAME: &str = "bodies";
        let call = match from {
            BodiesFrom::Link(link) => Call::follow(self, NAME, Kind::Read, link)?,
            BodiesFrom::Newest => Call::get(NAME, self.bodies_newest_first(top)),
            BodiesFrom::Before(at) => {
                // The property ordered by must come first in the filter (facts.md 7.1).
                let filter = format!("receivedDateTime le {at}");
                let address = self.bodies_newest_first(top).with("$filter", &filter);
                Call::get(NAME, address)
            }
        };
        let reply = call
            .prefer(BODY_AS_HTML)
            .read::<List<Message>>(self)
            .await?;
        self.checked(reply.map(List::into_page), Page::link)
    }

    fn bodies_newest_first(&self, top: u32) -> crate::query::Address {
        self.mailbox()
            .then("messages")
            .selecting_message(Want::ALL)
            .with("$orderby", NEWEST_FIRST)
            .with("$top", &top.clamp(1, 1000).to_string())
    }
}
