//! The Microsoft app registration: what is set, what is still to do, and the tenant's consent.

mod show;

use axum::Router;
use axum::routing::get;

use crate::app::App;

pub(crate) use show::CALLBACK_PATH;

/// The routes of this area.
pub(super) fn router() -> Router<App> {
    Router::new().route("/settings/microsoft", get(show::show))
}
