//! The app's own token: one for all mailboxes of the tenant, kept in this process alone. It costs
//! one request an hour to get, so no node shares it and no row keeps it.

use std::time::Duration;

use maildesk_graph::Tokens;
use maildesk_model::{Secret, Timestamp};
use tokio::sync::Mutex;

use super::Freshness;
use crate::Connect;
use crate::client::Client;
use crate::error::{self, ConnectError};

/// A token with less life left than this is replaced first, so that no call of a piece of work
/// runs into its end.
pub(super) const MARGIN: Duration = Duration::from_mins(2);

/// A token counts as issued now for this long, so that renewing five hundred subscriptions of one
/// tenant in a row does not ask for five hundred tokens.
const NEW: Duration = Duration::from_mins(1);

/// The token, and the lock that lets one request for it run at a time.
#[derive(Debug, Default)]
pub(crate) struct AppTokenCell(Mutex<Option<AppToken>>);

#[derive(Debug)]
struct AppToken {
    token: Secret,
    issued_at: Timestamp,
    until: Timestamp,
}

impl AppToken {
    fn will_do(&self, freshness: Freshness<'_>, now: Timestamp) -> bool {
        match freshness {
            Freshness::Usable => self.until > now.plus(MARGIN),
            Freshness::NotThis(rejected) => {
                self.until > now && !rejected.matches(self.token.expose())
            }
            Freshness::New => self.until > now.plus(MARGIN) && now < self.issued_at.plus(NEW),
        }
    }
}

impl Connect {
    pub(super) async fn token_of_organisation(
        &self,
        client: &Client,
        freshness: Freshness<'_>,
    ) -> Result<Secret, ConnectError> {
        let mut kept = client.app_token.0.lock().await;
        let now = self.shared.clock.now();
        if let Some(good) = kept.as_ref().filter(|kept| kept.will_do(freshness, now)) {
            return Ok(good.token.clone());
        }
        let tokens = self.new_app_token(client).await?;
        let issued_at = self.shared.clock.now();
        let token = tokens.access;
        *kept = Some(AppToken {
            token: token.clone(),
            issued_at,
            until: issued_at.plus(tokens.expires_in),
        });
        Ok(token)
    }

    /// Asks for a token, whatever one is kept.
    pub(crate) async fn new_app_token(&self, client: &Client) -> Result<Tokens, ConnectError> {
        self.check_app(client)?;
        match client.login()?.client_credentials().await {
            Ok(tokens) => {
                self.note_acceptance(client).await?;
                Ok(tokens)
            }
            Err(error) => {
                self.note_refusal(client, &error).await?;
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
