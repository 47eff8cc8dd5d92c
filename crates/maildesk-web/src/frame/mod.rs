//! What is around every answer: a request id, security headers, a limit on time and on requests
//! at once, and problems instead of bare 404, 405 and panics.

mod headers;
mod limits;
mod missing;
mod panic;
mod pictures;
mod request_id;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};

use crate::app::App;
use crate::pages::wear;

/// Puts the frame around the routes. From the inside out: limits may refuse, a panic becomes a
/// problem, pictures are asked for where they are, headers are set on whatever comes out, the request id is on all of it, and
/// a person's browser gets a problem as a page.
pub(crate) fn around(routes: Router<App>, app: &App) -> Router<App> {
    routes
        .fallback(missing::not_found)
        .method_not_allowed_fallback(missing::method_not_allowed)
        .layer(from_fn_with_state(app.clone(), limits::keep))
        .layer(panic::layer())
        .layer(from_fn(pictures::only_where_they_are))
        .layer(from_fn_with_state(app.clone(), headers::set))
        .layer(from_fn_with_state(app.clone(), request_id::name))
        .layer(from_fn_with_state(app.clone(), wear::wear))
}

/// Puts the security headers on what these routes answer.
pub(crate) fn headers_on(routes: Router, app: &App) -> Router {
    routes.layer(from_fn_with_state(app.clone(), headers::set))
}
