//! Browsers in which somebody has signed in before: strangers with wrong passwords keep nobody out of
//! those.
//!
//! The cookie proves that this browser was once given the right password. It lets nobody in; it only
//! decides whose tries are counted together. Its value comes from what is kept of the password, so that
//! nobody else can make one, none has to be kept, and a new password ends them all.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, header};
use maildesk_model::{Secret, UserId};

/// Before the id of the person: several may use one browser.
const COOKIE: &str = "__Host-maildesk-known-";
/// As long as browsers keep any.
const LIFE_S: u32 = 400 * 24 * 60 * 60;

/// The whole value of the `Set-Cookie` header. `hash` is what is kept of the password.
pub(crate) fn cookie(user: UserId, hash: &str) -> HeaderValue {
    let proof = proof(user, hash);
    let proof = proof.expose();
    let text =
        format!("{COOKIE}{user}={proof}; Path=/; Max-Age={LIFE_S}; Secure; HttpOnly; SameSite=Lax");
    HeaderValue::from_str(&text).expect("ids and base64url are header text")
}

/// Whether this browser shows that this person has signed in there.
pub(crate) fn is_known(headers: &HeaderMap, user: UserId, hash: &str) -> bool {
    let name = format!("{COOKIE}{user}");
    let proof = proof(user, hash);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .any(|(shown, value)| shown == name && proof.matches(value))
}

/// The salt and the hash are known to this server alone, and no hash leads back to them.
fn proof(user: UserId, hash: &str) -> Secret {
    let proof = super::sha256(&format!("known browser\n{user}\n{hash}"));
    Secret::new(URL_SAFE_NO_PAD.encode(proof))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(cookie: &HeaderValue) -> HeaderMap {
        let text = cookie.to_str().unwrap();
        let pair = text.split(';').next().unwrap();
        let both = format!("a=b; {pair}; c=d");
        HeaderMap::from_iter([(header::COOKIE, both.parse().unwrap())])
    }

    #[test]
    fn a_browser_is_known_for_one_person_and_one_password() {
        let (ada, bob) = (UserId(1), UserId(2));
        let headers = shown(&cookie(ada, "$argon2id$one"));
        assert!(is_known(&headers, ada, "$argon2id$one"));
        assert!(!is_known(&headers, ada, "$argon2id$two"));
        assert!(!is_known(&headers, bob, "$argon2id$one"));
        assert!(!is_known(&HeaderMap::new(), ada, "$argon2id$one"));
    }
}
