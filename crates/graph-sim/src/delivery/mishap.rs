//! What faults do to a notification on its way: lost, late, overtaken, doubled, without its secret, in another form.
//!
//! Subscription ids follow the order of requests, so decisions hang on names that are the same in every run.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::Offset;

use super::payload::{ChangeItem, Rare, Secret};
use crate::clock::wire_millis;
use crate::fault::FaultRoom;
use crate::subscription::Subscription;

/// How far behind its original a doubled notification comes.
const DOUBLE_STEP: Duration = Duration::from_millis(100);

/// An overtaken notification comes at least this late, and at most five times as late.
const OVERTAKEN: Duration = Duration::from_millis(500);

/// A notification on its way: when it goes out, and the faults that struck it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) due: Timestamp,
    pub(super) faults: Vec<&'static str>,
}

/// The ways that a notification due at an instant really takes: none, one or two.
pub(super) fn ways(faults: &FaultRoom, object: &str, due: Timestamp) -> Vec<Way> {
    let switches = &faults.now().notifications;
    if faults.strikes("drop", object, switches.drop) {
        return Vec::new();
    }
    let mut struck = Vec::new();
    let overtaken = faults.strike("reorder", object, switches.reorder);
    let overtaken = overtaken.map_or(Duration::ZERO, |draw| {
        struck.push("reorder");
        OVERTAKEN * (1 + draw.finish() % 5) as u32
    });
    if switches.delay_ms > 0 {
        struck.push("delayMs");
    }
    let due = due + overtaken + Duration::from_millis(switches.delay_ms);
    let mut ways = vec![Way {
        due,
        faults: struck,
    }];
    if faults.strikes("duplicate", object, switches.duplicate) {
        let mut double = ways[0].clone();
        double.due = due + DOUBLE_STEP;
        double.faults.push("duplicate");
        ways.push(double);
    }
    ways
}

/// The secret as a notification carries it: as registered, null, or not at all [facts 3.1].
pub(super) fn secret(
    faults: &FaultRoom,
    object: &str,
    secret: Option<&String>,
    struck: &mut Vec<&'static str>,
) -> Option<Secret> {
    let switches = &faults.now().notifications;
    if faults.strikes("absentClientState", object, switches.absent_client_state) {
        struck.push("absentClientState");
        return None;
    }
    if faults.strikes("nullClientState", object, switches.null_client_state) {
        struck.push("nullClientState");
        return Some(Secret::Null(()));
    }
    Some(secret.map_or(Secret::Null(()), |text| Secret::Text(text.clone())))
}

/// The tenant as a notification names it; for a personal account nothing, or the one that all of them share [facts 3.1].
pub(super) fn tenant(
    faults: &FaultRoom,
    subscription: &Subscription,
    struck: &mut Vec<&'static str>,
) -> String {
    let rate = faults.now().notifications.consumer_tenant;
    let shown =
        subscription.personal && faults.strikes("consumerTenant", &subscription.mailbox, rate);
    if !shown {
        return subscription.notified_tenant().to_owned();
    }
    struck.push("consumerTenant");
    subscription.tenant.clone()
}

/// Rewrites a notification in the other forms that were seen, each by a draw of its own [facts 3.1].
pub(super) fn other_forms(faults: &FaultRoom, object: &str, item: &mut ChangeItem) -> bool {
    let rate = faults.now().notifications.other_forms;
    let Some(draw) = faults.strike("otherForms", object, rate) else {
        return false;
    };
    let expiry = &mut item.subscription_expiration_date_time;
    if let Ok(instant) = expiry.parse::<Timestamp>() {
        *expiry = other_time(instant, draw.number(1).finish());
    }
    let id = item.resource_data.id();
    let user = item.resource.split('/').nth(1).unwrap_or_default();
    item.resource = match draw.number(2).finish() % 3 {
        0 => format!("users/{user}@{}/messages/{id}", item.tenant_id),
        1 => format!("Users('{user}')/messages('{id}')"),
        _ => item.resource.clone(),
    };
    if draw.number(3).finish().is_multiple_of(2) {
        item.resource_data.in_small_letters();
    }
    if draw.number(4).finish().is_multiple_of(2) {
        item.rare = Some(Rare {
            id: draw.number(5).guid(),
            sequence: (),
            encrypted_content: (),
        });
    }
    true
}

/// An instant with milliseconds and `Z`, or in the zone of somewhere else.
fn other_time(instant: Timestamp, draw: u64) -> String {
    let zone = match draw % 4 {
        0 => return wire_millis(instant),
        1 => Offset::from_seconds(5 * 3_600 + 1_800),
        2 => Offset::from_seconds(-8 * 3_600),
        _ => Ok(Offset::UTC),
    };
    let zone = zone.unwrap_or(Offset::UTC);
    instant.display_with_offset(zone).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_forms_of_a_time_mean_the_same_instant() {
        let instant: Timestamp = "2026-03-01T12:00:00.123Z".parse().expect("literal");
        let forms = [0, 1, 2, 3].map(|draw| other_time(instant, draw));
        let ends = ["Z", "+05:30", "-08:00", "+00:00"];
        for (form, end) in forms.iter().zip(ends) {
            assert!(form.ends_with(end), "{form}");
            assert_eq!(form.parse::<Timestamp>().expect(form), instant);
        }
    }
}
