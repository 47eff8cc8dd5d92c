//! All folders of a mailbox, and then what changed about them.
//! Simulator: GET /v1.0/{who}/mailFolders/delta

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::{self, Kind};
use crate::folder::RemoteFolder;
use crate::message::{DeltaFrom, DeltaPage};
use crate::query::FOLDER_FIELDS;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::folder::MailFolder;
use crate::wire::page::{List, Tracked};

impl Session {
    /// Reads a page of the folders' delta, up to about `page_size` items. It covers the folders of
    /// the whole tree, hidden ones too (they say so), and never their messages.
    pub async fn folder_delta(
        &self,
        from: DeltaFrom<'_>,
        page_size: u32,
    ) -> Result<Reply<DeltaPage<RemoteFolder>>, GraphError> {
        const NAME: &str = "folder_delta";
        let call = match from {
            DeltaFrom::Link(link) => Call::follow(self, NAME, Kind::Delta, link)?,
            DeltaFrom::Start => {
                let address = self
                    .mailbox()
                    .then("mailFolders")
                    .then("delta")
                    .with("$select", &FOLDER_FIELDS.join(","));
                Call::new(NAME, Kind::Delta, http::Method::GET, address)
            }
        };
        let reply = call
            .page_size(page_size)
            .read::<List<Tracked<MailFolder>>>(self)
            .await?;
        let page = reply.map(List::into_delta_page);
        let page = page.transpose().ok_or_else(classify::endless_page)?;
        self.checked(page, |page| Some(page.next.link()))
    }
}
