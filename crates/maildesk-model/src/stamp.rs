//! Stamps: "this mailbox is due", with the message ids that were hinted.

use crate::clock::Timestamp;
use crate::id::MailboxId;

/// As many hinted ids as one stamp keeps; beyond that it means "all of it" (P4).
pub const STAMP_IDS_MAX: usize = 64;

/// What made a sync run. The label `trigger` of `maildesk_sync_runs_total`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Trigger {
    /// A notification.
    Push,
    /// A lifecycle notification, or push found that something may have been missed.
    CatchUp,
    /// The schedule.
    Sweep,
    /// Somebody asked for it.
    Manual,
    /// The first listing, or bodies still to come.
    Import,
    /// A user's change.
    Intent,
}

impl Trigger {
    /// The name in the database and in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::CatchUp => "catch_up",
            Self::Sweep => "sweep",
            Self::Manual => "manual",
            Self::Import => "import",
            Self::Intent => "intent",
        }
    }

    /// Reads [`Trigger::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Self::Push,
            Self::CatchUp,
            Self::Sweep,
            Self::Manual,
            Self::Import,
            Self::Intent,
        ]
        .into_iter()
        .find(|trigger| trigger.name() == name)
    }
}

/// What is to be written on a mailbox's stamp.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stamping {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// Remote ids of hinted messages. Empty with `all` unset means nothing to do.
    pub messages: Vec<String>,
    /// Everything is due: a sweep of all folders.
    pub all: bool,
    /// Why.
    pub trigger: Trigger,
    /// When the hint reached us; the "notified" time of arrivals (P5).
    pub at: Timestamp,
}
