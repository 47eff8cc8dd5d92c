//! What is next for a mailbox's push, decided from its rows and the time alone.

use std::time::Duration;

use maildesk_model::Timestamp;
use maildesk_model::subscription::{Subscription, SubscriptionState};

/// Asked for first: six days (P12). Graph refuses 10,080 minutes and enforces 10,070 (facts.md 1.2).
pub const LIFE_MINUTES: i64 = 8_640;
/// What is asked for when that was refused as too long, and then once more (P12).
pub const SHORTER_LIVES: [i64; 2] = [4_230, 1_440];
/// Renew this long before the end, or when a third is left. One failed night must not cost the
/// subscription.
const RENEW_BEFORE: Duration = Duration::from_hours(24);
/// At most one PATCH of a subscription in this time: two close together can leave it in an
/// inconsistent state at Graph (facts.md 1.5).
const PATCH_EVERY: Duration = Duration::from_mins(10);
/// A pending row this old belongs to a call whose answer never came. If Graph did create the
/// subscription, the next try meets it as a twin.
const PENDING_MAX: Duration = Duration::from_mins(5);
/// The first wait after a failure; doubled for each further one.
const BACKOFF_FIRST: Duration = Duration::from_secs(30);
/// The longest wait after failures: an hour costs little while the schedule brings the mail.
const BACKOFF_MAX: Duration = Duration::from_hours(1);
/// After so many failures a retiring subscription is left to end by itself at Graph.
const DELETE_TRIES: i64 = 8;

/// What the plan looks at.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// All rows of the mailbox, oldest first.
    pub subscriptions: &'a [Subscription],
    /// Whether push is wanted here, and offered by this server, and the mailbox is not removed.
    pub wanted: bool,
    /// The base URL that counts now.
    pub base_url: &'a str,
    /// Tries that failed in a row.
    pub failures: i64,
    /// Spreads renewals: 0.0..1.0.
    pub jitter: f64,
    /// Now.
    pub now: Timestamp,
}

/// One thing to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// Delete this one at Graph (index into the rows), then forget it.
    Delete(usize),
    /// Forget this row: it never came to life, or deleting it has failed too often.
    Forget(usize),
    /// Push is not wanted: this live one is to be retired.
    Retire(usize),
    /// Create one: none lives, the one that lives has another base URL, or it has ended.
    Create,
    /// Renew this one.
    Renew(usize),
    /// Nothing before then.
    Wait(Timestamp),
    /// Nothing until something happens.
    Rest,
}

/// Decides. Equal input gives equal output.
pub fn next(situation: &Situation<'_>) -> Next {
    if let Some(step) = tidy(situation) {
        return step;
    }
    let active = situation
        .subscriptions
        .iter()
        .enumerate()
        .find(|(_, row)| row.state == SubscriptionState::Active);
    match (active, situation.wanted) {
        (None, false) => Next::Rest,
        (Some((place, _)), false) => Next::Retire(place),
        (None, true) => Next::Create,
        (Some((place, row)), true) => keep(place, row, situation),
    }
}

/// Rows that have no future go first, so that nothing leaks (P16).
fn tidy(situation: &Situation<'_>) -> Option<Next> {
    situation
        .subscriptions
        .iter()
        .enumerate()
        .find_map(|(place, row)| match row.state {
            SubscriptionState::Retiring
                if row.remote_id.is_none() || row.failures >= DELETE_TRIES =>
            {
                Some(Next::Forget(place))
            }
            SubscriptionState::Retiring => Some(Next::Delete(place)),
            SubscriptionState::Pending if situation.now.since(row.created_at) > PENDING_MAX => {
                Some(Next::Forget(place))
            }
            _ => None,
        })
}

fn keep(place: usize, row: &Subscription, situation: &Situation<'_>) -> Next {
    let ended = row.expires_at.is_none_or(|end| end <= situation.now);
    if ended || row.base_url != situation.base_url {
        return Next::Create;
    }
    let due = renew_at(row, situation.jitter);
    let due = row
        .patched_at
        .map_or(due, |last| due.max(last.plus(PATCH_EVERY)));
    if due <= situation.now {
        Next::Renew(place)
    } else {
        Next::Wait(due)
    }
}

