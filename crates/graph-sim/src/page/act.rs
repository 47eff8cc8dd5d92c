//! What the forms of the page do, as a person in Outlook would.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;

use super::layout::trouble;
use super::mailbox::path;
use crate::control::{Mail, deliver as take_in};
use crate::mailbox::message::{Flag, FlagStatus, Person};
use crate::mailbox::{DELETIONS, Mailbox, MessageNo, Patch};
use crate::world::World;

/// A mail as the forms send it.
#[derive(Deserialize)]
pub(super) struct Written {
    from: Option<String>,
    name: Option<String>,
    to: String,
    subject: String,
    text: String,
    answers: String,
}

impl Written {
    fn mail(self, from: Person) -> Mail {
        let to = self
            .to
            .split([',', ';'])
            .map(str::trim)
            .filter(|address| !address.is_empty());
        Mail {
            to: to
                .map(|address| Person {
                    name: address.to_owned(),
                    address: address.to_owned(),
                })
                .collect(),
            from: Some(from),
            subject: self.subject,
            text: Some(self.text),
            in_reply_to: Some(self.answers).filter(|answers| !answers.is_empty()),
            ..Mail::default()
        }
    }
}

/// Mail from outside arrives.
pub(super) async fn deliver(
    State(world): State<Arc<World>>,
    Path(address): Path<String>,
    Form(written): Form<Written>,
) -> Response {
    let Some(cell) = world.directory.mailbox(&address) else {
        return trouble(StatusCode::NOT_FOUND, "There is no such mailbox.");
    };
    let from = Person {
        name: written.name.clone().unwrap_or_default(),
        address: written.from.clone().unwrap_or_default(),
    };
    match take_in(&world, &cell, written.mail(from)) {
        Ok(_) => Redirect::to(&path(&cell.address)).into_response(),
        Err(error) => trouble(error.0, &error.1),
    }
}

/// The owner sends: a copy among the sent items, and an arrival in every recipient's mailbox here.
pub(super) async fn send(
    State(world): State<Arc<World>>,
    Path(address): Path<String>,
    Form(written): Form<Written>,
) -> Response {
    let Some(cell) = world.directory.mailbox(&address) else {
        return trouble(StatusCode::NOT_FOUND, "There is no such mailbox.");
    };
    let from = Person {
        name: cell.display_name.clone(),
        address: cell.address.clone(),
    };
    let mail = Mail {
        folder: Some("sentitems".to_owned()),
        is_read: true,
        ..written.mail(from)
    };
    let sent = match take_in(&world, &cell, mail) {
        Ok(id) => id,
        Err(error) => return trouble(error.0, &error.1),
    };
    let content = world.edit(&cell, |mailbox| {
        mailbox
            .find_message(&sent)
            .ok()
            .and_then(|no| mailbox.content(no, true).map(std::borrow::Cow::into_owned))
    });
    if let Some(content) = content {
        crate::world::post(&world, &content, world.clock.now());
    }
    Redirect::to(&format!("{}?folder=sentitems", path(&cell.address))).into_response()
}

/// A button below an open message.
#[derive(Deserialize)]
pub(super) struct Act {
    act: String,
    to: Option<String>,
}

/// Changes a message.
pub(super) async fn change(
    State(world): State<Arc<World>>,
    Path((address, id)): Path<(String, String)>,
    Form(act): Form<Act>,
) -> Response {
    let Some(cell) = world.directory.mailbox(&address) else {
        return trouble(StatusCode::NOT_FOUND, "There is no such mailbox.");
    };
    let now = world.clock.now();
    let folder = world.edit(&cell, |mailbox| {
        let no = mailbox.find_message(&id).ok()?;
        let before = mailbox.folder_id(mailbox.state(no)?.folder);
        perform(mailbox, no, &act, now);
        Some(before)
    });
    let Some(folder) = folder else {
        return trouble(StatusCode::NOT_FOUND, "The message is not there any more.");
    };
    let open = if matches!(act.act.as_str(), "delete" | "move") {
        String::new()
    } else {
        format!("&message={id}")
    };
    Redirect::to(&format!("{}?folder={folder}{open}", path(&cell.address))).into_response()
}

fn perform(mailbox: &mut Mailbox, no: MessageNo, act: &Act, now: jiff::Timestamp) {
    let flag = |status| Patch {
        flag: Some(Flag {
            status,
            ..Flag::default()
        }),
        ..Patch::default()
    };
    let patch = match act.act.as_str() {
        "read" => Patch {
            is_read: Some(true),
            ..Patch::default()
        },
        "unread" => Patch {
            is_read: Some(false),
            ..Patch::default()
        },
        "flag" => flag(FlagStatus::Flagged),
        "unflag" => flag(FlagStatus::NotFlagged),
        "move" => {
            if let Some(to) = act.to.as_deref().and_then(|to| mailbox.find_folder(to)) {
                mailbox.move_message(no, to, now);
            }
            return;
        }
        "delete" => {
            let deleted = mailbox.find_folder("deleteditems").filter(|deleted| {
                mailbox
                    .state(no)
                    .is_some_and(|state| state.folder != *deleted)
            });
            mailbox.move_message(no, deleted.unwrap_or(DELETIONS), now);
            return;
        }
        _ => return,
    };
    mailbox.patch(no, patch, now);
}
