//! `/healthz`: the process answers. `/readyz`: it can work, that is, the database answers.

use std::time::Duration;

use axum::extract::State;
use http::StatusCode;

use crate::app::App;
use crate::error::Chain;

/// A load balancer that waits longer than this has better places to send people to.
const PATIENCE: Duration = Duration::from_secs(2);

/// Alive.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// Ready, or 503. A server that is stopping is not ready any more.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    if app.shutdown.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    let answer = tokio::select! {
        biased;
        answer = app.store.journal_head() => answer,
        () = app.clock.sleep(PATIENCE) => {
            return (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n");
        }
    };
    match answer {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "not ready");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database is not available\n",
            )
        }
    }
}
