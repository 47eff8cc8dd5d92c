//! A mailbox, how it is reached, and how it is doing.

use crate::clock::Timestamp;
use crate::id::MailboxId;
use crate::push::PushState;

/// How a mailbox is reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Connection {
    /// As a person: their own token, their own mailbox (`me`).
    GraphDelegated,
    /// As the organisation: an application permission (`users/{address}`).
    GraphApplication,
    /// Classic IMAP and SMTP; cannot have push (P9).
    ImapSmtp,
}

impl Connection {
    /// The name in the database and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GraphDelegated => "graph_delegated",
            Self::GraphApplication => "graph_application",
            Self::ImapSmtp => "imap_smtp",
        }
    }

    /// Reads [`Connection::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::GraphDelegated, Self::GraphApplication, Self::ImapSmtp]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// How a mailbox is doing, as people and the API see it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum MailboxState {
    /// Nobody has signed in yet, or the first call has not been made.
    Connecting,
    /// The first listing runs; what is there can be used.
    Importing,
    /// Every message in scope is listed; bodies may still follow.
    Active,
    /// Microsoft wants somebody to sign in again; data stays.
    Reconnect,
    /// Something an administrator must mend; the mailbox's error says what.
    Error,
}

impl MailboxState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Connecting,
        Self::Importing,
        Self::Active,
        Self::Reconnect,
        Self::Error,
    ];

    /// The name in the database and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Importing => "importing",
            Self::Active => "active",
            Self::Reconnect => "reconnect",
            Self::Error => "error",
        }
    }

    /// Reads [`MailboxState::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Something that is wrong, in the three parts every screen and answer shows it in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trouble {
    /// A short stable word for programs (`sign_in_again`, or Graph's own code).
    pub code: String,
    /// What happened, in plain words; never holds mail content, an address or a secret.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl Trouble {
    /// What a disconnected mailbox says, and what stands in the way of its push.
    pub fn disconnected() -> Self {
        Self {
            code: "disconnected".to_owned(),
            message: "This mailbox was disconnected from Microsoft by an administrator. Its mail can be read here, but nothing new comes and nothing goes.".to_owned(),
            remedy: "Connect it again, and everything goes on where it stopped.".to_owned(),
        }
    }
}

/// How far the first listing is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ImportProgress {
    /// Messages Graph says there are, summed over the folders in scope.
    pub expected: i64,
    /// Messages listed so far.
    pub listed: i64,
    /// Messages whose body is not waited for: it is here, is left at Microsoft, or cannot be had.
    pub bodies: i64,
}

/// A mailbox as people see it.
#[derive(Clone, PartialEq, Debug)]
pub struct Mailbox {
    /// Our key.
    pub id: MailboxId,
    /// What people call it.
    pub name: String,
    /// Its mail address.
    pub address: String,
    /// How it is reached.
    pub connection: Connection,
    /// How it is doing.
    pub state: MailboxState,
    /// What is wrong, if something is.
    pub trouble: Option<Trouble>,
    /// Unread messages in the inbox, overlay included.
    pub unread: i64,
    /// When a sync last ended well.
    pub last_sync_at: Option<Timestamp>,
    /// Microsoft asked us to wait until then ("waiting for Microsoft until 14:32").
    pub not_before: Option<Timestamp>,
    /// How far the first listing is.
    pub import: ImportProgress,
    /// How push is doing.
    pub push: PushState,
    /// When it was added.
    pub created_at: Timestamp,
    /// When the connection was first made; mail received before is history, not an arrival.
    pub connected_at: Option<Timestamp>,
    /// Since when an administrator has it disconnected. Its state is `reconnect` then, for those
    /// who know no other word.
    pub disconnected_at: Option<Timestamp>,
}
