//! Tables: what is there, and the step it calls for.

use maildesk_model::mailbox::{Connection, MailboxState};
use maildesk_model::subscription::Told;
use maildesk_model::{MailboxId, Secret};
use maildesk_store::contract::{Notice, Unannounced};

use super::*;

const BASE: &str = "https://desk.example.com";
const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// A situation, built up from a mailbox that wants push and has none.
struct Given {
    work: PushWork,
    enabled: bool,
    reasons: Vec<Trouble>,
    is_time: bool,
    answers_late_at: Option<Timestamp>,
    done: Done,
}

fn wanted() -> Given {
    Given {
        work: PushWork {
            mailbox: MailboxId(1),
            address: "ada@contoso.test".to_owned(),
            connection: Connection::GraphDelegated,
            state: MailboxState::Active,
            removed: false,
            disconnected: false,
            wanted: true,
            push_state: PushState::Off,
            failures: 0,
            checked_at: None,
            reasons: Vec::new(),
            subscriptions: Vec::new(),
            notices: Vec::new(),
            unannounced: Vec::new(),
            replaced_at: None,
            caught_up_at: None,
            orphans: None,
            intents: Vec::new(),
        },
        enabled: true,
        reasons: Vec::new(),
        is_time: true,
        answers_late_at: None,
        done: Done::default(),
    }
}

fn row(id: i64, state: SubscriptionState) -> Subscription {
    let is_pending = state == SubscriptionState::Pending;
    Subscription {
        id: SubscriptionId(id),
        mailbox: MailboxId(1),
        remote_id: (!is_pending).then(|| format!("remote-{id}")),
        state,
        client_state: Secret::new("hush"),
        base_url: BASE.to_owned(),
        created_at: NOW,
        expires_at: (!is_pending).then(|| NOW.plus(6 * DAY)),
        granted_minutes: 8640,
        patched_at: None,
        failures: 0,
        last_notification_at: None,
        looked_at: None,
        look_not_before: None,
    }
}

fn live(id: i64) -> Subscription {
    row(id, SubscriptionState::Active)
}

fn retiring(id: i64) -> Subscription {
    row(id, SubscriptionState::Retiring)
}

fn pending(id: i64) -> Subscription {
    row(id, SubscriptionState::Pending)
}

fn reason() -> Trouble {
    crate::words::trouble("base_url_missing", "m", "r")
}

impl Given {
    fn with(mut self, rows: impl IntoIterator<Item = Subscription>) -> Self {
        self.work.subscriptions.extend(rows);
        self
    }

    fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Mail that was not announced and was stored so many seconds ago.
    fn unannounced(mut self, ages: impl IntoIterator<Item = u64>) -> Self {
        let mails = ages.into_iter().map(|age| {
            let stored_at = NOW.minus(Duration::from_secs(age));
            Unannounced {
                received_at: stored_at.minus(Duration::from_secs(5)),
                stored_at,
            }
        });
        self.work.unannounced.extend(mails);
        self
    }

    /// What Microsoft told of a subscription so many seconds ago.
    fn told(mut self, subscription: i64, told: Told, age: u64) -> Self {
        self.work.notices.push(Notice {
            subscription: id(subscription),
            told,
            at: NOW.minus(Duration::from_secs(age)),
        });
        self
    }

    fn next_at(&self, now: Timestamp) -> Next {
        let case = Case {
            work: &self.work,
            enabled: self.enabled,
            base_url: BASE,
            reasons: &self.reasons,
            is_time: self.is_time,
            answers_late_at: self.answers_late_at,
            done: &self.done,
        };
        next(&case, now)
    }

    fn next(&self) -> Next {
        self.next_at(NOW)
    }

    /// The state it rests in and how long.
    fn rests(&self) -> (PushState, Option<Duration>) {
        match self.next() {
            Next::Rest { state, until } => (state, until.map(|until| until.since(NOW))),
            other => panic!("{other:?}"),
        }
    }
}

fn id(id: i64) -> SubscriptionId {
    SubscriptionId(id)
}

