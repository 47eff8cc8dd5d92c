//! `GET /users`

use axum::Json;
use axum::extract::State;
use maildesk_model::UserId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::cursor::{self, Place};
use crate::api::page::{self, Limit};
use crate::api::shape::{Page, UserBody};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Problem, ProblemBody};
use crate::request::query::Asked;

/// More people than one server is for; they are read at once and paged here.
const PEOPLE_MAX: i64 = 10_000;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UsersQuery {
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
    /// Items on a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// After this person.
struct AfterUser(UserId);

impl Place for AfterUser {
    const LIST: &'static str = "users";

    fn to_bytes(&self) -> Vec<u8> {
        self.0.0.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let id = i64::from_be_bytes(bytes.try_into().ok()?);
        Some(Self(UserId(id)))
    }
}

/// List people
///
/// Everybody who can sign in, by address.
#[utoipa::path(
    get,
    path = "/users",
    tag = "People",
    operation_id = "listUsers",
    params(UsersQuery),
    responses(
        (status = 200, description = "A page of people.", body = Page<UserBody>),
        (status = 403, description = "Only a Mailbox Administrator may do this.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    asked: Asked,
) -> Result<Json<Page<UserBody>>, Problem> {
    caller.must_administer()?;
    let query: UsersQuery = asked.read()?;
    let limit = Limit::new(query.limit)?;
    let mut users = app.store.users(PEOPLE_MAX).await?;
    if let Some(text) = query.cursor {
        let AfterUser(after) = cursor::read(&text, "")?;
        page::skip(&mut users, |user| user.id == after)?;
    }
    Ok(Json(limit.page(users, "", |last| AfterUser(last.id))))
}
