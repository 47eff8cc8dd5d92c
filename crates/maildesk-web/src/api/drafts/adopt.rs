//! `POST /messages/{id}/draft`

use axum::Json;
use axum::extract::State;
use maildesk_model::MessageId;

use super::done;
use crate::api::messages;
use crate::api::shape::DraftBody;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::html;
use crate::request::body::Unread;
use crate::request::id::One;

/// Go on with a draft that lies in Drafts
///
/// There is one draft here for each in Outlook. Where it was changed in Outlook since and not here, it
/// becomes equal to that.
#[utoipa::path(
    post,
    path = "/messages/{id}/draft",
    tag = "Writing",
    operation_id = "continueDraft",
    params(("id" = String, Path, description = "The message that is a draft.")),
    responses(
        (status = 200, description = "The draft.", body = DraftBody),
        (status = 409, description = "The message is no draft (`no_draft`), or somebody else is writing it (`draft_taken`).", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn adopt(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MessageId>,
    body: Unread,
) -> Result<Json<DraftBody>, Problem> {
    let seen = messages::visible(&app, caller.viewer, id).await?;
    body.nothing(app.settings.body_max).await?;
    let (mailbox, text) = (seen.summary.mailbox, id.to_string());
    let origin = super::create::origin(&app, &caller, mailbox, &text).await?;
    let text = origin.text.unwrap_or_default();
    let html_max = app.settings.html_max;
    let body = origin
        .body
        .filter(|body| body.is_html && body.content.len() <= html_max);
    let write = move || {
        let html = body.and_then(|body| html::written(&body.content));
        html.unwrap_or_else(|| html::from_text(&text))
    };
    let body = app.turns.take(caller.viewer.user, write).await?;
    let now = app.clock.now();
    let adopted = app.store.adopt_draft(caller.viewer, id, &body, now).await?;
    Ok(Json(done(adopted)?.into()))
}