#[test]
fn what_is_wanted_and_not_there_is_created_at_once() {
    assert_eq!(wanted().next(), Next::Create);
    // A row whose creation was never heard of again does not hold it up, and is then dropped.
    let crashed = wanted().with([pending(1)]);
    assert_eq!(crashed.next(), Next::Create);
    let again = crashed.with([live(2)]);
    assert_eq!(again.next(), Next::Forget(id(1), Why::NeverCreated));
}

#[test]
fn after_a_failure_creating_waits_longer_each_time() {
    for (failures, soonest, latest) in [(1, 24, 30), (2, 48, 60), (5, 384, 480), (9, 5760, 7680)] {
        let given = wanted()
            .with([pending(1)])
            .but(|given| given.work.failures = failures);
        let (state, until) = given.rests();
        assert_eq!(state, PushState::Broken);
        let until = until.unwrap().as_secs();
        assert!((soonest..=latest).contains(&until), "{failures}: {until}");
        let due = NOW.plus(Duration::from_secs(latest));
        assert_eq!(given.next_at(due), Next::Create);
    }
}

fn elsewhere(row: Subscription) -> Subscription {
    Subscription {
        base_url: "https://old.example.com".to_owned(),
        ..row
    }
}

#[test]
fn another_base_url_is_another_attempt() {
    let tries = [pending(1), elsewhere(pending(2))];
    let mut given = wanted().with(tries).but(|given| given.work.failures = 11);
    for row in 1..=2 {
        assert_eq!(given.next(), Next::Forget(id(row), Why::NeverCreated));
        given.work.subscriptions.remove(0);
    }
    assert_eq!(given.next(), Next::Create);
}

#[test]
fn an_old_try_is_dropped_when_a_newer_one_is_the_record() {
    let given = wanted().with([pending(1), pending(2)]);
    assert_eq!(given.next(), Next::Forget(id(1), Why::NeverCreated));
}

#[test]
fn a_mailbox_that_is_not_ready_is_checked_once_and_rests() {
    let local = wanted().but(|given| given.reasons.push(reason()));
    assert_eq!(local.next(), Next::Check);
    let checked = local.but(|given| {
        given.done.checked = true;
        given.work.reasons.push(reason());
    });
    assert_eq!(checked.rests(), (PushState::NotReady, Some(HOUR)));

    let by_call = wanted().but(|given| given.work.reasons.push(reason()));
    assert_eq!(by_call.next(), Next::Check);
    // What an intent has just found is not asked again in the same breath.
    let asked = by_call.but(|given| given.is_time = false);
    assert_eq!(asked.rests(), (PushState::NotReady, Some(15 * MINUTE)));
}

#[test]
fn a_live_one_rests_until_it_is_to_be_renewed() {
    let given = wanted().with([live(1)]);
    // Within the hour it is asked after, if nothing is heard of it.
    assert_eq!(given.rests(), (PushState::Active, Some(HOUR)));
    let due = renewal::due(&live(1), false);
    let until = due.since(NOW);
    assert!(until <= 5 * DAY && until >= 117 * HOUR, "{until:?}");
    let lively = given.but(|given| {
        given.work.subscriptions[0].last_notification_at = Some(due.minus(MINUTE));
    });
    assert_eq!(lively.next_at(due), Next::Renew(id(1)));
    let Next::Rest { until, .. } = lively.next_at(due.minus(MINUTE)) else {
        panic!("it is not due yet");
    };
    assert_eq!(until, Some(due));
}

#[test]
fn renewal_begins_at_a_third_or_a_day_and_jitter_only_makes_it_earlier() {
    for (granted, margin) in [(8640, 1440), (4230, 1410), (1440, 480), (45, 15)] {
        for key in 0..40 {
            let mut one = live(key);
            one.granted_minutes = granted;
            let life = MINUTE * u32::try_from(granted).unwrap();
            one.expires_at = Some(NOW.plus(life));
            let due = renewal::due(&one, false);
            let margin = MINUTE * margin;
            let left = NOW.plus(life).since(due);
            assert!(left >= margin && left <= margin.mul_f64(1.126), "{left:?}");
        }
    }
    let mut endless = live(1);
    endless.expires_at = None;
    assert_eq!(wanted().with([endless]).next(), Next::Renew(id(1)));
}

