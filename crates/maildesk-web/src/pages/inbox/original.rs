//! `/messages/{id}/original`: the message as it went over the wire, as an `.eml` file.
//!
//! MailDesk keeps what it shows and not the MIME, so it is asked for at Microsoft while somebody waits.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use maildesk_model::MessageId;

use super::list;
use crate::api::messages;
use crate::api::messages::disposition::content_disposition;
use crate::app::App;
use crate::auth::reach;
use crate::error::Problem;
use crate::pages::person::Person;
use crate::parts::NoOriginal;
use crate::request::id::One;
use crate::words::Words;

/// Letters of the subject in the name of the file.
const NAME_MAX: usize = 80;

/// The file.
pub(super) async fn download(
    State(app): State<App>,
    person: Person,
    One(id): One<MessageId>,
) -> Result<Response, Problem> {
    let viewer = person.caller.viewer;
    let message = messages::visible(&app, viewer, id).await?.summary;
    let found = app.store.original_of(viewer, id).await?;
    let (mailbox, remote_id) = found.ok_or_else(Problem::not_found)?;
    reach::note(&app, viewer, mailbox).await?;
    let original = app.microsoft.original(mailbox, &remote_id).await;
    let original = original.map_err(|why| match why {
        NoOriginal::Trouble(trouble) => Problem::trouble(StatusCode::BAD_GATEWAY, trouble),
        NoOriginal::Store(why) => why.into(),
    })?;
    let name = list::subject(Words::english(), &message);
    // A slash would begin a folder, and what stands before it would be lost.
    let name = name.replace(['/', '\\', ':'], "-");
    let name: String = name.chars().take(NAME_MAX).collect();
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("message/rfc822"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&content_disposition("attachment", &format!("{name}.eml")))
                .expect("it is header text"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("sandbox; default-src 'none'"),
        ),
    ];
    Ok((headers, Body::from_stream(original)).into_response())
}
