//! The Microsoft app registration: set it, consent to it, and prove that it works.

use axum::Router;

use crate::app::App;

/// The routes of this area.
pub(super) fn router() -> Router<App> {
    Router::new()
}
