//! `POST /mailboxes/{id}/push`

use axum::extract::State;
use axum::response::Response;
use maildesk_model::MailboxId;
use maildesk_model::intent::Want;

use crate::api::shape::PushBody;
use crate::api::{note, wait};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::request::body::Unread;
use crate::request::id::One;

/// Register push for a mailbox
///
/// Checks its readiness itself. Takes no values: send an empty body. When Microsoft is slow the
/// answer is 202 and the registration goes on by itself.
#[utoipa::path(
    post,
    path = "/mailboxes/{id}/push",
    tag = "Push",
    operation_id = "registerPush",
    params(("id" = String, Path, description = "The mailbox.")),
    responses(
        (status = 200, description = "Registered.", body = PushBody),
        (status = 202, description = "Still under way; `intentId` says how to ask.", body = PushBody),
        (status = 403, description = "Only a Mailbox Administrator may do this.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Not ready (`not_ready`, with `reasons`), or push is switched off for this server (`push_disabled`).", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The body is not empty (`body_not_empty`).", body = ProblemBody, content_type = "application/problem+json"),
        (status = 502, description = "Microsoft refused: `code` and `message` are Graph's, `remedy` says what to do.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn register(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MailboxId>,
    body: Unread,
) -> Result<Response, Problem> {
    super::let_in(&app, &caller, id).await?;
    body.nothing(app.settings.body_max).await?;
    super::must_be_enabled(&app)?;
    note::before(&app, &caller, "push.register", Some(id)).await?;
    let settled = wait::carry_out(&app, caller.viewer, id, Want::RegisterPush).await?;
    super::answer(&app, &caller, id, settled).await
}
