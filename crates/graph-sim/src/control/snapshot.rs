//! `GET /sim/mailboxes/{address}/snapshot`: the ground truth of what a mail client should show.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::IntoResponse;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::ControlError;
use crate::clock::wire;
use crate::json::{Object, push_text};
use crate::mailbox::message::{Content, State as MessageState};
use crate::mailbox::{Folder, Mailbox, MessageNo};
use crate::sync::Held;
use crate::world::World;

/// Answers with the visible mail folders under the root and every message in them.
pub(super) async fn run(
    State(world): State<Arc<World>>,
    Path(address): Path<String>,
) -> Result<impl IntoResponse, ControlError> {
    let cell = super::mailbox(&world, &address)?;
    let mailbox = cell.content.held();
    let folders: Vec<&Folder> = mailbox
        .folders()
        .iter()
        .filter(|folder| mailbox.in_scope(folder.no))
        .collect();
    let mut json = String::new();
    let mut object = Object::open(&mut json);
    object.list("folders", &folders, |out, folder| {
        write_folder(out, &mailbox, folder);
    });
    let messages = folders
        .iter()
        .flat_map(|folder| folder.index.iter().map(|no| MessageNo(*no)));
    object.list("messages", messages, |out, no| {
        write_message(out, &mailbox, no);
    });
    object.end();
    Ok(([(CONTENT_TYPE, "application/json")], json))
}

fn write_folder(out: &mut String, mailbox: &Mailbox, folder: &Folder) {
    let mut object = Object::open(out);
    object.text("id", &mailbox.folder_id(folder.no));
    object.text("displayName", &folder.display_name);
    object.text(
        "parentFolderId",
        &mailbox.folder_id(folder.parent.unwrap_or(folder.no)),
    );
    object.text_or_null("wellKnownName", folder.well_known.as_deref());
    object.end();
}

fn write_message(out: &mut String, mailbox: &Mailbox, no: MessageNo) {
    let (Some(state), Some(content)) = (mailbox.state(no), mailbox.content(no, false)) else {
        return;
    };
    let mut object = Object::open(out);
    fields(&mut object, mailbox, no, &state, &content);
    object.end();
}

fn fields(
    object: &mut Object<'_>,
    mailbox: &Mailbox,
    no: MessageNo,
    state: &MessageState,
    content: &Content,
) {
    object.text("id", &mailbox.immutable_id(no));
    object.text("subject", &content.subject);
    object.text("receivedDateTime", &wire(content.received));
    object.boolean("isRead", state.is_read);
    object.text("flagStatus", state.flag.status.wire());
    object.list("categories", &state.categories, |out, category| {
        push_text(out, category);
    });
    object.text("folderId", &mailbox.folder_id(state.folder));
    object.text(
        "folderName",
        mailbox
            .folder(state.folder)
            .map_or("", |folder| &folder.display_name),
    );
}

/// One message as the control side shows it: as in the snapshot.
pub(super) fn message(mailbox: &Mailbox, no: MessageNo) -> Value {
    let mut json = String::new();
    write_message(&mut json, mailbox, no);
    serde_json::from_str(&json).unwrap_or_else(|_| json!({}))
}
