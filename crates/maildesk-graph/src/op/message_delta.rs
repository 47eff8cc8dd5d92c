//! All messages of one folder, and then what changed about them.
//! Simulator: GET /v1.0/{who}/mailFolders/{folder}/messages/delta

use maildesk_model::message::RemoteMessage;

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::{self, Kind};
use crate::message::{DeltaFrom, DeltaPage, Want};
use crate::query::NEWEST_FIRST;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::message::Message;
use crate::wire::page::{List, Tracked};

impl Session {
    /// Reads a page of a folder's message delta, up to about `page_size` items: a first round that
    /// lists the folder newest first, later rounds with what changed. `folder` (a remote id or a
    /// well-known name) counts at the start only; a link knows its folder.
    ///
    /// `$top` is never sent: it was seen ending the whole round early (recorded.md 5.1).
    /// [`GraphError::DeltaExpired`] means that the folder must be reconciled from
    /// [`DeltaFrom::Start`] (S3).
    pub async fn message_delta(
        &self,
        folder: &str,
        from: DeltaFrom<'_>,
        page_size: u32,
    ) -> Result<Reply<DeltaPage<RemoteMessage>>, GraphError> {
        const NAME: &str = "message_delta";
        let call = match from {
            DeltaFrom::Link(link) => Call::follow(self, NAME, Kind::Delta, link)?,
            DeltaFrom::Start => {
                let address = self
                    .at_folder(folder)
                    .then("messages")
                    .then("delta")
                    .selecting_message(Want::FIELDS)
                    .with("$orderby", NEWEST_FIRST);
                Call::new(NAME, Kind::Delta, http::Method::GET, address)
            }
        };
        let reply = call
            .page_size(page_size)
            .read::<List<Tracked<Message>>>(self)
            .await?;
        let page = reply.map(List::into_delta_page);
        let page = page.transpose().ok_or_else(classify::endless_page)?;
        self.checked(page, |page| Some(page.next.link()))
    }
}
