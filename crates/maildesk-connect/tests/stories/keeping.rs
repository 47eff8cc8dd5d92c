//! The real store on SQLite, with a switch that makes it fail once, and a look behind its counter.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use maildesk_model::access::{Role, Viewer};
use maildesk_model::mailbox::{Connection, MailboxState, Trouble};
use maildesk_model::{Entropy, MailboxId, NodeId, Secret, Timestamp, UserId};
use maildesk_store::contract::{
    AppChange, AppNotice, AppStore, ConnectionRow, ConnectionStore, Consented, KeptApp, KeptTokens,
    MailboxStore, NewMailbox, NewUser, PeopleStore, Result, SignIn,
};
use maildesk_store::{SecretKey, SqlStore, StoreError, StoreSettings};
use tempfile::TempDir;

/// A store in a folder that goes with it.
pub(crate) struct Keeping {
    store: SqlStore,
    fails: AtomicBool,
    hangs: AtomicBool,
    hanging: AtomicUsize,
    stored: AtomicUsize,
    _folder: TempDir,
}

/// The administrator of every world; the first user there is.
pub(crate) const ADMIN: UserId = UserId(1);

const VIEWER: Viewer = Viewer {
    user: ADMIN,
    role: Role::Administrator,
};

impl Keeping {
    pub(crate) async fn new(entropy: Arc<dyn Entropy>, at: Timestamp) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/maildesk.db", folder.path().display());
        let key = SecretKey::from_bytes([7; 32]);
        let settings = StoreSettings::default();
        let store = SqlStore::open(&url, key, entropy, settings).await.unwrap();
        let admin = NewUser {
            email: "admin@desk.example".to_owned(),
            name: "Admin".to_owned(),
            role: Role::Administrator,
            password_hash: None,
            at,
        };
        assert_eq!(store.add_user(admin).await.unwrap(), ADMIN);
        Self {
            store,
            fails: AtomicBool::new(false),
            hangs: AtomicBool::new(false),
            hanging: AtomicUsize::new(0),
            stored: AtomicUsize::new(0),
            _folder: folder,
        }
    }

    pub(crate) async fn add(&self, kind: Connection, address: &str, at: Timestamp) -> MailboxId {
        let mailbox = NewMailbox {
            name: address.to_owned(),
            address: address.to_owned(),
            connection: kind,
            at,
        };
        self.store.add_mailbox(mailbox).await.unwrap()
    }

    pub(crate) async fn row(&self, mailbox: MailboxId) -> ConnectionRow {
        self.connection(mailbox).await.unwrap().unwrap()
    }

    /// The tokens that are kept: refresh, access, scope.
    pub(crate) async fn tokens(&self, mailbox: MailboxId) -> Option<[String; 3]> {
        let tokens = self.row(mailbox).await.tokens?;
        let text = |secret: &Secret| secret.expose().to_owned();
        Some([
            text(&tokens.refresh),
            text(&tokens.access),
            tokens.scope.clone(),
        ])
    }

    pub(crate) async fn state(&self, mailbox: MailboxId) -> MailboxState {
        self.row(mailbox).await.state
    }

    pub(crate) async fn trouble(&self, mailbox: MailboxId) -> Option<Trouble> {
        let mailbox = self.store.mailbox(VIEWER, mailbox).await.unwrap();
        mailbox.unwrap().trouble
    }

    pub(crate) async fn memo_of(&self, key: &str) -> String {
        self.memo(key).await.unwrap().unwrap_or_default()
    }

    /// The next attempt to store tokens fails as if the database were away.
    pub(crate) fn fail_storing_once(&self) {
        self.fails.store(true, Ordering::Relaxed);
    }

    /// Whoever is next to store tokens never does: there it will be killed.
    pub(crate) fn hang_storing_once(&self) {
        self.hangs.store(true, Ordering::Relaxed);
    }

    /// How many came that far.
    pub(crate) fn hanging(&self) -> usize {
        self.hanging.load(Ordering::Relaxed)
    }

    /// How often tokens were stored by a refresh.
    pub(crate) fn stored(&self) -> usize {
        self.stored.load(Ordering::Relaxed)
    }

    /// Another node takes the right to refresh, if nobody has it.
    pub(crate) async fn claim_by_other(
        &self,
        mailbox: MailboxId,
        now: Timestamp,
        until: Timestamp,
    ) -> bool {
        let other = NodeId("other".to_owned());
        let claimed = self.claim_refresh(mailbox, &other, now, until).await;
        claimed.unwrap()
    }
}

