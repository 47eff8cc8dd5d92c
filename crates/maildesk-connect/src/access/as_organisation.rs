//! The app's own token: one for all mailboxes of the tenant, kept in this process alone. It costs
//! one request an hour to get, so no node shares it and no row keeps it.

use std::time::Duration;

use maildesk_model::{Secret, Timestamp};
use tokio::sync::Mutex;

use super::Freshness;
use crate::Connect;
use crate::error::{self, ConnectError};

/// A token with less life left than this is replaced first, so that no call of a piece of work
/// runs into its end.
pub(super) const MARGIN: Duration = Duration::from_mins(2);

/// The token, and the lock that lets one request for it run at a time.
#[derive(Debug, Default)]
pub(crate) struct AppTokenCell(Mutex<Option<AppToken>>);

#[derive(Debug)]
struct AppToken {
    token: Secret,
    until: Timestamp,
}

impl Connect {
    pub(super) async fn token_of_organisation(
        &self,
        freshness: Freshness<'_>,
    ) -> Result<Secret, ConnectError> {
        let asked_at = self.shared.clock.monotonic();
        let mut kept = self.shared.app_token.0.lock().await;
        let waited = self.shared.clock.monotonic() > asked_at;
        let now = self.shared.clock.now();
        let good = kept.as_ref().filter(|kept| match freshness {
            Freshness::Usable => kept.until > now.plus(MARGIN),
            Freshness::NotThis(rejected) => !rejected.matches(kept.token.expose()),
            // Whoever waited for somebody else's request has a new token.
            Freshness::New => waited && kept.until > now.plus(MARGIN),
        });
        if let Some(good) = good {
            return Ok(good.token.clone());
        }
        self.check_app()?;
        match self.login()?.client_credentials().await {
            Ok(tokens) => {
                self.note_acceptance().await?;
                let until = self.shared.clock.now().plus(tokens.expires_in);
                let token = tokens.access;
                *kept = Some(AppToken {
                    token: token.clone(),
                    until,
                });
                Ok(token)
            }
            Err(error) => {
                self.note_refusal(&error).await?;
                // Nobody can sign in for the organisation; what a person would be asked to
                // consent to is the app's to mend.
                Err(match error::of_login(&error) {
                    ConnectError::SignInAgain(trouble) => ConnectError::App(trouble),
                    other => other,
                })
            }
        }
    }
}
