//! Alerts: what needs somebody now, what has ended, where alerts go, and a test of that.

mod save;
mod show;
mod test;

use axum::Router;
use axum::routing::get;

use crate::app::App;
use crate::pages::answer;

/// The routes of this area.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/settings/alerts", get(show::show).post(save::save))
        .route(
            "/settings/alerts/test",
            answer::instead(show::PATH).post(test::test),
        )
}
