//! `PATCH /mailboxes/{id}`

use axum::Json;
use axum::extract::State;
use maildesk_model::MailboxId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::shape::MailboxBody;
use crate::api::{mailboxes, note};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::check;
use crate::error::{Problem, ProblemBody};
use crate::request::body::Unread;
use crate::request::id::One;

/// What can be changed of a mailbox.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MailboxChange)]
pub(crate) struct RenameBody {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
}

/// Rename a mailbox
#[utoipa::path(
    patch,
    path = "/mailboxes/{id}",
    tag = "Mailboxes",
    operation_id = "renameMailbox",
    params(("id" = String, Path, description = "The mailbox.")),
    request_body = RenameBody,
    responses(
        (status = 200, description = "The mailbox.", body = MailboxBody),
        (status = 403, description = "Only a Mailbox Administrator may do this.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn rename(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MailboxId>,
    body: Unread,
) -> Result<Json<MailboxBody>, Problem> {
    mailboxes::visible(&app, caller.viewer, id).await?;
    caller.must_administer()?;
    let body: RenameBody = body.json(app.settings.body_max).await?;
    let name = check::name("name", &body.name).map_err(|error| Problem::wrong(vec![error]))?;
    let now = app.clock.now();
    if !app
        .store
        .rename_mailbox(caller.viewer, id, &name, now)
        .await?
    {
        return Err(Problem::not_found());
    }
    note::done(&app, &caller, "mailbox.rename", Some(id)).await;
    let mailbox = mailboxes::visible(&app, caller.viewer, id).await?;
    Ok(Json((mailbox, app.clock.now()).into()))
}
