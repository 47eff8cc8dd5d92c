//! The planner, by tables: what begins, opens, ends, and what is told when.

use std::time::Duration;

use maildesk_model::alert::{Alert, AlertKind, AlertSender, AlertWay, Notice, Telling};
use maildesk_model::id::{AlertId, NoticeId};
use maildesk_model::mailbox::{MailboxState, Trouble};
use maildesk_model::push::PushState;
use maildesk_model::{MailboxId, Timestamp};
use maildesk_store::contract::{AlertChange, AlertFacts, AppNotice, MailboxFacts, NoticeOutcome};

use super::{NOTICES_PER_HOUR, Plan, after_failure, is_due, plan, senders};

/// So many seconds after the beginning.
fn at(seconds: u64) -> Timestamp {
    Timestamp::from_micros(1_800_000_000_000_000).plus(Duration::from_secs(seconds))
}

const MINUTE: u64 = 60;
const DAY: u64 = 86_400;

fn trouble(code: &str) -> Trouble {
    Trouble {
        code: code.to_owned(),
        message: format!("What {code} means."),
        remedy: "Mend it.".to_owned(),
    }
}

/// A mailbox that is well, but for what a case says.
fn mailbox(id: i64) -> MailboxFacts {
    MailboxFacts {
        mailbox: MailboxId(id),
        name: format!("box {id}"),
        state: MailboxState::Active,
        trouble: None,
        push: PushState::Off,
        push_trouble: None,
        without_secret: false,
    }
}

fn reconnect(id: i64) -> MailboxFacts {
    MailboxFacts {
        state: MailboxState::Reconnect,
        trouble: Some(trouble("sign_in_again")),
        ..mailbox(id)
    }
}

fn error(id: i64) -> MailboxFacts {
    MailboxFacts {
        state: MailboxState::Error,
        trouble: Some(trouble("ErrorAccessDenied")),
        ..mailbox(id)
    }
}

fn push(id: i64, state: PushState) -> MailboxFacts {
    MailboxFacts {
        push: state,
        push_trouble: Some(trouble("ValidationError")),
        ..mailbox(id)
    }
}

/// A world that is looked at again and again, as the runner does it, but in memory.
struct World {
    facts: AlertFacts,
    app_ends: Option<Timestamp>,
    next: i64,
}

impl World {
    fn new(mailboxes: Vec<MailboxFacts>) -> Self {
        Self {
            facts: AlertFacts {
                mailboxes,
                is_cut: false,
                app: AppNotice::default(),
                alerts: Vec::new(),
                ways: vec![AlertWay::Http],
                told_last_hour: 0,
            },
            app_ends: None,
            next: 1,
        }
    }

    fn plan(&self, seconds: u64) -> Plan {
        plan(&self.facts, self.app_ends, at(seconds))
    }

    /// Looks once and does what the plan says; what was told, by kind and mailbox.
    fn look(&mut self, seconds: u64) -> Vec<(AlertKind, i64, Telling)> {
        let plan = self.plan(seconds);
        let told: Vec<_> = plan
            .tell
            .iter()
            .map(|(id, why)| {
                let alert = self.alert(*id);
                (alert.kind, alert.mailbox.map_or(0, |one| one.0), *why)
            })
            .collect();
        for change in plan.changes {
            self.apply(change, at(seconds));
        }
        for (id, why) in plan.tell {
            let alert = self.alert(id);
            alert.told_at = Some(at(seconds));
            alert.told_level = alert.level;
            if why == Telling::Resolved {
                self.facts.alerts.retain(|one| one.id != id);
            }
        }
        // What ended and was never told is of no interest to the planner.
        self.facts
            .alerts
            .retain(|one| one.ended_at.is_none() || one.told_at.is_some());
        told
    }

    /// Looks every five seconds over a span; what was told in it.
    fn pass(&mut self, from: u64, to: u64) -> Vec<(AlertKind, i64, Telling)> {
        let looks = (from..=to).step_by(5);
        looks.flat_map(|second| self.look(second)).collect()
    }

    fn alert(&mut self, id: AlertId) -> &mut Alert {
        let mut alerts = self.facts.alerts.iter_mut();
        alerts.find(|one| one.id == id).expect("it is known")
    }

