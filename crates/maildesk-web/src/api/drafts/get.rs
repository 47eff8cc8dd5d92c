//! `GET /drafts/{id}`

use axum::Json;
use axum::extract::State;
use maildesk_model::DraftId;

use crate::api::shape::DraftBody;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::Problem;
use crate::request::id::One;

/// Read a draft
#[utoipa::path(
    get,
    path = "/drafts/{id}",
    tag = "Writing",
    operation_id = "getDraft",
    params(("id" = String, Path, description = "The draft.")),
    responses((status = 200, description = "The draft.", body = DraftBody)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    One(id): One<DraftId>,
) -> Result<Json<DraftBody>, Problem> {
    let draft = super::visible(&app, caller.viewer, id).await?;
    Ok(Json(draft.into()))
}
