//! `DELETE /mailboxes/{id}/push`

use axum::extract::State;
use axum::response::Response;
use maildesk_model::MailboxId;
use maildesk_model::intent::Want;

use crate::api::shape::PushBody;
use crate::api::{note, wait};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::request::id::One;

/// Turn push off for a mailbox
///
/// Deletes the subscription at Microsoft; the schedule goes on bringing the mail.
#[utoipa::path(
    delete,
    path = "/mailboxes/{id}/push",
    tag = "Push",
    operation_id = "turnOffPush",
    params(("id" = String, Path, description = "The mailbox.")),
    responses(
        (status = 200, description = "Off.", body = PushBody),
        (status = 202, description = "Still under way; `intentId` says how to ask.", body = PushBody),
        (status = 403, description = "Only a Mailbox Administrator may do this.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Push is switched off for this server (`push_disabled`); its subscriptions are being removed.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 502, description = "Microsoft refused.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn turn_off(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MailboxId>,
) -> Result<Response, Problem> {
    super::let_in(&app, &caller, id).await?;
    super::must_be_enabled(&app)?;
    note::before(&app, &caller, "push.turn_off", Some(id)).await?;
    let settled = wait::carry_out(&app, caller.viewer, id, Want::TurnOffPush).await?;
    super::answer(&app, &caller, id, settled).await
}
