//! `POST /mailboxes/{id}/sync`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use maildesk_model::MailboxId;
use maildesk_model::stamp::Trigger;

use crate::api::mailboxes;
use crate::api::shape::MailboxBody;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::request::body::Unread;
use crate::request::id::One;

/// Sync a mailbox now
///
/// Everybody who sees the mailbox may; asking twice makes one sync.
#[utoipa::path(
    post,
    path = "/mailboxes/{id}/sync",
    tag = "Mailboxes",
    operation_id = "syncMailbox",
    params(("id" = String, Path, description = "The mailbox.")),
    responses(
        (status = 202, description = "A sync is due now; `lastSyncAt` moves when it has ended well.", body = MailboxBody),
        (status = 422, description = "The body is not empty (`body_not_empty`).", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn sync(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MailboxId>,
    body: Unread,
) -> Result<(StatusCode, Json<MailboxBody>), Problem> {
    let mailbox = mailboxes::visible(&app, caller.viewer, id).await?;
    body.nothing(app.settings.body_max).await?;
    let now = app.clock.now();
    let due = app
        .store
        .request_sync(caller.viewer, id, Trigger::Manual, now)
        .await?;
    if due {
        Ok((
            StatusCode::ACCEPTED,
            Json((mailbox, app.clock.now()).into()),
        ))
    } else {
        Err(Problem::not_found())
    }
}
