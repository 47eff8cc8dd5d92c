//! `/messages/{id}/picture`: a picture of a mail that lies elsewhere, brought by this server.
//!
//! Its address stands, signed, in the body of the message and nowhere else.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, Uri, header};
use maildesk_model::MessageId;

use crate::app::App;
use crate::error::Problem;
use crate::pages::person::Person;
use crate::pictures;
use crate::request::id::One;

/// A browser may keep it as long as one is likely to look at a mail again, for this person alone.
const KEPT: HeaderValue = HeaderValue::from_static("private, max-age=3600");
/// Opened by itself, a picture is a picture.
const STILL: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");

/// The picture.
pub(super) async fn show(
    State(app): State<App>,
    person: Person,
    One(id): One<MessageId>,
    uri: Uri,
) -> Result<Response, Problem> {
    let asked = uri.query().unwrap_or_default();
    let (mut url, mut sign) = (String::new(), String::new());
    for (name, value) in form_urlencoded::parse(asked.as_bytes()) {
        match &*name {
            "url" => url = value.into_owned(),
            "sign" => sign = value.into_owned(),
            _ => {}
        }
    }
    let viewer = person.caller.viewer;
    if !pictures::is_signed(&person.csrf, id, &url, &sign)
        || !pictures::are_brought(&app).await?
        || app.store.summaries(viewer, &[id]).await?.is_empty()
    {
        return Err(Problem::not_found());
    }
    let picture = pictures::bring(&app, viewer.user, &url)
        .await
        .map_err(|_| {
            Problem::new(
                StatusCode::BAD_GATEWAY,
                "no_picture",
                "This picture cannot be had.",
            )
        })?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(picture.content_type),
        ),
        (header::CONTENT_SECURITY_POLICY, STILL),
        (header::CACHE_CONTROL, KEPT),
    ];
    Ok((headers, picture.bytes).into_response())
}
