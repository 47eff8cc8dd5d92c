//! `POST /mailboxes/{id}/connect`

use axum::Json;
use axum::extract::State;
use maildesk_model::MailboxId;
use maildesk_model::mailbox::Mailbox;

use crate::api::shape::MailboxBody;
use crate::api::{mailboxes, note};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::request::body::Unread;
use crate::request::id::One;

/// Connect a mailbox again
///
/// A disconnected mailbox of the organisation goes on where it stopped, and has push again if it
/// had. For one connected as a person somebody signs in: `GET /mailboxes/{id}/connect`.
#[utoipa::path(
    post,
    path = "/mailboxes/{id}/connect",
    tag = "Mailboxes",
    operation_id = "connectMailboxAgain",
    params(("id" = String, Path, description = "The mailbox.")),
    responses(
        (status = 200, description = "The mailbox, connected.", body = MailboxBody),
        (status = 403, description = "Only a Mailbox Administrator may do this.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Somebody has to sign in for it (`sign_in_needed`).", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The body is not empty (`body_not_empty`).", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn connect_again(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MailboxId>,
    body: Unread,
) -> Result<Json<MailboxBody>, Problem> {
    let mailbox = mailboxes::visible(&app, caller.viewer, id).await?;
    caller.must_administer()?;
    body.nothing(app.settings.body_max).await?;
    carry_out(&app, &caller, &mailbox).await?;
    let mailbox = mailboxes::visible(&app, caller.viewer, id).await?;
    Ok(Json((mailbox, app.clock.now()).into()))
}

/// Connects again, for an administrator who sees the mailbox; pages do it too.
pub(crate) async fn carry_out(
    app: &App,
    caller: &Caller,
    mailbox: &Mailbox,
) -> Result<(), Problem> {
    let (id, now) = (mailbox.id, app.clock.now());
    if !app.store.connect_again(caller.viewer, id, now).await? {
        return Err(Problem::conflict(
            "sign_in_needed",
            "Somebody has to sign in to Microsoft for this mailbox.",
        ));
    }
    // Asking twice changes nothing, and what did not happen is not in the audit log.
    if mailbox.disconnected_at.is_some() {
        note::done(app, caller, "mailbox.connect_again", Some(id)).await;
    }
    Ok(())
}
