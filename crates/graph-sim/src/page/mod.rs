//! `/`: the simulated Outlook in a browser.

use std::sync::Arc;

use axum::Router;

use crate::world::World;

/// The routes of the page.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
}
