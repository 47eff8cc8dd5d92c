//! What faults do to a notification on its way: lost, late, overtaken, doubled, without its secret.
//!
//! Subscription ids follow the order of requests, so decisions hang on names that are the same in every run.

use std::time::Duration;

use jiff::Timestamp;

use crate::fault::FaultRoom;

/// How far behind its original a doubled notification comes.
const DOUBLE_STEP: Duration = Duration::from_millis(100);

/// An overtaken notification comes at least this late, and at most five times as late.
const OVERTAKEN: Duration = Duration::from_millis(500);

/// When a notification that is due at an instant really goes out: never, once or twice.
pub(super) fn dues(faults: &FaultRoom, object: &str, due: Timestamp) -> Vec<Timestamp> {
    let switches = &faults.now().notifications;
    if faults.strikes("drop", object, switches.drop) {
        return Vec::new();
    }
    let overtaken = faults.strike("reorder", object, switches.reorder);
    let overtaken = overtaken.map_or(Duration::ZERO, |draw| {
        OVERTAKEN * (1 + draw.finish() % 5) as u32
    });
    let due = due + overtaken + Duration::from_millis(switches.delay_ms);
    if faults.strikes("duplicate", object, switches.duplicate) {
        return vec![due, due + DOUBLE_STEP];
    }
    vec![due]
}

/// The secret as a notification carries it: null in some tenants [facts 3.1].
pub(super) fn secret(faults: &FaultRoom, object: &str, secret: Option<&String>) -> Option<String> {
    let hidden = faults.strikes(
        "nullClientState",
        object,
        faults.now().notifications.null_client_state,
    );
    secret.filter(|_| !hidden).cloned()
}
