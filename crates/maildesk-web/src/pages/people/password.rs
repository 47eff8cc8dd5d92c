//! `/password`: sets a password by the link that an administrator handed over.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::{Extensions, StatusCode, Uri};
use maildesk_model::UserId;

use crate::app::App;
use crate::auth::{sha256, sign_in};
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::Form;
use crate::pages::shell::{Place, Shell};
use crate::request::client::blame;
use crate::words::Words;

#[derive(Template)]
#[template(path = "people/password.html")]
struct PasswordPage {
    shell: Shell,
    link: String,
    /// Whose password it is, for the browser's own list of passwords.
    email: String,
    /// Whether the link is good for anything.
    good: bool,
    wrong: Option<String>,
}

/// The form.
pub(super) async fn show(
    State(app): State<App>,
    extensions: Extensions,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = uri.query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let link = pairs.find(|(name, _)| name == "link");
    let link = link
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    if let Some(wait) = sign_in::guessed(&app, blame(&extensions)) {
        return Err(super::too_many(wait));
    }
    let now = app.clock.now();
    let known = app.store.password_link(&sha256(&link), now).await?;
    let status = if known.is_some() {
        StatusCode::OK
    } else {
        StatusCode::NOT_FOUND
    };
    let email = email(&app, known).await?;
    answer::page_with(status, &page(&app, link, email, None))
}

/// Sets it; the link is used up, and all sessions of the person end.
pub(super) async fn set(
    State(app): State<App>,
    extensions: Extensions,
    form: Form,
) -> Result<Response, Problem> {
    let fields = form.of_nobody(&app).await?;
    if let Some(wait) = sign_in::guessed(&app, blame(&extensions)) {
        return Err(super::too_many(wait));
    }
    let link = fields.one("link").to_owned();
    let now = app.clock.now();
    let Some(user) = app.store.password_link(&sha256(&link), now).await? else {
        let page = page(&app, link, None, None);
        return answer::page_with(StatusCode::NOT_FOUND, &page);
    };
    let words = Words::english();
    let wrong = if fields.one("password") == fields.one("again") {
        match sign_in::hashed(&app, fields.secret("password")).await {
            Ok(hash) => {
                app.store.set_password(user, &hash, None).await?;
                super::note(&app, Some(user), "user.password").await;
                return Ok(answer::see("/login"));
            }
            Err(why) => super::password_words(words, why),
        }
    } else {
        words.say("wrong-again").into_owned()
    };
    let email = email(&app, Some(user)).await?;
    let page = page(&app, link, email, Some(wrong));
    answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// The address of whom a link is for; nothing for a link that is good for nothing.
async fn email(app: &App, user: Option<UserId>) -> Result<Option<String>, Problem> {
    let Some(user) = user else { return Ok(None) };
    let user = app.store.user(user).await?;
    Ok(user.map(|user| user.email))
}

fn page(app: &App, link: String, email: Option<String>, wrong: Option<String>) -> PasswordPage {
    let title = Words::english().say("password-title");
    PasswordPage {
        shell: Shell::for_nobody(app, Place::Elsewhere, title),
        link,
        good: email.is_some(),
        email: email.unwrap_or_default(),
        wrong,
    }
}
