//! For machines that watch: liveness, readiness, metrics; and one plain page at `/`.

mod health;
mod metrics;
mod root;

use axum::Router;
use axum::routing::get;

use crate::app::App;

/// The routes.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/", get(root::show))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
}
