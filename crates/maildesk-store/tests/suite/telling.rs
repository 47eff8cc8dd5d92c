//! Alerts: how far each is told, by which way, and what of it nobody heard.

use maildesk_model::alert::{AlertKind, AlertSettings, AlertWay, Telling, WayState};
use maildesk_model::secret::Secret;
use maildesk_store::StoreError;
use maildesk_store::contract::{AlertChange, AlertStore, MailboxStore, NoticeOutcome};

use crate::alerts::{TAKEN, facts, lease, opened, save, settle, tell, trouble, with_ways};
use crate::fixture::{ADMIN, Fixture, at, cases};

cases!(
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
);

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
