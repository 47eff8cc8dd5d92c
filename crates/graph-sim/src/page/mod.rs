//! `/`: the simulated Outlook in a browser, for people who want to see a mail arrive. Server-rendered; works without JavaScript.
//!
//! | file | what |
//! |---|---|
//! | `index` | pick a mailbox, write to one from outside |
//! | `mailbox` | folders, list and reading pane of one mailbox |
//! | `act` | what the forms do |
//! | `layout` | the frame around every page |

mod act;
mod index;
mod layout;
mod mailbox;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use http::StatusCode;

use crate::sync::Held;
use crate::world::World;

/// The routes of the page.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/", get(index::show))
        .route("/outlook/{address}", get(mailbox::show))
        .route("/outlook/{address}/deliver", post(act::deliver))
        .route("/outlook/{address}/send", post(act::send))
        .route("/outlook/{address}/message/{id}", post(act::change))
        .route("/outlook/{address}/stamp", get(stamp))
        .route(
            "/outlook-page/style.css",
            get(|| async { asset("text/css", include_str!("style.css")) }),
        )
        .route(
            "/outlook-page/refresh.js",
            get(|| async { asset("text/javascript", include_str!("refresh.js")) }),
        )
}

fn asset(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    (
        [
            ("content-type", content_type),
            ("cache-control", "no-cache"),
        ],
        text,
    )
}

/// A number that changes whenever something in the mailbox does; the page's script looks at it.
async fn stamp(
    State(world): State<Arc<World>>,
    Path(address): Path<String>,
) -> Result<String, StatusCode> {
    let cell = world
        .directory
        .mailbox(&address)
        .ok_or(StatusCode::NOT_FOUND)?;
    let stamp = cell.content.held().seq();
    Ok(stamp.to_string())
}
