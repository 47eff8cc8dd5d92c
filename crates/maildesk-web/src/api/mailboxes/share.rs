//! `PUT /mailboxes/{id}/access`

use axum::Json;
use axum::extract::State;
use maildesk_model::{MailboxId, UserId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::shape::AccessBody;
use crate::api::{mailboxes, note};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{FieldError, Problem, ProblemBody};
use crate::request::body::Unread;
use crate::request::id::One;

/// People one mailbox can be shared with.
const PEOPLE_MAX: usize = 1000;

/// With whom to share.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AccessChange)]
pub(crate) struct ShareBody {
    /// Exactly these people, at most 1,000.
    #[schema(max_items = 1000)]
    user_ids: Vec<String>,
}

/// Share a mailbox
///
/// With exactly the people named; administrators reach every mailbox anyway.
#[utoipa::path(
    put,
    path = "/mailboxes/{id}/access",
    tag = "Mailboxes",
    operation_id = "shareMailbox",
    params(("id" = String, Path, description = "The mailbox.")),
    request_body = ShareBody,
    responses(
        (status = 200, description = "With whom it is shared now.", body = AccessBody),
        (status = 403, description = "Only a Mailbox Administrator may do this.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn share(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MailboxId>,
    body: Unread,
) -> Result<Json<AccessBody>, Problem> {
    mailboxes::visible(&app, caller.viewer, id).await?;
    caller.must_administer()?;
    let body: ShareBody = body.json(app.settings.body_max).await?;
    let users = checked(&body)?;
    let now = app.clock.now();
    match app.store.set_access(caller.viewer, id, &users, now).await? {
        None => return Err(Problem::not_found()),
        Some(false) => {
            let error = FieldError::new("userIds", "one of these people does not exist");
            return Err(Problem::wrong(vec![error]));
        }
        Some(true) => {}
    }
    note::done(&app, &caller, "mailbox.share", Some(id)).await;
    let users = app.store.access(caller.viewer, id).await?;
    let users = users.ok_or_else(Problem::not_found)?;
    Ok(Json(AccessBody {
        user_ids: users.iter().map(ToString::to_string).collect(),
    }))
}

fn checked(body: &ShareBody) -> Result<Vec<UserId>, Problem> {
    if body.user_ids.len() > PEOPLE_MAX {
        let message = format!("must name at most {PEOPLE_MAX} people");
        return Err(Problem::wrong(vec![FieldError::new("userIds", message)]));
    }
    let mut users = Vec::with_capacity(body.user_ids.len());
    let mut errors = Vec::new();
    for (n, text) in body.user_ids.iter().enumerate() {
        match UserId::parse(text) {
            Some(user) => users.push(user),
            None => errors.push(FieldError::new(
                format!("userIds[{n}]"),
                "is no id of a person",
            )),
        }
    }
    users.sort_unstable();
    users.dedup();
    if errors.is_empty() {
        Ok(users)
    } else {
        Err(Problem::wrong(errors))
    }
}
