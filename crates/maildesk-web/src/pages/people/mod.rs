//! First start, sign-in, one's own account, users, and the audit log.

use axum::Router;

use crate::app::App;

/// The routes of this area.
pub(super) fn router() -> Router<App> {
    Router::new()
}
