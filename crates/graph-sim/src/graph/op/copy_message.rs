//! `POST …/messages/{id}/move` and `…/copy`.

use http::StatusCode;
use serde::Deserialize;

use super::message;
use crate::answer::{Outcome, Refusal};
use crate::graph::desk::{Desk, find_folder};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Move,
    Copy,
}

#[derive(Deserialize)]
struct Destination {
    #[serde(alias = "DestinationId", rename = "destinationId")]
    id: String,
}

/// Moves or copies a message and answers with it as it is there: after a move under a new default id.
pub(super) fn run(desk: &Desk<'_>, id: &str, way: Way) -> Outcome {
    let destination: Destination = desk
        .call
        .json()
        .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?;
    if way == Way::Copy {
        desk.has_room()?;
    }
    let no = desk.edit(|mailbox| {
        let no = desk.message(mailbox, id)?;
        let to = find_folder(mailbox, &destination.id)?;
        match way {
            Way::Copy => mailbox
                .copy_message(no, to, desk.now)
                .ok_or_else(Refusal::item_not_found),
            Way::Move => {
                mailbox.move_message(no, to, desk.now);
                Ok(no)
            }
        }
    })?;
    message::entity(desk, no, StatusCode::CREATED)
}
