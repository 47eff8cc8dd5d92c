//! `GET /mailboxes`

use axum::Json;
use axum::extract::State;
use maildesk_model::MailboxId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::check;
use crate::api::cursor::{self, Place};
use crate::api::shape::{MailboxBody, Page};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::Problem;
use crate::request::query::Asked;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// After the mailbox of this name and id.
struct AfterName(String, MailboxId);

impl Place for AfterName {
    const LIST: &'static str = "mailboxes";

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.1.0.to_be_bytes().to_vec();
        bytes.extend(self.0.as_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (id, name) = bytes.split_first_chunk()?;
        let name = String::from_utf8(name.to_vec()).ok()?;
        Some(Self(name, MailboxId(i64::from_be_bytes(*id))))
    }
}

/// List mailboxes
///
/// Those the caller may see, by name.
#[utoipa::path(
    get,
    path = "/mailboxes",
    tag = "Mailboxes",
    operation_id = "listMailboxes",
    params(ListQuery),
    responses((status = 200, description = "A page of mailboxes.", body = Page<MailboxBody>)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    asked: Asked,
) -> Result<Json<Page<MailboxBody>>, Problem> {
    let query: ListQuery = asked.read()?;
    let limit = check::limit(query.limit)?;
    let after = query
        .cursor
        .map(|text| cursor::read(&text, ""))
        .transpose()?;
    let after = after.map(|AfterName(name, id)| (name, id));
    // One more than wanted says whether there is another page.
    let mut mailboxes = app.store.mailboxes(caller.viewer, after, limit + 1).await?;
    let more = mailboxes.len() as i64 > limit;
    mailboxes.truncate(limit as usize);
    let next_cursor = mailboxes
        .last()
        .filter(|_| more)
        .map(|last| cursor::write(&AfterName(last.name.clone(), last.id), ""));
    Ok(Json(Page {
        items: mailboxes.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}
