//! Alerts: the one lease, what they are decided from, and how far each is told.

use maildesk_model::alert::{Alert, AlertKind, AlertSettings, AlertWay, Notice, Telling, WayState};
use maildesk_model::id::{AlertId, MailboxId, NodeId, SubscriptionId};
use maildesk_model::mailbox::{Connection, MailboxState, Trouble};
use maildesk_model::push::PushState;
use maildesk_model::secret::Secret;
use maildesk_store::StoreError;
use maildesk_store::contract::{
    AlertChange, AlertLease, AlertStore, AppStore, ConnectionStore, DeskStore, JournalStore,
    KeptTokens, MailboxStore, NewMailbox, NoticeOutcome, NotificationTally, PushNote, PushStore,
    StampStore, SyncStore,
};

use crate::fixture::{ADMIN, Fixture, at, cases, open};

cases!(
    one_node_looks_at_a_time_and_a_late_one_writes_nothing,
    a_server_that_is_alone_ends_the_lease,
    a_clock_that_was_ahead_silences_nothing,
    mailboxes_that_are_not_well_are_facts,
    what_the_push_of_a_mailbox_lacks_is_a_fact,
    an_alert_goes_from_its_beginning_to_its_end,
    one_alert_of_a_kind_and_mailbox_stands_at_a_time,
    what_is_told_waits_for_each_way_in_order,
    what_goes_out_by_a_way_is_counted,
    what_was_not_taken_waits_and_says_why,
    what_may_have_gone_out_twice_counts_as_taken,
    a_way_that_is_not_set_any_more_is_given_up,
    a_way_that_was_mended_is_tried_at_once,
    what_is_less_bad_is_told_anew_when_it_is_worse_again,
    what_nobody_was_told_of_is_told_again,
    an_end_nobody_was_told_of_is_told_again,
    what_another_notice_tells_is_not_told_again,
    where_alerts_go_is_kept_and_sealed,
    senders_are_listed_the_best_first,
    a_member_sees_no_alerts_and_figures_count_standing_ones,
    what_is_over_is_forgotten_in_time,
);

fn trouble(code: &str) -> Trouble {
    Trouble {
        code: code.to_owned(),
        message: "What it means.".to_owned(),
        remedy: "What to do.".to_owned(),
    }
}

/// The lease, where every way is set.
async fn with_ways(desk: &Fixture) -> AlertLease {
    let both = AlertSettings {
        mail: true,
        url: "https://x.example".to_owned(),
        ..AlertSettings::default()
    };
    desk.store.set_alert_settings(&both, at(0)).await.unwrap();
    lease(desk, 0).await
}

async fn lease(desk: &Fixture, second: i64) -> AlertLease {
    let claimed = desk
        .store
        .claim_alerts(&desk.node, at(second), at(second + 60));
    claimed.await.unwrap().expect("it is time")
}

fn begin(kind: AlertKind, mailbox: Option<MailboxId>) -> AlertChange {
    AlertChange::Begin {
        kind,
        mailbox,
        name: "Sales".to_owned(),
        level: 1,
        trouble: trouble("first"),
        opened: false,
    }
}

async fn save(desk: &Fixture, lease: &AlertLease, changes: &[AlertChange], second: i64) {
    let saved = desk.store.save_alerts(lease, changes, &[], &[], at(second));
    saved.await.unwrap();
}

/// One alert of each kind, open.
async fn opened(desk: &Fixture, lease: &AlertLease, kinds: &[AlertKind]) -> Vec<AlertId> {
    let begun: Vec<_> = kinds.iter().map(|kind| begin(*kind, None)).collect();
    save(desk, lease, &begun, 1).await;
    let ids: Vec<_> = facts(desk, 1).await.into_iter().map(|one| one.id).collect();
    let opens: Vec<_> = ids.iter().copied().map(AlertChange::Open).collect();
    save(desk, lease, &opens, 2).await;
    ids
}

async fn facts(desk: &Fixture, second: i64) -> Vec<Alert> {
    desk.store.alert_facts(at(second)).await.unwrap().alerts
}

async fn tell(
    desk: &Fixture,
    lease: &AlertLease,
    tell: &[(AlertId, Telling)],
    ways: &[AlertWay],
    second: i64,
) {
    let saved = desk.store.save_alerts(lease, &[], tell, ways, at(second));
    saved.await.unwrap();
}

async fn settle(
    desk: &Fixture,
    lease: &AlertLease,
    notice: &Notice,
    outcome: NoticeOutcome,
    second: i64,
) {
    let settled = desk
        .store
        .settle_notice(lease, notice.id, &outcome, at(second));
    settled.await.unwrap();
}

const TAKEN: NoticeOutcome = NoticeOutcome::Taken { sender: None };

