//! `GET /mailboxes/{id}/push`

use axum::Json;
use axum::extract::State;
use maildesk_model::MailboxId;

use crate::api::shape::PushBody;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::request::id::One;

/// Read how push is doing
///
/// From the store; never waits for Microsoft.
#[utoipa::path(
    get,
    path = "/mailboxes/{id}/push",
    tag = "Push",
    operation_id = "getPush",
    params(("id" = String, Path, description = "The mailbox.")),
    responses(
        (status = 200, description = "Push of the mailbox.", body = PushBody),
        (status = 403, description = "Only a Mailbox Administrator may do this.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MailboxId>,
) -> Result<Json<PushBody>, Problem> {
    super::let_in(&app, &caller, id).await?;
    Ok(Json(super::object(&app, &caller, id).await?))
}