#[async_trait]
impl ConnectionStore for Keeping {
    async fn connection(&self, mailbox: MailboxId) -> Result<Option<ConnectionRow>> {
        self.store.connection(mailbox).await
    }

    async fn claim_refresh(
        &self,
        mailbox: MailboxId,
        node: &NodeId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool> {
        self.store.claim_refresh(mailbox, node, now, until).await
    }

    async fn store_tokens(
        &self,
        mailbox: MailboxId,
        version: i64,
        tokens: &KeptTokens,
        at: Timestamp,
    ) -> Result<()> {
        if self.fails.swap(false, Ordering::Relaxed) {
            return Err(StoreError::Unavailable("away".into()));
        }
        if self.hangs.swap(false, Ordering::Relaxed) {
            self.hanging.fetch_add(1, Ordering::Relaxed);
            std::future::pending::<()>().await;
        }
        self.store
            .store_tokens(mailbox, version, tokens, at)
            .await?;
        self.stored.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn release_refresh(&self, mailbox: MailboxId, node: &NodeId) -> Result<()> {
        self.store.release_refresh(mailbox, node).await
    }

    async fn begin_sign_in(
        &self,
        state_hash: &[u8; 32],
        sign_in: &SignIn,
        until: Timestamp,
    ) -> Result<()> {
        self.store.begin_sign_in(state_hash, sign_in, until).await
    }

    async fn take_sign_in(&self, state_hash: &[u8; 32], now: Timestamp) -> Result<Option<SignIn>> {
        self.store.take_sign_in(state_hash, now).await
    }

    async fn complete_sign_in(
        &self,
        mailbox: MailboxId,
        graph_user: &str,
        tokens: &KeptTokens,
        at: Timestamp,
    ) -> Result<bool> {
        self.store
            .complete_sign_in(mailbox, graph_user, tokens, at)
            .await
    }

    async fn need_sign_in(
        &self,
        mailbox: MailboxId,
        version: i64,
        trouble: &Trouble,
        at: Timestamp,
    ) -> Result<()> {
        self.store.need_sign_in(mailbox, version, trouble, at).await
    }

    async fn set_memo(&self, key: &str, value: &str) -> Result<()> {
        self.store.set_memo(key, value).await
    }

    async fn memo(&self, key: &str) -> Result<Option<String>> {
        self.store.memo(key).await
    }
}

#[async_trait]
impl AppStore for Keeping {
    async fn microsoft_app(&self) -> Result<KeptApp> {
        self.store.microsoft_app().await
    }

    async fn set_microsoft_app(&self, change: &AppChange, at: Timestamp) -> Result<()> {
        self.store.set_microsoft_app(change, at).await
    }

    async fn remove_app_credential(&self, id: i64, at: Timestamp) -> Result<bool> {
        self.store.remove_app_credential(id, at).await
    }

    async fn set_app_alarm(&self, alarm: Option<&Trouble>) -> Result<()> {
        self.store.set_app_alarm(alarm).await
    }

    async fn app_notice(&self) -> Result<AppNotice> {
        self.store.app_notice().await
    }

    async fn begin_consent(
        &self,
        state_hash: &[u8; 32],
        user: UserId,
        until: Timestamp,
    ) -> Result<()> {
        self.store.begin_consent(state_hash, user, until).await
    }

    async fn end_consent(
        &self,
        state_hash: &[u8; 32],
        tenant: Option<&str>,
        at: Timestamp,
    ) -> Result<bool> {
        self.store.end_consent(state_hash, tenant, at).await
    }

    async fn consented(&self) -> Result<Option<Consented>> {
        self.store.consented().await
    }
}
