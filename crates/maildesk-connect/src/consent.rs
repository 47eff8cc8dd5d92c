//! The tenant's consent (C7): a link for its administrator, who may never have heard of this server,
//! and what they come back with.
//!
//! The link is handed on, so no cookie can bind it to a browser; its state is a single-use row with
//! 256 random bits. Coming back grants nothing here: it is written down as a note for people, and
//! what was granted is proven by real calls.

use std::time::Duration;

use maildesk_graph::LoginError;
use maildesk_model::UserId;

use crate::Connect;
use crate::callback::Query;
use crate::client::Client;
use crate::error::ConnectError;
use crate::sign_in::{CALLBACK_PATH, hash, random};

/// An administrator may be on holiday; a link that is passed on has to last.
const LIFE: Duration = Duration::from_hours(7 * 24);
/// Longest tenant that is remembered, in bytes.
const TENANT_MAX: usize = 253;

/// How somebody came back from the consent page.
#[derive(Debug)]
pub(crate) enum Consent {
    /// They consented.
    Given,
    /// They did not.
    Refused(LoginError),
    /// They say that they did, with a link that was used already, is too old or is none of ours.
    Unknown,
}

impl Connect {
    /// A new link at which an administrator of the tenant consents for everybody. It counts once,
    /// for seven days. `base_url` is `web.base.url`; `user` is who asked for it.
    pub async fn begin_consent(
        &self,
        user: UserId,
        base_url: &str,
    ) -> Result<String, ConnectError> {
        let client = self.client_now().await?;
        let redirect_uri = format!("{base_url}{CALLBACK_PATH}");
        self.consent_link(&client, user, &redirect_uri).await
    }

    pub(crate) async fn consent_link(
        &self,
        client: &Client,
        user: UserId,
        redirect_uri: &str,
    ) -> Result<String, ConnectError> {
        let login = client.login()?;
        let state = random(&*self.shared.entropy);
        let until = self.shared.clock.now().plus(LIFE);
        self.shared
            .store
            .begin_consent(&hash(&state), user, until)
            .await?;
        Ok(login.admin_consent_url(redirect_uri, &state))
    }

    /// What `query` says, if it comes from the consent page at all.
    pub(crate) async fn finish_consent(
        &self,
        query: &Query,
    ) -> Result<Option<Consent>, ConnectError> {
        let state = hash(query.get("state").unwrap_or_default());
        let now = self.shared.clock.now();
        let store = &self.shared.store;
        let said = query.get("admin_consent");
        if said.is_some_and(|said| said.eq_ignore_ascii_case("true")) {
            let tenant = query.get("tenant").filter(|text| text.len() <= TENANT_MAX);
            let counts = store
                .end_consent(&state, Some(tenant.unwrap_or_default()), now)
                .await?;
            return Ok(Some(if counts {
                Consent::Given
            } else {
                Consent::Unknown
            }));
        }
        // The word of the consent page alone, which may come back without the state.
        let declined = query.get("error") == Some("permission_denied");
        if query.get("code").is_some() || !(store.end_consent(&state, None, now).await? || declined)
        {
            return Ok(None);
        }
        let error = query.get("error").unwrap_or("access_denied");
        let description = query.get("error_description").unwrap_or_default();
        let error = LoginError::of_callback(error, description);
        Ok(Some(Consent::Refused(error)))
    }
}
