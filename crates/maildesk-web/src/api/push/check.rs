//! `POST /mailboxes/{id}/push/check`

use axum::extract::State;
use axum::response::Response;
use maildesk_model::MailboxId;
use maildesk_model::intent::Want;

use crate::api::shape::PushBody;
use crate::api::wait;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::request::body::Unread;
use crate::request::id::One;

/// Check now whether push can work
///
/// Answers with the object; `ready` and `reasons` say what was found.
#[utoipa::path(
    post,
    path = "/mailboxes/{id}/push/check",
    tag = "Push",
    operation_id = "checkPush",
    params(("id" = String, Path, description = "The mailbox.")),
    responses(
        (status = 200, description = "Checked.", body = PushBody),
        (status = 202, description = "Still under way; `intentId` says how to ask.", body = PushBody),
        (status = 403, description = "Only a Mailbox Administrator may do this.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Push is switched off for this server (`push_disabled`).", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The body is not empty (`body_not_empty`).", body = ProblemBody, content_type = "application/problem+json"),
        (status = 502, description = "Microsoft did not let us check.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn check(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MailboxId>,
    body: Unread,
) -> Result<Response, Problem> {
    super::let_in(&app, &caller, id).await?;
    body.nothing(app.settings.body_max).await?;
    super::must_be_enabled(&app)?;
    let settled = wait::carry_out(&app, caller.viewer, id, Want::CheckPush).await?;
    // Finding that it is not ready is what a check is for.
    let settled = match settled {
        wait::Settled::Refused(trouble) if trouble.code == super::NOT_READY => wait::Settled::Done,
        settled => settled,
    };
    super::answer(&app, &caller, id, settled).await
}
