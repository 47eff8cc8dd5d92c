//! Who is signed in. Pages are opened by the session cookie alone; an API token opens none.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse, Redirect, Response};
use http::Method;
use http::request::Parts;
use maildesk_model::Secret;
use maildesk_store::contract::User;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::credential::Credential;
use crate::error::Problem;
use crate::pages::notice::{self, Warning};

/// A person with a session.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// As the API knows them: for everything that pages and API share.
    pub(crate) caller: Caller,
    /// Who they are.
    pub(crate) user: User,
    /// What every form of theirs must bring along.
    pub(crate) csrf: Secret,
    /// What every page tells them.
    pub(crate) notice: Option<Warning>,
    /// Alerts that stand, for those who can mend them.
    pub(crate) alerts: i64,
}

impl Person {
    /// 403 unless they are a Mailbox Administrator. Ask only after it is known that what they
    /// want to handle exists for them.
    pub(crate) fn must_administer(&self) -> Result<(), Problem> {
        self.caller.must_administer()
    }

    async fn known(parts: &Parts, app: &App) -> Result<Option<Self>, Problem> {
        let Some(credential) = Credential::session(&parts.headers) else {
            return Ok(None);
        };
        let known = credential.resolve(app).await?;
        app.throttle.keep(credential.hash(), known.is_some());
        let Some(known) = known else {
            return Ok(None);
        };
        let Some(user) = app.store.user(known.viewer.user).await? else {
            return Ok(None);
        };
        Ok(Some(Self {
            caller: Caller {
                viewer: known.viewer,
                credential,
            },
            notice: notice::of(app, &user).await?,
            alerts: notice::alerts(app, &user).await?,
            user,
            csrf: Secret::new(known.csrf.unwrap_or_default()),
        }))
    }
}

/// Nobody is signed in: off to `/login`, from where the way leads back.
pub(crate) struct NotSignedIn(Box<Response>);

impl IntoResponse for NotSignedIn {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl From<Problem> for NotSignedIn {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem.into_response()))
    }
}

impl FromRequestParts<App> for Person {
    type Rejection = NotSignedIn;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, NotSignedIn> {
        let known = Self::known(parts, app).await?;
        known.ok_or_else(|| sign_in(parts))
    }
}

/// For pages that look different to those who are signed in.
impl OptionalFromRequestParts<App> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Problem> {
        Self::known(parts, app).await
    }
}

/// To the sign-in page; what somebody wanted to see is shown after it, what they wanted to do is
/// not done behind their back.
fn sign_in(parts: &Parts) -> NotSignedIn {
    let path = match parts.uri.path_and_query() {
        Some(path) if parts.method == Method::GET && path.as_str() != "/" => path.as_str(),
        _ => return NotSignedIn(Box::new(Redirect::to("/login").into_response())),
    };
    let next: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
    let answer = Redirect::to(&format!("/login?next={next}"));
    NotSignedIn(Box::new(answer.into_response()))
}
