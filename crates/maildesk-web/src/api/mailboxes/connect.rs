//! `GET /mailboxes/{id}/connect`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use maildesk_model::MailboxId;
use maildesk_model::mailbox::Connection;

use crate::api::{mailboxes, note};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::parts::SignInRefused;
use crate::request::id::One;

/// Sign in for a mailbox
///
/// Leads to Microsoft's sign-in page. The short cookie on this answer binds the way back to this
/// browser.
#[utoipa::path(
    get,
    path = "/mailboxes/{id}/connect",
    tag = "Mailboxes",
    operation_id = "connectMailbox",
    params(("id" = String, Path, description = "The mailbox.")),
    responses(
        (status = 302, description = "On to the sign-in page.", headers(("Location" = String, description = "The sign-in page."))),
        (status = 403, description = "Only a Mailbox Administrator may do this.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Nobody can sign in for it now: it is connected as the organisation (`no_sign_in`), or `code`, `message` and `remedy` say what has to be set up first.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn connect(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MailboxId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mailbox = mailboxes::visible(&app, caller.viewer, id).await?;
    caller.must_administer()?;
    if mailbox.connection != Connection::GraphDelegated {
        return Err(Problem::conflict(
            "no_sign_in",
            "This mailbox is not connected as a person, so nobody signs in for it.",
        ));
    }
    let cookies = headers.get(header::COOKIE);
    let cookies = cookies.and_then(|value| value.to_str().ok());
    let begun = app
        .microsoft
        .start_sign_in(id, caller.viewer.user, cookies)
        .await;
    let redirect = begun.map_err(|refused| match refused {
        SignInRefused::Trouble(trouble) => Problem::trouble(StatusCode::CONFLICT, trouble),
        SignInRefused::Store(error) => error.into(),
    })?;
    note::done(&app, &caller, "mailbox.connect", Some(id)).await;
    let headers = [
        (header::LOCATION, redirect.location),
        (header::SET_COOKIE, redirect.set_cookie),
    ];
    Ok((StatusCode::FOUND, headers).into_response())
}
