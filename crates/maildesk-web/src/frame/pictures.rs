//! Pictures are asked for where pictures are, and nowhere else.
//!
//! A mail may name any address as a picture, this server's too, and the reader's browser asks for it with
//! the reader's cookies. What a browser wants it for it says in `Sec-Fetch-Dest`, which no page can set.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::error::Problem;

/// Lets the request through, unless it asks for a picture where there is none.
pub(super) async fn only_where_they_are(request: Request, next: Next) -> Response {
    let wanted = request.headers().get("sec-fetch-dest");
    if wanted.is_some_and(|wanted| wanted == "image") && !may_be_one(request.uri().path()) {
        let problem = Problem::new(
            StatusCode::FORBIDDEN,
            "no_picture",
            "There is no picture here.",
        );
        return problem.into_response();
    }
    next.run(request).await
}

fn may_be_one(path: &str) -> bool {
    let is_attachment = path.starts_with("/api/v1/messages/") && path.contains("/attachments/");
    // Signed by us, and nobody else can.
    let is_brought = path.starts_with("/messages/") && path.ends_with("/picture");
    // Browsers ask for the last by themselves.
    is_attachment || is_brought || path.starts_with("/assets/") || path == "/favicon.ico"
}
