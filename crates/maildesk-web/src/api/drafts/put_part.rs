//! `PUT /drafts/{id}/files/{file}`

use axum::Json;
use axum::extract::State;
use maildesk_model::draft::PART_MAX;
use maildesk_model::{DraftFileId, DraftId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::done;
use crate::api::shape::{Binary, DraftFileBody};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::request::body::Unread;
use crate::request::id::Two;
use crate::request::query::Asked;

/// Where the part begins.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PartQuery {
    /// The byte of the file that this part begins with: as many as were `received` before.
    offset: i64,
}

/// Hand over a part of a file
///
/// At most 4 MiB, in order. After a broken connection the answer to the file, or to a part at another
/// place, says where to go on.
#[utoipa::path(
    put,
    path = "/drafts/{id}/files/{file}",
    tag = "Writing",
    operation_id = "putDraftFilePart",
    params(
        ("id" = String, Path, description = "The draft."),
        ("file" = String, Path, description = "The file."),
        PartQuery,
    ),
    request_body(content = Binary, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "Taken.", body = DraftFileBody),
        (status = 409, description = "The next part begins elsewhere (`other_offset`): at `received`.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn put_part(
    State(app): State<App>,
    caller: Caller,
    Two(id, file): Two<DraftId, DraftFileId>,
    asked: Asked,
    body: Unread,
) -> Result<Json<DraftFileBody>, Problem> {
    let draft = super::visible(&app, caller.viewer, id).await?;
    if !draft.files.iter().any(|known| known.id == file) {
        return Err(Problem::not_found());
    }
    let PartQuery { offset } = asked.read()?;
    let bytes = body.bytes(PART_MAX).await?;
    let now = app.clock.now();
    let store = &app.store;
    let put = store.put_draft_part(caller.viewer, id, file, offset, &bytes, now);
    Ok(Json(done(put.await?)?.into()))
}
