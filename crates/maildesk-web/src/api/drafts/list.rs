//! `GET /drafts`

use axum::Json;
use axum::extract::State;

use crate::api::shape::{DraftItem, Page};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::Problem;

/// List one's open drafts
///
/// Those that are being written or are on their way, the one changed last first. There are 200 at
/// most, so there is one page. One that was moved out of Drafts, as by deleting it there, is not
/// among them until it comes back, unless it was refused or is not saved.
#[utoipa::path(
    get,
    path = "/drafts",
    tag = "Writing",
    operation_id = "listDrafts",
    responses((status = 200, description = "The drafts.", body = Page<DraftItem>)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Page<DraftItem>>, Problem> {
    let drafts = app.store.drafts(caller.viewer).await?;
    Ok(Json(Page {
        items: drafts.into_iter().map(Into::into).collect(),
        next_cursor: None,
    }))
}