/// When to renew: min(24 h, a third of the granted life) before the end, and up to a tenth of that
/// earlier, so that many mailboxes do not renew at once.
pub fn renew_at(row: &Subscription, jitter: f64) -> Timestamp {
    let life = Duration::from_secs(u64::try_from(row.granted_minutes).unwrap_or(0) * 60);
    let before = RENEW_BEFORE.min(life / 3);
    let early = before.mul_f64(jitter.clamp(0.0, 1.0) / 10.0);
    row.expires_at.unwrap_or_default().minus(before + early)
}

/// How long to wait after `failures` failures in a row.
pub fn backoff(failures: i64, jitter: f64) -> Duration {
    let doublings = u32::try_from(failures.clamp(1, 20) - 1).unwrap_or(0);
    let wait = BACKOFF_FIRST
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(BACKOFF_MAX);
    wait.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0)
}

/// The life to ask for after `refused` was too long; `None` when there is no shorter one.
pub fn shorter_life(refused: i64) -> Option<i64> {
    SHORTER_LIVES.into_iter().find(|life| *life < refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use maildesk_model::{MailboxId, Secret, SubscriptionId};

    const BASE: &str = "https://mail.example.com";

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_micros(1_800_000_000_000_000 + minutes * 60_000_000)
    }

    fn row(state: SubscriptionState) -> Subscription {
        Subscription {
            id: SubscriptionId(1),
            mailbox: MailboxId(1),
            remote_id: Some("remote".to_owned()),
            state,
            client_state: Secret::new("secret"),
            base_url: BASE.to_owned(),
            created_at: at(0),
            expires_at: Some(at(8_640)),
            granted_minutes: 8_640,
            patched_at: None,
            failures: 0,
            last_notification_at: None,
        }
    }

    fn decide(subscriptions: &[Subscription], wanted: bool, now: i64) -> Next {
        next(&Situation {
            subscriptions,
            wanted,
            base_url: BASE,
            failures: 0,
            jitter: 0.0,
            now: at(now),
        })
    }

    #[test]
    fn keeps_one_healthy_subscription() {
        let active = || row(SubscriptionState::Active);
        assert_eq!(decide(&[], true, 1), Next::Create);
        assert_eq!(decide(&[], false, 1), Next::Rest);
        assert_eq!(decide(&[active()], true, 1), Next::Wait(at(8_640 - 1_440)));
        assert_eq!(decide(&[active()], true, 8_640 - 1_440), Next::Renew(0));
        assert_eq!(decide(&[active()], true, 8_640), Next::Create);
        assert_eq!(decide(&[active()], false, 1), Next::Retire(0));
        let moved = Subscription {
            base_url: "https://old.example.com".to_owned(),
            ..active()
        };
        assert_eq!(decide(&[moved], true, 1), Next::Create);
        let patched = Subscription {
            patched_at: Some(at(7_200)),
            ..active()
        };
        assert_eq!(decide(&[patched], true, 7_205), Next::Wait(at(7_210)));
        let short = Subscription {
            granted_minutes: 90,
            expires_at: Some(at(90)),
            ..active()
        };
        assert_eq!(decide(&[short], true, 1), Next::Wait(at(60)));
    }

    #[test]
    fn rows_without_a_future_go_first() {
        let retiring = row(SubscriptionState::Retiring);
        assert_eq!(
            decide(&[retiring.clone(), row(SubscriptionState::Active)], true, 1),
            Next::Delete(0)
        );
        let stuck = Subscription {
            failures: DELETE_TRIES,
            ..retiring.clone()
        };
        assert_eq!(decide(&[stuck], false, 1), Next::Forget(0));
        let never = Subscription {
            remote_id: None,
            ..retiring
        };
        assert_eq!(decide(&[never], false, 1), Next::Forget(0));
        let pending = row(SubscriptionState::Pending);
        assert_eq!(
            decide(std::slice::from_ref(&pending), true, 1),
            Next::Create
        );
        assert_eq!(decide(&[pending], true, 6), Next::Forget(0));
    }

    #[test]
    fn waits_grow_and_end() {
        assert_eq!(backoff(1, 1.0), Duration::from_secs(30));
        assert_eq!(backoff(2, 1.0), Duration::from_mins(1));
        assert_eq!(backoff(1, 0.0), Duration::from_secs(15));
        assert_eq!(backoff(99, 1.0), BACKOFF_MAX);
        assert_eq!(shorter_life(LIFE_MINUTES), Some(4_230));
        assert_eq!(shorter_life(4_230), Some(1_440));
        assert_eq!(shorter_life(1_440), None);
    }
}
