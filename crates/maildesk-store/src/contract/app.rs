//! The app registration that an administrator sets on a page, its alarm, and consent under way.

use async_trait::async_trait;
use maildesk_model::clock::Timestamp;
use maildesk_model::cloud::Cloud;
use maildesk_model::id::UserId;
use maildesk_model::mailbox::Trouble;
use maildesk_model::microsoft::{AppCredential, AppRegistration};

use super::Result;

/// The app registration as kept.
#[derive(Clone, Debug)]
pub struct KeptApp {
    /// Grows with every change; 0 until one is set.
    pub version: i64,
    /// The application (client) id; empty until one is set.
    pub client_id: String,
    /// The tenant.
    pub tenant: String,
    /// The cloud.
    pub cloud: Cloud,
    /// Its credentials, the newest first.
    pub credentials: Vec<KeptCredential>,
}

/// A credential as kept; encrypted at rest.
#[derive(Clone, Debug)]
pub struct KeptCredential {
    /// Its key.
    pub id: i64,
    /// What it is.
    pub credential: AppCredential,
    /// When it was added.
    pub added_at: Timestamp,
}

impl KeptApp {
    /// The registration, if one is set.
    pub fn registration(&self) -> Option<AppRegistration> {
        let credentials = self.credentials.iter().map(|kept| kept.credential.clone());
        (!self.client_id.is_empty()).then(|| AppRegistration {
            client_id: self.client_id.clone(),
            tenant: self.tenant.clone(),
            cloud: self.cloud,
            credentials: credentials.collect(),
        })
    }
}

/// What an administrator sets.
#[derive(Clone, Debug)]
pub struct AppChange {
    /// The version they looked at.
    pub seen: i64,
    /// The client id. Credentials of another one are dropped with it.
    pub client_id: String,
    /// The tenant.
    pub tenant: String,
    /// The cloud.
    pub cloud: Cloud,
    /// A credential to add.
    pub add: Option<AppCredential>,
}

/// What administrators are told of on every page.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AppNotice {
    /// Microsoft does not accept the app.
    pub alarm: Option<Trouble>,
    /// When the kept credential that lasts longest ends; `None` if that of one is not known.
    pub expires_at: Option<Timestamp>,
}

/// An administrator of a tenant consented for everybody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Consented {
    /// When they came back.
    pub at: Timestamp,
    /// Which tenant, as Microsoft said it; may be empty.
    pub tenant: String,
}

/// The app registration.
#[async_trait]
pub trait AppStore {
    /// What is set.
    async fn microsoft_app(&self) -> Result<KeptApp>;

    /// Sets it. Mailboxes that are in trouble, and their push, are tried again at once.
    /// [`Conflict`](super::StoreError::Conflict) when somebody else has changed it since, or when
    /// there would be more than [`CREDENTIALS_MAX`](maildesk_model::microsoft::CREDENTIALS_MAX).
    async fn set_microsoft_app(&self, change: &AppChange, at: Timestamp) -> Result<()>;

    /// Drops a credential; false when it is not there.
    /// [`Conflict`](super::StoreError::Conflict) when it is the only one.
    async fn remove_app_credential(&self, id: i64, at: Timestamp) -> Result<bool>;

    /// Writes the one alarm of the installation down, or takes it back (C3).
    async fn set_app_alarm(&self, alarm: Option<&Trouble>) -> Result<()>;

    /// What to tell administrators.
    async fn app_notice(&self) -> Result<AppNotice>;

    /// Writes down that a consent link was made; its state is kept as its SHA-256.
    async fn begin_consent(
        &self,
        state_hash: &[u8; 32],
        user: UserId,
        until: Timestamp,
    ) -> Result<()>;

    /// Takes the link out that somebody has come back from: it counts once, and only until its
    /// time. If they consented, that is remembered. False when there is no such link.
    async fn end_consent(
        &self,
        state_hash: &[u8; 32],
        tenant: Option<&str>,
        at: Timestamp,
    ) -> Result<bool>;

    /// When somebody last came back having consented.
    async fn consented(&self) -> Result<Option<Consented>>;
}
