//! Sessions: what a browser that has signed in carries, and for how long.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, header};
use maildesk_model::{Entropy, UserId};
use maildesk_store::StoreError;
use maildesk_store::contract::NewSession;

use super::credential::{Credential, SESSION_COOKIE};
use crate::app::App;

/// A session that nobody uses ends after a week.
pub(crate) const UNUSED: Duration = Duration::from_hours(7 * 24);
/// And any session after thirty days.
const AT_MOST: Duration = Duration::from_hours(30 * 24);
/// 256 bits, as an API token has.
const BYTES: usize = 32;
/// What a browser calls itself is kept up to this many characters.
const BROWSER_MAX: usize = 300;

/// Begins a session for a person whose password was right; the answer's `Set-Cookie`. A session
/// that the browser had before ends: nobody can have planted it.
pub(crate) async fn begin(
    app: &App,
    user: UserId,
    headers: &HeaderMap,
    address: &str,
) -> Result<HeaderValue, StoreError> {
    if let Some(Credential::Session(old)) = Credential::session(headers) {
        app.store.end_session(&old).await?;
    }
    let cookie = random(&*app.entropy);
    let now = app.clock.now();
    let browser = headers.get(header::USER_AGENT);
    let browser = browser
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    app.store
        .add_session(NewSession {
            user,
            hash: super::sha256(&cookie),
            csrf: random(&*app.entropy),
            browser: browser.chars().take(BROWSER_MAX).collect(),
            address: address.to_owned(),
            at: now,
            until: now.plus(UNUSED),
            ends_at: now.plus(AT_MOST),
        })
        .await?;
    Ok(cookie_header(&cookie, AT_MOST))
}

/// Takes the cookie out of the browser.
pub(crate) fn gone() -> HeaderValue {
    cookie_header("", Duration::ZERO)
}

/// `Lax`, because the way back from Microsoft's sign-in must arrive signed in.
fn cookie_header(value: &str, life: Duration) -> HeaderValue {
    let life = life.as_secs();
    let text =
        format!("{SESSION_COOKIE}={value}; Path=/; Max-Age={life}; Secure; HttpOnly; SameSite=Lax");
    HeaderValue::from_str(&text).expect("base64url and numbers are header text")
}

/// Unpredictable text for cookies, CSRF tokens and links.
pub(crate) fn random(entropy: &dyn Entropy) -> String {
    let mut bytes = [0_u8; BYTES];
    entropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}
