//! `DELETE …/messages/{id}` and `POST …/messages/{id}/permanentDelete`.

use http::StatusCode;

use crate::answer::{Answer, Outcome, Refusal};
use crate::fault::DeleteTo;
use crate::graph::desk::Desk;
use crate::mailbox::DELETIONS;

/// Puts a message into the recoverable items, which no list of the mailbox shows; there it cannot be deleted again [facts 7.4].
pub(super) fn run(desk: &Desk<'_>, id: &str) -> Outcome {
    desk.edit(|mailbox| {
        let no = desk.message(mailbox, id)?;
        if mailbox
            .state(no)
            .is_some_and(|state| state.folder == DELETIONS)
        {
            return Err(Refusal::new(
                400,
                "ErrorCannotDeleteObject",
                "Cannot delete objects in the recoverable items folder.",
            ));
        }
        let trash = mailbox.find_folder("deleteditems");
        let inside = mailbox.state(no).map(|state| state.folder) == trash;
        match (desk.world.faults.now().mail.delete_to, trash) {
            (DeleteTo::Nowhere, _) => mailbox.purge(no, desk.now),
            (DeleteTo::DeletedItems, Some(trash)) if !inside => {
                mailbox.move_message(no, trash, desk.now);
            }
            _ => mailbox.move_message(no, DELETIONS, desk.now),
        }
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    })
}

/// Destroys a message.
pub(super) fn permanent(desk: &Desk<'_>, id: &str) -> Outcome {
    desk.edit(|mailbox| {
        let no = desk.message(mailbox, id)?;
        mailbox.purge(no, desk.now);
        Ok(Answer::empty(StatusCode::NO_CONTENT))
    })
}
