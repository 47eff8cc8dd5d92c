//! The folders directly in a folder.
//! Simulator: GET /v1.0/{who}/mailFolders/{folder}/childFolders

use crate::call::Call;
use crate::error::GraphError;
use crate::error::classify::Kind;
use crate::folder::RemoteFolder;
use crate::link::DeltaLink;
use crate::message::Page;
use crate::query::FOLDER_FIELDS;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::folder::MailFolder;
use crate::wire::page::List;

impl Session {
    /// Lists the folders directly in `parent` (an id or a well-known name; `msgfolderroot` for
    /// the top), up to `top` on a page, or goes on at `next`. Hidden ones are not listed by
    /// Graph; search folders are, and say so.
    pub async fn folder_children(
        &self,
        parent: &str,
        top: u32,
        next: Option<&DeltaLink>,
    ) -> Result<Reply<Page<RemoteFolder>>, GraphError> {
        const NAME: &str = "folder_children";
        let call = match next {
            Some(link) => Call::follow(self, NAME, Kind::Read, link)?,
            None => Call::get(
                NAME,
                self.at_folder(parent)
                    .then("childFolders")
                    .with("$select", &FOLDER_FIELDS.join(","))
                    .with("$top", &top.max(1).to_string()),
            ),
        };
        let reply = call.read::<List<MailFolder>>(self).await?;
        self.checked(reply.map(List::into_page), Page::link)
    }
}
