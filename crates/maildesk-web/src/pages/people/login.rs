//! `/login`.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse, Response};
use http::{Extensions, HeaderMap, StatusCode, Uri, header};

use crate::app::App;
use crate::auth::sign_in::{self, Tried, Try};
use crate::auth::{known_browser, session};
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::Form;
use crate::pages::person::Person;
use crate::pages::shell::{Place, Shell};
use crate::request::client::blame;

#[derive(Template)]
#[template(path = "people/login.html")]
struct LoginPage {
    shell: Shell,
    email: String,
    next: String,
    wrong: Option<String>,
}

/// The form; off to `/setup` while nobody could use it, and on to the inbox for those who are
/// signed in.
pub(super) async fn show(
    State(app): State<App>,
    person: Option<Person>,
    uri: Uri,
) -> Result<Response, Problem> {
    let query = uri.query().unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let next = pairs.find(|(name, _)| name == "next");
    let next = next
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    if person.is_some() {
        return Ok(answer::see(local(&next)));
    }
    if !app.store.has_administrator().await? {
        return Ok(answer::see("/setup"));
    }
    answer::page(&page(&app, String::new(), next, None))
}

/// Tries what was typed.
pub(super) async fn sign_in(
    State(app): State<App>,
    extensions: Extensions,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let fields = form.of_nobody(&app).await?;
    let (email, next) = (fields.one("email").trim(), fields.one("next"));
    let from = blame(&extensions);
    let words = crate::words::Words::english();
    let one = Try {
        from,
        headers: &headers,
        is_signed_in: false,
    };
    let tried = sign_in::attempt(&app, one, email, fields.secret("password")).await?;
    let (status, wrong, again) = match tried {
        Tried::Welcome(user, hash) => {
            let cookie = session::begin(&app, user.id, &headers, &from.to_string()).await?;
            super::note(&app, Some(user.id), "session.begin").await;
            let known = known_browser::cookie(user.id, &hash);
            let cookies =
                AppendHeaders([(header::SET_COOKIE, cookie), (header::SET_COOKIE, known)]);
            return Ok((cookies, answer::see(local(next))).into_response());
        }
        Tried::Wrong => {
            super::note(&app, None, "session.refused").await;
            (
                StatusCode::UNPROCESSABLE_ENTITY,
                words.say("login-wrong"),
                None,
            )
        }
        Tried::Later(wait) => {
            let minutes = wait.as_secs().div_ceil(60);
            let text = words.fill("login-later", minutes);
            (StatusCode::TOO_MANY_REQUESTS, text, Some(wait))
        }
    };
    let page = page(
        &app,
        email.to_owned(),
        next.to_owned(),
        Some(wrong.into_owned()),
    );
    let mut response = answer::page_with(status, &page)?;
    if let Some(wait) = again {
        let seconds = wait.max(Duration::from_secs(1)).as_secs();
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

fn page(app: &App, email: String, next: String, wrong: Option<String>) -> LoginPage {
    let title = crate::words::Words::english().say("login-title");
    LoginPage {
        shell: Shell::for_nobody(app, Place::Elsewhere, title),
        email,
        next,
        wrong,
    }
}

/// A path of ours; whatever could lead elsewhere becomes the inbox.
fn local(next: &str) -> &str {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && next
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if ours { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn nobody_is_led_away() {
        for ours in ["/", "/settings/users?x=1", "/mailboxes/b1/push"] {
            assert_eq!(local(ours), ours);
        }
        for not in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil",
            "/\u{1f}",
            "/\u{7f}",
            "/a b",
            "/\u{e4}",
            "javascript:1",
        ] {
            assert_eq!(local(not), "/", "{not}");
        }
    }
}
