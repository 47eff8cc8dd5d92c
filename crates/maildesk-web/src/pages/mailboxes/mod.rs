//! Mailboxes as administrators handle them (connect, share, remove) and the system parameters.

use axum::Router;

use crate::app::App;

/// The routes of this area.
pub(super) fn router() -> Router<App> {
    Router::new()
}
