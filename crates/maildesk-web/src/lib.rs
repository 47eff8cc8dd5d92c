//! HTTP for people and for the JSON API; never calls Graph.
//!
//! A handler reads the store, or writes an intent and waits a bounded while for its outcome;
//! whatever Microsoft must be asked is asked elsewhere. Rooms: [`api`] (one operation, one file),
//! [`live`] (the event stream, read from the journal), [`auth`] (who is asking), `request` (reading
//! requests late), `frame` (what is around every answer), `html` (making foreign HTML harmless), `signature` (what stands below mail),
//! `pages` (what people see, with its texts in `words`), `ops` (health and metrics), `error` (the one place that turns an error into a status).
//!
//! To add a call: a file under `api/` with its handler and `#[utoipa::path]`, one line in
//! [`api`]'s router, and a row in the access matrix (a test fails until it is there).

mod api;
mod app;
pub mod auth;
mod check;
mod day;
mod error;
mod foreign;
mod frame;
mod html;
mod live;
mod ops;
mod own;
mod pages;
mod parts;
mod pictures;
mod request;
mod shares;
mod signature;
mod signed;
mod words;

pub use pages::people::SetupCode;
pub use parts::{
    AlertWays, Elsewhere, MetricsRender, Microsoft, NoOriginal, NoPicture, Original, PublicAddress,
    Sight, SignInRedirect, SignInRefused, WebParts, WebSettings,
};

use app::App;

/// HTTP for people: the JSON API, the event stream, health and metrics.
pub struct Web {
    app: App,
}

impl Web {
    /// Puts it together; nothing runs until requests come.
    pub fn new(parts: WebParts) -> Self {
        Self {
            app: App::new(parts),
        }
    }

    /// The routes, with a fallback that answers 404 as a problem. The program may merge further
    /// routers (the webhook, the sign-in callback) that have no fallback of their own.
    ///
    /// Serve it with connection information (`into_make_service_with_connect_info`), or put a
    /// [`ClientAddress`](maildesk_model::client::ClientAddress) into each request, so that failures and
    /// places are counted by address.
    pub fn router(&self) -> axum::Router {
        let routes = axum::Router::new()
            .merge(api::router())
            .merge(ops::router())
            .merge(pages::router());
        frame::around(routes, &self.app).with_state(self.app.clone())
    }

    /// Routes of others that are served beside these, with the same security headers on what they
    /// answer.
    pub fn beside(&self, routes: axum::Router) -> axum::Router {
        frame::headers_on(routes, &self.app)
    }
}

/// The description of the JSON API, as `/api/v1/openapi.json` and `maildesk openapi` give it.
pub fn openapi_json() -> String {
    api::openapi::json()
}