    fn apply(&mut self, change: AlertChange, at: Timestamp) {
        match change {
            AlertChange::Begin {
                kind,
                mailbox,
                name,
                level,
                trouble,
                opened,
            } => {
                let id = AlertId(self.next);
                self.next += 1;
                self.facts.alerts.push(Alert {
                    id,
                    kind,
                    mailbox,
                    name,
                    level,
                    trouble,
                    since: at,
                    opened_at: opened.then_some(at),
                    clear_since: None,
                    ended_at: None,
                    told_at: None,
                    told_level: 0,
                });
            }
            AlertChange::Stand {
                id, level, trouble, ..
            } => {
                let alert = self.alert(id);
                (alert.level, alert.trouble, alert.clear_since) = (level, trouble, None);
            }
            AlertChange::Open(id) => self.alert(id).opened_at = Some(at),
            AlertChange::Clear(id) => self.alert(id).clear_since = Some(at),
            AlertChange::End(id) => self.alert(id).ended_at = Some(at),
            AlertChange::Drop(id) => self.facts.alerts.retain(|one| one.id != id),
        }
    }
}

#[test]
fn each_condition_is_told_once_when_it_has_stood_long_enough() {
    use AlertKind::{MailboxError, MailboxReconnect, PushBroken, PushWithoutSecret};
    let silent = MailboxFacts {
        without_secret: true,
        ..mailbox(1)
    };
    for (facts, kind, patience) in [
        (reconnect(1), MailboxReconnect, 0),
        (error(1), MailboxError, 5 * MINUTE),
        (push(1, PushState::Broken), PushBroken, 5 * MINUTE),
        (push(1, PushState::Renewing), PushBroken, 30 * MINUTE),
        (silent, PushWithoutSecret, 5 * MINUTE),
    ] {
        let mut world = World::new(vec![facts]);
        let early = world.pass(0, patience);
        assert_eq!(early, [], "{kind:?}");
        let told = world.pass(patience + 5, patience + 10);
        assert_eq!(told, [(kind, 1, Telling::Opened)]);
        assert_eq!(world.pass(patience + 15, DAY / 2), [], "{kind:?} once");
    }
    for quiet in [
        PushState::Off,
        PushState::NotReady,
        PushState::Active,
        PushState::Quiet,
    ] {
        assert_eq!(World::new(vec![push(1, quiet)]).pass(0, 7200), []);
    }
}

#[test]
fn what_does_not_last_is_no_alert() {
    let mut world = World::new(vec![push(1, PushState::Broken)]);
    assert_eq!(world.pass(0, 4 * MINUTE), []);
    world.facts.mailboxes.clear();
    assert_eq!(world.look(4 * MINUTE + 5), []);
    assert!(world.facts.alerts.is_empty());
    // Half the patience again does not add up with the first half.
    world.facts.mailboxes = vec![push(1, PushState::Broken)];
    assert_eq!(world.pass(5 * MINUTE, 9 * MINUTE), []);
}

#[test]
fn an_end_is_told_when_it_lasts_and_what_flickers_is_not() {
    let mut world = World::new(vec![push(1, PushState::Broken)]);
    assert_eq!(world.pass(0, 6 * MINUTE).len(), 1);
    for minute in (6..60).step_by(4) {
        let begin = minute * MINUTE;
        world.facts.mailboxes.clear();
        assert_eq!(world.pass(begin + 5, begin + 2 * MINUTE), []);
        world.facts.mailboxes = vec![push(1, PushState::Broken)];
        assert_eq!(world.pass(begin + 2 * MINUTE + 5, begin + 4 * MINUTE), []);
    }
    world.facts.mailboxes.clear();
    let end = world.pass(62 * MINUTE, 68 * MINUTE);
    assert_eq!(end, [(AlertKind::PushBroken, 1, Telling::Resolved)]);

    let mut world = World::new(vec![reconnect(1)]);
    world.pass(0, 10);
    world.facts.mailboxes.clear();
    let end = world.pass(15, 20);
    assert_eq!(end, [(AlertKind::MailboxReconnect, 1, Telling::Resolved)]);
    assert_eq!(world.pass(25, DAY), []);
}

#[test]
fn what_breaks_at_the_same_moment_is_told_in_one_go() {
    let mut world = World::new((1..=40).map(reconnect).collect());
    world.look(0);
    assert_eq!(world.plan(5).tell.len(), 40);
}

#[test]
fn what_stands_is_told_again_every_day_and_together() {
    let mut world = World::new(vec![reconnect(1)]);
    assert_eq!(world.pass(0, 1800).len(), 1);
    world.facts.mailboxes.push(reconnect(2));
    assert_eq!(world.pass(1805, 3600).len(), 1);
    assert_eq!(world.pass(3605, DAY), []);
    let again = world.pass(DAY + 5, DAY + 3600);
    assert_eq!(
        again,
        [
            (AlertKind::MailboxReconnect, 1, Telling::Reminder),
            (AlertKind::MailboxReconnect, 2, Telling::Reminder),
        ]
    );
}

