//! People: users, sessions, API tokens, the setup code, system parameters, the audit log.

use async_trait::async_trait;
use maildesk_model::access::{Role, Viewer};
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, UserId};

use super::Result;

/// A person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// Our key.
    pub id: UserId,
    /// Address to sign in with, lower case.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Set when they may not sign in any more.
    pub disabled_at: Option<Timestamp>,
    /// When they were added.
    pub created_at: Timestamp,
}

/// A person to add.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Address to sign in with; kept in lower case, unique.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Password hash in PHC form; `None`: cannot sign in with a password yet.
    pub password_hash: Option<String>,
    /// Now.
    pub at: Timestamp,
}

/// Something a person did that is worth remembering. Never holds content, addresses or secrets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who; `None` for the command line.
    pub user: Option<UserId>,
    /// A short stable word (`mailbox.create`, `push.secret.show`).
    pub action: String,
    /// About which mailbox.
    pub mailbox: Option<MailboxId>,
    /// More, in plain words.
    pub detail: String,
}

/// People and what belongs to them.
#[async_trait]
pub trait PeopleStore {
    /// Adds a person. [`Conflict`](super::StoreError::Conflict) when the address is taken.
    async fn add_user(&self, user: NewUser) -> Result<UserId>;

    /// Everybody, by address; at most `limit`.
    async fn users(&self, limit: i64) -> Result<Vec<User>>;

    /// One person.
    async fn user(&self, id: UserId) -> Result<Option<User>>;

    /// A person and their password hash, by address in any case.
    async fn user_by_email(&self, email: &str) -> Result<Option<(User, Option<String>)>>;

    /// Sets a new password hash and ends all sessions of that person. False: no such person.
    async fn set_password(&self, id: UserId, hash: &str, at: Timestamp) -> Result<bool>;

    /// Lets a person sign in no more (or again); disabling ends sessions and tokens at once.
    async fn set_disabled(&self, id: UserId, disabled: bool, at: Timestamp) -> Result<bool>;

    /// Keeps an API token by its SHA-256.
    async fn add_api_token(
        &self,
        user: UserId,
        label: &str,
        hash: &[u8; 32],
        at: Timestamp,
    ) -> Result<()>;

    /// Whose API token this is, if the person is not disabled. Notes the use at most once a minute.
    async fn viewer_by_api_token(&self, hash: &[u8; 32], at: Timestamp) -> Result<Option<Viewer>>;

    /// Keeps a session by the SHA-256 of its cookie.
    async fn add_session(
        &self,
        user: UserId,
        hash: &[u8; 32],
        csrf: &str,
        at: Timestamp,
        until: Timestamp,
    ) -> Result<()>;

    /// Whose session this is and its CSRF token, while it lasts and the person is not disabled.
    async fn viewer_by_session(
        &self,
        hash: &[u8; 32],
        at: Timestamp,
    ) -> Result<Option<(Viewer, String)>>;

    /// Ends a session.
    async fn end_session(&self, hash: &[u8; 32]) -> Result<()>;

    /// A system parameter's value.
    async fn parameter(&self, key: &str) -> Result<Option<String>>;

    /// All system parameters that are set, by key.
    async fn parameters(&self) -> Result<Vec<(String, String)>>;

    /// Sets a system parameter. Rings [`Bell::Push`](super::Bell::Push).
    async fn set_parameter(&self, key: &str, value: &str, at: Timestamp) -> Result<()>;

    /// Sets a system parameter only if it has no value yet.
    async fn set_first_parameter(&self, key: &str, value: &str, at: Timestamp) -> Result<()>;

    /// Writes an audit row.
    async fn audit(&self, entry: AuditEntry) -> Result<()>;

    /// The newest audit rows before `before`.
    async fn audit_log(&self, before: Timestamp, limit: i64) -> Result<Vec<AuditEntry>>;
}
