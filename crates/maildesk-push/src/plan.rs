//! What is to be done next about a mailbox's push. Pure: the runner in `run` looks, asks here, does
//! the one thing this says, and asks again until it says [`Next::Rest`].
//!
//! Everything is decided from rows, so a plan survives a crash at any point, and asking twice
//! gives the same answer. A pending row is the record of the last try to create: its time and the
//! failures counted tell when the next one is due.
//!
//! How silence is noticed, and what Microsoft's lifecycle notifications ask for, is in `watch`; what
//! follows when Microsoft refuses something, in `refusal`. A new
//! step is a variant of [`Next`] and a row in the table of tests.

pub(crate) mod backoff;
pub(crate) mod life;
pub(crate) mod orphans;
pub(crate) mod refusal;
mod renewal;
mod watch;

#[cfg(test)]
mod tests;

use std::time::Duration;

use maildesk_model::mailbox::Trouble;
use maildesk_model::push::PushState;
use maildesk_model::subscription::{Subscription, SubscriptionState};
use maildesk_model::{SubscriptionId, Timestamp};
use maildesk_store::contract::PushWork;

/// After so many tries a subscription that cannot be deleted is left to end by itself; they span
/// some eight hours.
const DELETE_TRIES_MAX: i64 = 14;
/// How soon to look again at a mailbox whose reasons only a call can tell.
const RECHECK: Duration = Duration::from_mins(15);
/// How soon to look again although whatever stands in the way announces its own end.
const LOOK_AGAIN: Duration = Duration::from_hours(1);

/// All that is known when a step is chosen.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The mailbox and its rows.
    pub work: &'a PushWork,
    /// Whether this server has push at all.
    pub enabled: bool,
    /// The base URL of the webhook as it is set now; may be empty.
    pub base_url: &'a str,
    /// What stands in the way, as far as can be told without a call.
    pub reasons: &'a [Trouble],
    /// The time to look has come (or somebody made it come), rather than a person asked for
    /// something: what was found before may be out of date.
    pub is_time: bool,
    /// When this installation last answered Microsoft late or not at all, its own absence included.
    pub answers_late_at: Option<Timestamp>,
    /// What this round has done already.
    pub done: &'a Done,
}

/// What a round has done already and must not do again.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Done {
    /// Readiness was checked.
    pub checked: bool,
    /// Subscriptions whose deletion was tried.
    pub deleted: Vec<SubscriptionId>,
}

/// The next step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// Drop the row: nothing at Microsoft belongs to it.
    Forget(SubscriptionId, Why),
    /// The row is not wanted any more: mark it as to be deleted.
    Retire(SubscriptionId),
    /// Delete it at Microsoft.
    Delete(SubscriptionId),
    /// Prolong it at Microsoft.
    Renew(SubscriptionId),
    /// Create one; a live one with another base URL is replaced by it.
    Create,
    /// Ask Graph whether it still has it.
    Look(SubscriptionId),
    /// It is there and announces nothing: create one in its place.
    Replace,
    /// Microsoft missed some notifications: make everything due.
    CatchUp,
    /// Check readiness, with a real call where one can tell more.
    Check,
    /// Nothing for now: show this state, and look again then (`None`: when something happens).
    Rest {
        /// What the panel says.
        state: PushState,
        /// When to look again.
        until: Option<Timestamp>,
    },
}

/// Why a row is dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// Its creation was never heard of again.
    NeverCreated,
    /// Its time is over.
    Expired,
    /// Microsoft said that it has removed it.
    Removed,
    /// It could not be deleted and will end by itself.
    GivenUp,
}

/// The next step for a mailbox.
pub fn next(case: &Case<'_>, now: Timestamp) -> Next {
    if let Some(next) = dead_row(case, now) {
        return next;
    }
    let off = is_off(case);
    if off && let Some(row) = rows(case, SubscriptionState::Active).next() {
        return Next::Retire(row.id);
    }
    let undeleted =
        rows(case, SubscriptionState::Retiring).find(|row| !case.done.deleted.contains(&row.id));
    if let Some(row) = undeleted {
        return Next::Delete(row.id);
    }
    if off {
        return rest_off(case, now);
    }
    if wants_check(case) {
        return Next::Check;
    }
    match live(case) {
        Some(live) => keep(case, live, now),
        None => begin(case, now),
    }
}

/// A row that stands for nothing at Microsoft.
fn dead_row(case: &Case<'_>, now: Timestamp) -> Option<Next> {
    let record = if is_off(case) { None } else { last_try(case) };
    case.work.subscriptions.iter().find_map(|row| {
        let expired = row.expires_at.is_some_and(|end| end <= now);
        let why = match row.state {
            SubscriptionState::Pending if record.is_some_and(|record| record.id == row.id) => None,
            _ if row.remote_id.is_none() => Some(Why::NeverCreated),
            _ if expired => Some(Why::Expired),
            _ if watch::is_removed(case, row) => Some(Why::Removed),
            SubscriptionState::Retiring if row.failures >= DELETE_TRIES_MAX => Some(Why::GivenUp),
            _ => None,
        };
        why.map(|why| Next::Forget(row.id, why))
    })
}

