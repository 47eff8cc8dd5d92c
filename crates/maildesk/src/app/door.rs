//! The web's doors to the outside (Microsoft, the public address, where alerts go): it makes no call
//! itself, so here it is joined to connect, to push and to alerts.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt as _, TryStreamExt as _};
use maildesk_alert::Alerts;
use maildesk_connect::{Connect, ConnectError, certificate_end};
use maildesk_graph::GraphError;
use maildesk_model::address_test::{AddressTest, CERTIFICATE_MEMO};
use maildesk_model::alert::WayTest;
use maildesk_model::base_url::BaseUrlRules;
use maildesk_model::intent::Lane;
use maildesk_model::mailbox::Trouble;
use maildesk_model::microsoft::{Proof, ProofWish};
use maildesk_model::parameter::WEB_BASE_URL;
use maildesk_model::{MailboxId, Secret, Timestamp, UserId};
use maildesk_push::{push_base_url, test_address};
use maildesk_store::{Store, StoreError};
use maildesk_web::{
    AlertWays, Microsoft, NoOriginal, Original, PublicAddress, SignInRedirect, SignInRefused,
};

use super::Parts;
use super::guarded::Guarded;

/// Asks Microsoft by way of connect.
#[derive(Clone)]
pub(super) struct Door {
    connect: Connect,
    store: Arc<dyn Store>,
}

impl Door {
    pub(super) fn new(connect: Connect, store: Arc<dyn Store>) -> Self {
        Self { connect, store }
    }

    async fn base_url(&self) -> Result<String, StoreError> {
        let kept = self.store.parameter(WEB_BASE_URL).await?;
        Ok(kept.unwrap_or_default())
    }
}

#[async_trait]
impl Microsoft for Door {
    async fn start_sign_in(
        &self,
        mailbox: MailboxId,
        user: UserId,
        cookies: Option<&str>,
    ) -> Result<SignInRedirect, SignInRefused> {
        let base_url = self.base_url().await?;
        let started = self
            .connect
            .start_sign_in(mailbox, user, &base_url, cookies)
            .await;
        match started {
            Ok(start) => Ok(SignInRedirect {
                location: start.location,
                set_cookie: start.set_cookie,
            }),
            Err(why) => Err(refused(why)),
        }
    }

    async fn consent_link(&self, user: UserId) -> Result<String, SignInRefused> {
        let base_url = self.base_url().await?;
        let begun = self.connect.begin_consent(user, &base_url).await;
        begun.map_err(refused)
    }

    async fn original(&self, mailbox: MailboxId, remote_id: &str) -> Result<Original, NoOriginal> {
        let unreached = |why| match why {
            ConnectError::Store(why) => NoOriginal::Store(why),
            why => NoOriginal::Trouble(why.trouble()),
        };
        let connect = &self.connect;
        let session = connect.access(mailbox, Lane::Sync).await;
        let session = session.map_err(unreached)?;
        let original = match session.message_source(remote_id).await {
            Err(GraphError::TokenRejected { .. }) => {
                let fresh = connect.access_after_rejection(mailbox, Lane::Sync, &session);
                let fresh = fresh.await.map_err(unreached)?;
                fresh.message_source(remote_id).await
            }
            answer => answer,
        };
        let original = original.map_err(|why| NoOriginal::Trouble(why.trouble()))?;
        Ok(original.value.map_err(io::Error::other).boxed())
    }

    fn certificate_end(&self, pem: &Secret) -> Result<Timestamp, Trouble> {
        certificate_end(pem)
    }

    async fn prove(&self, wish: &ProofWish) -> Result<Vec<Proof>, StoreError> {
        self.connect.prove(wish).await
    }
}

fn refused(why: ConnectError) -> SignInRefused {
    match why {
        ConnectError::Store(why) => SignInRefused::Store(why),
        why => SignInRefused::Trouble(why.trouble()),
    }
}

/// Tests the public address by way of push.
pub(super) struct Address {
    pub(super) store: Arc<dyn Store>,
    pub(super) outside: Guarded,
    pub(super) rules: BaseUrlRules,
    pub(super) parts: Parts,
}

#[async_trait]
impl PublicAddress for Address {
    async fn test(&self, candidate: Option<&str>) -> Result<AddressTest, StoreError> {
        let in_force = push_base_url(&*self.store).await?;
        let base_url = candidate.unwrap_or(&in_force);
        let Parts { clock, entropy, .. } = &self.parts;
        let outside = &self.outside;
        let tested = test_address(outside, base_url, self.rules, &**clock, &**entropy).await;
        let ends = tested.certificate_ends_at;
        if let Some(ends) = ends.filter(|_| base_url == in_force) {
            let memo = ends.to_rfc3339();
            self.store.set_memo(CERTIFICATE_MEMO, &memo).await?;
        }
        Ok(tested)
    }
}

/// Tries the ways of alerts by way of alerts.
pub(super) struct Told(pub(super) Alerts);

#[async_trait]
impl AlertWays for Told {
    async fn test(&self) -> Result<Vec<WayTest>, StoreError> {
        self.0.test().await
    }
}
