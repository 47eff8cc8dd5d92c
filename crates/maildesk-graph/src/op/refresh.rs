//! Gets a fresh token for a person who signed in before.
//! Simulator: POST /{tenant}/oauth2/v2.0/token

use maildesk_model::Secret;

use crate::login::{Login, LoginError, Tokens};

impl Login {
    /// Refreshes. The answer mostly brings a new refresh token, which must be stored before
    /// anything else is done with the answer (C3); the old one goes on working (facts.md 8.3), so
    /// a crash in between costs nothing.
    pub async fn refresh(
        &self,
        refresh_token: &Secret,
        scopes: &[&str],
    ) -> Result<Tokens, LoginError> {
        self.ask(
            "refresh",
            &[
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh_token.expose()),
                ("scope", &self.spelled(scopes)),
            ],
        )
        .await
    }
}
