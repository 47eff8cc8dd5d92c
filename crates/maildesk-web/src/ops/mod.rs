//! For machines that watch: liveness, readiness, metrics.

mod health;
mod metrics;

use axum::Router;
use axum::routing::get;

use crate::app::App;

const ALIVE: &str = "/healthz";
const READY: &str = "/readyz";

/// Whether this path is asked by whoever restarts a server that does not answer: it must, however busy
/// the server is with strangers.
pub(crate) fn is_asked_by_machines(path: &str) -> bool {
    matches!(path, ALIVE | READY)
}

/// The routes.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route(ALIVE, get(health::alive))
        .route(READY, get(health::ready))
        .route("/metrics", get(metrics::show))
}
