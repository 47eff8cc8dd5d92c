//! `GET /messages/{id}`

use axum::Json;
use axum::extract::State;
use maildesk_model::MessageId;
use maildesk_model::intent::Want;
use maildesk_model::message::MessageDetail;

use super::render::{self, Missing};
use crate::api::shape::MessageBody;
use crate::api::wait::{self, Settled};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::reach;
use crate::error::Problem;
use crate::request::id::One;

/// Read a message
///
/// A body that is not here yet is fetched, within the patience of the request. If it does not come
/// in time, or Microsoft cannot give it, everything else of the message is answered, and
/// `bodyState` says so.
#[utoipa::path(
    get,
    path = "/messages/{id}",
    tag = "Messages",
    operation_id = "getMessage",
    params(("id" = String, Path, description = "The message.")),
    responses((status = 200, description = "The message.", body = MessageBody)),
)]
pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MessageId>,
) -> Result<Json<MessageBody>, Problem> {
    let (detail, missing) = whole(&app, &caller, id).await?;
    let person = caller.viewer.user;
    Ok(Json(render::render(&app, person, detail, missing).await?))
}

/// The message with its body, which is fetched if it is not here yet, within the patience of the
/// request; and if it did not come, why.
pub(crate) async fn whole(
    app: &App,
    caller: &Caller,
    id: MessageId,
) -> Result<(MessageDetail, Missing), Problem> {
    let mut detail = super::visible(app, caller.viewer, id).await?;
    let mailbox = detail.summary.mailbox;
    reach::note(app, caller.viewer, mailbox).await?;
    let mut missing = Missing::Fetching;
    if !render::is_whole(&detail) {
        let want = Want::FetchBody { message: id };
        match wait::carry_out(app, caller.viewer, mailbox, want).await? {
            Settled::Done => detail = super::visible(app, caller.viewer, id).await?,
            Settled::Refused(trouble) => missing = Missing::Unavailable(trouble),
            Settled::Waiting(_) => {}
        }
    }
    Ok((detail, missing))
}
