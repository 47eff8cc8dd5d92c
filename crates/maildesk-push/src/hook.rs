//! The webhook: where Microsoft's notifications come in (P2–P4).
//!
//! It does bounded work and nothing else: answer a validation, or check a notification against
//! what was registered, write stamps, answer. It calls nobody, needs no token, and what it answers
//! never depends on anything outside this server. Reading is in `body`, checking and stamping in
//! `desk`, the memory of probes in `probes`, the log of what was dropped in `drops`.

mod body;
mod desk;
mod drops;
mod probes;
mod sort;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use maildesk_graph::notification::{self, NotJson, Notifications};
use maildesk_model::client::ClientAddress;
use maildesk_model::{Clock, Timestamp};
use maildesk_store::Store;
use tokio::sync::Semaphore;

use crate::late::{self, Late};
use crate::probe::{Door, Probe};
use crate::urls::{LIFECYCLE_PATH, NOTIFICATIONS_PATH};
use body::{Read, Reader};
use desk::Desk;
use probes::Probes;

/// POSTs looked at at the same time, once they are here; beyond it Graph is asked to come again.
const AT_ONCE: usize = 1024;
/// Of these, bodies beyond [`body::SMALL`]: they bound the time spent parsing.
const LARGE_AT_ONCE: usize = 8;
/// How long the sender is asked to wait where nothing could be kept.
const COME_AGAIN_S: &str = "5";

/// What the webhook needs.
#[derive(Clone)]
pub struct HookParts {
    /// Where stamps are kept.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl fmt::Debug for HookParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HookParts")
    }
}

/// The two public paths and nothing else. Mount it where Microsoft can reach it, on a server that
/// has push; it must run inside a tokio runtime. Its answers:
///
/// | request | answer |
/// |---|---|
/// | `POST` with `validationToken`, whatever else it holds | 200, the token decoded, `text/plain` |
/// | the same with a token that is none | 400 |
/// | `POST` of any JSON | 202, empty, once stamps are durable |
/// | `POST` of anything else | 400 |
/// | `POST` of more than 4 MiB | 413, after up to 8 MiB were read and thrown away |
/// | what should be stamped could not be | 503 |
/// | other methods | 405 |
pub fn router(parts: HookParts) -> Router {
    let hook = Arc::new(Hook::new(parts));
    let door = |door| {
        post(
            move |State(hook): State<Arc<Hook>>, request: Request| async move {
                hook.receive(door, request).await
            },
        )
    };
    Router::new()
        .route(NOTIFICATIONS_PATH, door(Door::Notifications))
        .route(LIFECYCLE_PATH, door(Door::Lifecycle))
        .with_state(hook)
}

struct Hook {
    clock: Arc<dyn Clock>,
    places: Semaphore,
    lanes: Semaphore,
    reader: Reader,
    desk: Arc<Desk>,
    probes: Arc<Probes>,
    late: Arc<Late>,
}

impl Hook {
    fn new(parts: HookParts) -> Self {
        let HookParts { store, clock } = parts;
        Self {
            places: Semaphore::new(AT_ONCE),
            lanes: Semaphore::new(LARGE_AT_ONCE),
            reader: Reader::new(Arc::clone(&clock)),
            probes: Arc::new(Probes::new(Arc::clone(&store), Arc::clone(&clock))),
            late: Arc::new(Late::new(Arc::clone(&store), Arc::clone(&clock))),
            desk: Arc::new(Desk::new(store, Arc::clone(&clock))),
            clock,
        }
    }

    async fn receive(&self, door: Door, request: Request) -> Response {
        let (at, began) = (self.clock.now(), self.clock.monotonic());
        let query = request.uri().query().unwrap_or_default();
        if let Some(token) = notification::validation_token(query) {
            let echoed = token.is_ok();
            let answer = token.map_or_else(|_| empty(StatusCode::BAD_REQUEST), echo);
            let took = self.took(began);
            if notification::says_what_microsofts_do(query) {
                self.probes.note(door, Probe { at, took, echoed });
            }
            self.was_answered(took, answer.status());
            return answer;
        }
        let named = request.extensions().get::<ClientAddress>().copied();
        let from = named.unwrap_or(ClientAddress::UNKNOWN);
        match self.reader.read(request.into_body(), from).await {
            Read::Whole(whole, held) => {
                // How long its sender took is not our doing.
                let whole_at = self.clock.monotonic();
                let status = self.take(whole, at).await;
                drop(held);
                self.was_answered(self.took(whole_at), status);
                empty(status)
            }
            Read::TooLarge => empty(StatusCode::PAYLOAD_TOO_LARGE),
            Read::BrokeOff => empty(StatusCode::BAD_REQUEST),
            Read::NoRoom => empty(StatusCode::SERVICE_UNAVAILABLE),
        }
    }

    fn was_answered(&self, took: Duration, status: StatusCode) {
        if took >= late::LATE || status == StatusCode::SERVICE_UNAVAILABLE {
            self.late.was_late();
        }
        metrics::histogram!("maildesk_webhook_seconds").record(took.as_secs_f64());
    }

    fn took(&self, began: Duration) -> Duration {
        self.clock.monotonic().saturating_sub(began)
    }

    /// Takes a POST that is no validation, to its answer.
    async fn take(&self, whole: Bytes, at: Timestamp) -> StatusCode {
        let Ok(_place) = self.places.try_acquire() else {
            return StatusCode::SERVICE_UNAVAILABLE;
        };
        let is_large = whole.len() > body::SMALL;
        let Ok(lane) = is_large.then(|| self.lanes.try_acquire()).transpose() else {
            return StatusCode::SERVICE_UNAVAILABLE;
        };
        let parsed = parsed(whole).await;
        drop(lane);
        match parsed {
            Err(NotJson) => StatusCode::BAD_REQUEST,
            Ok(notifications) => match self.desk.hand_in(notifications, at).await {
                Ok(()) => StatusCode::ACCEPTED,
                Err(desk::NotKept) => StatusCode::SERVICE_UNAVAILABLE,
            },
        }
    }
}

/// Parses where it keeps nobody else waiting: a few megabytes take a moment of a processor.
async fn parsed(body: Bytes) -> Result<Notifications, NotJson> {
    if body.len() <= body::SMALL {
        return notification::parse(&body);
    }
    let parsing = tokio::task::spawn_blocking(move || notification::parse(&body));
    parsing.await.unwrap_or(Err(NotJson))
}

/// The token as it came, as text that no browser takes for anything else.
fn echo(token: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, token).into_response()
}

fn empty(status: StatusCode) -> Response {
    let mut answer = status.into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let seconds = HeaderValue::from_static(COME_AGAIN_S);
        answer.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    answer
}
