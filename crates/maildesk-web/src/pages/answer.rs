//! A rendered template as an answer, with the policy that every page of ours lives under.

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get};
use http::{HeaderValue, StatusCode, header};

use crate::error::{Chain, Problem};

/// Only what this server gives, no inline script, no inline style, no foreign frame, no foreign
/// target for a form.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'",
);

/// Renders a page.
pub(crate) fn page(template: &impl Template) -> Result<Response, Problem> {
    page_with(StatusCode::OK, template)
}

/// Renders a page with a status of its own: 422 for a form that is shown again, 409, 502.
pub(crate) fn page_with(status: StatusCode, template: &impl Template) -> Result<Response, Problem> {
    let text = template.render().map_err(|error| {
        tracing::error!(error = %Chain(&error), "a page could not be rendered");
        Problem::internal()
    })?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    Ok((status, headers, text).into_response())
}

/// For the path of a form whose answer is shown under it: whoever opens that path later, from the
/// history or as a link, is led to the page that has the form.
pub(crate) fn instead<S>(path: &'static str) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    get(move || async move { see(path) })
}

/// After a form was carried out: on to a page, by GET.
pub(crate) fn see(path: &str) -> Response {
    Redirect::to(path).into_response()
}
