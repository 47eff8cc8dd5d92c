//! Gets a token for the app itself, as the organisation.
//! Simulator: POST /{tenant}/oauth2/v2.0/token

use maildesk_model::microsoft::names_one_tenant;

use crate::login::{Login, LoginError, Tokens};

impl Login {
    /// Gets an app-only token for Graph. There is no refresh token: ask again when it ends.
    /// The tenant must name one organisation; `common` is refused here, in plain words, before
    /// Entra does it with a number (9001023, facts.md 8.5).
    pub async fn client_credentials(&self) -> Result<Tokens, LoginError> {
        if !names_one_tenant(&self.app().tenant) {
            return Err(LoginError::config(
                "tenant_is_common",
                "Connecting as the organisation needs the tenant itself (its domain or GUID) in the Microsoft app settings, not \"common\".",
            ));
        }
        self.ask(
            "client_credentials",
            &[
                ("grant_type", "client_credentials"),
                ("scope", &self.spelled(&[".default"])),
            ],
        )
        .await
    }
}
