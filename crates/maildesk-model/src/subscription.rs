//! A Graph subscription of ours, and the one question its secret answers.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::id::{MailboxId, SubscriptionId};
use crate::secret::Secret;

/// What a notification's `clientState` says about who sent it (P3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Sender {
    /// It knows the secret: Graph.
    Genuine,
    /// It carries no secret at all; some tenants do that. Counted apart.
    Silent,
    /// It carries a wrong one: forged, or long replaced.
    Forged,
}

/// Compares what came with what was registered, in constant time.
pub fn judge(registered: &Secret, came: Option<&str>) -> Sender {
    match came {
        None => Sender::Silent,
        Some(came) if registered.matches(came) => Sender::Genuine,
        Some(_) => Sender::Forged,
    }
}

/// Where a subscription row is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum SubscriptionState {
    /// Written before the call that creates it; Graph's answer is not stored yet.
    Pending,
    /// Lives at Graph and is the mailbox's own.
    Active,
    /// To be deleted at Graph: replaced, turned off, or its mailbox is gone.
    Retiring,
}

impl SubscriptionState {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Retiring => "retiring",
        }
    }

    /// Reads [`SubscriptionState::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Pending, Self::Active, Self::Retiring]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// A subscription row.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Our key.
    pub id: SubscriptionId,
    /// The mailbox it watches.
    pub mailbox: MailboxId,
    /// Graph's id; `None` while pending.
    pub remote_id: Option<String>,
    /// Where it is in its life.
    pub state: SubscriptionState,
    /// The secret Graph repeats in every notification.
    pub client_state: Secret,
    /// The base URL it was registered with (lifecycle URLs cannot be changed later).
    pub base_url: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// What Graph returned; `None` while pending.
    pub expires_at: Option<Timestamp>,
    /// Granted life at the last create or renewal, in minutes.
    pub granted_minutes: i64,
    /// The last PATCH, tried or done: at most one in ten minutes (P12).
    pub patched_at: Option<Timestamp>,
    /// Renewals or deletions that failed in a row.
    pub failures: i64,
    /// The last genuine notification.
    pub last_notification_at: Option<Timestamp>,
    /// When Graph was last asked whether it has it.
    pub looked_at: Option<Timestamp>,
    /// Graph could not say, and is not asked again before.
    pub look_not_before: Option<Timestamp>,
}

/// Mail that no notification announced is news after so long and not before: notifications may be
/// late (P7).
pub const UNANNOUNCED_AFTER: Duration = Duration::from_mins(1);

/// What is told of a subscription beside changes: by Microsoft (P13), or by a sign-in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Told {
    /// It wants the subscription renewed with a fresh token, or delivers no more.
    Reauthorize,
    /// It has removed the subscription.
    Removed,
    /// It could not deliver some notifications.
    Missed,
    /// The person has signed in anew. Whatever ended the sign-in before may have ended the
    /// subscription too, and Microsoft delivers nothing more for a token that is dead.
    SignedIn,
}

impl Told {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reauthorize => "reauthorize",
            Self::Removed => "removed",
            Self::Missed => "missed",
            Self::SignedIn => "signed_in",
        }
    }

    /// Reads [`Told::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Reauthorize,
            Self::Removed,
            Self::Missed,
            Self::SignedIn,
        ]
        .into_iter()
        .find(|told| told.name() == name)
    }
}
