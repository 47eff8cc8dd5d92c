//! What is wrong right now, going by the facts, and how long it may be so before it is an alert.

use std::time::Duration;

use maildesk_model::alert::{Alert, AlertKind};
use maildesk_model::mailbox::{MailboxState, Trouble};
use maildesk_model::microsoft::{ExpiryLevel, expiry_warning};
use maildesk_model::push::PushState;
use maildesk_model::{MailboxId, Timestamp};
use maildesk_store::contract::{AlertFacts, MailboxFacts};

use crate::words;

/// A secret that is rotated is refused here and there for a moment until Entra knows it everywhere.
const APP_PATIENCE: Duration = Duration::from_mins(1);
/// A mailbox in error is tried again by the schedule (180 s by default) first.
const ERROR_PATIENCE: Duration = Duration::from_mins(5);
/// Push heals by itself from most of what befalls it.
const PUSH_PATIENCE: Duration = Duration::from_mins(5);
/// A renewal has hours to succeed in; three tries lie within this.
const RENEWAL_PATIENCE: Duration = Duration::from_mins(30);
/// The level of an app's end from which people are told every day.
pub(super) const URGENT: i64 = 3;

/// Something that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Condition {
    pub(super) kind: AlertKind,
    pub(super) mailbox: Option<MailboxId>,
    pub(super) name: String,
    pub(super) level: i64,
    pub(super) trouble: Trouble,
    /// So long it may stand.
    pub(super) patience: Duration,
}

impl Condition {
    /// Whether this is what the alert is about.
    pub(super) fn is_of(&self, alert: &Alert) -> bool {
        self.kind == alert.kind && self.mailbox == alert.mailbox
    }
}

/// So long nothing of it must be seen before it is over. Somebody who has signed in has mended it.
pub(super) const fn calm(kind: AlertKind) -> Duration {
    match kind {
        AlertKind::MailboxReconnect | AlertKind::AppExpiring | AlertKind::PushWithoutSecret => {
            Duration::ZERO
        }
        AlertKind::AppRefused => APP_PATIENCE,
        AlertKind::MailboxError => ERROR_PATIENCE,
        AlertKind::PushBroken => PUSH_PATIENCE,
    }
}

/// Everything that is wrong and not explained by something greater.
pub(super) fn conditions(
    facts: &AlertFacts,
    app_ends: Option<Timestamp>,
    now: Timestamp,
) -> Vec<Condition> {
    let mut found: Vec<_> = refused(facts).into_iter().collect();
    found.extend(app_ends.and_then(|ends| expiring(ends, now)));
    for mailbox in &facts.mailboxes {
        found.extend(of_mailbox(facts, mailbox));
        found.extend(of_push(facts, mailbox));
    }
    found
}

/// Whether something greater is the reason that an alert's condition is not seen.
pub(super) fn is_explained(facts: &AlertFacts, alert: &Alert) -> bool {
    let mailbox = facts
        .mailboxes
        .iter()
        .find(|one| Some(one.mailbox) == alert.mailbox);
    let Some(mailbox) = mailbox else {
        return false;
    };
    match alert.kind {
        AlertKind::MailboxError => facts.app.alarm.is_some(),
        AlertKind::PushBroken | AlertKind::PushWithoutSecret => !may_have_push(facts, mailbox),
        _ => false,
    }
}

fn refused(facts: &AlertFacts) -> Option<Condition> {
    Some(Condition {
        kind: AlertKind::AppRefused,
        mailbox: None,
        name: String::new(),
        level: 0,
        trouble: facts.app.alarm.clone()?,
        patience: APP_PATIENCE,
    })
}

fn expiring(ends: Timestamp, now: Timestamp) -> Option<Condition> {
    let level = expiry_warning(ends, now)?.level;
    Some(Condition {
        kind: AlertKind::AppExpiring,
        mailbox: None,
        name: String::new(),
        level: match level {
            ExpiryLevel::Soon => 1,
            ExpiryLevel::Near => 2,
            ExpiryLevel::Urgent => URGENT,
            ExpiryLevel::Over => URGENT + 1,
        },
        trouble: words::app_ends(level, ends),
        patience: Duration::ZERO,
    })
}

fn of_mailbox(facts: &AlertFacts, mailbox: &MailboxFacts) -> Option<Condition> {
    let (kind, patience) = match mailbox.state {
        MailboxState::Reconnect => (AlertKind::MailboxReconnect, Duration::ZERO),
        // All mailboxes are in error while the app is refused; that is one alarm (C3).
        MailboxState::Error if facts.app.alarm.is_none() => {
            (AlertKind::MailboxError, ERROR_PATIENCE)
        }
        _ => return None,
    };
    let trouble = mailbox.trouble.clone();
    Some(Condition {
        kind,
        mailbox: Some(mailbox.mailbox),
        name: mailbox.name.clone(),
        level: 0,
        trouble: trouble.unwrap_or_else(|| words::of_kind(kind)),
        patience,
    })
}

fn of_push(facts: &AlertFacts, mailbox: &MailboxFacts) -> Vec<Condition> {
    if !may_have_push(facts, mailbox) {
        return Vec::new();
    }
    let patience = match mailbox.push {
        PushState::Broken => Some(PUSH_PATIENCE),
        PushState::Renewing => Some(RENEWAL_PATIENCE),
        _ => None,
    };
    let condition = |kind, trouble: Option<Trouble>, patience| Condition {
        kind,
        mailbox: Some(mailbox.mailbox),
        name: mailbox.name.clone(),
        level: 0,
        trouble: trouble.unwrap_or_else(|| words::of_kind(kind)),
        patience,
    };
    let broken = patience.map(|patience| {
        condition(
            AlertKind::PushBroken,
            mailbox.push_trouble.clone(),
            patience,
        )
    });
    let silent = mailbox
        .without_secret
        .then(|| condition(AlertKind::PushWithoutSecret, None, PUSH_PATIENCE));
    broken.into_iter().chain(silent).collect()
}

/// Whether nothing greater explains why a mailbox has no push.
fn may_have_push(facts: &AlertFacts, mailbox: &MailboxFacts) -> bool {
    let unwell = matches!(mailbox.state, MailboxState::Reconnect | MailboxState::Error);
    facts.app.alarm.is_none() && !unwell
}
