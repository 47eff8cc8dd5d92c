//! The webhook: checks, stamps, answers. Bounded work, whatever comes (P2–P4).
//!
//! Microsoft's probe is answered first, at any time and for anybody. Of everything else only this
//! counts: the subscription is ours and its secret is right. The answer is 202 all the same, since
//! Graph retries a 4xx and then goes silent; only a stamp that could not be kept is a 503.

mod body;
mod judge;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use maildesk_graph::notification;
use maildesk_model::Clock;
use maildesk_store::Store;

/// Where change notifications arrive.
pub const PATH: &str = "/maildesk/push/outlook";
/// Where lifecycle notifications arrive.
pub const LIFECYCLE_PATH: &str = "/maildesk/push/outlook/lifecycle";
/// The store has so long; Graph counts three seconds, and a promise of one leaves room (P4).
const STORE_WITHIN: Duration = Duration::from_secs(1);

/// What the webhook is made of.
#[derive(Clone)]
pub struct HookParts {
    /// Where stamps go.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for HookParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HookParts")
    }
}

/// The two paths; anything but POST is 405 by itself.
pub fn router(parts: HookParts) -> Router {
    Router::new()
        .route(PATH, post(receive))
        .route(LIFECYCLE_PATH, post(receive))
        .with_state(parts)
}

async fn receive(
    State(parts): State<HookParts>,
    RawQuery(query): RawQuery,
    body: axum::body::Body,
) -> Response {
    let begun = parts.clock.monotonic();
    let answer = answer(&parts, query.as_deref().unwrap_or_default(), body).await;
    let took = parts.clock.monotonic().saturating_sub(begun);
    metrics::histogram!("maildesk_webhook_seconds").record(took.as_secs_f64());
    answer
}

async fn answer(parts: &HookParts, query: &str, body: axum::body::Body) -> Response {
    match notification::validation_token(query) {
        Some(Ok(token)) => return echo(token),
        Some(Err(_)) => {
            count("probe_refused", 1);
            return StatusCode::BAD_REQUEST.into_response();
        }
        None => {}
    }
    let bytes = match body::read(body).await {
        Ok(bytes) => bytes,
        Err(status) => return status.into_response(),
    };
    let Ok(notifications) = notification::parse(&bytes) else {
        count("not_json", 1);
        return StatusCode::BAD_REQUEST.into_response();
    };
    let keeping = judge::keep(parts, &notifications);
    tokio::select! {
        kept = keeping => match kept {
            Ok(()) => StatusCode::ACCEPTED.into_response(),
            Err(why) => unavailable(&why),
        },
        () = parts.clock.sleep(STORE_WITHIN) => unavailable(&"the store took too long"),
    }
}

/// The token verbatim, as plain text that no browser will take for anything else.
fn echo(token: String) -> Response {
    count("probe", 1);
    tracing::info!("Microsoft's probe was answered");
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    let nosniff = HeaderValue::from_static("nosniff");
    (
        [
            (header::CONTENT_TYPE, text),
            (header::X_CONTENT_TYPE_OPTIONS, nosniff),
        ],
        token,
    )
        .into_response()
}

fn unavailable(why: &dyn std::fmt::Display) -> Response {
    count("not_kept", 1);
    tracing::error!(error = %why, "a notification could not be kept; Microsoft will send it again");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

fn count(outcome: &'static str, by: u64) {
    metrics::counter!("maildesk_push_notifications_total", "outcome" => outcome).increment(by);
}

#[cfg(test)]
mod tests;
