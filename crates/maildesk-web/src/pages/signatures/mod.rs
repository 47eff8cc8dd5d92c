//! Signatures: everybody's own under their account, and the common one of a mailbox among its
//! settings, both with a preview.

mod common;
mod editor;
mod list;
mod own;
mod preview;

use axum::Router;
use axum::routing::get;

use crate::app::App;

/// The routes of this area.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/profile/signatures", get(list::show).post(list::save))
        .route("/profile/signatures/{id}", get(own::show).post(own::save))
        .route(
            "/settings/mailboxes/{id}/signature",
            get(common::show).post(common::save),
        )
        .route(
            "/mailboxes/{id}/signature/preview",
            get(preview::kept).post(preview::typed),
        )
}
