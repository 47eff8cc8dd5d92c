//! Connections: the tokens of a mailbox, sign-ins under way, and alarms of the installation.

use async_trait::async_trait;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, NodeId, UserId};
use maildesk_model::mailbox::{Connection, MailboxState, Trouble};
use maildesk_model::secret::Secret;

use super::Result;

/// What is kept to reach a mailbox. The tokens are encrypted at rest.
#[derive(Clone, Debug)]
pub struct ConnectionRow {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// How it is reached.
    pub kind: Connection,
    /// Its mail address.
    pub address: String,
    /// How the mailbox is doing.
    pub state: MailboxState,
    /// An administrator has disconnected it: its tokens are there to delete its subscriptions with,
    /// and for nothing else.
    pub disconnected: bool,
    /// The newest tokens; `None` before the sign-in and for connections as the organisation.
    pub tokens: Option<KeptTokens>,
    /// The Graph user the tokens belong to; a reconnect must be the same one (C3).
    pub graph_user: Option<String>,
    /// Grows whenever tokens are stored; guards against a late writer.
    pub version: i64,
    /// The version of the kept app registration ([`KeptApp::version`](super::KeptApp::version)).
    pub app_version: i64,
}

/// Tokens as kept.
#[derive(Clone, Debug)]
pub struct KeptTokens {
    /// The newest refresh token.
    pub refresh: Secret,
    /// The newest access token.
    pub access: Secret,
    /// When the access token ends.
    pub access_until: Timestamp,
    /// What was granted, as the answer's `scope` said.
    pub scope: String,
}

/// A sign-in under way.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The mailbox it is for.
    pub mailbox: MailboxId,
    /// Who began it.
    pub user: UserId,
    /// PKCE verifier.
    pub verifier: Secret,
    /// SHA-256 of the cookie that binds the callback to the browser that began.
    pub cookie_hash: [u8; 32],
    /// The redirect URI it was begun with.
    pub redirect_uri: String,
}

/// Tokens and sign-ins.
#[async_trait]
pub trait ConnectionStore {
    /// What is kept to reach a mailbox; `None` when it is not there, or removed with no
    /// subscription left to delete at Graph, nor to look for there.
    async fn connection(&self, mailbox: MailboxId) -> Result<Option<ConnectionRow>>;

    /// Takes the right to refresh this mailbox's tokens until `until`. False: another node has it.
    async fn claim_refresh(
        &self,
        mailbox: MailboxId,
        node: &NodeId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool>;

    /// Stores new tokens and gives the right to refresh back: one transaction that survives power
    /// loss. [`Conflict`](super::StoreError::Conflict) when `version` is not the stored one.
    async fn store_tokens(
        &self,
        mailbox: MailboxId,
        version: i64,
        tokens: &KeptTokens,
        at: Timestamp,
    ) -> Result<()>;

    /// Gives the right to refresh back without new tokens.
    async fn release_refresh(&self, mailbox: MailboxId, node: &NodeId) -> Result<()>;

    /// Writes a sign-in under way. `state` is kept as its SHA-256; it counts until `until`.
    async fn begin_sign_in(
        &self,
        state_hash: &[u8; 32],
        sign_in: &SignIn,
        until: Timestamp,
    ) -> Result<()>;

    /// Takes a sign-in out: it counts once, and only until its time.
    async fn take_sign_in(&self, state_hash: &[u8; 32], now: Timestamp) -> Result<Option<SignIn>>;

    /// Completes a sign-in: tokens, Graph user, and the mailbox goes on (importing, or active if
    /// everything is listed), trouble cleared, a sync of everything due; a disconnected one is
    /// connected again. Durable against power loss. Answers false, and stores nothing, when another
    /// Graph user is stored already.
    async fn complete_sign_in(
        &self,
        mailbox: MailboxId,
        graph_user: &str,
        tokens: &KeptTokens,
        at: Timestamp,
    ) -> Result<bool>;

    /// The tokens of `version` are of no use any more: the mailbox waits for somebody to sign in.
    /// Data stays. A disconnected mailbox waits already, and goes on saying so.
    /// [`Conflict`](super::StoreError::Conflict) when newer tokens are stored: who found the old ones
    /// useless came too late, and somebody may just have signed in.
    async fn need_sign_in(
        &self,
        mailbox: MailboxId,
        version: i64,
        trouble: &Trouble,
        at: Timestamp,
    ) -> Result<()>;

    /// Remembers something small about Microsoft's side (the longest subscription life a cloud
    /// grants, an alarm of the installation).
    async fn set_memo(&self, key: &str, value: &str) -> Result<()>;

    /// What was remembered.
    async fn memo(&self, key: &str) -> Result<Option<String>>;
}
