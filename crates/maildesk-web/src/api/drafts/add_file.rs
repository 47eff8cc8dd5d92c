//! `POST /drafts/{id}/files`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use maildesk_model::DraftId;
use maildesk_model::draft::FILE_NAME_MAX;
use maildesk_store::contract::NewDraftFile;
use serde::Deserialize;
use utoipa::ToSchema;

use super::done;
use crate::api::shape::DraftFileBody;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{FieldError, Problem, ProblemBody};
use crate::request::body::Unread;
use crate::request::id::One;

/// Characters of a MIME type (RFC 4288, 4.2: two names of 127).
const TYPE_MAX: usize = 255;

/// A file to add.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewDraftFile)]
pub(crate) struct NewFileBody {
    /// File name.
    #[schema(min_length = 1, max_length = 255)]
    name: String,
    /// MIME type; may be empty.
    #[serde(default)]
    content_type: String,
    /// Its size in bytes.
    #[schema(minimum = 0)]
    size: i64,
}

/// Add a file
///
/// Its bytes follow in parts. All files of a draft together may have 150 MB, and there may be 100.
#[utoipa::path(
    post,
    path = "/drafts/{id}/files",
    tag = "Writing",
    operation_id = "addDraftFile",
    params(("id" = String, Path, description = "The draft.")),
    request_body = NewFileBody,
    responses(
        (status = 201, description = "Added; its bytes are awaited.", body = DraftFileBody),
        (status = 409, description = "There are too many (`too_many`), or the draft is on its way (`not_writing`).", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn add_file(
    State(app): State<App>,
    caller: Caller,
    One(id): One<DraftId>,
    body: Unread,
) -> Result<(StatusCode, Json<DraftFileBody>), Problem> {
    super::visible(&app, caller.viewer, id).await?;
    let body: NewFileBody = body.json(app.settings.body_max).await?;
    let new = checked("", body.name, body.content_type, body.size).map_err(Problem::wrong)?;
    let now = app.clock.now();
    let added = app
        .store
        .add_draft_file(caller.viewer, id, &new, now)
        .await?;
    Ok((StatusCode::CREATED, Json(done(added)?.into())))
}

/// The file, if its name, type and size can be those of one. `path` goes before the names of fields.
pub(super) fn checked(
    path: &str,
    name: String,
    content_type: String,
    size: i64,
) -> Result<NewDraftFile, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, message: String| {
        errors.push(FieldError::new(format!("{path}{field}"), message));
    };
    let length = name.chars().count();
    if !(1..=FILE_NAME_MAX).contains(&length) || name.chars().any(char::is_control) {
        let message = format!("must have 1 to {FILE_NAME_MAX} characters, none of control");
        wrong("name", message);
    }
    let is_plain = content_type
        .bytes()
        .all(|byte| (b' '..=b'~').contains(&byte));
    if content_type.len() > TYPE_MAX || !is_plain {
        wrong("contentType", "must be a MIME type".to_owned());
    }
    if size < 0 {
        wrong("size", "must not be negative".to_owned());
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(NewDraftFile {
        name,
        content_type,
        size,
    })
}
