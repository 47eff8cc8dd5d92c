//! `DELETE /drafts/{id}`

use axum::extract::State;
use http::StatusCode;
use maildesk_model::DraftId;

use super::done;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::request::id::One;

/// Throw a draft away
///
/// Microsoft's copy follows by itself.
#[utoipa::path(
    delete,
    path = "/drafts/{id}",
    tag = "Writing",
    operation_id = "discardDraft",
    params(("id" = String, Path, description = "The draft.")),
    responses(
        (status = 204, description = "Thrown away."),
        (status = 409, description = "It is on its way (`not_writing`); take it back first.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn discard(
    State(app): State<App>,
    caller: Caller,
    One(id): One<DraftId>,
) -> Result<StatusCode, Problem> {
    super::visible(&app, caller.viewer, id).await?;
    let now = app.clock.now();
    done(app.store.discard_draft(caller.viewer, id, now).await?)?;
    Ok(StatusCode::NO_CONTENT)
}
