//! The page on which an administrator of the tenant consents for everybody.
//! Simulator: GET /{tenant}/adminconsent

use crate::login::Login;

impl Login {
    /// The address of the admin consent page (C7). With tenant `common` it is the signed-in
    /// administrator's own tenant that consents. Microsoft sends them to `redirect_uri` with
    /// `admin_consent=True`, or with `error` and `error_description`.
    pub fn admin_consent_url(&self, redirect_uri: &str, state: &str) -> String {
        self.tenant()
            .then("adminconsent")
            .with("client_id", &self.app().client_id)
            .with("state", state)
            .with("redirect_uri", redirect_uri)
            .finish()
    }
}
