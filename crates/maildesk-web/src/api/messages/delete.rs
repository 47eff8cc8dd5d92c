//! `DELETE /messages/{id}`

use axum::Json;
use axum::extract::State;
use maildesk_model::folder::{Folder, WellKnown};
use maildesk_model::intent::{Change, Want};
use maildesk_model::{FolderId, MessageId};

use crate::api::shape::MessageChangedBody;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::reach;
use crate::error::{Problem, ProblemBody};
use crate::request::id::One;

/// Delete a message
///
/// Moves it to Deleted Items; what lies there already (or in a folder below) is deleted for good.
#[utoipa::path(
    delete,
    path = "/messages/{id}",
    tag = "Messages",
    operation_id = "deleteMessage",
    params(("id" = String, Path, description = "The message.")),
    responses(
        (status = 200, description = "The message, and the change on its way.", body = MessageChangedBody),
        (status = 409, description = "The mailbox's Deleted Items folder is not known yet (`no_deleted_items`).", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MessageId>,
) -> Result<Json<MessageChangedBody>, Problem> {
    let before = super::visible(&app, caller.viewer, id).await?;
    let mailbox = before.summary.mailbox;
    let folders = app.store.folders(caller.viewer, mailbox).await?;
    let folders = folders.ok_or_else(Problem::not_found)?;
    reach::note(&app, caller.viewer, mailbox).await?;
    let want = decide(id, before.summary.folder, &folders)?;
    let now = app.clock.now();
    let intent = app.store.want(caller.viewer, mailbox, &want, now).await?;
    let intent = intent.ok_or_else(Problem::not_found)?;
    // A message that is deleted for good is gone from view; the answer shows what it was.
    let after = app.store.message(caller.viewer, id).await?;
    Ok(Json(MessageChangedBody {
        message: after.unwrap_or(before).summary.into(),
        intent_id: intent.to_string(),
    }))
}

/// To Deleted Items, or out of it. Without a known Deleted Items folder neither: deleting for good
/// is nothing to do by mistake.
pub(crate) fn decide(
    message: MessageId,
    lies_in: FolderId,
    folders: &[Folder],
) -> Result<Want, Problem> {
    let deleted_items = folders
        .iter()
        .find(|folder| folder.well_known == Some(WellKnown::DeletedItems))
        .ok_or_else(|| {
            Problem::conflict(
                "no_deleted_items",
                "The Deleted Items folder of this mailbox is not known yet; try again after its next sync.",
            )
        })?;
    if is_within(lies_in, deleted_items.id, folders) {
        return Ok(Want::Delete { message });
    }
    let change = Change {
        folder: Some(deleted_items.id),
        ..Change::default()
    };
    Ok(Want::Change { message, change })
}

fn is_within(folder: FolderId, above: FolderId, folders: &[Folder]) -> bool {
    let mut at = Some(folder);
    // A tree has no more steps than folders; a loop in the data must not become one here.
    for _ in 0..=folders.len() {
        match at {
            Some(id) if id == above => return true,
            Some(id) => {
                let here = folders.iter().find(|folder| folder.id == id);
                at = here.and_then(|folder| folder.parent);
            }
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use maildesk_model::MailboxId;

    fn folder(id: i64, parent: Option<i64>, well_known: Option<WellKnown>) -> Folder {
        Folder {
            id: FolderId(id),
            mailbox: MailboxId(1),
            name: String::new(),
            parent: parent.map(FolderId),
            well_known,
            unread: 0,
            total: 0,
            visited_at: None,
        }
    }

    #[test]
    fn only_what_lies_in_deleted_items_is_deleted_for_good() {
        let folders = [
            folder(1, None, Some(WellKnown::Inbox)),
            folder(2, None, Some(WellKnown::DeletedItems)),
            folder(3, Some(2), None),
            folder(4, Some(1), None),
            folder(5, Some(6), None),
            folder(6, Some(5), None),
        ];
        let message = MessageId(9);
        let for_good = Want::Delete { message };
        for (lies_in, gone) in [
            (1, false),
            (2, true),
            (3, true),
            (4, false),
            (5, false),
            (7, false),
        ] {
            let want = decide(message, FolderId(lies_in), &folders).unwrap();
            assert_eq!(want == for_good, gone, "in folder {lies_in}");
        }
        assert!(decide(message, FolderId(1), &folders[..1]).is_err());
    }
}
