//! What becomes of the alerts, and what is told now. Pure: the runner reads the facts, asks here, and
//! writes down what this says in one transaction.
//!
//! Alerts are states. One opens when its condition has stood for a while, and ends when it has been
//! gone for a while, so that what flickers is told neither way. While a greater trouble explains a
//! smaller one (the app is refused, a sign-in is missing) the smaller one is left as it is.

mod condition;
mod delivery;

#[cfg(test)]
mod tests;

use std::time::Duration;

use maildesk_model::Timestamp;
use maildesk_model::alert::{Alert, AlertKind, Telling};
use maildesk_model::id::AlertId;
use maildesk_store::contract::{AlertChange, AlertFacts};

use condition::{Condition, conditions, is_explained};
pub use delivery::{after_failure, is_due, senders};

/// Notices within an hour, by each way. What comes on top waits, and is told in one go.
pub const NOTICES_PER_HOUR: i64 = 6;
/// What still stands is told again so often.
const REMIND_EVERY: Duration = Duration::from_hours(24);
/// When something is told again, so is what would be within this time.
const REMIND_TOGETHER: Duration = Duration::from_hours(1);

/// The outcome of a look.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Plan {
    /// What to write down.
    pub changes: Vec<AlertChange>,
    /// What to tell, in one notice for each way.
    pub tell: Vec<(AlertId, Telling)>,
}

/// What to do now. `app_ends` is when the app in force stops working.
pub fn plan(facts: &AlertFacts, app_ends: Option<Timestamp>, now: Timestamp) -> Plan {
    let conditions = conditions(facts, app_ends, now);
    let mut changes = Vec::new();
    for condition in &conditions {
        match standing(facts, condition) {
            None => changes.push(begin(condition)),
            Some(alert) => changes.extend(stand(condition, alert, now)),
        }
    }
    let open = |alert: &&Alert| alert.ended_at.is_none();
    for alert in facts.alerts.iter().filter(open) {
        let stands = conditions.iter().any(|one| one.is_of(alert));
        let unseen = facts.is_cut && alert.mailbox.is_some();
        if !stands && !unseen && (alert.opened_at.is_none() || !is_explained(facts, alert)) {
            changes.extend(gone(alert, now));
        }
    }
    Plan {
        changes,
        tell: tell(facts, &conditions, now),
    }
}

fn standing<'a>(facts: &'a AlertFacts, condition: &Condition) -> Option<&'a Alert> {
    let mut alerts = facts.alerts.iter();
    alerts.find(|alert| alert.ended_at.is_none() && condition.is_of(alert))
}

fn begin(condition: &Condition) -> AlertChange {
    AlertChange::Begin {
        kind: condition.kind,
        mailbox: condition.mailbox,
        name: condition.name.clone(),
        level: condition.level,
        trouble: condition.trouble.clone(),
        opened: condition.patience.is_zero(),
    }
}

/// The condition of an alert stands.
fn stand(condition: &Condition, alert: &Alert, now: Timestamp) -> Vec<AlertChange> {
    let mut changes = Vec::new();
    let same = alert.name == condition.name
        && alert.level == condition.level
        && alert.trouble == condition.trouble
        && alert.clear_since.is_none();
    if !same {
        changes.push(AlertChange::Stand {
            id: alert.id,
            name: condition.name.clone(),
            level: condition.level,
            trouble: condition.trouble.clone(),
        });
    }
    if alert.opened_at.is_none() && alert.since.plus(condition.patience) <= now {
        changes.push(AlertChange::Open(alert.id));
    }
    changes
}

/// The condition of an alert does not stand any more.
fn gone(alert: &Alert, now: Timestamp) -> Option<AlertChange> {
    if alert.opened_at.is_none() {
        return Some(AlertChange::Drop(alert.id));
    }
    let calm = condition::calm(alert.kind);
    if calm.is_zero() {
        return Some(AlertChange::End(alert.id));
    }
    match alert.clear_since {
        None => Some(AlertChange::Clear(alert.id)),
        Some(since) if since.plus(calm) <= now => Some(AlertChange::End(alert.id)),
        Some(_) => None,
    }
}

/// What there is to tell, going by what was written down before this look: so what begins within one
/// look is told together.
fn tell(facts: &AlertFacts, conditions: &[Condition], now: Timestamp) -> Vec<(AlertId, Telling)> {
    if facts.ways.is_empty() || facts.told_last_hour >= NOTICES_PER_HOUR {
        return Vec::new();
    }
    let due = |slack: Duration| {
        let told = facts.alerts.iter().filter_map(move |alert| {
            let stands = conditions.iter().any(|one| one.is_of(alert));
            Some((alert.id, telling(alert, stands, now.plus(slack))?))
        });
        told.collect::<Vec<_>>()
    };
    let now_due = due(Duration::ZERO);
    let reminds = now_due.iter().any(|(_, why)| *why == Telling::Reminder);
    if reminds {
        due(REMIND_TOGETHER)
    } else {
        now_due
    }
}

fn telling(alert: &Alert, stands: bool, now: Timestamp) -> Option<Telling> {
    if alert.ended_at.is_some() {
        // The facts hold such only whose end was not told, and who were told themselves.
        return Some(Telling::Resolved);
    }
    if alert.opened_at.is_none() || !stands {
        return None;
    }
    let Some(told_at) = alert.told_at else {
        return Some(Telling::Opened);
    };
    if alert.level > alert.told_level {
        return Some(Telling::Worse);
    }
    let again = told_at.plus(REMIND_EVERY) <= now && is_repeated(alert);
    again.then_some(Telling::Reminder)
}

/// Whether people are reminded of it while it stands. A credential that lasts for days yet is told
/// once at each level, and what a tenant does not send is told once and for all.
const fn is_repeated(alert: &Alert) -> bool {
    match alert.kind {
        AlertKind::AppExpiring => alert.level >= condition::URGENT,
        AlertKind::PushWithoutSecret => false,
        _ => true,
    }
}
