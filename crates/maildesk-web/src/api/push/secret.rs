//! `GET /mailboxes/{id}/push/secret`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use maildesk_model::MailboxId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::note;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::request::id::One;

/// The secret of a subscription.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PushSecret)]
pub(crate) struct SecretBody {
    /// What Graph repeats in every notification.
    client_state: String,
}

/// Show the secret of the live subscription
///
/// Written into the audit log before it is shown.
#[utoipa::path(
    get,
    path = "/mailboxes/{id}/push/secret",
    tag = "Push",
    operation_id = "getPushSecret",
    params(("id" = String, Path, description = "The mailbox.")),
    responses(
        (status = 200, description = "The secret.", body = SecretBody),
        (status = 403, description = "Only a Mailbox Administrator may do this.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn secret(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MailboxId>,
) -> Result<Json<SecretBody>, Problem> {
    super::let_in(&app, &caller, id).await?;
    note::before(&app, &caller, "push.secret.show", Some(id)).await?;
    let secret = app.store.push_secret(caller.viewer, id).await?;
    let secret = secret.ok_or_else(Problem::not_found)?.ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "no_subscription",
            "This mailbox has no live subscription, and so no secret.",
        )
    })?;
    Ok(Json(SecretBody {
        client_state: secret.expose().to_owned(),
    }))
}
