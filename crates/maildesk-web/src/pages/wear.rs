//! Problems as pages: whoever asked with a browser gets plain words and a way on, not JSON. Nothing
//! internal is shown, only the request id under which the log says more.

use askama::Template;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};

use super::answer;
use super::shell::{Place, Shell};
use crate::app::App;
use crate::error::Shown;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    shell: Shell,
    heading: String,
    text: String,
    remedy: Option<String>,
    code: String,
    request: Option<String>,
}

/// Paths that programs call; they keep their problems as they are.
const PROGRAMS: [&str; 6] = [
    "/api/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/maildesk/",
    "/assets/",
];

/// Puts a problem into a page where a page was asked for.
pub(crate) async fn wear(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let for_people =
        !PROGRAMS.iter().any(|start| path.starts_with(start)) && wants_html(request.headers());
    let response = next.run(request).await;
    if !for_people {
        return response;
    }
    match response.extensions().get::<Shown>().cloned() {
        Some(shown) => dressed(&app, response, &shown),
        None => response,
    }
}

fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_none_or(|accept| accept.contains("text/html") || accept.contains("*/*"))
}

fn dressed(app: &App, response: Response, shown: &Shown) -> Response {
    let shell = Shell::for_nobody(app, Place::Elsewhere, "");
    let words = shell.words;
    let (heading, text) = match response.status() {
        StatusCode::NOT_FOUND => (
            words.say("error-heading-not-found"),
            words.say("error-text-not-found").into_owned(),
        ),
        StatusCode::FORBIDDEN if shown.code == "forbidden" => (
            words.say("error-heading-forbidden"),
            words.say("error-text-forbidden").into_owned(),
        ),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            (words.say("error-heading-busy"), shown.detail.clone())
        }
        _ => (words.say("error-heading-other"), shown.detail.clone()),
    };
    let request = response.headers().get("x-request-id");
    let page = ErrorPage {
        shell: Shell {
            title: heading.clone(),
            ..shell
        },
        heading: heading.into_owned(),
        text,
        remedy: shown.remedy.clone(),
        code: shown.code.clone(),
        request: request.and_then(|id| id.to_str().ok()).map(str::to_owned),
    };
    match answer::page_with(response.status(), &page) {
        // Everything the frame has said stays: the request id, when to come back, what is allowed.
        Ok(rendered) => {
            let (mut parts, _) = response.into_parts();
            let (own, body) = rendered.into_parts();
            parts.headers.remove(header::CONTENT_LENGTH);
            parts.headers.extend(own.headers);
            Response::from_parts(parts, body)
        }
        Err(_) => response,
    }
}
