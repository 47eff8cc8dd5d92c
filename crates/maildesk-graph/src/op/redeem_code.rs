//! Trades the code of a sign-in for tokens.
//! Simulator: POST /{tenant}/oauth2/v2.0/token

use crate::login::{Login, LoginError, Pkce, Tokens};

impl Login {
    /// Redeems `code`; works once and for some ten minutes (facts.md 8.2). `redirect_uri` and
    /// `pkce` must be those of the authorize URL.
    pub async fn redeem_code(
        &self,
        code: &str,
        redirect_uri: &str,
        pkce: &Pkce,
        scopes: &[&str],
    ) -> Result<Tokens, LoginError> {
        self.ask(
            "redeem_code",
            &[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", redirect_uri),
                ("code_verifier", pkce.verifier().expose()),
                ("scope", &self.spelled(scopes)),
            ],
        )
        .await
    }
}
