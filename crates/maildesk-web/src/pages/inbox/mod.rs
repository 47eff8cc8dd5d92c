//! The inbox: folders, list and reading pane in one page, kept live by the event stream.

use axum::Router;

use crate::app::App;

/// The routes of this area.
pub(super) fn router() -> Router<App> {
    Router::new()
}
