//! `GET /mailboxes/{id}/signature`

use axum::Json;
use axum::extract::State;
use maildesk_model::MailboxId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::Problem;
use crate::request::id::One;
use crate::signature;

/// The caller's signature in a mailbox.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = Signature)]
pub(crate) struct SignatureBody {
    /// As harmless HTML, with their name and the mailbox's address filled in; `""` is none.
    body_html: String,
    /// Whether they want it in answers and forwards, too.
    in_answers: bool,
}

/// Read one's signature
///
/// One's own, or the mailbox's common one where one has none. It is for programs in which people write;
/// what is sent by the API gets none by itself.
#[utoipa::path(
    get,
    path = "/mailboxes/{id}/signature",
    tag = "Writing",
    operation_id = "getSignature",
    params(("id" = String, Path, description = "The mailbox that is written from.")),
    responses((status = 200, description = "The signature.", body = SignatureBody)),
)]
pub(crate) async fn signature(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MailboxId>,
) -> Result<Json<SignatureBody>, Problem> {
    let (body_html, in_answers) = signature::in_use(&app, &caller, id).await?;
    Ok(Json(SignatureBody {
        body_html,
        in_answers,
    }))
}