#[test]
fn between_two_renewals_lie_ten_minutes_and_the_backoff() {
    for (failures, soonest, latest) in [
        (0, 10, 10),
        (1, 10, 10),
        (4, 10, 10),
        (7, 25, 32),
        (20, 48, 60),
    ] {
        let mut one = live(1);
        one.expires_at = Some(NOW.plus(20 * HOUR));
        one.patched_at = Some(NOW);
        one.failures = failures;
        let (state, until) = wanted().with([one]).rests();
        let shown = if failures > 0 {
            PushState::Renewing
        } else {
            PushState::Active
        };
        assert_eq!(state, shown);
        let minutes = until.unwrap().as_secs() / 60;
        assert!(
            (soonest..=latest).contains(&minutes),
            "{failures}: {minutes}"
        );
    }
}

#[test]
fn what_has_ended_is_dropped_and_created_anew() {
    let mut over = live(1);
    over.expires_at = Some(NOW);
    let given = wanted().with([over]);
    assert_eq!(given.next(), Next::Forget(id(1), Why::Expired));
}

#[test]
fn another_base_url_replaces_and_the_old_one_is_deleted_after() {
    let mut old = live(1);
    old.base_url = "https://old.example.com".to_owned();
    let given = wanted().with([old.clone()]);
    assert_eq!(given.next(), Next::Create);
    // While the new address will not do, the old one goes on.
    let unfit = wanted().with([old.clone()]).but(|given| {
        given.reasons.push(reason());
        given.done.checked = true;
    });
    assert_eq!(unfit.rests().0, PushState::Active);
    // A replacement that failed is tried again later, while the old one lives.
    let failed = wanted()
        .with([old, pending(2)])
        .but(|given| given.work.failures = 1);
    let (state, until) = failed.rests();
    assert_eq!(state, PushState::Active);
    assert!(until.unwrap() <= Duration::from_secs(30));
    let replaced = wanted().with([retiring(1), live(2)]);
    assert_eq!(replaced.next(), Next::Delete(id(1)));
}

#[test]
fn turned_off_retires_then_deletes_then_is_off() {
    for off in [
        wanted().but(|given| given.work.wanted = false),
        wanted().but(|given| given.work.removed = true),
        wanted().but(|given| given.enabled = false),
        wanted().but(|given| {
            given.work.wanted = false;
            given.work.disconnected = true;
        }),
    ] {
        let off = off.with([live(1), pending(2)]);
        assert_eq!(off.next(), Next::Forget(id(2), Why::NeverCreated));
        let off = off.but(|given| drop(given.work.subscriptions.pop()));
        assert_eq!(off.next(), Next::Retire(id(1)));
        let off = off.but(|given| given.work.subscriptions = vec![retiring(1)]);
        assert_eq!(off.next(), Next::Delete(id(1)));
        let off = off.but(|given| given.work.subscriptions.clear());
        let off = off.but(|given| given.done.checked = true);
        assert_eq!(off.rests(), (PushState::Off, None));
    }
}

#[test]
fn a_disconnected_mailbox_deletes_then_says_why_and_still_wants_push() {
    let given = wanted()
        .but(|given| given.work.disconnected = true)
        .but(|given| given.reasons.push(reason()));
    assert_eq!(given.next(), Next::Check);
    let given = given.but(|given| given.work.reasons.push(reason()));
    assert_eq!(given.rests(), (PushState::NotReady, None));
    let living = given.with([live(1), pending(2)]);
    assert_eq!(living.next(), Next::Forget(id(2), Why::NeverCreated));
    let living = living.but(|given| drop(given.work.subscriptions.pop()));
    assert_eq!(living.next(), Next::Retire(id(1)));
    let stuck = living.but(|given| {
        given.work.subscriptions = vec![retiring(1)];
        given.done.deleted.push(id(1));
    });
    let (state, until) = stuck.rests();
    assert_eq!(state, PushState::NotReady);
    assert!(until.is_some(), "it is tried again");
}

