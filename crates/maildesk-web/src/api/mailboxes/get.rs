//! `GET /mailboxes/{id}`

use axum::Json;
use axum::extract::State;
use maildesk_model::MailboxId;

use crate::api::mailboxes;
use crate::api::shape::MailboxBody;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::Problem;
use crate::request::id::One;

/// Read a mailbox
#[utoipa::path(
    get,
    path = "/mailboxes/{id}",
    tag = "Mailboxes",
    operation_id = "getMailbox",
    params(("id" = String, Path, description = "The mailbox.")),
    responses((status = 200, description = "The mailbox.", body = MailboxBody)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MailboxId>,
) -> Result<Json<MailboxBody>, Problem> {
    let mailbox = mailboxes::visible(&app, caller.viewer, id).await?;
    Ok(Json((mailbox, app.clock.now()).into()))
}
