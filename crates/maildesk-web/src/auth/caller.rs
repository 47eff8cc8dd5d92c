//! The first question of every call: who are you? Without an answer it is 401, never a redirect.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{Method, StatusCode};
use maildesk_model::{Secret, Viewer};

use super::credential::{Credential, NoCredential};
use crate::app::App;
use crate::error::Problem;
use crate::request::client::blame;

/// The header that proves that a page of ours sent the request, not a link elsewhere.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";

/// Who asks, and by what they were let in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    /// The person; every query takes it.
    pub(crate) viewer: Viewer,
    /// What they showed, for streams that must ask again.
    pub(crate) credential: Credential,
}

impl Caller {
    /// 403 unless they are a Mailbox Administrator. Ask only after it is known that what they
    /// want to handle exists for them.
    pub(crate) fn must_administer(&self) -> Result<(), Problem> {
        if self.viewer.may_administer() {
            Ok(())
        } else {
            Err(Problem::forbidden())
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let credential = Credential::from_headers(&parts.headers).map_err(refusal)?;
        let address = blame(&parts.extensions);
        let now = app.clock.monotonic();
        if let Err(again) = app.throttle.check(address, credential.hash(), now) {
            return Err(Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_failures",
                "Too many requests with wrong credentials came from this address.",
            )
            .with_retry_after(again));
        }
        let known = credential.resolve(app).await?;
        let good = known.is_some();
        app.throttle.note(address, credential.hash(), good, now);
        let known =
            known.ok_or_else(|| Problem::unauthenticated("This credential is not valid."))?;
        if let Some(csrf) = known.csrf {
            check_csrf(parts, &Secret::new(csrf))?;
        }
        Ok(Self {
            viewer: known.viewer,
            credential,
        })
    }
}

fn refusal(why: NoCredential) -> Problem {
    Problem::unauthenticated(match why {
        NoCredential::Absent => "Send an API token: Authorization: Bearer TOKEN.",
        NoCredential::Unreadable => "The Authorization header holds no API token.",
    })
}

/// The cookie counts for reading by itself; for the rest only with the header, which no foreign
/// page can set.
fn check_csrf(parts: &Parts, csrf: &Secret) -> Result<(), Problem> {
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let shown = parts.headers.get(CSRF_HEADER);
    let shown = shown.and_then(|value| value.to_str().ok());
    match shown {
        Some(shown) if csrf.matches(shown) => Ok(()),
        _ => Err(Problem::unauthenticated(
            "The session cookie counts here only together with its X-CSRF-Token.",
        )),
    }
}