#[test]
fn a_deletion_that_failed_is_tried_later_and_not_for_ever() {
    let mut stuck = retiring(1);
    stuck.failures = 1;
    let tried = wanted()
        .with([stuck])
        .but(|given| given.work.wanted = false)
        .but(|given| given.done.deleted.push(id(1)));
    let (state, until) = tried.rests();
    assert_eq!(state, PushState::Off);
    assert!(until.unwrap() <= Duration::from_secs(30));
    let given_up = tried.but(|given| given.work.subscriptions[0].failures = DELETE_TRIES_MAX);
    assert_eq!(given_up.next(), Next::Forget(id(1), Why::GivenUp));
    let ended = wanted()
        .with([retiring(1)])
        .but(|given| given.work.subscriptions[0].expires_at = Some(NOW));
    assert_eq!(ended.next(), Next::Forget(id(1), Why::Expired));
    let unborn = wanted()
        .with([retiring(1)])
        .but(|given| given.work.subscriptions[0].remote_id = None);
    assert_eq!(unborn.next(), Next::Forget(id(1), Why::NeverCreated));
}

#[test]
fn readiness_of_a_mailbox_nobody_wants_push_on_is_looked_at_when_its_time_comes() {
    let off = wanted().but(|given| given.work.wanted = false);
    assert_eq!(off.next(), Next::Check);
    let asked = off.but(|given| given.is_time = false);
    assert_eq!(asked.rests(), (PushState::Off, None));
    for never in [
        wanted().but(|given| given.enabled = false),
        wanted().but(|given| given.work.removed = true),
    ] {
        assert_eq!(never.rests(), (PushState::Off, None));
    }
}

/// A live one that has worked for a day.
fn proven(id: i64) -> Subscription {
    Subscription {
        created_at: NOW.minus(DAY),
        last_notification_at: Some(NOW.minus(10 * MINUTE)),
        ..live(id)
    }
}

#[test]
fn unannounced_mail_is_a_reason_to_ask_after_a_minute() {
    let young = wanted().with([proven(1)]).unannounced([20]);
    let (state, until) = young.rests();
    assert_eq!(state, PushState::Active);
    assert_eq!(until, Some(Duration::from_secs(40)));
    assert_eq!(young.next_at(NOW.plus(MINUTE)), Next::Look(id(1)));
    // Once asked about a message, it is asked again for a newer one only.
    let asked = wanted()
        .with([Subscription {
            looked_at: Some(NOW),
            ..proven(1)
        }])
        .unannounced([120]);
    assert!(asked.rests().1.unwrap() > MINUTE);
    let newer = asked.unannounced([10]);
    assert_eq!(newer.rests().1, Some(Duration::from_secs(50)));
    // Asked at the very moment it became suspicious, it has been asked about.
    let just = wanted()
        .with([Subscription {
            looked_at: Some(NOW.minus(MINUTE)),
            ..proven(1)
        }])
        .unannounced([120]);
    assert_eq!(just.rests().1, Some(59 * MINUTE));
    // Where Graph could not answer, it is left alone as long as it asked, whatever comes meanwhile.
    let failed = wanted()
        .with([Subscription {
            look_not_before: Some(NOW.plus(10 * MINUTE)),
            ..proven(1)
        }])
        .unannounced([120, 10]);
    assert_eq!(failed.rests().1, Some(10 * MINUTE));
    assert_eq!(failed.next_at(NOW.plus(10 * MINUTE)), Next::Look(id(1)));
}

