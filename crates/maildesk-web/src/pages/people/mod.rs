//! First start, sign-in, one's own account, users, and the audit log.

mod audit;
mod login;
mod logout;
mod password;
mod profile;
mod setup;
mod users;

use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use http::StatusCode;
use maildesk_model::UserId;
use maildesk_store::contract::AuditEntry;

use crate::app::App;
use crate::auth::PasswordError;
use crate::error::{Chain, Problem};
use crate::pages::answer;
use crate::words::Words;

pub use setup::SetupCode;

/// The routes of this area.
pub(super) fn router() -> Router<App> {
    let profile = || answer::instead("/profile");
    Router::new()
        .route("/login", get(login::show).post(login::sign_in))
        .route("/logout", post(logout::sign_out))
        .route("/setup", get(setup::show).post(setup::begin))
        .route("/password", get(password::show).post(password::set))
        .route("/settings/users", get(users::show).post(users::add))
        .route(
            "/settings/users/act",
            answer::instead("/settings/users").post(users::act),
        )
        .route("/settings/audit", get(audit::show))
        .route("/profile", get(profile::show).post(profile::save))
        .route("/profile/desk", profile().post(profile::save_desk))
        .route(
            "/profile/pictures/end",
            profile().post(profile::end_pictures),
        )
        .route(
            "/profile/password",
            profile().post(profile::change_password),
        )
        .route("/profile/sessions", profile().post(profile::end_sessions))
        .route("/profile/tokens", profile().post(profile::create_token))
        .route("/profile/tokens/end", profile().post(profile::end_token))
}

/// Notes something about people in the audit log. It has happened, so a log that cannot be written
/// is a line in the server's own log and no error for the person.
async fn note(app: &App, user: Option<UserId>, action: &str) {
    write(app, user, action, String::new()).await;
}

/// Notes what one person did about another, who stands in the log by their id.
async fn note_about(app: &App, by: UserId, action: &str, about: UserId) {
    write(app, Some(by), action, about.to_string()).await;
}

async fn write(app: &App, user: Option<UserId>, action: &str, detail: String) {
    let entry = AuditEntry {
        id: 0,
        at: app.clock.now(),
        user,
        action: action.to_owned(),
        mailbox: None,
        detail,
    };
    if let Err(error) = app.store.audit(entry).await {
        tracing::error!(error = %Chain(&error), action, "the audit log could not be written");
    }
}

/// 429: too many guesses came from this address.
fn too_many(wait: Duration) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_failures",
        "Too many tries came from this address. Wait a little and try again.",
    )
    .with_retry_after(wait)
}

/// Why a password is not taken.
fn password_words(words: Words, why: PasswordError) -> String {
    match why {
        PasswordError::TooShort => words.say("wrong-password-short"),
        PasswordError::TooLong => words.say("wrong-password-long"),
    }
    .into_owned()
}
