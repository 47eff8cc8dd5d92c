//! What a request shows to say who it is: an API token or a session cookie.

use http::{HeaderMap, HeaderValue, header};
use maildesk_model::Viewer;
use maildesk_store::StoreError;

use crate::app::App;

/// The session cookie. `__Host-` binds it to this host, to https and to the whole site.
pub(crate) const SESSION_COOKIE: &str = "__Host-maildesk";
/// Longer values were not made by us.
const LENGTH_MAX: usize = 512;

/// A credential, already hashed: the text itself goes no further than [`Credential::from_headers`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Credential {
    /// An API token.
    Token([u8; 32]),
    /// A session cookie.
    Session([u8; 32]),
}

/// Why there is no credential to look up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NoCredential {
    /// None was shown.
    Absent,
    /// Something was shown that was never a credential of ours.
    Unreadable,
}

/// Who a credential stands for.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// The person.
    pub(crate) viewer: Viewer,
    /// The session's CSRF token; API tokens have none and need none.
    pub(crate) csrf: Option<String>,
}

impl Credential {
    /// Finds the credential. A token wins over a cookie, also when it is wrong: a script that
    /// shows one means it. Other schemes are a proxy's affair and say nothing here.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Result<Self, NoCredential> {
        let authorization = headers.get(header::AUTHORIZATION);
        if let Some(value) = authorization.filter(|value| is_bearer(value)) {
            let token = value.to_str().ok().and_then(bearer);
            let token = token.ok_or(NoCredential::Unreadable)?;
            return Ok(Self::Token(super::sha256(token)));
        }
        let session = session_cookie(headers);
        match session {
            Some(value) if is_ours(value) => Ok(Self::Session(super::sha256(value))),
            Some(_) => Err(NoCredential::Unreadable),
            None if authorization.is_some() => Err(NoCredential::Unreadable),
            None => Err(NoCredential::Absent),
        }
    }

    /// The session cookie alone: what pages are opened by.
    pub(crate) fn session(headers: &HeaderMap) -> Option<Self> {
        let value = session_cookie(headers).filter(|value| is_ours(value))?;
        Some(Self::Session(super::sha256(value)))
    }

    /// The hash, whatever kind it is.
    pub(crate) const fn hash(&self) -> &[u8; 32] {
        match self {
            Self::Token(hash) | Self::Session(hash) => hash,
        }
    }

    /// Whom it stands for now; asked again by everything that lasts longer than a request.
    pub(crate) async fn resolve(&self, app: &App) -> Result<Option<Known>, StoreError> {
        let now = app.clock.now();
        match self {
            Self::Token(hash) => {
                let viewer = app.store.viewer_by_api_token(hash, now).await?;
                Ok(viewer.map(|viewer| Known { viewer, csrf: None }))
            }
            Self::Session(hash) => {
                let until = now.plus(super::session::UNUSED);
                let known = app.store.viewer_by_session(hash, now, until).await?;
                Ok(known.map(|(viewer, csrf)| Known {
                    viewer,
                    csrf: Some(csrf),
                }))
            }
        }
    }
}

fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).into_iter();
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == SESSION_COOKIE)
        .map(|(_, value)| value)
}

const fn is_ours(value: &str) -> bool {
    !value.is_empty() && value.len() <= LENGTH_MAX
}

fn is_bearer(value: &HeaderValue) -> bool {
    let scheme = value.as_bytes().split(|byte| *byte == b' ').next();
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"Bearer"))
}

/// The token of an `Authorization` header (RFC 6750, 2.1), if it is one.
pub(crate) fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim_start_matches(' ');
    (scheme.eq_ignore_ascii_case("Bearer") && !token.is_empty() && token.len() <= LENGTH_MAX)
        .then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::sha256;

    fn found(pairs: &[(&'static str, &str)]) -> Result<Credential, NoCredential> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        Credential::from_headers(&headers)
    }

    #[test]
    fn tokens_and_cookies_are_found() {
        let token = Ok(Credential::Token(sha256("md_x")));
        let session = Ok(Credential::Session(sha256("s=1")));
        let cookie = ("cookie", "a=b; __Host-maildesk=s=1; c=d");
        assert_eq!(found(&[("authorization", "Bearer md_x")]), token);
        assert_eq!(found(&[("authorization", "bearer  md_x"), cookie]), token);
        assert_eq!(found(&[cookie]), session);
        assert_eq!(found(&[("cookie", "a=b"), cookie]), session);
        assert_eq!(found(&[("authorization", "Basic abc"), cookie]), session);
    }

    #[test]
    fn what_is_no_credential_is_said_so() {
        let long = format!("Bearer {}", "x".repeat(513));
        assert_eq!(found(&[]), Err(NoCredential::Absent));
        assert_eq!(found(&[("cookie", "a=b")]), Err(NoCredential::Absent));
        for value in ["Bearer", "Bearer ", &long] {
            let both = [("authorization", value), ("cookie", "__Host-maildesk=s")];
            assert_eq!(found(&both), Err(NoCredential::Unreadable), "{value}");
        }
        for value in ["Basic abc", ""] {
            assert_eq!(
                found(&[("authorization", value)]),
                Err(NoCredential::Unreadable)
            );
        }
        assert_eq!(
            found(&[("cookie", "__Host-maildesk=")]),
            Err(NoCredential::Unreadable)
        );
    }
}
