//! `DELETE /drafts/{id}/files/{file}`

use axum::extract::State;
use http::StatusCode;
use maildesk_model::{DraftFileId, DraftId};

use super::done;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::Problem;
use crate::request::id::Two;

/// Take a file out
#[utoipa::path(
    delete,
    path = "/drafts/{id}/files/{file}",
    tag = "Writing",
    operation_id = "removeDraftFile",
    params(
        ("id" = String, Path, description = "The draft."),
        ("file" = String, Path, description = "The file."),
    ),
    responses((status = 204, description = "Out.")),
)]
pub(crate) async fn remove_file(
    State(app): State<App>,
    caller: Caller,
    Two(id, file): Two<DraftId, DraftFileId>,
) -> Result<StatusCode, Problem> {
    super::visible(&app, caller.viewer, id).await?;
    let now = app.clock.now();
    let removed = app.store.remove_draft_file(caller.viewer, id, file, now);
    done(removed.await?)?;
    Ok(StatusCode::NO_CONTENT)
}
