//! `PATCH /messages/{id}`

use axum::Json;
use axum::extract::State;
use maildesk_model::intent::{Change, Want};
use maildesk_model::message::Flag;
use maildesk_model::{FolderId, MessageId};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::shape::{FlagName, MessageChangedBody};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::reach;
use crate::day;
use crate::error::{FieldError, Problem};
use crate::request::body::{Unread, present};
use crate::request::id::One;

/// Categories of one message, and characters of one: Outlook's list is shorter.
const CATEGORIES_MAX: usize = 50;
pub(crate) const CATEGORY_MAX: usize = 255;

/// What to change of a message; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = MessageChange)]
pub(crate) struct ChangeBody {
    /// Read or unread.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    is_read: Option<bool>,
    /// The flag.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    flag: Option<FlagName>,
    /// The day the flag is due (`2026-12-24`); only with the flag `flagged`, which without it is
    /// due on no day.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    flag_due: Option<String>,
    /// All categories, at most 50.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    categories: Option<Vec<String>>,
    /// The folder to move it to, of the same mailbox.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    folder_id: Option<String>,
}

/// Change a message
///
/// Shown at once; written to Microsoft by the intent that is answered with, and put back if
/// Microsoft refuses.
#[utoipa::path(
    patch,
    path = "/messages/{id}",
    tag = "Messages",
    operation_id = "changeMessage",
    params(("id" = String, Path, description = "The message.")),
    request_body = ChangeBody,
    responses((status = 200, description = "The message as it is shown now.", body = MessageChangedBody)),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    One(id): One<MessageId>,
    body: Unread,
) -> Result<Json<MessageChangedBody>, Problem> {
    let before = super::visible(&app, caller.viewer, id).await?;
    let mailbox = before.summary.mailbox;
    let body: ChangeBody = body.json(app.settings.body_max).await?;
    let change = checked(body)?;
    let moves = change.folder.is_some();
    reach::note(&app, caller.viewer, mailbox).await?;
    let want = Want::Change {
        message: id,
        change,
    };
    let now = app.clock.now();
    let intent = app.store.want(caller.viewer, mailbox, &want, now).await?;
    let Some(intent) = intent else {
        // The message was there a moment ago, so it is the folder that is not.
        return Err(if moves {
            let message = "is no folder of this mailbox";
            Problem::wrong(vec![FieldError::new("folderId", message)])
        } else {
            Problem::not_found()
        });
    };
    let after = app.store.message(caller.viewer, id).await?;
    Ok(Json(MessageChangedBody {
        message: after.unwrap_or(before).summary.into(),
        intent_id: intent.to_string(),
    }))
}

fn checked(body: ChangeBody) -> Result<Change, Problem> {
    let mut errors = Vec::new();
    let folder = body.folder_id.and_then(|text| {
        let id = FolderId::parse(&text);
        if id.is_none() {
            errors.push(FieldError::new("folderId", "is no id of a folder"));
        }
        id
    });
    if let Some(categories) = &body.categories {
        errors.extend(wrong_categories(categories));
    }
    let flag = body.flag.map(|flag| flag.0);
    let due = body.flag_due.and_then(|text| {
        let due = day::from_name(&text).filter(|_| flag == Some(Flag::Flagged));
        if due.is_none() {
            let message = "must be a day like 2026-12-24, and flag must be flagged";
            errors.push(FieldError::new("flagDue", message));
        }
        due
    });
    let change = Change {
        is_read: body.is_read,
        flag,
        due,
        categories: body.categories,
        folder,
    };
    if errors.is_empty() && change.is_empty() {
        errors.push(FieldError::new(
            "",
            "name at least one of isRead, flag, categories, folderId",
        ));
    }
    if errors.is_empty() {
        Ok(change)
    } else {
        Err(Problem::wrong(errors))
    }
}

/// What is wrong with the categories of a message.
pub(crate) fn wrong_categories(categories: &[String]) -> Vec<FieldError> {
    if categories.len() > CATEGORIES_MAX {
        let message = format!("must be at most {CATEGORIES_MAX}");
        return vec![FieldError::new("categories", message)];
    }
    let mut errors = Vec::new();
    for (n, category) in categories.iter().enumerate() {
        let fits = (1..=CATEGORY_MAX).contains(&category.chars().count())
            && !category.chars().any(char::is_control);
        if !fits {
            let message = format!("must have 1 to {CATEGORY_MAX} characters, none of control");
            errors.push(FieldError::new(format!("categories[{n}]"), message));
        }
    }
    errors
}
