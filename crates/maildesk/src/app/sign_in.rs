//! Lets the web begin sign-ins although it knows no Entra: here the two are joined.

use std::sync::Arc;

use async_trait::async_trait;
use maildesk_connect::{Connect, ConnectError};
use maildesk_model::parameter::WEB_BASE_URL;
use maildesk_model::{MailboxId, UserId};
use maildesk_store::Store;
use maildesk_web::{SignInRedirect, SignInRefused, SignInStart};

/// Begins sign-ins by way of connect.
#[derive(Clone)]
pub(super) struct SignIn {
    connect: Connect,
    store: Arc<dyn Store>,
}

impl SignIn {
    pub(super) fn new(connect: Connect, store: Arc<dyn Store>) -> Self {
        Self { connect, store }
    }
}

#[async_trait]
impl SignInStart for SignIn {
    async fn start(
        &self,
        mailbox: MailboxId,
        user: UserId,
        cookies: Option<&str>,
    ) -> Result<SignInRedirect, SignInRefused> {
        let base_url = self
            .store
            .parameter(WEB_BASE_URL)
            .await?
            .unwrap_or_default();
        let started = self
            .connect
            .start_sign_in(mailbox, user, &base_url, cookies)
            .await;
        match started {
            Ok(start) => Ok(SignInRedirect {
                location: start.location,
                set_cookie: start.set_cookie,
            }),
            Err(ConnectError::Store(why)) => Err(SignInRefused::Store(why)),
            Err(why) => Err(SignInRefused::Trouble(why.trouble())),
        }
    }

    async fn consent_url(&self) -> Result<String, SignInRefused> {
        let base_url = self
            .store
            .parameter(WEB_BASE_URL)
            .await?
            .unwrap_or_default();
        let url = self.connect.admin_consent_url(&base_url);
        url.map_err(|why| SignInRefused::Trouble(why.trouble()))
    }
}
