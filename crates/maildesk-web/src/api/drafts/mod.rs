//! Writing: drafts, their files, and sending. What is written here becomes a row, and sync brings it
//! to Microsoft.

pub(crate) mod add_file;
pub(crate) mod adopt;
mod answer;
pub(crate) mod create;
pub(crate) mod discard;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod put_part;
pub(crate) mod remove_file;
pub(crate) mod send;
pub(crate) mod submit;
pub(crate) mod take_back;
mod text;
pub(crate) mod update;

use std::fmt::Write as _;

use http::StatusCode;
use maildesk_model::draft::{Draft, FILES_MAX, OPEN_MAX};
use maildesk_model::{DraftId, Viewer};
use maildesk_store::contract::{DraftRefusal, Drafted};

use crate::app::App;
use crate::error::{FieldError, Problem};

/// The draft, or 404.
async fn visible(app: &App, viewer: Viewer, id: DraftId) -> Result<Draft, Problem> {
    let draft = app.store.draft(viewer, id).await?;
    draft.ok_or_else(Problem::not_found)
}

/// What came of a wish, or why nothing did.
fn done<T>(drafted: Drafted<T>) -> Result<T, Problem> {
    drafted.map_err(refused)
}

fn refused(why: DraftRefusal) -> Problem {
    match why {
        DraftRefusal::Unknown => Problem::not_found(),
        DraftRefusal::Changed => Problem::conflict(
            "draft_changed",
            "The draft was changed elsewhere since; read it again and change that.",
        ),
        DraftRefusal::NotWriting => Problem::conflict(
            "not_writing",
            "The draft is on its way or was sent; take it back before you change it.",
        ),
        DraftRefusal::TooLate => Problem::conflict(
            "already_sending",
            "Microsoft is sending the mail already; it cannot be taken back any more.",
        ),
        DraftRefusal::TooMany => Problem::new(
            StatusCode::CONFLICT,
            "too_many",
            format!(
                "There may be {OPEN_MAX} open drafts for each person and {FILES_MAX} files in each."
            ),
        ),
        DraftRefusal::TooLarge => {
            let message = "all files of a draft together may have 150 MB";
            Problem::wrong(vec![FieldError::new("size", message)])
        }
        DraftRefusal::Elsewhere { received } => Problem::new(
            StatusCode::CONFLICT,
            "other_offset",
            format!("The next part of this file begins at byte {received}."),
        )
        .with_received(received),
        DraftRefusal::Incomplete => Problem::conflict(
            "files_incomplete",
            "A file is not here completely; hand over the rest of it, or take it out.",
        ),
        DraftRefusal::Nobody => Problem::wrong(vec![FieldError::new("to", "names nobody")]),
        DraftRefusal::Taken => {
            Problem::conflict("draft_taken", "Somebody else is writing this draft.")
        }
        DraftRefusal::NoDraft => Problem::conflict(
            "no_draft",
            "The message is no draft, so it cannot be gone on with.",
        ),
        DraftRefusal::KeyUsed => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "key_used",
            "This Idempotency-Key was used for another mail.",
        ),
    }
}

/// What Microsoft's copy of a draft is found by; nobody can guess it.
fn marker(app: &App) -> String {
    let mut bytes = [0_u8; 12];
    app.entropy.fill(&mut bytes);
    let mut text = String::with_capacity(24);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
