//! Watching over a live subscription (P7, P13). Pure.
//!
//! Silence shows in two ways: a sweep finds mail that no notification announced, or nothing at all
//! comes for an hour. Then Graph is asked whether it still has the subscription. One that is there
//! and announces nothing all the same is replaced, once a day at most.

use std::time::Duration;

use maildesk_model::Timestamp;
use maildesk_model::subscription::{Subscription, Told, UNANNOUNCED_AFTER};
use maildesk_store::contract::Notice;

use super::Case;

/// Mail that was not announced for so long will not be: Graph's slowest deliveries take three
/// minutes (facts.md 4).
const LOST: Duration = Duration::from_mins(5);
/// So many lost notifications are no accident.
const LOST_MAX: usize = 3;
/// A silent subscription is replaced once in so long at most.
const REPLACE_GAP: Duration = Duration::from_hours(24);
/// Without a notification for so long a mailbox is called quiet, and Graph is asked.
pub(super) const QUIET: Duration = Duration::from_hours(1);
/// Graph is asked again after so long, or what it asks for, where it could not answer.
pub(super) const LOOK_AGAIN: Duration = Duration::from_mins(2);
/// Requests to renew that come so soon after a renewal are repeats of the one before (P13).
const MERGED: Duration = Duration::from_mins(10);
/// Everything is fetched once in so long at most, however often some was missed.
const CATCH_UP_GAP: Duration = Duration::from_mins(1);

/// When to ask Graph whether it has the subscription.
pub(super) fn look_due(case: &Case<'_>, live: &Subscription) -> Timestamp {
    let looked = live.looked_at.unwrap_or(Timestamp::EPOCH);
    let suspicious = case
        .work
        .unannounced
        .iter()
        .map(|mail| mail.stored_at.plus(UNANNOUNCED_AFTER))
        .find(|due| *due > looked);
    let quiet = last_sign(live).max(looked).plus(QUIET);
    let due = suspicious.map_or(quiet, |due| due.min(quiet));
    live.look_not_before
        .map_or(due, |not_before| due.max(not_before))
}

/// When to replace a subscription that is there and announces nothing; `None`: no reason to.
pub(super) fn replace_due(case: &Case<'_>) -> Option<Timestamp> {
    let rested = case.work.replaced_at.map(|at| at.plus(REPLACE_GAP));
    let since = case.work.replaced_at.max(case.answers_late_at);
    // While our own answers came late or not at all, Graph had a reason to keep silent.
    let mut lost = case
        .work
        .unannounced
        .iter()
        .filter(|mail| since.is_none_or(|since| mail.received_at > since))
        .map(|mail| mail.stored_at.plus(LOST));
    let due = lost.nth(LOST_MAX - 1)?;
    Some(rested.map_or(due, |rested| rested.max(due)))
}

/// Whether Graph asked for a renewal that it has not had, or a sign-in wants one. Of Graph's requests
/// those that follow a renewal closely are repeats; a sign-in never is, since the renewal before it
/// was made with a token that is no more.
pub(super) fn is_asked_to_renew(case: &Case<'_>, live: &Subscription) -> bool {
    let answered = live.patched_at.filter(|_| live.failures == 0);
    let is_open = |told_of: Told, merged: Duration| {
        told(case, told_of)
            .filter(|notice| notice.subscription == live.id)
            .any(|notice| answered.is_none_or(|patched| notice.at >= patched.plus(merged)))
    };
    is_open(Told::Reauthorize, MERGED) || is_open(Told::SignedIn, Duration::ZERO)
}

/// Whether Graph has removed this one.
pub(super) fn is_removed(case: &Case<'_>, row: &Subscription) -> bool {
    told(case, Told::Removed).any(|notice| notice.subscription == row.id)
}

/// When everything is to be fetched because some was missed.
pub(super) fn catch_up_due(case: &Case<'_>) -> Option<Timestamp> {
    let missed = told(case, Told::Missed).map(|notice| notice.at).min()?;
    let rested = case.work.caught_up_at.map(|at| at.plus(CATCH_UP_GAP));
    Some(rested.map_or(missed, |rested| rested.max(missed)))
}

/// Whether nothing was heard of it for so long that the panel says quiet.
pub(super) fn is_quiet(live: &Subscription, now: Timestamp) -> bool {
    last_sign(live).plus(QUIET) <= now
}

/// The last time it was known to work: a notification, or its creation.
fn last_sign(live: &Subscription) -> Timestamp {
    live.last_notification_at
        .unwrap_or(live.created_at)
        .max(live.created_at)
}

fn told<'a>(case: &Case<'a>, told: Told) -> impl Iterator<Item = &'a Notice> + use<'a> {
    let notices = case.work.notices.iter();
    notices.filter(move |notice| notice.told == told)
}
