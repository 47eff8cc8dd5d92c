//! How push is doing for a mailbox, in the words of its panel.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::id::MailboxId;
use crate::mailbox::Trouble;
use crate::stamp::Trigger;

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
    /// When push looks at the mailbox next by itself.
    pub next_at: Option<Timestamp>,
    /// Graph's id of the live subscription.
    pub subscription: Option<String>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// When Graph was last asked whether it has it.
    pub looked_at: Option<Timestamp>,
    /// Former subscriptions that are still to be deleted at Microsoft.
    pub leaving: i64,
    /// The last genuine notification.
    pub last_notification_at: Option<Timestamp>,
    /// The last sync that ended well, and what made it run where that was kept.
    pub last_sync: Option<(Timestamp, Option<Trigger>)>,
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
    /// How often this happened, in a row or in turn with what stands beside it; `at` is the last time.
    pub times: i64,
}

impl PushEvent {
    /// The kind of [`PushEvent::caught_up`].
    pub const CAUGHT_UP: &'static str = "caught_up";
    /// Kinds after which everything is looked through, the end of which is news.
    pub const BEFORE_CATCHING_UP: [&'static str; 2] = ["registered", "missed"];

    /// Everything was looked through after a time in which notifications may have been lost.
    pub fn caught_up(at: Timestamp) -> Self {
        Self {
            at,
            kind: Self::CAUGHT_UP.to_owned(),
            detail: "A sync looked through everything; what had come in the meantime is here."
                .to_owned(),
            times: 1,
        }
    }
}

/// The way of the last hundred arrivals, received → shown (or stored, while nobody looked).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Latency {
    /// The whole way.
    pub whole: Spread,
    /// How many arrivals that is measured from.
    pub samples: i64,
    /// How many of them a notification announced before they were here; two parts of the way are
    /// measured from these.
    pub announced: i64,
    /// Received by Microsoft → notified.
    pub notified: Spread,
    /// Notified → stored.
    pub stored: Spread,
    /// Stored → on the first screen, of those that were shown.
    pub shown: Spread,
}

/// How long something took, over many times.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Spread {
    /// Half were quicker.
    pub p50: Option<Duration>,
    /// Nineteen of twenty were quicker.
    pub p95: Option<Duration>,
}

impl Spread {
    /// By nearest ranks: of twenty, the nineteenth is the 95th of a hundred.
    pub fn of(mut spans: Vec<Duration>) -> Self {
        spans.sort_unstable();
        let at = |percent: usize| {
            let rank = (spans.len() * percent).div_ceil(100).max(1);
            spans.get(rank - 1).copied()
        };
        Self {
            p50: at(50),
            p95: at(95),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        assert_eq!(Spread::of(Vec::new()), Spread::default());
        let spread = Spread::of((1..=20).rev().map(Duration::from_secs).collect());
        assert_eq!(spread.p50, Some(Duration::from_secs(10)));
        assert_eq!(spread.p95, Some(Duration::from_secs(19)));
    }
}
