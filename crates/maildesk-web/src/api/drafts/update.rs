//! `PUT /drafts/{id}`

use axum::Json;
use axum::extract::State;
use maildesk_model::DraftId;
use maildesk_model::draft::BODY_MAX;
use maildesk_store::contract::DraftChange;
use serde::Deserialize;
use utoipa::ToSchema;

use super::done;
use super::text::{self, RecipientBody, Written};
use crate::api::shape::{DraftBody, ImportanceName};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::request::body::Unread;
use crate::request::id::One;

/// The longest body in JSON, where each of its bytes may be written as two, and everything else.
const JSON_MAX: usize = 2 * BODY_MAX + (256 << 10);

/// The whole text of a draft from now on.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = DraftChange)]
pub(crate) struct DraftChangeBody {
    /// The version this change began with.
    version: i64,
    /// To.
    to: Vec<RecipientBody>,
    /// Cc.
    cc: Vec<RecipientBody>,
    /// Bcc; together at most 500.
    bcc: Vec<RecipientBody>,
    /// Subject, one line.
    #[schema(max_length = 255)]
    subject: String,
    /// What was written, as HTML of at most 1 MiB.
    body_html: String,
    /// Whether the original goes along below.
    quotes: bool,
    /// Importance.
    importance: ImportanceName,
}

/// Change a draft
///
/// Microsoft's copy follows by itself when its author pauses, and at least every 15 seconds.
#[utoipa::path(
    put,
    path = "/drafts/{id}",
    tag = "Writing",
    operation_id = "changeDraft",
    params(("id" = String, Path, description = "The draft.")),
    request_body = DraftChangeBody,
    responses(
        (status = 200, description = "The draft with its new version.", body = DraftBody),
        (status = 409, description = "It was changed elsewhere since that version (`draft_changed`), or is on its way (`not_writing`).", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    One(id): One<DraftId>,
    body: Unread,
) -> Result<Json<DraftBody>, Problem> {
    super::visible(&app, caller.viewer, id).await?;
    let body: DraftChangeBody = body.json(JSON_MAX).await?;
    let version = body.version;
    let written = Written {
        to: body.to,
        cc: body.cc,
        bcc: body.bcc,
        subject: body.subject,
        body_html: body.body_html,
        quotes: body.quotes,
        importance: body.importance,
    };
    let text = text::checked(&app, caller.viewer.user, written).await?;
    let change = DraftChange { version, text };
    let now = app.clock.now();
    let updated = app.store.update_draft(caller.viewer, id, &change, now);
    Ok(Json(done(updated.await?)?.into()))
}
