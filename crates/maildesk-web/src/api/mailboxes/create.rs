//! `POST /mailboxes`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use maildesk_model::mailbox::Connection;
use maildesk_store::StoreError;
use maildesk_store::contract::NewMailbox;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::shape::{ConnectionName, MailboxBody};
use crate::api::{BASE, mailboxes, note};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::check;
use crate::error::{FieldError, Problem, ProblemBody};
use crate::request::body::Unread;

/// A mailbox to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewMailbox)]
pub(crate) struct NewMailboxBody {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Its mail address.
    #[schema(max_length = 254)]
    email: String,
    /// How it is reached: `graph_delegated` (as a person) or `graph_application` (as the
    /// organisation).
    connection: ConnectionName,
}

/// Add a mailbox
///
/// As the organisation it begins to sync at once; as a person it waits for the sign-in, which
/// begins at `GET /mailboxes/{id}/connect`.
#[utoipa::path(
    post,
    path = "/mailboxes",
    tag = "Mailboxes",
    operation_id = "addMailbox",
    request_body = NewMailboxBody,
    responses(
        (status = 201, description = "Added.", body = MailboxBody, headers(("Location" = String, description = "Where it is."))),
        (status = 403, description = "Only a Mailbox Administrator may do this.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "A mailbox with this address is there already (`mailbox_exists`).", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    body: Unread,
) -> Result<Response, Problem> {
    caller.must_administer()?;
    let body: NewMailboxBody = body.json(app.settings.body_max).await?;
    let mailbox = checked(&app, &body)?;
    let id = app
        .store
        .add_mailbox(mailbox)
        .await
        .map_err(|error| match error {
            StoreError::Conflict(_) => Problem::conflict(
                "mailbox_exists",
                "A mailbox with this address is there already.",
            ),
            error => error.into(),
        })?;
    note::done(&app, &caller, "mailbox.create", Some(id)).await;
    let mailbox = mailboxes::visible(&app, caller.viewer, id).await?;
    let location = [(header::LOCATION, format!("{BASE}/mailboxes/{id}"))];
    let body = Json(MailboxBody::from((mailbox, app.clock.now())));
    Ok((StatusCode::CREATED, location, body).into_response())
}

fn checked(app: &App, body: &NewMailboxBody) -> Result<NewMailbox, Problem> {
    let mut errors = Vec::new();
    let mut keep = |value: Result<String, FieldError>| {
        value
            .map_err(|error| errors.push(error))
            .unwrap_or_default()
    };
    let name = keep(check::name("name", &body.name));
    let address = keep(check::whole_address("email", &body.email));
    let connection = body.connection.0;
    if connection == Connection::ImapSmtp {
        errors.push(FieldError::new(
            "connection",
            "must be graph_delegated or graph_application",
        ));
    }
    if errors.is_empty() {
        let at = app.clock.now();
        Ok(NewMailbox {
            name,
            address,
            connection,
            at,
        })
    } else {
        Err(Problem::wrong(errors))
    }
}
