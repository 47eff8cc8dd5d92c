//! `DELETE /mailboxes/{id}`

use axum::extract::State;
use http::StatusCode;
use maildesk_model::MailboxId;

use crate::api::{mailboxes, note};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::request::id::One;

/// Remove a mailbox
///
/// It is gone for everybody at once, here; nothing is deleted at Microsoft but its subscription.
#[utoipa::path(
    delete,
    path = "/mailboxes/{id}",
    tag = "Mailboxes",
    operation_id = "removeMailbox",
    params(("id" = String, Path, description = "The mailbox.")),
    responses(
        (status = 204, description = "Removed."),
        (status = 403, description = "Only a Mailbox Administrator may do this.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MailboxId>,
) -> Result<StatusCode, Problem> {
    mailboxes::visible(&app, caller.viewer, id).await?;
    caller.must_administer()?;
    let now = app.clock.now();
    if !app.store.remove_mailbox(caller.viewer, id, now).await? {
        return Err(Problem::not_found());
    }
    note::done(&app, &caller, "mailbox.remove", Some(id)).await;
    Ok(StatusCode::NO_CONTENT)
}
