//! `GET /intents/{id}`

use axum::Json;
use axum::extract::State;
use maildesk_model::IntentId;
use maildesk_model::intent::{Intent, IntentState, Lane};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::shape::{IntentStateName, TroubleBody};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::request::id::One;

/// A change on its way to Microsoft.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = Intent)]
pub(crate) struct IntentBody {
    /// Its id.
    id: String,
    /// The mailbox it is about.
    mailbox_id: String,
    /// The message it is about, if it is about one.
    #[schema(required)]
    message_id: Option<String>,
    /// The draft it is about, if it is about one.
    #[schema(required)]
    draft_id: Option<String>,
    /// Where it stands.
    state: IntentStateName,
    /// Why it was refused.
    #[schema(required)]
    error: Option<TroubleBody>,
}

impl From<Intent> for IntentBody {
    fn from(intent: Intent) -> Self {
        Self {
            id: intent.id.to_string(),
            mailbox_id: intent.mailbox.to_string(),
            message_id: intent.want.message().map(|id| id.to_string()),
            draft_id: intent.want.draft().map(|id| id.to_string()),
            state: (&intent.state).into(),
            error: match intent.state {
                IntentState::Refused(trouble) => Some(trouble.into()),
                IntentState::Waiting | IntentState::Done => None,
            },
        }
    }
}

/// Ask how a change is doing
///
/// It travels on its own, tried again until Microsoft has decided. Changes of push are an
/// administrator's.
#[utoipa::path(
    get,
    path = "/intents/{id}",
    tag = "Messages",
    operation_id = "getIntent",
    params(("id" = String, Path, description = "The intent.")),
    responses(
        (status = 200, description = "The intent.", body = IntentBody),
        (status = 403, description = "Only a Mailbox Administrator may do this.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    One(id): One<IntentId>,
) -> Result<Json<IntentBody>, Problem> {
    let intent = app.store.intent(caller.viewer, id).await?;
    let intent = intent.ok_or_else(Problem::not_found)?;
    if intent.want.lane() == Lane::Push {
        caller.must_administer()?;
    }
    Ok(Json(intent.into()))
}
