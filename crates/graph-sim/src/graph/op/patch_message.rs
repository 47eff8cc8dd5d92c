//! `PATCH …/messages/{id}`.

use http::StatusCode;
use serde_json::Value;

use super::{Draft, message};
use crate::answer::{Outcome, Refusal};
use crate::graph::desk::Desk;

/// Changes a message: read state, flag, categories, importance and classification always; the rest while it is a draft.
pub(super) fn run(desk: &Desk<'_>, id: &str) -> Outcome {
    let document: Value = desk
        .call
        .json()
        .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?;
    let draft = Draft::parse(&document)?;
    let no = desk.edit(|mailbox| {
        let no = desk.message(mailbox, id)?;
        let changes = mailbox.state(no).map_or(0, |state| state.changes);
        check_etag(desk, &format!("W/\"{}\"", mailbox.change_key(no, changes)))?;
        let mut patch = draft.patch();
        if draft.changes_content() {
            let mut content = mailbox
                .content(no, true)
                .ok_or_else(Refusal::item_not_found)?
                .into_owned();
            if !content.is_draft {
                return Err(Refusal::new(
                    400,
                    "ErrorInvalidPropertySet",
                    "Set action is invalid for property.",
                ));
            }
            draft.apply(&mut content, desk.now)?;
            patch.content = Some(content);
        }
        mailbox.patch(no, patch, desk.now);
        Ok(no)
    })?;
    message::entity(desk, no, StatusCode::OK)
}

/// `If-Match` must name the present change key [facts 7.4].
pub(super) fn check_etag(desk: &Desk<'_>, etag: &str) -> Result<(), Refusal> {
    match desk.call.header("if-match") {
        Some(given) if given != "*" && given != etag => Err(Refusal::new(
            412,
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.",
        )),
        _ => Ok(()),
    }
}
