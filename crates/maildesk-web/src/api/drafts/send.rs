//! `POST /drafts/{id}/send`

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use maildesk_model::DraftId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::done;
use crate::api::shape::Instant;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::reach;
use crate::error::{FieldError, Problem, ProblemBody};
use crate::request::body::Unread;
use crate::request::id::One;

/// How long a mail waits before it goes out: long enough to notice what is missing.
const UNDO_SECONDS: u64 = 10;
/// The longest it can be made to wait.
const UNDO_SECONDS_MAX: u64 = 60;

/// How to send it.
#[derive(Deserialize, ToSchema, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = SendDraft)]
pub(crate) struct SendBody {
    /// How long it can be taken back, 0 to 60 seconds; 10 unless said.
    undo_seconds: Option<u64>,
}

/// A mail on its way.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = Sending)]
pub(crate) struct SendingBody {
    /// Ask with it how the sending is doing.
    intent_id: String,
    /// When it goes out; until then it can be taken back.
    send_at: Instant,
}

/// Send a draft
///
/// It goes out when `undoSeconds` are over, and then exactly once.
#[utoipa::path(
    post,
    path = "/drafts/{id}/send",
    tag = "Writing",
    operation_id = "sendDraft",
    params(("id" = String, Path, description = "The draft.")),
    request_body = SendBody,
    responses(
        (status = 202, description = "It is on its way.", body = SendingBody),
        (status = 409, description = "A file is not here completely (`files_incomplete`), or it was sent (`not_writing`).", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn send(
    State(app): State<App>,
    caller: Caller,
    One(id): One<DraftId>,
    body: Unread,
) -> Result<(StatusCode, Json<SendingBody>), Problem> {
    let draft = super::visible(&app, caller.viewer, id).await?;
    let body: SendBody = body.json_or_nothing(app.settings.body_max).await?;
    let undo = body.undo_seconds.unwrap_or(UNDO_SECONDS);
    if undo > UNDO_SECONDS_MAX {
        let message = format!("must be from 0 to {UNDO_SECONDS_MAX}");
        return Err(Problem::wrong(vec![FieldError::new(
            "undoSeconds",
            message,
        )]));
    }
    reach::note(&app, caller.viewer, draft.mailbox).await?;
    let now = app.clock.now();
    let send_at = now.plus(Duration::from_secs(undo));
    let sent = app
        .store
        .send_draft(caller.viewer, id, send_at, now)
        .await?;
    let intent = done(sent)?;
    // Sent twice it goes out at the time that was said first.
    let after = super::visible(&app, caller.viewer, id).await?;
    let sending = SendingBody {
        intent_id: intent.to_string(),
        send_at: Instant(after.send_at.unwrap_or(send_at)),
    };
    Ok((StatusCode::ACCEPTED, Json(sending)))
}