async fn one_node_looks_at_a_time_and_a_late_one_writes_nothing(desk: Fixture) {
    let other = open(&desk.url).await;
    let there = NodeId("there".into());
    let mine = lease(&desk, 10).await;
    let taken = other.claim_alerts(&there, at(11), at(71)).await.unwrap();
    assert_eq!(taken, None);
    let theirs = other.claim_alerts(&there, at(70), at(130)).await.unwrap();
    let theirs = theirs.expect("the lease has expired");
    let change = [begin(AlertKind::AppRefused, None)];
    let late = desk.store.save_alerts(&mine, &change, &[], &[], at(71));
    assert!(matches!(late.await, Err(StoreError::LeaseLost)));
    let late = desk.store.release_alerts(&mine, at(72));
    assert!(matches!(late.await, Err(StoreError::LeaseLost)));
    let saved = other.save_alerts(&theirs, &change, &[], &[], at(72));
    saved.await.unwrap();
    other.release_alerts(&theirs, at(80)).await.unwrap();
    let early = desk.store.claim_alerts(&desk.node, at(79), at(99));
    assert_eq!(early.await.unwrap(), None);
    lease(&desk, 80).await;
    other.close().await;
}

async fn a_server_that_is_alone_ends_the_lease(desk: Fixture) {
    let mine = lease(&desk, 10).await;
    desk.store.end_all_leases().await.unwrap();
    let late = desk.store.release_alerts(&mine, at(12)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)));
    lease(&desk, 12).await;
}

async fn a_clock_that_was_ahead_silences_nothing(desk: Fixture) {
    let store = &desk.store;
    let tomorrow = 86_400;
    let url = AlertSettings {
        url: "https://x.example".to_owned(),
        ..AlertSettings::default()
    };
    store.set_alert_settings(&url, at(0)).await.unwrap();
    let claimed = lease(&desk, tomorrow).await;
    let ids = opened(&desk, &claimed, &[AlertKind::AppRefused]).await;
    for second in 0..9 {
        let line = [(ids[0], Telling::Opened)];
        tell(&desk, &claimed, &line, &[AlertWay::Http], tomorrow + second).await;
    }
    let next = at(tomorrow + 14);
    store.release_alerts(&claimed, next).await.unwrap();
    assert_eq!(store.alert_facts(at(5)).await.unwrap().told_last_hour, 0);
    let again = lease(&desk, 5).await;
    // The pause before the next look is kept.
    store.release_alerts(&again, at(15)).await.unwrap();
    let early = store.claim_alerts(&desk.node, at(10), at(70)).await;
    assert_eq!(early.unwrap(), None);
    // A server that is alone does not wait for it either.
    store
        .release_alerts(&lease(&desk, 15).await, at(60))
        .await
        .unwrap();
    store.end_all_leases().await.unwrap();
    lease(&desk, 16).await;
}

async fn mailboxes_that_are_not_well_are_facts(desk: Fixture) {
    let store = &desk.store;
    let ill = desk.mailbox("ill@contoso.test").await;
    let lease = desk.claim(1).await.unwrap();
    let error = trouble("ErrorAccessDenied");
    let set = store.set_mailbox_state(&lease, MailboxState::Error, Some(&error), at(2));
    set.await.unwrap();
    let mut ids = Vec::new();
    for address in ["away@contoso.test", "off@contoso.test", "gone@contoso.test"] {
        let id = desk.mailbox(address).await;
        let gone = trouble("sign_in_again");
        let version = store.connection(id).await.unwrap().unwrap().version;
        let needed = store.need_sign_in(id, version, &gone, at(2));
        needed.await.unwrap();
        ids.push(id);
    }
    desk.mailbox("well@contoso.test").await;
    store
        .disconnect_mailbox(ADMIN, ids[1], at(3))
        .await
        .unwrap();
    store.remove_mailbox(ADMIN, ids[2], at(3)).await.unwrap();
    store
        .set_app_alarm(Some(&trouble("invalid_client")))
        .await
        .unwrap();

    let facts = store.alert_facts(at(4)).await.unwrap();
    let found: Vec<_> = facts
        .mailboxes
        .iter()
        .map(|one| {
            let code = one.trouble.as_ref().map(|why| why.code.as_str());
            (one.mailbox, one.name.as_str(), one.state, code)
        })
        .collect();
    assert_eq!(
        found,
        [
            (ill, "ill", MailboxState::Error, Some("ErrorAccessDenied")),
            (
                ids[0],
                "away",
                MailboxState::Reconnect,
                Some("sign_in_again")
            ),
        ]
    );
    assert_eq!(facts.app.alarm, Some(trouble("invalid_client")));
    assert_eq!((facts.ways, facts.told_last_hour), (Vec::new(), 0));
}

