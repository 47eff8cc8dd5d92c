//! One folder, by id or by a name Graph knows in every language.
//! Simulator: GET /v1.0/{who}/mailFolders/{folder}

use crate::call::Call;
use crate::error::GraphError;
use crate::folder::RemoteFolder;
use crate::query::FOLDER_FIELDS;
use crate::reply::Reply;
use crate::session::Session;
use crate::wire::folder::MailFolder;

impl Session {
    /// Reads a folder. `folder` is a remote id, a well-known name
    /// ([`WellKnown::name`](maildesk_model::folder::WellKnown::name)), or `msgfolderroot`.
    /// [`GraphError::NotFound`] if the mailbox has no such folder, as happens with `archive`
    /// and `clutter`.
    pub async fn folder(&self, folder: &str) -> Result<Reply<RemoteFolder>, GraphError> {
        let address = self
            .at_folder(folder)
            .with("$select", &FOLDER_FIELDS.join(","));
        Call::get("folder", address)
            .read_one::<MailFolder>(self)
            .await
    }
}
