//! The frame around every page.

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use crate::plain::escape;

/// Mail is shown in a frame without scripts; nothing else may run or load but the page's own.
const POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; img-src * data:; frame-src 'self'; form-action 'self'; base-uri 'none'";

/// A whole page. `script` is put at its end.
pub(super) fn page(status: StatusCode, title: &str, body: &str, script: &str) -> Response {
    let title = escape(title);
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
<title>{title}</title><link rel=\"stylesheet\" href=\"/outlook-page/style.css\"></head><body>\
<header><a href=\"/\">Simulated Outlook</a><span>{title}</span></header>{body}{script}</body></html>"
    );
    (
        status,
        [
            ("content-security-policy", POLICY),
            ("cache-control", "no-store"),
        ],
        Html(html),
    )
        .into_response()
}

/// A page that says what went wrong.
pub(super) fn trouble(status: StatusCode, why: &str) -> Response {
    page(
        status,
        "That did not work",
        &format!("<main><p role=\"alert\">{}</p></main>", escape(why)),
        "",
    )
}
