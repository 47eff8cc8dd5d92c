//! Push as administrators see it: the assistant for one mailbox, and the table over all.

mod act;
pub(crate) mod address;
mod assistant;
mod speed;
pub(crate) mod states;
mod story;
mod table;
mod troubleshooting;

use axum::Router;
use axum::routing::get;

use crate::app::App;

/// The routes of this area.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/mailboxes/{id}/push", get(assistant::show).post(act::act))
        .route("/settings/push", get(table::show).post(table::register_all))
        .route(troubleshooting::PATH, get(troubleshooting::show))
        .route(
            "/mailboxes/{id}/push/secret",
            get(act::instead).post(act::show_secret),
        )
}
