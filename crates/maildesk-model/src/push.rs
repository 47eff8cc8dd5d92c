//! How push is doing for a mailbox, in the words of its panel.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::id::MailboxId;
use crate::mailbox::Trouble;

/// The state on the panel (P17).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub enum PushState {
    /// Not wanted; the schedule brings the mail.
    #[default]
    Off,
    /// Wanted, but the mailbox is not ready; the reasons say why.
    NotReady,
    /// A live subscription.
    Active,
    /// A live subscription whose renewal is under way or was put off.
    Renewing,
    /// Live, and silent for a while; a quiet mailbox is not a broken one.
    Quiet,
    /// No live subscription although one is wanted; it heals or says what is missing.
    Broken,
}

impl PushState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Off,
        Self::NotReady,
        Self::Active,
        Self::Renewing,
        Self::Quiet,
        Self::Broken,
    ];

    /// The name in the database and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::NotReady => "not_ready",
            Self::Active => "active",
            Self::Renewing => "renewing",
            Self::Quiet => "quiet",
            Self::Broken => "broken",
        }
    }

    /// Reads [`PushState::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What the panel and `GET /mailboxes/{id}/push` show; read from the store alone.
#[derive(Clone, PartialEq, Debug)]
pub struct PushPanel {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// State.
    pub state: PushState,
    /// Whether the last check found it ready; `false` before the first.
    pub ready: bool,
    /// When readiness was last checked.
    pub checked_at: Option<Timestamp>,
    /// What stands in the way, one reason for each thing that fails.
    pub reasons: Vec<Trouble>,
    /// What the last registration or renewal failed with, in Graph's words.
    pub trouble: Option<Trouble>,
    /// Graph's id of the live subscription.
    pub subscription: Option<String>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// The last genuine notification.
    pub last_notification_at: Option<Timestamp>,
    /// Counts since the mailbox was added.
    pub counts: NotificationCounts,
    /// The last ten things that happened, newest first.
    pub events: Vec<PushEvent>,
    /// The last hundred arrivals.
    pub latency: Latency,
}

/// How many notifications came, by what became of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct NotificationCounts {
    /// Known and genuine.
    pub accepted: i64,
    /// Known, without a `clientState` (P3).
    pub silent: i64,
    /// Known, with a wrong `clientState`.
    pub forged: i64,
    /// Lifecycle notifications among the accepted.
    pub lifecycle: i64,
}

/// Something that happened to a mailbox's push.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PushEvent {
    /// When.
    pub at: Timestamp,
    /// A short stable word (`registered`, `renewed`, `refused`, …).
    pub kind: String,
    /// Plain words for the panel; no secret, no content.
    pub detail: String,
}

/// The way of the last hundred arrivals, received → shown (or stored, while nobody looked).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Latency {
    /// Half were quicker.
    pub p50: Option<Duration>,
    /// Nineteen of twenty were quicker.
    pub p95: Option<Duration>,
    /// How many arrivals that is measured from.
    pub samples: i64,
}
