//! The sign-in page a person is sent to.
//! Simulator: GET /{tenant}/oauth2/v2.0/authorize

use crate::login::{Authorize, Login};

impl Login {
    /// The address of the sign-in page (authorization code with PKCE, `response_mode=query`).
    /// Nothing is called here: the person's browser goes there.
    pub fn authorize_url(&self, ask: &Authorize<'_>) -> String {
        let mut address = self
            .tenant()
            .then("oauth2")
            .then("v2.0")
            .then("authorize")
            .with("client_id", &self.app().client_id)
            .with("response_type", "code")
            .with("response_mode", "query")
            .with("redirect_uri", ask.redirect_uri)
            .with("scope", &self.spelled(ask.scopes))
            .with("state", ask.state)
            .with("code_challenge", &ask.pkce.challenge())
            .with("code_challenge_method", "S256");
        for (name, value) in [
            ("login_hint", ask.login_hint),
            ("claims", ask.claims),
            ("prompt", ask.prompt),
        ] {
            if let Some(value) = value {
                address = address.with(name, value);
            }
        }
        address.finish()
    }
}
