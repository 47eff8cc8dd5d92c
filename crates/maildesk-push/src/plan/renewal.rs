//! When a live subscription is to be renewed (P12). Pure.

use std::time::Duration;

use maildesk_model::Timestamp;
use maildesk_model::subscription::Subscription;

use super::backoff;

/// Renew this long before the end at the latest. One failed night must not cost the subscription.
const MARGIN_MAX: Duration = Duration::from_hours(24);
/// Renewing and reauthorizing one subscription within ten minutes can leave it in an inconsistent
/// state (facts.md 1.5), and so can two renewals.
const PATCH_GAP: Duration = Duration::from_mins(10);

/// When to renew. Jitter makes it earlier and never later; between two tries lie ten minutes and
/// the backoff. A row without an end is due at once, and so is one that Microsoft asks to renew.
pub(super) fn due(live: &Subscription, is_asked: bool) -> Timestamp {
    let expires_at = live.expires_at.filter(|_| !is_asked);
    let Some(expires_at) = expires_at else {
        return gapped(live, Timestamp::EPOCH);
    };
    let granted = Duration::from_mins(live.granted_minutes.max(0).cast_unsigned());
    let margin = (granted / 3).min(MARGIN_MAX);
    let jitter = (margin / 8).mul_f64(backoff::fraction(live.id.0));
    let due = expires_at.minus(margin + jitter);
    gapped(live, due)
}

/// Not sooner than ten minutes, or the backoff, after the last try.
fn gapped(live: &Subscription, due: Timestamp) -> Timestamp {
    let Some(patched_at) = live.patched_at else {
        return due;
    };
    let gap = backoff::renew(live.failures, live.id.0).max(PATCH_GAP);
    due.max(patched_at.plus(gap))
}