#[test]
fn an_app_that_is_refused_is_one_alert_whatever_else_it_brings() {
    let mut world = World::new(vec![push(1, PushState::Broken), reconnect(2)]);
    assert_eq!(world.pass(0, 6 * MINUTE).len(), 2);
    world.facts.app.alarm = Some(trouble("invalid_client"));
    world.facts.mailboxes = vec![error(1), reconnect(2), error(3), error(4)];
    let told = world.pass(7 * MINUTE, 60 * MINUTE);
    assert_eq!(told, [(AlertKind::AppRefused, 0, Telling::Opened)]);
    // Accepted again: the mailboxes have their time to come back.
    world.facts.app.alarm = None;
    assert_eq!(world.pass(60 * MINUTE + 5, 60 * MINUTE + 30), []);
    world.facts.mailboxes = vec![push(1, PushState::Broken), reconnect(2)];
    let told = world.pass(61 * MINUTE, 80 * MINUTE);
    assert_eq!(told, [(AlertKind::AppRefused, 0, Telling::Resolved)]);
}

#[test]
fn push_waits_while_somebody_has_to_sign_in() {
    let mut world = World::new(vec![push(1, PushState::Broken)]);
    assert_eq!(world.pass(0, 6 * MINUTE).len(), 1);
    world.facts.mailboxes = vec![reconnect(1)];
    let told = world.pass(7 * MINUTE, 30 * MINUTE);
    assert_eq!(told, [(AlertKind::MailboxReconnect, 1, Telling::Opened)]);
    world.facts.mailboxes.clear();
    let mut told = world.pass(31 * MINUTE, 40 * MINUTE);
    told.sort();
    assert_eq!(
        told,
        [
            (AlertKind::MailboxReconnect, 1, Telling::Resolved),
            (AlertKind::PushBroken, 1, Telling::Resolved),
        ]
    );
}

#[test]
fn an_app_that_ends_is_told_at_each_level_and_daily_at_the_last() {
    let mut world = World::new(Vec::new());
    world.app_ends = Some(at(40 * DAY));
    let mut told = Vec::new();
    for hour in 0..(42 * 24) {
        for (_, _, why) in world.look(hour * 3600) {
            told.push((hour / 24, why));
        }
    }
    let days: Vec<_> = told.iter().map(|(day, _)| *day).collect();
    assert_eq!(days, [10, 26, 37, 38, 39, 40, 41]);
    let why: Vec<_> = told.iter().map(|(_, why)| *why).collect();
    let first = [
        Telling::Opened,
        Telling::Worse,
        Telling::Worse,
        Telling::Reminder,
    ];
    assert_eq!(why[..4], first);
    world.app_ends = Some(at(400 * DAY));
    world.look(42 * DAY);
    let end = world.look(42 * DAY + 5);
    assert_eq!(end, [(AlertKind::AppExpiring, 0, Telling::Resolved)]);
}

#[test]
fn a_mailbox_that_was_not_read_is_not_taken_for_well() {
    let mut world = World::new(vec![reconnect(1), reconnect(2)]);
    assert_eq!(world.pass(0, 10).len(), 2);
    world.facts.mailboxes.pop();
    world.facts.is_cut = true;
    assert_eq!(world.pass(15, 3600), []);
    world.facts.is_cut = false;
    assert_eq!(world.pass(3605, 3700).len(), 1);
}

#[test]
fn so_many_in_an_hour_and_no_more_and_nothing_is_lost() {
    let mut world = World::new(vec![reconnect(1)]);
    world.facts.told_last_hour = NOTICES_PER_HOUR;
    assert_eq!(world.pass(0, 600), []);
    world.facts.mailboxes.push(reconnect(2));
    assert_eq!(world.pass(605, 1200), []);
    world.facts.told_last_hour = NOTICES_PER_HOUR - 1;
    assert_eq!(world.look(1205).len(), 2);
}

#[test]
fn what_nobody_could_be_told_is_told_when_somebody_can() {
    let mut world = World::new(vec![reconnect(1), reconnect(2)]);
    world.facts.ways.clear();
    assert_eq!(world.pass(0, 600), []);
    world.facts.mailboxes.pop();
    world.look(605);
    world.facts.ways = vec![AlertWay::Mail];
    let told = world.pass(610, 1200);
    assert_eq!(told, [(AlertKind::MailboxReconnect, 1, Telling::Opened)]);
}

