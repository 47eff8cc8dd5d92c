//! `POST /mailboxes/{id}/disconnect`

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

/// Disconnect a mailbox
///
/// Nothing is asked of Microsoft for it any more: its subscription is deleted there, and its
/// sign-in is forgotten here. Its mail stays and can be read, changes wait, and it says `reconnect`
/// with the trouble `disconnected`. Doing it twice is harmless.
#[utoipa::path(
    post,
    path = "/mailboxes/{id}/disconnect",
    tag = "Mailboxes",
    operation_id = "disconnectMailbox",
    params(("id" = String, Path, description = "The mailbox.")),
    responses(
        (status = 200, description = "The mailbox, disconnected.", body = MailboxBody),
        (status = 403, description = "Only a Mailbox Administrator may do this.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The body is not empty (`body_not_empty`).", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn disconnect(
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

/// Disconnects, for an administrator; pages do it too.
pub(crate) async fn carry_out(
    app: &App,
    caller: &Caller,
    mailbox: &Mailbox,
) -> Result<(), Problem> {
    let (id, now) = (mailbox.id, app.clock.now());
    if !app.store.disconnect_mailbox(caller.viewer, id, now).await? {
        return Err(Problem::not_found());
    }
    // Asking twice changes nothing, and what did not happen is not in the audit log.
    if mailbox.disconnected_at.is_none() {
        note::done(app, caller, "mailbox.disconnect", Some(id)).await;
    }
    Ok(())
}
