//! The attachments of a message: names and sizes, no bytes.
//! Simulator: GET /v1.0/{who}/messages/{message}/attachments

use maildesk_model::message::RemoteAttachment;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::message::Page;
use crate::query::attachment_select;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::attachment::Attachment;
use crate::wire::page::List;

/// Pages followed for one message. Exchange allows 250 attachments, far fewer than these hold.
const PAGES_MAX: usize = 30;

impl Session {
    /// Lists all attachments of a message, over as many pages as Graph makes of them.
    pub async fn attachments(
        &self,
        message: &str,
    ) -> Result<Reply<Vec<RemoteAttachment>>, GraphError> {
        const NAME: &str = "attachments";
        let address = self
            .at_message(message)
            .then("attachments")
            .with("$select", &attachment_select());
        let mut call = Call::get(NAME, address);
        let mut all = Vec::new();
        let mut pages = 0;
        loop {
            let reply = call.read::<List<Attachment>>(self).await?;
            let reply = self.checked(reply.map(List::into_page), Page::link)?;
            pages += 1;
            let (page, head) = reply.take();
            all.extend(page.items);
            match page.next {
                Some(link) if pages < PAGES_MAX => {
                    call = Call::follow(self, NAME, Kind::Read, &link)?;
                }
                _ => return Ok(head.map(|()| all)),
            }
        }
    }
}
