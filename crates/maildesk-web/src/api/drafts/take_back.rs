//! `DELETE /drafts/{id}/send`

use axum::Json;
use axum::extract::State;
use maildesk_model::DraftId;
use maildesk_model::mailbox::Trouble;

use super::done;
use crate::api::shape::DraftBody;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::request::id::One;
use crate::words::Words;

/// Take the sending back
///
/// As long as Microsoft has not been asked; then the draft is as it was before.
#[utoipa::path(
    delete,
    path = "/drafts/{id}/send",
    tag = "Writing",
    operation_id = "takeBackDraft",
    params(("id" = String, Path, description = "The draft.")),
    responses(
        (status = 200, description = "The draft, which is being written again.", body = DraftBody),
        (status = 409, description = "Microsoft is sending it already (`already_sending`).", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn take_back(
    State(app): State<App>,
    caller: Caller,
    One(id): One<DraftId>,
) -> Result<Json<DraftBody>, Problem> {
    super::visible(&app, caller.viewer, id).await?;
    let words = Words::english();
    let why = Trouble {
        code: "taken_back".to_owned(),
        message: words.say("writing-taken-back").into_owned(),
        remedy: words.say("writing-taken-back-remedy").into_owned(),
    };
    let now = app.clock.now();
    let back = app.store.take_back_draft(caller.viewer, id, &why, now);
    Ok(Json(done(back.await?)?.into()))
}
