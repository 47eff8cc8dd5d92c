//! The inbox: folders, list and reading pane in one page, kept live by the event stream.
//!
//! The page's address says everything that is shown ([`view::View`]), so that a link, a reload and
//! the back button work, and so that the script only has to fetch an address and put in place what
//! changed: there is one rendering, the server's.

mod act;
mod body;
mod card;
mod contents;
mod count;
mod deed;
mod due;
mod found;
mod keys;
mod labels;
mod list;
mod meeting;
mod original;
mod outcome;
mod page;
mod palette;
mod picture;
mod pictures;
mod preview;
mod reading;
mod refusal;
mod search;
mod tree;
mod view;

pub(super) use body::{paper, words};

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

/// The routes of this area.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/", get(page::show))
        .route("/found", get(count::show))
        .route("/messages/{id}/body", get(body::show))
        .route(
            "/messages/{id}/attachments/{attachment}/preview",
            get(preview::show),
        )
        .route("/messages/{id}/original", get(original::download))
        .route("/messages/{id}/picture", get(picture::show))
        .route("/messages/{id}/pictures", post(pictures::decide))
        .route("/messages/act", post(act::act))
        .route("/mailboxes/{id}/check", post(act::check))
}
