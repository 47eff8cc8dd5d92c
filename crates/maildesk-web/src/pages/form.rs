//! Posted forms: read late, as bodies of the API are, and never without the CSRF token of the
//! session they were rendered for.

use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use maildesk_model::Secret;

use super::person::Person;
use crate::app::App;
use crate::error::Problem;
use crate::request::body::Unread;

/// The name of the hidden field.
pub(crate) const CSRF_FIELD: &str = "csrf";

/// A form that nobody has looked at yet.
pub(crate) struct Form(Unread);

/// The fields of a form, in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl FromRequest<App> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        if !is_ours(request.headers()) {
            return Err(foreign().into_response());
        }
        let body = Unread::from_request(request, app).await;
        let Ok(body) = body;
        Ok(Self(body))
    }
}

impl Form {
    /// The fields, if the form is one that was made for this person's session.
    pub(crate) async fn of(self, app: &App, person: &Person) -> Result<Fields, Problem> {
        let fields = self.of_nobody(app).await?;
        let shown = fields.one(CSRF_FIELD);
        let fits = !person.csrf.expose().is_empty() && person.csrf.matches(shown);
        fits.then_some(fields).ok_or_else(foreign)
    }

    /// The fields of a form that people without a session fill in (sign-in, first start). That it
    /// comes from a page of ours is known from what the browser says of its origin.
    pub(crate) async fn of_nobody(self, app: &App) -> Result<Fields, Problem> {
        self.0.form(app.settings.body_max).await.map(Fields)
    }
}

impl Fields {
    /// The first value of that name, trimmed of nothing; `""` when it is not there.
    pub(crate) fn one(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// All values of that name, as check boxes send them.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    /// A value that must not be seen: a password, a client secret.
    pub(crate) fn secret(&self, name: &str) -> Secret {
        Secret::new(self.one(name).to_owned())
    }

    /// Whether a check box was ticked or a button of that name pressed.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }
}

/// What browsers say of where a request comes from. `Sec-Fetch-Site` first, which no page can set;
/// older browsers send `Origin` with every POST.
fn is_ours(headers: &http::HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            authority == Some(host)
        }
        // No browser: a script that has the cookie in hand needs no trick.
        (None, _) => true,
        (Some(_), None) => false,
    }
}

fn foreign() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "foreign_form",
        "This form was not made by this session. Go back, load the page again and send it once more.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> http::HeaderMap {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()));
        pairs.collect()
    }

    #[test]
    fn only_pages_of_ours_may_post() {
        for (pairs, ours) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "http://a"),
                    ("host", "a"),
                ],
                false,
            ),
            (&[("origin", "http://a:1"), ("host", "a:1")], true),
            (&[("origin", "http://a:2"), ("host", "a:1")], false),
            (&[("origin", "null"), ("host", "a:1")], false),
            (&[("origin", "http://a:1")], false),
            (&[("host", "a:1")], true),
        ] {
            assert_eq!(is_ours(&headers(pairs)), ours, "{pairs:?}");
        }
    }
}
