//! `/setup`: the first administrator, let in by the one-time code that the server's log shows.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Extensions, HeaderMap, StatusCode, header};
use maildesk_model::{Entropy, Role, Secret};
use maildesk_store::contract::NewUser;
use maildesk_store::{Store, StoreError};

use crate::app::App;
use crate::auth::{hex, session, sha256, sign_in};
use crate::check;
use crate::error::Problem;
use crate::pages::answer;
use crate::pages::form::{Fields, Form};
use crate::pages::shell::{Place, Shell};
use crate::request::client::blame;
use crate::words::Words;

/// Where the SHA-256 of the code is kept, as hexadecimal.
const MEMO: &str = "setup.code";
/// Letters and figures that nobody mistakes for one another.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// 80 bits: enough for something that may be guessed thirty times in ten minutes.
const LETTERS: usize = 16;

/// The one-time code of a first start. Whoever makes it shows it where only operators look.
#[derive(Debug)]
pub struct SetupCode(Secret);

impl SetupCode {
    /// Makes one and keeps its hash, if there is no administrator yet. Of several nodes that start
    /// at once, the code of the last counts.
    pub async fn renew(
        store: &dyn Store,
        entropy: &dyn Entropy,
    ) -> Result<Option<Self>, StoreError> {
        if store.has_administrator().await? {
            return Ok(None);
        }
        let mut bytes = [0_u8; LETTERS];
        entropy.fill(&mut bytes);
        let letter = |byte: &u8| char::from(ALPHABET[usize::from(byte % 32)]);
        let letters: Vec<char> = bytes.iter().map(letter).collect();
        let groups: Vec<String> = letters
            .chunks(4)
            .map(|group| group.iter().collect())
            .collect();
        let code = groups.join("-");
        store.set_memo(MEMO, &hashed(&code)).await?;
        Ok(Some(Self(Secret::new(code))))
    }

    /// The code itself.
    pub const fn secret(&self) -> &Secret {
        &self.0
    }
}

/// Dashes, spaces and case are for reading only.
fn hashed(code: &str) -> String {
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    let letters: String = letters.map(|c| c.to_ascii_uppercase()).collect();
    hex(&sha256(&letters))
}

#[derive(Template)]
#[template(path = "people/setup.html")]
struct SetupPage {
    shell: Shell,
    code: String,
    name: String,
    email: String,
    wrong: Vec<(&'static str, String)>,
}

impl SetupPage {
    fn wrong(&self, field: &str) -> Option<&str> {
        let found = self.wrong.iter().find(|(name, _)| *name == field);
        found.map(|(_, words)| words.as_str())
    }
}

/// The form, while there is no administrator.
pub(super) async fn show(State(app): State<App>) -> Result<Response, Problem> {
    if app.store.has_administrator().await? {
        return Ok(answer::see("/login"));
    }
    answer::page(&page(&app, &Fields::default(), Vec::new()))
}

/// Makes the first administrator and signs them in.
pub(super) async fn begin(
    State(app): State<App>,
    extensions: Extensions,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let fields = form.of_nobody(&app).await?;
    if app.store.has_administrator().await? {
        return Ok(answer::see("/login"));
    }
    let from = blame(&extensions);
    if let Some(wait) = sign_in::guessed(&app, from) {
        return Err(super::too_many(wait));
    }
    let words = Words::english();
    let mut wrong = checked(&fields, words);
    let kept = app.store.memo(MEMO).await?.unwrap_or_default();
    if kept.is_empty() || !Secret::new(kept).matches(&hashed(fields.one("code"))) {
        wrong.push(("code", words.say("setup-wrong-code").into_owned()));
    }
    if wrong.is_empty() {
        match sign_in::hashed(&app, fields.secret("password")).await {
            Ok(hash) => match first(&app, &fields, hash, &headers, &from.to_string()).await {
                Err(StoreError::Conflict(_)) => {
                    wrong.push(("email", words.say("users-there-already").into_owned()));
                }
                done => return Ok(done?),
            },
            Err(why) => wrong.push(("password", super::password_words(words, why))),
        }
    }
    answer::page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        &page(&app, &fields, wrong),
    )
}

async fn first(
    app: &App,
    fields: &Fields,
    hash: String,
    headers: &HeaderMap,
    from: &str,
) -> Result<Response, StoreError> {
    let user = NewUser {
        email: fields.one("email").trim().to_owned(),
        name: fields.one("name").trim().to_owned(),
        role: Role::Administrator,
        password_hash: Some(hash),
        at: app.clock.now(),
    };
    let Some(id) = app.store.add_first_administrator(user).await? else {
        return Ok(answer::see("/login"));
    };
    app.store.set_memo(MEMO, "").await?;
    super::note(app, Some(id), "setup").await;
    let cookie = session::begin(app, id, headers, from).await?;
    let cookie = [(header::SET_COOKIE, cookie)];
    Ok((cookie, answer::see("/settings/mailboxes")).into_response())
}

fn checked(fields: &Fields, words: Words) -> Vec<(&'static str, String)> {
    let mut wrong = Vec::new();
    if check::name("name", fields.one("name")).is_err() {
        wrong.push(("name", words.say("wrong-name").into_owned()));
    }
    if check::address("email", fields.one("email")).is_err() {
        wrong.push(("email", words.say("wrong-email").into_owned()));
    }
    if fields.one("password") != fields.one("again") {
        wrong.push(("again", words.say("wrong-again").into_owned()));
    }
    wrong
}

fn page(app: &App, fields: &Fields, wrong: Vec<(&'static str, String)>) -> SetupPage {
    SetupPage {
        shell: Shell::for_nobody(app, Place::Elsewhere, Words::english().say("setup-title")),
        code: fields.one("code").to_owned(),
        name: fields.one("name").to_owned(),
        email: fields.one("email").to_owned(),
        wrong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_may_be_typed_as_it_comes() {
        assert_eq!(hashed("ABCD-EFGH"), hashed(" abcd efgh "));
        assert_ne!(hashed("ABCD-EFGH"), hashed("ABCD-EFGJ"));
    }
}
