//! `GET /mailboxes`

use axum::Json;
use axum::extract::State;
use maildesk_model::MailboxId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::cursor::{self, Place};
use crate::api::page::Limit;
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
    let limit = Limit::new(query.limit)?;
    let after = query.cursor.map(|text| cursor::read(&text, ""));
    let after = after.transpose()?.map(|AfterName(name, id)| (name, id));
    let mailboxes = app
        .store
        .mailboxes(caller.viewer, after, limit.to_read())
        .await?;
    let now = app.clock.now();
    let mailboxes = mailboxes.into_iter().map(|mailbox| (mailbox, now));
    Ok(Json(limit.page(mailboxes.collect(), "", |(last, _)| {
        AfterName(last.name.clone(), last.id)
    })))
}
