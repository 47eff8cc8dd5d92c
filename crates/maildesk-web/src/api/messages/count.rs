//! `GET /messages/count`

use axum::Json;
use axum::extract::State;
use maildesk_store::contract::Counted;
use serde::Serialize;
use utoipa::ToSchema;

use super::list::{MessagesQuery, folder_exists, note_reach, which};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::Problem;
use crate::request::query::Asked;

/// How many messages a list has, as far as was looked.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageCount {
    /// So many, 1000 at most.
    count: i64,
    /// Whether there may be more: beyond 1000, or where words are in so much mail that not all of it
    /// was looked at.
    is_at_least: bool,
}

/// Count messages
///
/// How many messages `GET /messages` would list with these filters, looked for with no more effort than
/// one of its pages takes at most. `cursor` and `limit` say nothing here.
#[utoipa::path(
    get,
    path = "/messages/count",
    tag = "Messages",
    operation_id = "countMessages",
    params(MessagesQuery),
    responses(
        (status = 200, description = "How many there are.", body = MessageCount),
        (status = 404, description = "The mailbox or the folder does not exist, or not for the caller.", body = crate::error::ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn count(
    State(app): State<App>,
    caller: Caller,
    asked: Asked,
) -> Result<Json<MessageCount>, Problem> {
    let asked: MessagesQuery = asked.read()?;
    let (query, _) = which(&app, caller.viewer, &asked).await?;
    let Counted {
        count,
        is_at_least,
        mailboxes,
    } = super::how_many(&app, caller.viewer, &query).await?;
    if count == 0 {
        folder_exists(&app, caller.viewer, &query).await?;
    }
    note_reach(&app, caller.viewer, mailboxes).await?;
    Ok(Json(MessageCount { count, is_at_least }))
}