async fn what_the_push_of_a_mailbox_lacks_is_a_fact(desk: Fixture) {
    let store = &desk.store;
    let mailbox = desk.mailbox("team@contoso.test").await;
    let states = async || {
        let facts = store.alert_facts(at(9)).await.unwrap().mailboxes;
        facts
            .into_iter()
            .map(|one| {
                (
                    one.push,
                    one.push_trouble.map(|why| why.code),
                    one.without_secret,
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(states().await, []);
    store
        .want(
            ADMIN,
            mailbox,
            &maildesk_model::intent::Want::RegisterPush,
            at(1),
        )
        .await
        .unwrap();
    let push = store.claim_push(&desk.node, at(2), at(60)).await.unwrap();
    let push = push.unwrap();
    for (state, seen) in [
        (PushState::Broken, true),
        (PushState::Renewing, true),
        (PushState::Active, false),
        (PushState::NotReady, false),
    ] {
        let note = PushNote {
            wanted: Some(true),
            state: Some(state),
            trouble: Some(Some(trouble("ValidationError"))),
            ..PushNote::default()
        };
        store.note_push(&push, &note, at(3)).await.unwrap();
        let code = Some("ValidationError".to_owned());
        let expected: Vec<_> = seen.then_some((state, code, false)).into_iter().collect();
        assert_eq!(states().await, expected, "{state:?}");
    }
    let secret = Secret::new("s");
    let row = store.add_subscription(&push, &secret, "https://x", at(4));
    let id = row.await.unwrap();
    let active = store.activate_subscription(&push, id, "remote", at(900), 80, at(5));
    active.await.unwrap();
    store.stamp(&[], &[tally(id, 0, 3)]).await.unwrap();
    assert_eq!(states().await.len(), 1);
    assert!(
        states().await[0].2,
        "notifications came, and none with a secret"
    );
    // With push off nothing is missing, wanted or not.
    for (wanted, state) in [(true, PushState::Off), (false, PushState::Active)] {
        let note = PushNote {
            wanted: Some(wanted),
            state: Some(state),
            ..PushNote::default()
        };
        store.note_push(&push, &note, at(7)).await.unwrap();
        assert_eq!(states().await, [], "{wanted} {state:?}");
    }
    let note = PushNote {
        wanted: Some(true),
        ..PushNote::default()
    };
    store.note_push(&push, &note, at(8)).await.unwrap();
    assert_eq!(states().await.len(), 1);
    store.stamp(&[], &[tally(id, 1, 0)]).await.unwrap();
    assert_eq!(states().await, []);
}

fn tally(subscription: SubscriptionId, accepted: i64, silent: i64) -> NotificationTally {
    NotificationTally {
        subscription,
        accepted,
        silent,
        forged: 0,
        lifecycle: 0,
        told: Vec::new(),
        at: at(6),
    }
}

async fn an_alert_goes_from_its_beginning_to_its_end(desk: Fixture) {
    let lease = lease(&desk, 0).await;
    let mailbox = Some(MailboxId(7));
    save(&desk, &lease, &[begin(AlertKind::PushBroken, mailbox)], 1).await;
    let alert = facts(&desk, 1).await.remove(0);
    assert_eq!(
        (alert.kind, alert.mailbox),
        (AlertKind::PushBroken, mailbox)
    );
    assert_eq!(
        (alert.since, alert.opened_at, alert.level),
        (at(1), None, 1)
    );
    let id = alert.id;
    // Each of these twice: the second changes nothing.
    for second in [2, 3] {
        save(&desk, &lease, &[AlertChange::Open(id)], second).await;
    }
    for second in [4, 5] {
        save(&desk, &lease, &[AlertChange::Clear(id)], second).await;
    }
    let alert = facts(&desk, 5).await.remove(0);
    assert_eq!(
        (alert.opened_at, alert.clear_since),
        (Some(at(2)), Some(at(4)))
    );
    let stand = AlertChange::Stand {
        id,
        name: "Sales and more".to_owned(),
        level: 2,
        trouble: trouble("second"),
    };
    save(&desk, &lease, &[stand, AlertChange::Drop(id)], 6).await;
    let alert = facts(&desk, 6).await.remove(0);
    assert_eq!((alert.clear_since, alert.level), (None, 2));
    assert_eq!(
        (alert.name.as_str(), alert.trouble.code.as_str()),
        ("Sales and more", "second")
    );
    for second in [7, 8] {
        save(&desk, &lease, &[AlertChange::End(id)], second).await;
    }
    assert_eq!(
        facts(&desk, 9).await,
        [],
        "nobody was told, so nobody is told of its end"
    );
    let ended = desk.store.alerts(ADMIN, 9).await.unwrap();
    assert_eq!(ended[0].ended_at, Some(at(7)));
    // What was none yet leaves nothing behind.
    save(&desk, &lease, &[begin(AlertKind::PushBroken, mailbox)], 10).await;
    let next = facts(&desk, 10).await.remove(0).id;
    save(&desk, &lease, &[AlertChange::Drop(next)], 11).await;
    assert_eq!(facts(&desk, 12).await, []);
    assert_eq!(desk.store.alerts(ADMIN, 9).await.unwrap().len(), 1);
}

async fn one_alert_of_a_kind_and_mailbox_stands_at_a_time(desk: Fixture) {
    let lease = lease(&desk, 0).await;
    let change = begin(AlertKind::AppRefused, None);
    save(&desk, &lease, &[change.clone(), change.clone()], 1).await;
    save(&desk, &lease, std::slice::from_ref(&change), 2).await;
    let other = begin(AlertKind::AppRefused, Some(MailboxId(3)));
    save(&desk, &lease, &[other], 2).await;
    let standing = facts(&desk, 3).await;
    assert_eq!(standing.len(), 2);
    assert_eq!(standing[0].since, at(1));
}

async fn what_is_told_waits_for_each_way_in_order(desk: Fixture) {
    let store = &desk.store;
    let lease = with_ways(&desk).await;
    let kinds = [AlertKind::AppRefused, AlertKind::AppExpiring];
    let ids = opened(&desk, &lease, &kinds).await;
    // Without a way nothing is told, and nothing is noted as told.
    tell(&desk, &lease, &[(ids[0], Telling::Opened)], &[], 3).await;
    assert_eq!(store.next_notices(at(9)).await.unwrap(), []);
    let both = [(ids[0], Telling::Opened), (ids[1], Telling::Opened)];
    tell(&desk, &lease, &both, &AlertWay::ALL, 4).await;
    let again = [(ids[1], Telling::Reminder)];
    tell(&desk, &lease, &again, &AlertWay::ALL, 5).await;
    let known = facts(&desk, 6).await;
    assert_eq!((known[0].told_at, known[0].told_level), (Some(at(4)), 1));
    assert_eq!(known[1].told_at, Some(at(5)));
    let told = store.alert_facts(at(6)).await.unwrap().told_last_hour;
    assert_eq!(told, 2, "of one way");
    let later = store.alert_facts(at(3604)).await.unwrap().told_last_hour;
    assert_eq!(later, 1);

    let notices = store.next_notices(at(9)).await.unwrap();
    let ways: Vec<_> = notices.iter().map(|one| one.way).collect();
    assert_eq!(ways, AlertWay::ALL);
    let lines: Vec<_> = notices[0]
        .lines
        .iter()
        .map(|(alert, why)| (alert.id, *why))
        .collect();
    assert_eq!(lines, both);
    assert_eq!(
        (notices[0].created_at, notices[0].due_at, notices[0].tries),
        (at(4), at(4), 0)
    );
    settle(&desk, &lease, &notices[0], TAKEN, 7).await;
    let next = store.next_notices(at(9)).await.unwrap();
    assert_eq!(next[0].lines.len(), 1, "the next of that way");
    assert_eq!(next[1], notices[1], "the other way is where it was");

    // The end is told once, and then nothing is known of it here any more.
    save(&desk, &lease, &[AlertChange::End(ids[0])], 8).await;
    assert_eq!(facts(&desk, 8).await.len(), 2);
    tell(
        &desk,
        &lease,
        &[(ids[0], Telling::Resolved)],
        &[AlertWay::Http],
        9,
    )
    .await;
    assert_eq!(facts(&desk, 9).await.len(), 1);
}

async fn what_goes_out_by_a_way_is_counted(desk: Fixture) {
    let store = &desk.store;
    let lease = with_ways(&desk).await;
    let ids = opened(&desk, &lease, &[AlertKind::AppRefused]).await;
    // Written over a day, while the address answered to nobody.
    for hour in 0..9 {
        let line = [(ids[0], Telling::Reminder)];
        tell(&desk, &lease, &line, &AlertWay::ALL, hour * 3600).await;
    }
    let next = async |second| {
        let notices = store.next_notices(at(second)).await.unwrap();
        let gone_out: Vec<_> = notices.iter().map(|one| one.gone_out).collect();
        (notices, gone_out)
    };
    for n in 0..3 {
        let (notices, gone_out) = next(90_000 + n).await;
        assert_eq!(gone_out, [0, n]);
        settle(&desk, &lease, &notices[1], TAKEN, 90_000 + n).await;
    }
    let (notices, _) = next(90_003).await;
    let again = NoticeOutcome::Again {
        due_at: at(90_005),
        trouble: trouble("alert_post_refused"),
        is_doubtful: false,
    };
    settle(&desk, &lease, &notices[1], again, 90_004).await;
    assert_eq!(
        next(90_005).await.1,
        [0, 3],
        "what was refused did not go out"
    );
    assert_eq!(
        next(90_001).await.1,
        [0, 2],
        "nor what a clock ahead has noted"
    );
    assert_eq!(next(93_601).await.1, [0, 1]);
}

async fn what_was_not_taken_waits_and_says_why(desk: Fixture) {
    let store = &desk.store;
    let lease = with_ways(&desk).await;
    let ids = opened(&desk, &lease, &[AlertKind::AppRefused]).await;
    let state = async || store.way_states().await.unwrap().remove(1);
    let line = [(ids[0], Telling::Opened)];
    tell(&desk, &lease, &line, &[AlertWay::Http], 3).await;
    let notice = store.next_notices(at(9)).await.unwrap().remove(0);
    let again = NoticeOutcome::Again {
        due_at: at(60),
        trouble: trouble("alert_post_refused"),
        is_doubtful: false,
    };
    settle(&desk, &lease, &notice, again, 4).await;
    let waiting = store.next_notices(at(9)).await.unwrap().remove(0);
    assert_eq!((waiting.due_at, waiting.tries), (at(60), 1));
    let seen = state().await;
    assert_eq!((seen.waiting, seen.told_at), (1, None));
    assert_eq!(seen.trouble, Some(trouble("alert_post_refused")));

    let given_up = NoticeOutcome::GivenUp {
        trouble: trouble("alert_post_timeout"),
    };
    settle(&desk, &lease, &notice, given_up.clone(), 61).await;
    settle(&desk, &lease, &notice, TAKEN, 62).await;
    let seen = state().await;
    assert_eq!(
        (seen.waiting, seen.told_at),
        (0, None),
        "what is settled stays so"
    );
    assert_eq!(seen.trouble, Some(trouble("alert_post_timeout")));

    let mailbox = desk.mailbox("sales@contoso.test").await;
    tell(&desk, &lease, &line, &[AlertWay::Http], 63).await;
    let notice = store.next_notices(at(9)).await.unwrap().remove(0);
    let sender = Some(mailbox);
    settle(&desk, &lease, &notice, NoticeOutcome::Taken { sender }, 64).await;
    let well = WayState {
        way: AlertWay::Http,
        told_at: Some(at(64)),
        sender,
        waiting: 0,
        trouble: None,
    };
    assert_eq!(state().await, well);
    store.remove_mailbox(ADMIN, mailbox, at(65)).await.unwrap();
    assert_eq!(state().await.sender, None);
    let late = desk.store.claim_alerts(&desk.node, at(66), at(99)).await;
    let newer = late.unwrap().unwrap();
    assert!(newer.epoch > lease.epoch);
    let late = store.settle_notice(&lease, notice.id, &TAKEN, at(67)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)));
}

async fn what_may_have_gone_out_twice_counts_as_taken(desk: Fixture) {
    let store = &desk.store;
    let lease = with_ways(&desk).await;
    let ids = opened(&desk, &lease, &[AlertKind::AppRefused]).await;
    let line = [(ids[0], Telling::Opened)];
    tell(&desk, &lease, &line, &[AlertWay::Mail], 3).await;
    let notice = async || store.next_notices(at(9)).await.unwrap().pop();
    for (n, is_doubtful) in (0..).zip([true, false]) {
        let again = NoticeOutcome::Again {
            due_at: at(60),
            trouble: trouble("alert_mail_slow"),
            is_doubtful,
        };
        let waiting = notice().await.unwrap();
        assert_eq!((waiting.tries, waiting.doubts), (n, n));
        settle(&desk, &lease, &waiting, again, 4).await;
    }
    let waiting = notice().await.unwrap();
    assert_eq!((waiting.tries, waiting.doubts), (2, 1));
    let doubtful = NoticeOutcome::Doubtful {
        trouble: trouble("alert_mail_slow"),
    };
    settle(&desk, &lease, &waiting, doubtful, 5).await;
    assert_eq!(notice().await, None);
    let state = store.way_states().await.unwrap().remove(0);
    assert_eq!((state.told_at, state.waiting), (Some(at(5)), 0));
    assert_eq!(
        state.trouble,
        Some(trouble("alert_mail_slow")),
        "the doubt is said"
    );
    assert_eq!(facts(&desk, 6).await[0].told_at, Some(at(3)));
    tell(&desk, &lease, &line, &[AlertWay::Mail], 7).await;
    let waiting = notice().await.unwrap();
    settle(&desk, &lease, &waiting, TAKEN, 8).await;
    assert_eq!(store.way_states().await.unwrap()[0].trouble, None);
}

async fn a_way_that_is_not_set_any_more_is_given_up(desk: Fixture) {
    let store = &desk.store;
    let both = AlertSettings {
        mail: true,
        url: "https://x.example".to_owned(),
        ..AlertSettings::default()
    };
    store.set_alert_settings(&both, at(0)).await.unwrap();
    let lease = lease(&desk, 0).await;
    let ids = opened(&desk, &lease, &[AlertKind::AppRefused]).await;
    let line = [(ids[0], Telling::Opened)];
    tell(&desk, &lease, &line, &both.ways(), 3).await;
    let mail_only = AlertSettings {
        url: String::new(),
        ..both
    };
    store.set_alert_settings(&mail_only, at(4)).await.unwrap();
    let left = store.next_notices(at(9)).await.unwrap();
    let ways: Vec<_> = left.iter().map(|one| one.way).collect();
    assert_eq!(ways, [AlertWay::Mail]);
    let facts = store.alert_facts(at(5)).await.unwrap();
    assert_eq!(facts.ways, [AlertWay::Mail]);
    // Whoever read the facts before writes nothing for it any more; without a way nothing is told.
    let notices = async || desk.number("SELECT COUNT(*) FROM alert_notice").await;
    let before = notices().await;
    tell(&desk, &lease, &line, &AlertWay::ALL, 6).await;
    assert_eq!(notices().await, before + 1);
    let none = AlertSettings::default();
    store.set_alert_settings(&none, at(7)).await.unwrap();
    tell(&desk, &lease, &line, &AlertWay::ALL, 8).await;
    assert_eq!(notices().await, before + 1);
    let alert = &store.alert_facts(at(9)).await.unwrap().alerts[0];
    assert_eq!(alert.told_at, None);
}

async fn a_way_that_was_mended_is_tried_at_once(desk: Fixture) {
    let store = &desk.store;
    let lease = with_ways(&desk).await;
    let ids = opened(&desk, &lease, &[AlertKind::AppRefused]).await;
    let line = [(ids[0], Telling::Opened)];
    tell(&desk, &lease, &line, &AlertWay::ALL, 3).await;
    for notice in store.next_notices(at(4)).await.unwrap() {
        let again = NoticeOutcome::Again {
            due_at: at(3600),
            trouble: trouble("alert_post_name"),
            is_doubtful: false,
        };
        settle(&desk, &lease, &notice, again, 4).await;
    }
    let settings = |recipient: &str, url: &str, secret: &str| AlertSettings {
        mail: true,
        sender: None,
        recipients: vec![recipient.to_owned()],
        url: url.to_owned(),
        secret: Some(Secret::new(secret)),
    };
    let (a, x) = ("a@contoso.test", "https://x.example");
    let set = [
        (settings(a, x, "one"), [5, 5]),
        (settings(a, x, "one"), [5, 5]),
        (settings(a, x, "two"), [5, 7]),
        (settings(a, "https://y.example", "two"), [5, 8]),
        (
            settings("b@contoso.test", "https://y.example", "two"),
            [9, 8],
        ),
    ];
    for (second, (settings, due)) in (5..).zip(set) {
        store
            .set_alert_settings(&settings, at(second))
            .await
            .unwrap();
        let notices = store.next_notices(at(second)).await.unwrap();
        let found: Vec<_> = notices.iter().map(|one| one.due_at).collect();
        assert_eq!(found, due.map(at), "{second}");
    }
}

fn given_up() -> NoticeOutcome {
    let trouble = trouble("alert_post_timeout");
    NoticeOutcome::GivenUp { trouble }
}

async fn what_is_less_bad_is_told_anew_when_it_is_worse_again(desk: Fixture) {
    let lease = with_ways(&desk).await;
    let ids = opened(&desk, &lease, &[AlertKind::AppExpiring]).await;
    let stands = async |level, second| {
        let stand = AlertChange::Stand {
            id: ids[0],
            name: String::new(),
            level,
            trouble: trouble("ends"),
        };
        save(&desk, &lease, &[stand], second).await;
        let alert = facts(&desk, second).await.remove(0);
        (alert.level, alert.told_level)
    };
    assert_eq!(stands(3, 3).await, (3, 0), "nobody was told yet");
    let line = [(ids[0], Telling::Opened)];
    tell(&desk, &lease, &line, &[AlertWay::Http], 4).await;
    for (level, told) in [(3, 3), (1, 1), (3, 1)] {
        assert_eq!(stands(level, 5).await, (level, told));
    }
}

async fn what_nobody_was_told_of_is_told_again(desk: Fixture) {
    let store = &desk.store;
    let lease = with_ways(&desk).await;
    let ids = opened(&desk, &lease, &[AlertKind::AppExpiring]).await;
    let told = async || {
        let alert = facts(&desk, 9).await.remove(0);
        (alert.told_at, alert.told_level)
    };
    let http = &[AlertWay::Http];
    tell(&desk, &lease, &[(ids[0], Telling::Opened)], http, 3).await;
    assert_eq!(told().await, (Some(at(3)), 1));
    let notice = store.next_notices(at(9)).await.unwrap().remove(0);
    settle(&desk, &lease, &notice, given_up(), 4).await;
    assert_eq!(told().await, (None, 0));
    // A second way takes it; then what became worse is lost, and that alone is told again.
    tell(&desk, &lease, &[(ids[0], Telling::Opened)], http, 5).await;
    let notice = store.next_notices(at(9)).await.unwrap().remove(0);
    settle(&desk, &lease, &notice, TAKEN, 6).await;
    tell(&desk, &lease, &[(ids[0], Telling::Worse)], http, 7).await;
    let notice = store.next_notices(at(9)).await.unwrap().remove(0);
    settle(&desk, &lease, &notice, given_up(), 8).await;
    assert_eq!(told().await, (Some(at(7)), 0));
    // So it is when the way is switched off.
    tell(&desk, &lease, &[(ids[0], Telling::Worse)], http, 9).await;
    assert_eq!(told().await, (Some(at(9)), 1));
    let off = AlertSettings::default();
    store.set_alert_settings(&off, at(10)).await.unwrap();
    assert_eq!(told().await, (Some(at(9)), 0));
}

async fn an_end_nobody_was_told_of_is_told_again(desk: Fixture) {
    let store = &desk.store;
    let lease = with_ways(&desk).await;
    let kinds = [AlertKind::AppRefused, AlertKind::AppExpiring];
    let ids = opened(&desk, &lease, &kinds).await;
    let http = &[AlertWay::Http];
    tell(&desk, &lease, &[(ids[0], Telling::Opened)], http, 3).await;
    let notice = store.next_notices(at(9)).await.unwrap().remove(0);
    settle(&desk, &lease, &notice, TAKEN, 4).await;
    tell(&desk, &lease, &[(ids[1], Telling::Opened)], http, 5).await;
    let ends = [AlertChange::End(ids[0]), AlertChange::End(ids[1])];
    save(&desk, &lease, &ends, 6).await;
    let both = [(ids[0], Telling::Resolved), (ids[1], Telling::Resolved)];
    tell(&desk, &lease, &both, http, 7).await;
    assert_eq!(facts(&desk, 7).await, [], "both are told");
    for second in [8, 9] {
        let notice = store.next_notices(at(9)).await.unwrap().remove(0);
        settle(&desk, &lease, &notice, given_up(), second).await;
    }
    // Of the second nobody was told that it began.
    let left: Vec<_> = facts(&desk, 9)
        .await
        .into_iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(left, [ids[0]]);
}

async fn what_another_notice_tells_is_not_told_again(desk: Fixture) {
    let store = &desk.store;
    let lease = with_ways(&desk).await;
    let ids = opened(&desk, &lease, &[AlertKind::AppExpiring]).await;
    let line = [(ids[0], Telling::Worse)];
    tell(&desk, &lease, &line, &AlertWay::ALL, 3).await;
    let notices = store.next_notices(at(9)).await.unwrap();
    let told = async || {
        let alert = facts(&desk, 9).await.remove(0);
        (alert.told_at, alert.told_level)
    };
    settle(&desk, &lease, &notices[0], given_up(), 4).await;
    assert_eq!(told().await, (Some(at(3)), 1), "the other way waits");
    settle(&desk, &lease, &notices[1], TAKEN, 5).await;
    settle(&desk, &lease, &notices[0], given_up(), 6).await;
    assert_eq!(told().await, (Some(at(3)), 1));
    save(&desk, &lease, &[AlertChange::End(ids[0])], 7).await;
    let line = [(ids[0], Telling::Resolved)];
    tell(&desk, &lease, &line, &AlertWay::ALL, 8).await;
    let notices = store.next_notices(at(9)).await.unwrap();
    settle(&desk, &lease, &notices[1], TAKEN, 9).await;
    settle(&desk, &lease, &notices[0], given_up(), 9).await;
    assert_eq!(facts(&desk, 9).await, []);
}

async fn where_alerts_go_is_kept_and_sealed(desk: Fixture) {
    let store = &desk.store;
    assert_eq!(store.alert_settings().await.unwrap().ways(), []);
    let settings = AlertSettings {
        mail: true,
        sender: Some(MailboxId(4)),
        recipients: vec!["ops@contoso.test".to_owned()],
        url: "https://alerts.example.com/very-secret-path".to_owned(),
        secret: Some(Secret::new("the signing secret")),
    };
    store.set_alert_settings(&settings, at(1)).await.unwrap();
    let kept = store.alert_settings().await.unwrap();
    assert_eq!((kept.mail, kept.sender), (true, Some(MailboxId(4))));
    assert_eq!(kept.recipients, ["ops@contoso.test"]);
    assert_eq!(kept.url, settings.url);
    assert_eq!(kept.secret.unwrap().expose(), "the signing secret");
    let plain = desk
        .number(
            "SELECT COUNT(*) FROM alert_setting WHERE CAST(url AS TEXT) LIKE '%secret-path%'
               OR CAST(secret AS TEXT) LIKE '%signing%'",
        )
        .await;
    assert_eq!(plain, 0);
    assert!(!format!("{settings:?}").contains("contoso"));
    store
        .set_alert_settings(&AlertSettings::default(), at(2))
        .await
        .unwrap();
    let none = store.alert_settings().await.unwrap();
    assert!(none.secret.is_none() && none.url.is_empty());
}

async fn senders_are_listed_the_best_first(desk: Fixture) {
    let store = &desk.store;
    let add = async |name: &str, connection| {
        let mailbox = NewMailbox {
            name: name.to_owned(),
            address: format!("{name}@contoso.test"),
            connection,
            at: at(0),
        };
        store.add_mailbox(mailbox).await.unwrap()
    };
    let sign_in = async |mailbox, scope: &str| {
        let tokens = KeptTokens {
            refresh: Secret::new("r"),
            access: Secret::new("a"),
            access_until: at(900),
            scope: scope.to_owned(),
        };
        let done = store.complete_sign_in(mailbox, scope, &tokens, at(1));
        assert!(done.await.unwrap());
    };
    let able = add("b-able", Connection::GraphDelegated).await;
    sign_in(able, "Mail.ReadWrite Mail.Send").await;
    let reads = add("a-reads", Connection::GraphDelegated).await;
    sign_in(reads, "Mail.ReadWrite").await;
    let waits = add("a-waits", Connection::GraphDelegated).await;
    add("a-imap", Connection::ImapSmtp).await;
    let off = add("a-off", Connection::GraphDelegated).await;
    sign_in(off, "Mail.Send").await;
    store.disconnect_mailbox(ADMIN, off, at(2)).await.unwrap();
    let listed = store.alert_senders(9).await.unwrap();
    let listed: Vec<_> = listed
        .iter()
        .map(|one| (one.mailbox, one.healthy, one.hopeless))
        .collect();
    assert_eq!(
        listed,
        [
            (able, true, false),
            (reads, false, false),
            (waits, false, true)
        ]
    );
    assert_eq!(store.alert_senders(1).await.unwrap().len(), 1);
    // The chosen one is always among them, whatever has become of it.
    for (chosen, is_gone) in [
        (able, false),
        (waits, false),
        (off, true),
        (MailboxId(99), true),
    ] {
        let settings = AlertSettings {
            sender: Some(chosen),
            ..AlertSettings::default()
        };
        store.set_alert_settings(&settings, at(2)).await.unwrap();
        let listed = store.alert_senders(1).await.unwrap();
        let last = listed.last().unwrap();
        assert_eq!(listed[0].mailbox, able);
        let hopeless = chosen != able;
        let found = (last.mailbox, last.healthy, last.hopeless, last.is_gone);
        assert_eq!(found, (chosen, !hopeless, hopeless, is_gone));
        assert_eq!(last.name.is_empty(), chosen == MailboxId(99));
    }
    store.remove_mailbox(ADMIN, reads, at(3)).await.unwrap();
    let none = AlertSettings::default();
    store.set_alert_settings(&none, at(3)).await.unwrap();
    assert_eq!(store.alert_senders(9).await.unwrap().len(), 2);
    let trouble = trouble("sign_in_again");
    let version = store.connection(able).await.unwrap().unwrap().version;
    let needed = store.need_sign_in(able, version, &trouble, at(3));
    needed.await.unwrap();
    let listed = store.alert_senders(9).await.unwrap();
    assert!(listed.iter().all(|one| !one.healthy));
}

async fn a_member_sees_no_alerts_and_figures_count_standing_ones(desk: Fixture) {
    let store = &desk.store;
    let lease = lease(&desk, 0).await;
    let kinds = [AlertKind::AppRefused, AlertKind::AppExpiring];
    let ids = opened(&desk, &lease, &kinds).await;
    save(&desk, &lease, &[begin(AlertKind::PushBroken, None)], 3).await;
    let member = desk.user("member@contoso.test").await;
    assert_eq!(store.alerts(member, 9).await.unwrap(), []);
    let shown: Vec<_> = store
        .alerts(ADMIN, 9)
        .await
        .unwrap()
        .iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(shown, ids, "what is none yet is not shown");
    assert_eq!(store.alerts(ADMIN, 1).await.unwrap().len(), 1);
    let counted = store.alert_gauges().await.unwrap();
    assert_eq!(
        counted,
        [(AlertKind::AppExpiring, 1), (AlertKind::AppRefused, 1)]
    );
    save(&desk, &lease, &[AlertChange::End(ids[1])], 4).await;
    assert_eq!(
        store.alert_gauges().await.unwrap(),
        [(AlertKind::AppRefused, 1)]
    );
    let shown: Vec<_> = store
        .alerts(ADMIN, 9)
        .await
        .unwrap()
        .iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(shown, ids, "ended ones last");
}

async fn what_is_over_is_forgotten_in_time(desk: Fixture) {
    const DAY: i64 = 86_400;
    let store = &desk.store;
    let lease = with_ways(&desk).await;
    let kinds = [AlertKind::AppRefused, AlertKind::AppExpiring];
    let ids = opened(&desk, &lease, &kinds).await;
    let lines = [(ids[0], Telling::Opened), (ids[1], Telling::Opened)];
    tell(&desk, &lease, &lines, &AlertWay::ALL, 3).await;
    let notices = store.next_notices(at(9)).await.unwrap();
    settle(&desk, &lease, &notices[0], TAKEN, 4).await;
    save(&desk, &lease, &[AlertChange::End(ids[0])], 5).await;
    store.forget_old(at(29 * DAY), 10).await.unwrap();
    let counts = async || {
        let notices = desk.number("SELECT COUNT(*) FROM alert_notice").await;
        let lines = desk.number("SELECT COUNT(*) FROM alert_line").await;
        (
            notices,
            lines,
            desk.number("SELECT COUNT(*) FROM alert").await,
        )
    };
    assert_eq!(counts().await, (1, 2, 2), "what waits is kept");
    store.forget_old(at(31 * DAY), 10).await.unwrap();
    assert_eq!(counts().await, (1, 1, 1), "what stands is kept");
}