#[test]
fn an_hour_without_a_word_is_a_reason_to_ask_and_no_fault() {
    let silent = |minutes: u32| Subscription {
        last_notification_at: Some(NOW.minus(minutes * MINUTE)),
        ..proven(1)
    };
    assert_eq!(
        wanted().with([silent(59)]).rests(),
        (PushState::Active, Some(MINUTE))
    );
    assert_eq!(wanted().with([silent(60)]).next(), Next::Look(id(1)));
    let asked = Subscription {
        looked_at: Some(NOW.minus(20 * MINUTE)),
        ..silent(600)
    };
    let (state, until) = wanted().with([asked]).rests();
    assert_eq!((state, until), (PushState::Quiet, Some(40 * MINUTE)));
    let fresh = Subscription {
        last_notification_at: None,
        ..live(1)
    };
    assert_eq!(
        wanted().with([fresh]).rests(),
        (PushState::Active, Some(HOUR))
    );
}

#[test]
fn three_lost_notifications_replace_a_subscription_that_is_there_once_a_day() {
    let looked = || Subscription {
        looked_at: Some(NOW),
        ..proven(1)
    };
    let given = |ages: [u64; 3]| wanted().with([looked()]).unannounced(ages);
    assert_eq!(given([900, 700, 300]).next(), Next::Replace);
    let soon = given([900, 700, 240]);
    assert_eq!(soon.rests().1, Some(MINUTE));
    // Looking comes first.
    let unlooked = wanted().with([proven(1)]).unannounced([900, 700, 300]);
    assert_eq!(unlooked.next(), Next::Look(id(1)));
    // Mail that came while our own answers were late tells nothing.
    let late = given([900, 700, 300]).but(|given| {
        given.answers_late_at = Some(NOW.minus(Duration::from_secs(750)));
    });
    assert!(matches!(late.next(), Next::Rest { .. }));
    // So does mail of the very moment.
    let moment = given([900, 700, 300]).but(|given| {
        given.answers_late_at = Some(NOW.minus(Duration::from_secs(905)));
    });
    assert!(matches!(moment.next(), Next::Rest { .. }));
    // Replaced yesterday, and silent again since: not before the day is over.
    let again = given([900, 700, 300]).but(|given| {
        given.work.replaced_at = Some(NOW.minus(23 * HOUR + 30 * MINUTE));
    });
    assert_eq!(again.rests().1, Some(30 * MINUTE));
    let over = given([900, 700, 300]).but(|given| {
        given.work.replaced_at = Some(NOW.minus(25 * HOUR));
    });
    assert_eq!(over.next(), Next::Replace);
    // Where the address will not do, a new one could not be created.
    let unfit = given([900, 700, 300]).but(|given| {
        given.reasons.push(reason());
        given.done.checked = true;
    });
    assert!(matches!(unfit.next(), Next::Rest { .. }));
}

#[test]
fn a_request_to_renew_is_answered_once_in_ten_minutes() {
    let asked = wanted().with([proven(1)]).told(1, Told::Reauthorize, 5);
    assert_eq!(asked.next(), Next::Renew(id(1)));
    let patched = |minutes: u32, failures: i64| Subscription {
        patched_at: Some(NOW.minus(minutes * MINUTE)),
        failures,
        ..proven(1)
    };
    let repeat = wanted().with([patched(9, 0)]).told(1, Told::Reauthorize, 5);
    assert!(repeat.rests().1.unwrap() > 10 * MINUTE, "merged");
    let later = wanted()
        .with([patched(11, 0)])
        .told(1, Told::Reauthorize, 5);
    assert_eq!(later.next(), Next::Renew(id(1)));
    // A try that failed did not answer it.
    let failed = wanted()
        .with([patched(4, 1)])
        .told(1, Told::Reauthorize, 300);
    assert_eq!(failed.rests(), (PushState::Renewing, Some(6 * MINUTE)));
    let other = wanted().with([proven(1)]).told(2, Told::Reauthorize, 5);
    assert!(matches!(other.next(), Next::Rest { .. }));
}

