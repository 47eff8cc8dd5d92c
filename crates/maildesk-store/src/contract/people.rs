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
    /// The IANA name of the time zone they read times in.
    pub time_zone: String,
    /// Whether keys of one letter do something.
    pub shortcuts: bool,
    /// When a mail they open counts as read.
    pub mark_read: MarkRead,
    /// How a mail with colours of its own is shown on a dark desk.
    pub dark_mail: DarkMail,
    /// Whether the desk is light or dark.
    pub appearance: Appearance,
    /// Whether their answers and forwards get a signature, as new mail does.
    pub sign_answers: bool,
    /// Whether lists show conversations instead of single messages.
    pub groups_messages: bool,
}

/// When a mail that somebody opens counts as read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MarkRead {
    /// At once.
    #[default]
    Opened,
    /// When it has been open for two seconds.
    Later,
    /// When they say so.
    ByHand,
}

impl MarkRead {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Opened, Self::Later, Self::ByHand];

    /// The name in the database and in forms.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Later => "later",
            Self::ByHand => "by-hand",
        }
    }

    /// Reads [`MarkRead::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// How a mail with colours of its own is shown on a dark desk.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum DarkMail {
    /// Its colours are turned, so that it is dark as well.
    #[default]
    Adapted,
    /// As it was sent.
    Original,
}

impl DarkMail {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::Adapted, Self::Original];

    /// The name in the database, in forms and in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Adapted => "adapted",
            Self::Original => "original",
        }
    }

    /// Reads [`DarkMail::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// Whether the desk is light or dark for somebody.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Appearance {
    /// As their system is.
    #[default]
    System,
    /// Light, whatever the system is.
    Light,
    /// Dark, whatever the system is.
    Dark,
}

