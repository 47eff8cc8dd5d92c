//! Changes that a person makes "in Outlook": subscribers hear of them, nobody's token is asked.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ControlError;
use super::deliver::find_folder;
use super::snapshot::message;
use crate::mailbox::message::{Flag, FlagStatus, Importance};
use crate::mailbox::{DELETIONS, FolderRefusal, Mailbox, MessageNo, Patch};
use crate::sync::Held;
use crate::world::World;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    is_read: Option<bool>,
    flag: Option<FlagChange>,
    flag_status: Option<FlagStatus>,
    categories: Option<Vec<String>>,
    importance: Option<Importance>,
    /// Folder id or well-known name: a move.
    folder: Option<String>,
}

/// `"flagged"`, or Graph's own object.
#[derive(Deserialize)]
#[serde(untagged)]
enum FlagChange {
    Status(FlagStatus),
    Whole(Flag),
}

fn find(mailbox: &Mailbox, id: &str) -> Result<MessageNo, ControlError> {
    mailbox
        .find_message(id)
        .map_err(|_| ControlError::missing("message"))
}

/// `PATCH …/messages/{id}`.
pub(super) async fn change(
    State(world): State<Arc<World>>,
    Path((address, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, ControlError> {
    let change: Change = super::body(&body)?;
    let cell = super::mailbox(&world, &address)?;
    let flag = match (change.flag, change.flag_status) {
        (Some(FlagChange::Whole(flag)), _) => Some(flag),
        (Some(FlagChange::Status(flag_status)), _) | (None, Some(flag_status)) => Some(Flag {
            status: flag_status,
            ..Flag::default()
        }),
        (None, None) => None,
    };
    let patch = Patch {
        is_read: change.is_read,
        flag,
        categories: change.categories,
        importance: change.importance,
        ..Patch::default()
    };
    let now = world.clock.now();
    world.edit(&cell, |mailbox| {
        let no = find(mailbox, &id)?;
        let to = change
            .folder
            .map(|name| find_folder(mailbox, &name))
            .transpose()?;
        mailbox.patch(no, patch, now);
        if let Some(to) = to {
            mailbox.move_message(no, to, now);
        }
        Ok(Json(message(mailbox, no)))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct How {
    /// Destroys it instead of putting it into Deleted Items.
    #[serde(default)]
    permanent: bool,
}

/// `DELETE …/messages/{id}`: to Deleted Items; from there to the recoverable items.
pub(super) async fn delete(
    State(world): State<Arc<World>>,
    Path((address, id)): Path<(String, String)>,
    Query(how): Query<How>,
) -> Result<StatusCode, ControlError> {
    let cell = super::mailbox(&world, &address)?;
    let now = world.clock.now();
    world.edit(&cell, |mailbox| {
        let no = find(mailbox, &id)?;
        let deleted = find_folder(mailbox, "deleteditems")?;
        let there = mailbox
            .state(no)
            .is_some_and(|state| state.folder == deleted);
        match (how.permanent, there) {
            (true, _) => mailbox.purge(no, now),
            (false, true) => mailbox.move_message(no, DELETIONS, now),
            (false, false) => mailbox.move_message(no, deleted, now),
        }
        Ok(StatusCode::NO_CONTENT)
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Destination {
    folder: String,
}

/// `POST …/messages/{id}/move`.
pub(super) async fn move_message(
    State(world): State<Arc<World>>,
    Path((address, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, ControlError> {
    let destination: Destination = super::body(&body)?;
    let cell = super::mailbox(&world, &address)?;
    let now = world.clock.now();
    world.edit(&cell, |mailbox| {
        let no = find(mailbox, &id)?;
        let to = find_folder(mailbox, &destination.folder)?;
        mailbox.move_message(no, to, now);
        Ok(Json(message(mailbox, no)))
    })
}

/// `GET …/messages/{id}`: where it is and how it stands.
pub(super) async fn show(
    State(world): State<Arc<World>>,
    Path((address, id)): Path<(String, String)>,
) -> Result<Json<Value>, ControlError> {
    let cell = super::mailbox(&world, &address)?;
    let mailbox = cell.content.held();
    let no = find(&mailbox, &id)?;
    Ok(Json(message(&mailbox, no)))
}

#[derive(Deserialize)]
pub(super) struct Window {
    folder: Option<String>,
    #[serde(default)]
    skip: usize,
    top: Option<usize>,
}

/// `GET …/messages?folder=&top=&skip=`: newest first.
pub(super) async fn list(
    State(world): State<Arc<World>>,
    Path(address): Path<String>,
    Query(window): Query<Window>,
) -> Result<Json<Value>, ControlError> {
    let cell = super::mailbox(&world, &address)?;
    let mailbox = cell.content.held();
    let folder = window
        .folder
        .as_deref()
        .map(|name| find_folder(&mailbox, name))
        .transpose()?;
    let index = match folder.and_then(|no| mailbox.folder(no)) {
        Some(folder) => folder.index.as_slice(),
        None => mailbox.all(),
    };
    let page = index
        .iter()
        .rev()
        .skip(window.skip)
        .take(window.top.unwrap_or(100));
    let messages: Vec<Value> = page.map(|no| message(&mailbox, MessageNo(*no))).collect();
    Ok(Json(json!({ "total": index.len(), "messages": messages })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewFolder {
    display_name: String,
    /// Id or well-known name of the folder above; the root when left out.
    parent: Option<String>,
    #[serde(default)]
    hidden: bool,
}

/// `POST …/folders`.
pub(super) async fn create_folder(
    State(world): State<Arc<World>>,
    Path(address): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ControlError> {
    let new: NewFolder = super::body(&body)?;
    let cell = super::mailbox(&world, &address)?;
    world.edit(&cell, |mailbox| {
        let parent = find_folder(mailbox, new.parent.as_deref().unwrap_or("msgfolderroot"))?;
        let no = mailbox
            .create_folder(parent, &new.display_name, new.hidden)
            .map_err(refused)?;
        Ok((
            StatusCode::CREATED,
            Json(json!({ "id": mailbox.folder_id(no) })),
        ))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FolderChange {
    display_name: Option<String>,
    parent: Option<String>,
}

/// `PATCH …/folders/{id}`: renames, moves.
pub(super) async fn change_folder(
    State(world): State<Arc<World>>,
    Path((address, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<StatusCode, ControlError> {
    let change: FolderChange = super::body(&body)?;
    let cell = super::mailbox(&world, &address)?;
    world.edit(&cell, |mailbox| {
        let no = find_folder(mailbox, &id)?;
        if let Some(name) = &change.display_name {
            mailbox.rename_folder(no, name).map_err(refused)?;
        }
        if let Some(parent) = &change.parent {
            let parent = find_folder(mailbox, parent)?;
            mailbox.move_folder(no, parent).map_err(refused)?;
        }
        Ok(StatusCode::NO_CONTENT)
    })
}

/// `DELETE …/folders/{id}`: with everything in it.
pub(super) async fn delete_folder(
    State(world): State<Arc<World>>,
    Path((address, id)): Path<(String, String)>,
) -> Result<StatusCode, ControlError> {
    let cell = super::mailbox(&world, &address)?;
    let now = world.clock.now();
    world.edit(&cell, |mailbox| {
        let no = find_folder(mailbox, &id)?;
        mailbox.delete_folder(no, now).map_err(refused)?;
        Ok(StatusCode::NO_CONTENT)
    })
}

fn refused(refusal: FolderRefusal) -> ControlError {
    let why = match refusal {
        FolderRefusal::Exists => "a folder beside it has that name",
        FolderRefusal::Distinguished => "every mailbox has that folder",
        FolderRefusal::Circle => "a folder cannot be below itself",
    };
    ControlError(StatusCode::CONFLICT, why.to_owned())
}
