//! `GET /api/v1/events`: the event stream.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use http::{HeaderMap, HeaderName, StatusCode, header};
use serde::Deserialize;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;

use super::feed::Feed;
use super::position;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::request::query::Asked;

/// Where to go on, for readers that cannot send a header.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventsQuery {
    /// As `Last-Event-ID`; the header wins.
    last_event_id: Option<String>,
}

/// Follow what changes
///
/// Server-sent events from the journal, in order: `message.created` (a message that arrived),
/// `message.updated`, `message.deleted`, `folder.updated`, `mailbox.updated`, `push.updated`,
/// `draft.updated` (a draft of the caller, with the draft as `id`), each
/// with the data `{mailboxId, id?, folderId?}`; and `reset` when what was missed is not kept any
/// more and everything has to be loaded again. `id:` is the position; send the last one as
/// `Last-Event-ID` to go on after it. A comment comes every 15 seconds. Only mailboxes that the
/// caller may see at that moment are told of.
#[utoipa::path(
    get,
    path = "/events",
    tag = "Events",
    operation_id = "followEvents",
    params(
        EventsQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was read."),
    ),
    responses(
        (status = 200, description = "The stream; it has no end.", body = String, content_type = "text/event-stream"),
        (status = 429, description = "Too many streams.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn follow(
    State(app): State<App>,
    caller: Caller,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query: EventsQuery = asked.read()?;
    let seat = app.seats.take(caller.viewer.user).ok_or_else(|| {
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_streams",
            "There are too many event streams; close one first.",
        )
        .with_retry_after(Duration::from_secs(10))
    })?;
    // The head of the answer goes out once the position is fixed: whatever happens after a reader
    // has seen it will be in its stream.
    let start = position::fix(&app, &headers, query.last_event_id.as_deref()).await?;
    let frames = Feed::start(app, caller.credential, start, seat);
    let body = Body::from_stream(ReceiverStream::new(frames).map(Ok::<_, Infallible>));
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache, no-store"),
        // nginx holds answers back unless it is told not to.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, body).into_response())
}