/// Whether what was found before is to be looked at again now.
fn wants_check(case: &Case<'_>) -> bool {
    let doubtful = !case.reasons.is_empty() || !case.work.reasons.is_empty();
    doubtful && case.is_time && !case.done.checked
}

/// No subscription may live now.
fn is_off(case: &Case<'_>) -> bool {
    !case.enabled || !case.work.wanted || case.work.removed || case.work.disconnected
}

fn rest_off(case: &Case<'_>, now: Timestamp) -> Next {
    let may_be_wanted = case.enabled && !case.work.removed;
    if case.work.disconnected && may_be_wanted {
        return rest_disconnected(case, now);
    }
    let nothing_left = case.work.subscriptions.is_empty();
    if nothing_left && may_be_wanted && case.is_time && !case.done.checked {
        return Next::Check;
    }
    Next::Rest {
        state: PushState::Off,
        until: deletion_due(case, now),
    }
}

/// The panel says why there is no push, and what is wanted stays wanted. Checking makes no call.
fn rest_disconnected(case: &Case<'_>, now: Timestamp) -> Next {
    if case.reasons != case.work.reasons && !case.done.checked {
        return Next::Check;
    }
    Next::Rest {
        state: if case.work.wanted {
            PushState::NotReady
        } else {
            PushState::Off
        },
        until: deletion_due(case, now),
    }
}

/// A live subscription is wanted and there.
fn keep(case: &Case<'_>, live: &Subscription, now: Timestamp) -> Next {
    let is_due = |due: Option<Timestamp>| due.is_some_and(|due| due <= now);
    let catch_up_due = watch::catch_up_due(case);
    if is_due(catch_up_due) {
        return Next::CatchUp;
    }
    let renewal_due = renewal::due(live, watch::is_asked_to_renew(case, live));
    if renewal_due <= now {
        return Next::Renew(live.id);
    }
    let replacement_due = if live.base_url == case.base_url || !case.reasons.is_empty() {
        None
    } else {
        Some(creation_due(case, now))
    };
    if is_due(replacement_due) {
        return Next::Create;
    }
    let look_due = watch::look_due(case, live);
    if look_due <= now {
        return Next::Look(live.id);
    }
    let silence_ends = watch::replace_due(case).filter(|_| case.reasons.is_empty());
    if is_due(silence_ends) {
        return Next::Replace;
    }
    let state = if live.failures > 0 {
        PushState::Renewing
    } else if watch::is_quiet(live, now) {
        PushState::Quiet
    } else {
        PushState::Active
    };
    let others = [
        catch_up_due,
        replacement_due,
        silence_ends,
        deletion_due(case, now),
    ];
    let first = renewal_due.min(look_due);
    let until = others.into_iter().flatten().fold(first, Ord::min);
    Next::Rest {
        state,
        until: Some(until),
    }
}

/// A live subscription is wanted and not there.
fn begin(case: &Case<'_>, now: Timestamp) -> Next {
    let (state, due) = if !case.reasons.is_empty() {
        (PushState::NotReady, now.plus(LOOK_AGAIN))
    } else if !case.work.reasons.is_empty() {
        (PushState::NotReady, now.plus(RECHECK))
    } else {
        (PushState::Broken, creation_due(case, now))
    };
    if due <= now {
        return Next::Create;
    }
    let until = deletion_due(case, now).map_or(due, |deletion| deletion.min(due));
    Next::Rest {
        state,
        until: Some(until),
    }
}

/// When to try to create, going by the last try with this base URL: another base URL is another
/// attempt.
fn creation_due(case: &Case<'_>, now: Timestamp) -> Timestamp {
    last_try(case).map_or(now, |record| {
        let wait = backoff::create(case.work.failures, record.id.0);
        record.created_at.plus(wait)
    })
}

/// The newest pending row, where it is about what is still to be created.
fn last_try<'a>(case: &Case<'a>) -> Option<&'a Subscription> {
    let last = rows(case, SubscriptionState::Pending).last();
    last.filter(|row| row.base_url == case.base_url && !has_arrived(case))
}

/// Whether one lives with the base URL of now.
fn has_arrived(case: &Case<'_>) -> bool {
    live(case).is_some_and(|live| live.base_url == case.base_url)
}

/// When to try again to delete what could not be deleted in this round.
fn deletion_due(case: &Case<'_>, now: Timestamp) -> Option<Timestamp> {
    rows(case, SubscriptionState::Retiring)
        .map(|row| now.plus(backoff::delete(row.failures.max(1), row.id.0)))
        .min()
}

fn live<'a>(case: &Case<'a>) -> Option<&'a Subscription> {
    rows(case, SubscriptionState::Active).last()
}

fn rows<'a>(
    case: &Case<'a>,
    state: SubscriptionState,
) -> impl Iterator<Item = &'a Subscription> + use<'a> {
    let rows = case.work.subscriptions.iter();
    rows.filter(move |row| row.state == state)
}
