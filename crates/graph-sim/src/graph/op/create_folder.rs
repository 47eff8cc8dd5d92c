//! `POST …/mailFolders`, `POST …/mailFolders/{id}/childFolders`.

use http::StatusCode;
use serde::Deserialize;

use super::folder;
use crate::answer::{Outcome, Refusal};
use crate::graph::desk::Desk;
use crate::mailbox::FolderNo;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct New {
    display_name: String,
    #[serde(default)]
    is_hidden: bool,
}

/// Creates a folder below `parent`.
pub(super) fn run(desk: &Desk<'_>, parent: FolderNo) -> Outcome {
    let new: New = desk
        .call
        .json()
        .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?;
    if new.display_name.trim().is_empty() {
        return Err(Refusal::new(
            400,
            "ErrorInvalidRequest",
            "The display name of a folder cannot be empty.",
        ));
    }
    let no = desk
        .edit(|mailbox| mailbox.create_folder(parent, &new.display_name, new.is_hidden))
        .map_err(folder::refusal)?;
    folder::entity(desk, no, StatusCode::CREATED)
}
