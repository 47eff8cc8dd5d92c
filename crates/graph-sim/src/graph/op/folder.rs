//! `GET`, `PATCH`, `DELETE …/mailFolders/{id}` and `POST …/mailFolders/{id}/move`.

use http::StatusCode;
use serde::Deserialize;

use super::list_folders::selected;
use crate::answer::{Answer, Outcome, Refusal};
use crate::graph::desk::{Desk, find_folder};
use crate::graph::render;
use crate::json::Object;
use crate::mailbox::{FolderNo, FolderRefusal};

/// Answers with the folder.
pub(super) fn get(desk: &Desk<'_>, no: FolderNo) -> Outcome {
    entity(desk, no, StatusCode::OK)
}

/// A folder as the answer to a call that read, made or changed it.
pub(super) fn entity(desk: &Desk<'_>, no: FolderNo, status: StatusCode) -> Outcome {
    let wanted = selected(desk.call.option("select"))?;
    desk.read(|mailbox| {
        let folder = mailbox.folder(no).ok_or_else(Refusal::item_not_found)?;
        let mut json = String::new();
        let mut object = Object::open(&mut json);
        object.text("@odata.context", &desk.context("mailFolders/$entity"));
        render::folder(&mut object, mailbox, folder, &wanted);
        object.end();
        let answer = Answer::text(status, json);
        Ok(if status == StatusCode::CREATED {
            answer.with(
                "Location",
                desk.location("mailFolders", &mailbox.folder_id(no)),
            )
        } else {
            answer
        })
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rename {
    display_name: String,
}

/// Renames the folder.
pub(super) fn patch(desk: &Desk<'_>, no: FolderNo) -> Outcome {
    let rename: Rename = desk
        .call
        .json()
        .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?;
    desk.edit(|mailbox| mailbox.rename_folder(no, &rename.display_name))
        .map_err(refusal)?;
    entity(desk, no, StatusCode::OK)
}

/// Deletes the folder and what is in it.
pub(super) fn delete(desk: &Desk<'_>, no: FolderNo) -> Outcome {
    desk.edit(|mailbox| mailbox.delete_folder(no, desk.now))
        .map_err(refusal)?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}

#[derive(Deserialize)]
struct Destination {
    #[serde(alias = "DestinationId", rename = "destinationId")]
    id: String,
}

/// Moves the folder below another.
pub(super) fn move_below(desk: &Desk<'_>, no: FolderNo) -> Outcome {
    let destination: Destination = desk
        .call
        .json()
        .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?;
    desk.edit(|mailbox| {
        let parent = find_folder(mailbox, &destination.id)?;
        mailbox.move_folder(no, parent).map_err(refusal)
    })?;
    entity(desk, no, StatusCode::CREATED)
}

/// What Exchange says when it refuses an edit of a folder.
pub(super) fn refusal(refusal: FolderRefusal) -> Refusal {
    match refusal {
        FolderRefusal::Exists => Refusal::new(
            409,
            "ErrorFolderExists",
            "A folder with the specified name already exists.",
        ),
        FolderRefusal::Distinguished => Refusal::new(
            403,
            "ErrorDeleteDistinguishedFolder",
            "Distinguished folders cannot be changed or deleted.",
        ),
        FolderRefusal::Circle => Refusal::new(
            400,
            "ErrorMoveCopyFailed",
            "The folder cannot be moved below itself.",
        ),
    }
}
