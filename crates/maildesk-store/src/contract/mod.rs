//! The contract: what can be kept and what each call promises.
//!
//! Rules that hold for every method:
//! - one call is one transaction; it has happened wholly or not at all when an error comes back,
//!   and repeating it is harmless;
//! - ids and time come in from outside, the store never asks the clock;
//! - a query for a person takes a [`Viewer`](maildesk_model::Viewer) and answers as if mailboxes
//!   that are not theirs did not exist;
//! - a write under a lease checks its epoch and answers [`StoreError::LeaseLost`] when another node
//!   has taken the mailbox since: a node that lost its lease can write nothing;
//! - every list has a limit.

mod alerts;
mod app;
mod connections;
mod desk;
mod drafts;
mod journal;
mod mailboxes;
mod people;
mod push;
mod signatures;
mod stamps;
mod sync;

pub use alerts::*;
pub use app::*;
pub use connections::*;
pub use desk::*;
pub use drafts::*;
pub use journal::*;
pub use mailboxes::*;
pub use people::*;
pub use push::*;
pub use signatures::*;
pub use stamps::*;
pub use sync::*;

use maildesk_model::id::{MailboxId, NodeId};

/// Why the store could not do it, as decisions for the caller.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another node holds the mailbox now. Stop at once and write nothing more.
    #[error("another node holds the lease")]
    LeaseLost,
    /// Something of that name is there already, or a value changed meanwhile; says what.
    #[error("{0}")]
    Conflict(&'static str),
    /// The database cannot be reached or is too busy. Nothing happened; try again later.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What is stored makes no sense, or the key does not fit: a person must look.
    #[error("the database holds something unexpected: {0}")]
    Corrupt(String),
}

/// The answer of every method.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The right to work on a mailbox in one lane until it expires or is taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lease {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// Who holds it.
    pub node: NodeId,
    /// Grows with every claim; writes with an older one are refused (fencing).
    pub epoch: i64,
}

/// Everything that is kept. One value serves the whole program; tests wrap it.
pub trait Store:
    AlertStore
    + AppStore
    + ConnectionStore
    + DeskStore
    + DraftStore
    + JournalStore
    + MailboxStore
    + PeopleStore
    + PushStore
    + SignatureStore
    + StampStore
    + SyncStore
    + Send
    + Sync
    + 'static
{
}
