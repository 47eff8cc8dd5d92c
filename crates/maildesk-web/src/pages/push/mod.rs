//! Push as administrators see it: the assistant for one mailbox, and the table over all.

use axum::Router;

use crate::app::App;

/// The routes of this area.
pub(super) fn router() -> Router<App> {
    Router::new()
}
