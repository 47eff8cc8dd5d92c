//! Who may see and do what: two roles, and mailboxes that are shared with people.

use crate::id::UserId;

/// What a person may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Role {
    /// Reads, answers and files mail in the mailboxes shared with them.
    User,
    /// Also connects and shares mailboxes, turns push on, sets system parameters; reaches every mailbox.
    Administrator,
}

impl Role {
    /// The name in the database, the API and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Administrator => "administrator",
        }
    }

    /// Reads [`Role::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::User, Self::Administrator]
            .into_iter()
            .find(|role| role.name() == name)
    }
}

/// On whose behalf a query runs. Every query for a person takes one, so that a mailbox that is
/// not shared with them does not exist for them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Viewer {
    /// The person.
    pub user: UserId,
    /// Their role when the request was let in.
    pub role: Role,
}

impl Viewer {
    /// Whether every mailbox exists for this person, shared with them or not.
    pub const fn sees_every_mailbox(self) -> bool {
        matches!(self.role, Role::Administrator)
    }

    /// Whether this person may connect mailboxes, handle push, share, and set parameters (P11).
    pub const fn may_administer(self) -> bool {
        matches!(self.role, Role::Administrator)
    }
}
