//! `POST …/messages`: a draft, from JSON or from MIME (base64, `text/plain`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use super::{Draft, message};
use crate::answer::{Outcome, Refusal};
use crate::graph::desk::Desk;
use crate::mailbox::message::{Content, Flag, Importance, Text};
use crate::mailbox::{Arrival, DRAFTS, FolderNo, mime};
use crate::world::World;

/// Creates a draft in the drafts, or in the folder named.
pub(super) fn run(desk: &Desk<'_>, folder: Option<(FolderNo, &str)>) -> Outcome {
    desk.has_room()?;
    let folder = folder.map_or(DRAFTS, |(no, _)| no);
    let arrival = if is_mime(desk) {
        from_mime(desk, folder)?
    } else {
        from_json(desk, folder)?
    };
    let no = desk.edit(|mailbox| mailbox.arrive(arrival));
    message::entity(desk, no, StatusCode::CREATED)
}

/// Whether the body is MIME.
pub(super) fn is_mime(desk: &Desk<'_>) -> bool {
    desk.call
        .header("content-type")
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/plain"))
}

/// The message in a MIME body.
pub(super) fn read_mime(desk: &Desk<'_>) -> Result<Content, Refusal> {
    let text: Vec<u8> = desk
        .call
        .body
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let bad = || {
        Refusal::new(
            400,
            "ErrorMimeContentInvalidBase64String",
            "Invalid base64 string for MIME content.",
        )
    };
    let raw = STANDARD.decode(text).map_err(|_| bad())?;
    let mut content = mime::read(&raw, desk.now).ok_or_else(bad)?;
    // The sender is the mailbox, whatever the MIME says [facts 7.5].
    content.from = None;
    finish(desk.world, desk, content)
}

fn from_mime(desk: &Desk<'_>, folder: FolderNo) -> Result<Arrival, Refusal> {
    let content = Content {
        is_draft: true,
        ..read_mime(desk)?
    };
    Ok(arrival(content, folder, desk.now))
}

fn from_json(desk: &Desk<'_>, folder: FolderNo) -> Result<Arrival, Refusal> {
    let document: Value = desk
        .call
        .json()
        .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?;
    let draft = Draft::parse(&document)?;
    let mut content = from_draft(desk, &draft)?;
    content.is_draft = true;
    let (flags, delivered) = draft.import_flags();
    if let Some(flags) = flags {
        content.is_draft = flags & 8 != 0;
    }
    if let Some(delivered) = delivered {
        content.received = delivered;
    }
    let is_read = flags.is_none_or(|flags| flags & 1 != 0);
    Ok(Arrival {
        is_read: draft.is_read.unwrap_or(is_read),
        importance: draft.importance.unwrap_or_default(),
        categories: draft.categories.clone().unwrap_or_default(),
        flag: draft.flag.clone().unwrap_or_default(),
        ..arrival(content, folder, desk.now)
    })
}

/// The content that a document describes, complete with ids and dates.
pub(super) fn from_draft(desk: &Desk<'_>, draft: &Draft) -> Result<Content, Refusal> {
    let mut content = Content {
        body: Text::Html(String::new()),
        ..Content::default()
    };
    draft.apply(&mut content, desk.now)?;
    finish(desk.world, desk, content)
}

fn finish(world: &World, desk: &Desk<'_>, mut content: Content) -> Result<Content, Refusal> {
    let (from, sender) = desk.sender(content.from.as_ref())?;
    (content.from, content.sender) = (Some(from), Some(sender));
    let fresh = world.fresh("message-id");
    if content.internet_message_id.is_empty() {
        content.internet_message_id = format!("<{}@sim.example>", fresh.guid());
    }
    if content.conversation == 0 {
        content.conversation = fresh.number(1).finish();
        content.conversation_index = fresh.noise(22);
    }
    (content.created, content.received, content.sent) = (desk.now, desk.now, desk.now);
    Ok(content)
}

/// A draft or sent message as an arrival: read, unflagged, without the updates that follow mail from outside.
pub(super) fn arrival(content: Content, folder: FolderNo, at: Timestamp) -> Arrival {
    Arrival {
        content,
        folder,
        at,
        is_read: true,
        importance: Importance::Normal,
        categories: Vec::new(),
        flag: Flag::default(),
        updates: 0,
    }
}