#[test]
fn a_new_sign_in_is_a_reason_to_renew() {
    let signed_in = wanted().with([proven(1)]).told(1, Told::SignedIn, 5);
    assert_eq!(signed_in.next(), Next::Renew(id(1)));
    let patched = |seconds: u64| Subscription {
        patched_at: Some(NOW.minus(Duration::from_secs(seconds))),
        ..proven(1)
    };
    // Ten minutes lie between two renewals, and the old token's does not count for the new one.
    let soon = wanted().with([patched(60)]).told(1, Told::SignedIn, 5);
    assert_eq!(soon.rests().1, Some(9 * MINUTE));
    let since = wanted().with([patched(3)]).told(1, Told::SignedIn, 5);
    assert!(
        since.rests().1.unwrap() > 10 * MINUTE,
        "made with the new token"
    );
}

#[test]
fn what_microsoft_has_removed_is_dropped_and_created_anew() {
    let removed = wanted().with([proven(1)]).told(1, Told::Removed, 0);
    assert_eq!(removed.next(), Next::Forget(id(1), Why::Removed));
    let former = wanted()
        .with([retiring(1), proven(2)])
        .told(1, Told::Removed, 0);
    assert_eq!(former.next(), Next::Forget(id(1), Why::Removed));
}

#[test]
fn missed_notifications_make_everything_due_once_a_minute() {
    let missed = wanted().with([proven(1)]).told(1, Told::Missed, 0);
    assert_eq!(missed.next(), Next::CatchUp);
    let again = missed.but(|given| {
        given.work.caught_up_at = Some(NOW.minus(Duration::from_secs(20)));
    });
    assert_eq!(again.rests().1, Some(Duration::from_secs(40)));
}

#[test]
fn every_plan_comes_to_rest() {
    // A runner that does what it is told, over every mixture of rows, never goes in circles.
    for mask in 0_u32..4096 {
        let bit = |n: u32| mask & (1 << n) != 0;
        let mut given = wanted();
        given.work.wanted = bit(0);
        given.enabled = bit(1);
        given.work.disconnected = bit(7);
        if bit(2) {
            given.reasons.push(reason());
        }
        if bit(7) {
            given = given.unannounced([600, 600, 600, 90]);
        }
        let told = [
            (8, Told::Reauthorize),
            (9, Told::Removed),
            (10, Told::Missed),
            (11, Told::SignedIn),
        ];
        for (_, told) in told.into_iter().filter(|(n, _)| bit(*n)) {
            given = given.told(1, told, 0);
        }
        let rows = [
            (3, live(1)),
            (4, retiring(2)),
            (5, pending(3)),
            (6, live(4)),
        ];
        given.work.subscriptions.extend(
            rows.into_iter()
                .filter(|(n, _)| bit(*n))
                .map(|(_, row)| row),
        );
        let mut steps = 0;
        while advance(&mut given) {
            steps += 1;
            assert!(steps < 20, "{mask:#b} goes in circles");
        }
    }
}

/// Does the next step as a Microsoft that agrees to everything would have it; false at rest.
fn advance(given: &mut Given) -> bool {
    let next = given.next();
    let rows = &mut given.work.subscriptions;
    match next {
        Next::Rest { .. } => return false,
        Next::Forget(id, _) | Next::Delete(id) => rows.retain(|row| row.id != id),
        Next::Retire(id) => {
            for row in rows.iter_mut().filter(|row| row.id == id) {
                row.state = SubscriptionState::Retiring;
            }
        }
        Next::Renew(id) => {
            for row in rows.iter_mut().filter(|row| row.id == id) {
                row.expires_at = Some(NOW.plus(6 * DAY));
                row.patched_at = Some(NOW);
            }
        }
        Next::Create | Next::Replace => {
            for row in rows
                .iter_mut()
                .filter(|row| row.state == SubscriptionState::Active)
            {
                row.state = SubscriptionState::Retiring;
            }
            rows.push(live(9));
            if next == Next::Replace {
                given.work.replaced_at = Some(NOW);
            }
        }
        Next::Look(id) => {
            for row in rows.iter_mut().filter(|row| row.id == id) {
                row.looked_at = Some(NOW);
            }
        }
        Next::CatchUp => {
            given.work.caught_up_at = Some(NOW);
            given.work.notices.retain(|one| one.told != Told::Missed);
        }
        Next::Check => given.done.checked = true,
    }
    true
}