impl Appearance {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The name in the database and in forms.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads [`Appearance::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// Somebody whose pictures a person has loaded without being asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PictureSender {
    /// The author's address, lower case.
    pub address: String,
    /// Since when.
    pub added_at: Timestamp,
}

/// New values for a person; what is `None` stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UserChange {
    /// What they are called.
    pub name: Option<String>,
    /// What they may do.
    pub role: Option<Role>,
    /// The IANA name of their time zone; the caller has checked that it is one.
    pub time_zone: Option<String>,
    /// Whether keys of one letter do something.
    pub shortcuts: Option<bool>,
    /// When a mail they open counts as read.
    pub mark_read: Option<MarkRead>,
    /// How a mail with colours of its own is shown on a dark desk.
    pub dark_mail: Option<DarkMail>,
    /// Whether the desk is light or dark.
    pub appearance: Option<Appearance>,
    /// Whether their answers and forwards get a signature.
    pub sign_answers: Option<bool>,
    /// Whether lists show conversations instead of single messages.
    pub groups_messages: Option<bool>,
}

/// A browser that somebody has signed in with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// SHA-256 of its cookie.
    pub hash: [u8; 32],
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// What the browser called itself.
    pub browser: String,
    /// The address they signed in from; a person reads only their own.
    pub address: String,
}

/// A session to keep.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Whose.
    pub user: UserId,
    /// SHA-256 of its cookie.
    pub hash: [u8; 32],
    /// What its forms must bring along.
    pub csrf: String,
    /// What the browser called itself.
    pub browser: String,
    /// The address it came from.
    pub address: String,
    /// Now.
    pub at: Timestamp,
    /// It ends then, unless it is used before.
    pub until: Timestamp,
    /// It ends then in any case.
    pub ends_at: Timestamp,
}

/// An API token as its owner sees it; the token itself is not kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiTokenRow {
    /// Its SHA-256.
    pub hash: [u8; 32],
    /// What its owner called it.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub used_at: Option<Timestamp>,
}

/// Which audit rows to read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditQuery {
    /// Only those of this person.
    pub user: Option<UserId>,
    /// Only those about this mailbox.
    pub mailbox: Option<MailboxId>,
    /// Only those whose action begins so (`push.`).
    pub action: Option<String>,
    /// Only what was done then or later.
    pub from: Option<Timestamp>,
    /// Only what was done before.
    pub before: Option<Timestamp>,
    /// Only what comes after this row in the order (newest first).
    pub after: Option<(Timestamp, i64)>,
    /// At most so many.
    pub limit: i64,
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
    /// Its key; whatever it is when it is written.
    pub id: i64,
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
    /// Whether there is an administrator who may sign in.
    async fn has_administrator(&self) -> Result<bool>;

    /// Adds the first administrator; `None` when there is one already. Of two at once one wins.
    /// [`Conflict`](super::StoreError::Conflict) when the address is taken.
    async fn add_first_administrator(&self, user: NewUser) -> Result<Option<UserId>>;

    /// Adds a person. [`Conflict`](super::StoreError::Conflict) when the address is taken.
    async fn add_user(&self, user: NewUser) -> Result<UserId>;

    /// Everybody, by address; at most `limit`.
    async fn users(&self, limit: i64) -> Result<Vec<User>>;

    /// Everybody who administers and may sign in, by address; at most `limit`.
    async fn administrators(&self, limit: i64) -> Result<Vec<User>>;

    /// One person.
    async fn user(&self, id: UserId) -> Result<Option<User>>;

    /// A person and their password hash, by address in any case.
    async fn user_by_email(&self, email: &str) -> Result<Option<(User, Option<String>)>>;

    /// Changes a person. False: no such person. [`Conflict`](super::StoreError::Conflict) when they
    /// are the last administrator who may sign in and would be none any more.
    async fn change_user(&self, id: UserId, change: &UserChange) -> Result<bool>;

    /// Sets a new password hash, ends all sessions of that person but `keep`, and makes their
    /// password links worthless. False: no such person.
    async fn set_password(&self, id: UserId, hash: &str, keep: Option<&[u8; 32]>) -> Result<bool>;

    /// Keeps the SHA-256 of a link by which this person may set a password; their older links are
    /// worth nothing any more.
    async fn add_password_link(
        &self,
        user: UserId,
        hash: &[u8; 32],
        until: Timestamp,
    ) -> Result<()>;

    /// Whose link this is, while it lasts and the person may sign in.
    async fn password_link(&self, hash: &[u8; 32], now: Timestamp) -> Result<Option<UserId>>;

    /// Lets a person sign in no more (or again); disabling ends sessions and tokens at once.
    /// [`Conflict`](super::StoreError::Conflict) when they are the last administrator who may.
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

    /// A person's API tokens, newest first; at most 200.
    async fn api_tokens(&self, user: UserId) -> Result<Vec<ApiTokenRow>>;

    /// Ends an API token of this person. False: they have no such token.
    async fn end_api_token(&self, user: UserId, hash: &[u8; 32]) -> Result<bool>;

    /// From now on this person has pictures of mail by this author loaded; any case.
    async fn add_picture_sender(&self, user: UserId, address: &str, at: Timestamp) -> Result<()>;

    /// Takes that back; false if it was not so.
    async fn end_picture_sender(&self, user: UserId, address: &str) -> Result<bool>;

    /// Whether it is so; any case.
    async fn is_picture_sender(&self, user: UserId, address: &str) -> Result<bool>;

    /// All of them, by address (1000 at most).
    async fn picture_senders(&self, user: UserId) -> Result<Vec<PictureSender>>;

    /// Keeps a session.
    async fn add_session(&self, session: NewSession) -> Result<()>;

    /// Whose session this is and its CSRF token, while it lasts and the person is not disabled.
    /// Notes the use at most once a minute, and pushes its end on to `until`, but not beyond the
    /// session's own last end.
    async fn viewer_by_session(
        &self,
        hash: &[u8; 32],
        at: Timestamp,
        until: Timestamp,
    ) -> Result<Option<(Viewer, String)>>;

    /// A person's sessions that last, the one used last first; at most 200.
    async fn sessions(&self, user: UserId, at: Timestamp) -> Result<Vec<Session>>;

    /// Ends all sessions of a person but `keep`.
    async fn end_sessions(&self, user: UserId, keep: Option<&[u8; 32]>) -> Result<()>;

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

    /// Audit rows, newest first.
    async fn audit_log(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>>;
}