#[test]
fn the_same_state_gives_the_same_plan_and_carried_out_it_gives_none() {
    let mut world = World::new(vec![reconnect(1), error(2), push(3, PushState::Broken)]);
    assert_eq!(world.plan(0), world.plan(0));
    world.look(0);
    assert_eq!(world.plan(0).changes, []);
}

fn notice(tries: i64) -> Notice {
    Notice {
        id: NoticeId(1),
        way: AlertWay::Http,
        created_at: at(0),
        due_at: at(0),
        tries,
        doubts: 0,
        gone_out: 0,
        lines: Vec::new(),
    }
}

#[test]
fn a_notice_waits_as_long_as_was_said_and_not_for_a_clock_that_was_ahead() {
    let due = |second| Notice {
        due_at: at(second),
        ..notice(1)
    };
    for (due_at, is) in [
        (99, true),
        (100, true),
        (101, false),
        (3700, false),
        (3701, true),
    ] {
        assert_eq!(is_due(&due(due_at), at(100)), is, "{due_at}");
    }
    for (gone_out, is) in [(0, true), (5, true), (6, false), (7, false)] {
        let notice = Notice {
            gone_out,
            ..due(100)
        };
        assert_eq!(is_due(&notice, at(100)), is, "{gone_out}");
    }
}

#[test]
fn trying_again_takes_longer_each_time_and_ends() {
    let mut now = 0;
    let mut waits = Vec::new();
    let trouble = trouble("alert_post_status");
    for tries in 0..200 {
        match after_failure(&notice(tries), trouble.clone(), false, at(now)) {
            NoticeOutcome::Again { due_at, .. } => {
                let wait = due_at.since(at(now)).as_secs();
                waits.push(wait);
                now += wait;
            }
            _ => break,
        }
    }
    assert_eq!(waits[..5], [30, 120, 600, 1800, 3600]);
    assert!(waits.is_sorted() && waits.len() < 60, "{}", waits.len());
    assert!((2 * DAY..2 * DAY + 3601).contains(&now), "{now}");
}

#[test]
fn what_may_have_gone_out_twice_is_not_sent_a_third_time() {
    let after = |doubts, is_doubtful| {
        let notice = Notice {
            doubts,
            ..notice(4)
        };
        after_failure(&notice, trouble("alert_mail_slow"), is_doubtful, at(60))
    };
    for (doubts, is_doubtful) in [(0, false), (0, true), (1, false)] {
        let due_at = at(60 + 3600);
        let again = NoticeOutcome::Again {
            due_at,
            trouble: trouble("alert_mail_slow"),
            is_doubtful,
        };
        assert_eq!(after(doubts, is_doubtful), again);
    }
    let trouble = trouble("alert_mail_slow");
    assert_eq!(after(1, true), NoticeOutcome::Doubtful { trouble });
}

#[test]
fn the_chosen_mailbox_sends_while_it_can_and_others_stand_in() {
    let known = |healthy: &[i64], ill: &[i64], hopeless: &[i64]| {
        let sender = |id: &i64, healthy, hopeless| AlertSender {
            mailbox: MailboxId(*id),
            name: String::new(),
            healthy,
            hopeless,
            is_gone: false,
        };
        let mut all: Vec<_> = healthy.iter().map(|id| sender(id, true, false)).collect();
        all.extend(ill.iter().map(|id| sender(id, false, false)));
        all.extend(hopeless.iter().map(|id| sender(id, false, true)));
        all
    };
    for (chosen, senders_known, tried) in [
        (None, known(&[1, 2], &[3], &[4]), vec![1, 2, 3]),
        (Some(2), known(&[1, 2], &[3], &[]), vec![2, 1, 3]),
        (Some(3), known(&[1], &[2, 3], &[]), vec![1, 3, 2]),
        (Some(4), known(&[1], &[], &[4]), vec![1]),
        (Some(9), known(&[], &[], &[9]), vec![]),
        (None, known(&[1, 2, 3, 4, 5], &[], &[]), vec![1, 2, 3]),
    ] {
        let found = senders(chosen.map(MailboxId), &senders_known);
        let found: Vec<_> = found.into_iter().map(|one| one.0).collect();
        assert_eq!(found, tried, "{chosen:?} {senders_known:?}");
    }
}
