//! One id for each request, on the answer and on every log line written for it.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use tracing::Instrument;

use crate::app::App;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Ids of proxies in front are kept if they are of a harmless form and length.
const FOREIGN_MAX: usize = 64;

/// Names the request and logs how it ended. Paths are logged as patterns: no ids, no queries.
pub(super) async fn name(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = foreign(request.headers()).unwrap_or_else(|| own(&app));
    let route = request.extensions().get::<MatchedPath>();
    let span = tracing::info_span!(
        "request",
        request.id = %id,
        http.method = %request.method(),
        http.route = route.map_or("-", MatchedPath::as_str),
    );
    let began = app.clock.monotonic();
    let mut response = next.run(request).instrument(span.clone()).await;
    let took = app.clock.monotonic().saturating_sub(began);
    span.in_scope(|| {
        let status = response.status().as_u16();
        let ms = took.as_secs_f64() * 1000.0;
        tracing::debug!(http.status = status, took.ms = ms, "answered");
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}

fn foreign(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(X_REQUEST_ID)?.to_str().ok()?;
    let harmless = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    ((1..=FOREIGN_MAX).contains(&id.len()) && id.bytes().all(harmless)).then(|| id.to_owned())
}

fn own(app: &App) -> String {
    let mut bytes = [0_u8; 8];
    app.entropy.fill(&mut bytes);
    crate::auth::hex(&bytes)
}
