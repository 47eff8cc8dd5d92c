//! For machines that watch: liveness, readiness, metrics.

mod health;
mod metrics;

use axum::Router;
use axum::routing::get;

use crate::app::App;

/// The routes.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
}
