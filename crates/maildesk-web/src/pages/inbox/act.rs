//! What people do with a message without a script; with one, the script asks the JSON API for the
//! same. Both write the same intents.

use axum::extract::State;
use axum::response::Response;
use maildesk_model::folder::WellKnown;
use maildesk_model::intent::{Change, Want};
use maildesk_model::message::Flag;
use maildesk_model::stamp::Trigger;
use maildesk_model::{FolderId, MailboxId, MessageId};

use super::view::View;
use crate::api::messages::delete::decide;
use crate::api::{mailboxes, messages};
use crate::app::App;
use crate::auth::reach;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::Form;
use crate::pages::person::Person;
use crate::request::id::One;

/// Carries a button out and goes back to the view it was pressed in.
pub(super) async fn act(
    State(app): State<App>,
    person: Person,
    One(id): One<MessageId>,
    form: Form,
) -> Result<Response, Problem> {
    let viewer = person.caller.viewer;
    let before = messages::visible(&app, viewer, id).await?;
    let fields = form.of(&app, &person).await?;
    let (mailbox, from) = (before.summary.mailbox, before.summary.folder);
    reach::note(&app, viewer, mailbox).await?;
    let folders = app.store.folders(viewer, mailbox).await?;
    let folders = folders.ok_or_else(Problem::not_found)?;
    let change = |change| Want::Change {
        message: id,
        change,
    };
    let doing = fields.one("do");
    let want = match doing {
        "read" | "unread" => change(Change {
            is_read: Some(doing == "read"),
            ..Change::default()
        }),
        "flag" | "unflag" => change(Change {
            flag: Some(if doing == "flag" {
                Flag::Flagged
            } else {
                Flag::None
            }),
            ..Change::default()
        }),
        "archive" | "move" => {
            let folder = if doing == "move" {
                FolderId::parse(fields.one("folder"))
            } else {
                let archive = folders
                    .iter()
                    .find(|one| one.well_known == Some(WellKnown::Archive));
                archive.map(|folder| folder.id)
            };
            let folder = folder.filter(|id| folders.iter().any(|one| one.id == *id));
            change(Change {
                folder: Some(folder.ok_or_else(no_such_folder)?),
                ..Change::default()
            })
        }
        "delete" => decide(id, from, &folders)?,
        _ => return Err(Problem::malformed("This form asks for nothing we know.")),
    };
    let for_good = matches!(want, Want::Delete { .. });
    let written = app
        .store
        .want(viewer, mailbox, &want, app.clock.now())
        .await?;
    written.ok_or_else(Problem::not_found)?;
    let back = fields.one("back");
    let view = View::read(back.strip_prefix("/?").unwrap_or_default()).unwrap_or_default();
    let path = match doing {
        "archive" | "move" | "delete" => gone(&view, doing, id, from, for_good),
        _ => view.path(),
    };
    Ok(answer::see(&path))
}

/// The list without the message, and the way to take the move back, where there is one.
fn gone(view: &View, doing: &str, id: MessageId, from: FolderId, for_good: bool) -> String {
    let path = view.opening(None).path();
    if for_good {
        return path;
    }
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}done={doing}&undo={id}&from={from}")
}

fn no_such_folder() -> Problem {
    Problem::conflict(
        "no_such_folder",
        "This mailbox has no such folder, or it is not known yet; try again after its next sync.",
    )
}

/// A sync of one mailbox now.
pub(super) async fn check(
    State(app): State<App>,
    person: Person,
    One(id): One<MailboxId>,
    form: Form,
) -> Result<Response, Problem> {
    mailboxes::visible(&app, person.caller.viewer, id).await?;
    form.of(&app, &person).await?;
    let (viewer, now) = (person.caller.viewer, app.clock.now());
    app.store
        .request_sync(viewer, id, Trigger::Manual, now)
        .await?;
    Ok(answer::see(&View::of(Some(id), None).path()))
}
