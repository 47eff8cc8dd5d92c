//! Where Microsoft sends people back to: the end of a sign-in.
//!
//! The state is taken (it counts once), the browser must be the one that began, the code is
//! redeemed, the account must be the mailbox's and, on a reconnect, the same as before; then
//! everything is stored in one transaction and the person is sent to the mailbox. Whatever goes
//! wrong is a plain page with a code, what it means and what to do; nothing of the query is ever
//! logged, because the code is in it.

mod finish;
mod page;

use std::collections::HashMap;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use axum::response::Response;
use axum::routing::get;

use crate::Connect;
use crate::consent::Consent;
use crate::sign_in::CALLBACK_PATH;

/// The routes of the callback; the program mounts them beside the web's. They need no session of
/// ours: the state and the cookie say who began.
pub fn router(connect: Connect) -> Router {
    Router::new()
        .route(CALLBACK_PATH, get(arrive))
        .with_state(connect)
}

async fn arrive(
    State(connect): State<Connect>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = Query::read(query.as_deref().unwrap_or_default());
    let cookies: Vec<&str> = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    match connect.finish_consent(&query).await {
        Ok(None) => {}
        Ok(Some(Consent::Given)) => return page::consented(),
        Ok(Some(Consent::Unknown)) => return page::consent_unknown(),
        Ok(Some(Consent::Refused(error))) => return page::consent_refused(&error.trouble()),
        Err(error) => return page::failed(&error.into()),
    }
    match connect.finish_sign_in(&query, &cookies.join("; ")).await {
        Ok(mailbox) => page::go_on(mailbox),
        Err(failure) => page::failed(&failure),
    }
}

/// What came back with the person.
#[derive(Debug)]
pub(crate) struct Query(HashMap<String, String>);

impl Query {
    fn read(query: &str) -> Self {
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        Self(pairs.into_owned().take(20).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?;
        (!value.is_empty()).then_some(value)
    }
}
