//! `GET /addresses`

use axum::Json;
use axum::extract::State;
use maildesk_model::MailboxId;
use maildesk_model::message::Address;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::shape::{AddressBody, addresses};
use crate::api::mailboxes;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::Problem;
use crate::request::query::{self, Asked};

/// Suggestions unless asked for, and at most.
const LIMIT_DEFAULT: u32 = 8;
const LIMIT_MAX: u32 = 50;
/// Characters that are looked for; nobody types more before they choose.
const TYPED_MAX: usize = 100;

/// What is typed.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AddressesQuery {
    /// Only whom this mailbox has written with; otherwise all mailboxes one may see.
    mailbox: Option<String>,
    /// The beginning of an address, or of a word of a name.
    q: Option<String>,
    /// At most so many, 1 to 50; 8 unless said.
    limit: Option<String>,
}

/// Addresses that begin so.
#[derive(Serialize, ToSchema, Debug)]
#[schema(as = Addresses)]
pub(crate) struct AddressesBody {
    /// Those written with most and last come first.
    items: Vec<AddressBody>,
}

/// Complete an address
///
/// From the mail of the mailboxes that one may see. Nothing typed is nothing found.
#[utoipa::path(
    get,
    path = "/addresses",
    tag = "Writing",
    operation_id = "completeAddress",
    params(AddressesQuery),
    responses((status = 200, description = "The addresses.", body = AddressesBody)),
)]
pub(crate) async fn complete(
    State(app): State<App>,
    caller: Caller,
    asked: Asked,
) -> Result<Json<AddressesBody>, Problem> {
    let asked: AddressesQuery = asked.read()?;
    let mailbox = match asked.mailbox.as_deref().filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => {
            let id = MailboxId::parse(text).ok_or_else(Problem::not_found)?;
            mailboxes::visible(&app, caller.viewer, id).await?;
            Some(id)
        }
    };
    let limit = query::value::<u32>("limit", asked.limit.as_deref())?.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        let message = format!("must be from 1 to {LIMIT_MAX}");
        return Err(Problem::parameter("limit", message));
    }
    let typed: String = asked.q.unwrap_or_default();
    let typed: String = typed.trim().chars().take(TYPED_MAX).collect();
    let found: Vec<Address> = if typed.is_empty() {
        Vec::new()
    } else {
        let store = &app.store;
        let found = store.correspondents(caller.viewer, mailbox, &typed, limit.into());
        found.await?
    };
    Ok(Json(AddressesBody {
        items: addresses(found),
    }))
}
