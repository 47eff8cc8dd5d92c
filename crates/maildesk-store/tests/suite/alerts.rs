//! Alerts: the one lease, what they are decided from, and how far each is told.

use maildesk_model::alert::{Alert, AlertKind, AlertSettings, AlertWay, Notice, Telling};
use maildesk_model::folder::WellKnown;
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

use crate::fixture::{ADMIN, Fixture, at, cases, mail, open};

cases!(
    one_node_looks_at_a_time_and_a_late_one_writes_nothing,
    a_server_that_is_alone_ends_the_lease,
    a_clock_that_was_ahead_silences_nothing,
    mailboxes_that_are_not_well_are_facts,
    what_the_push_of_a_mailbox_lacks_is_a_fact,
    an_alert_goes_from_its_beginning_to_its_end,
    one_alert_of_a_kind_and_mailbox_stands_at_a_time,
    where_alerts_go_is_kept_and_sealed,
    senders_are_listed_the_best_first,
    a_member_sees_no_alerts_and_figures_count_standing_ones,
    what_is_over_is_forgotten_in_time,
);

pub(crate) fn trouble(code: &str) -> Trouble {
    Trouble {
        code: code.to_owned(),
        message: "What it means.".to_owned(),
        remedy: "What to do.".to_owned(),
    }
}

/// The lease, where every way is set.
pub(crate) async fn with_ways(desk: &Fixture) -> AlertLease {
    let both = AlertSettings {
        mail: true,
        url: "https://x.example".to_owned(),
        ..AlertSettings::default()
    };
    desk.store.set_alert_settings(&both, at(0)).await.unwrap();
    lease(desk, 0).await
}

pub(crate) async fn lease(desk: &Fixture, second: i64) -> AlertLease {
    let claimed = desk
        .store
        .claim_alerts(&desk.node, at(second), at(second + 60));
    claimed.await.unwrap().expect("it is time")
}

pub(crate) fn begin(kind: AlertKind, mailbox: Option<MailboxId>) -> AlertChange {
    AlertChange::Begin {
        kind,
        mailbox,
        name: "Sales".to_owned(),
        level: 1,
        trouble: trouble("first"),
        opened: false,
    }
}

pub(crate) async fn save(desk: &Fixture, lease: &AlertLease, changes: &[AlertChange], second: i64) {
    let saved = desk.store.save_alerts(lease, changes, &[], &[], at(second));
    saved.await.unwrap();
}

/// One alert of each kind, open.
pub(crate) async fn opened(
    desk: &Fixture,
    lease: &AlertLease,
    kinds: &[AlertKind],
) -> Vec<AlertId> {
    let begun: Vec<_> = kinds.iter().map(|kind| begin(*kind, None)).collect();
    save(desk, lease, &begun, 1).await;
    let ids: Vec<_> = facts(desk, 1).await.into_iter().map(|one| one.id).collect();
    let opens: Vec<_> = ids.iter().copied().map(AlertChange::Open).collect();
    save(desk, lease, &opens, 2).await;
    ids
}

pub(crate) async fn facts(desk: &Fixture, second: i64) -> Vec<Alert> {
    desk.store.alert_facts(at(second)).await.unwrap().alerts
}

pub(crate) async fn tell(
    desk: &Fixture,
    lease: &AlertLease,
    tell: &[(AlertId, Telling)],
    ways: &[AlertWay],
    second: i64,
) {
    let saved = desk.store.save_alerts(lease, &[], tell, ways, at(second));
    saved.await.unwrap();
}

pub(crate) async fn settle(
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

pub(crate) const TAKEN: NoticeOutcome = NoticeOutcome::Taken { sender: None };

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
    assert_eq!(states().await, [], "anybody may have sent those");
    let sync = desk.claim(5).await.unwrap();
    desk.folders(&sync, &[("inbox", Some(WellKnown::Inbox))])
        .await;
    let (old, new) = (mail("old", "inbox", 3), mail("new", "inbox", 6));
    desk.live(&sync, vec![old]).await;
    assert_eq!(states().await, []);
    desk.live(&sync, vec![new]).await;
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
    let shown = store.alerts(ADMIN, 9).await.unwrap();
    let (shown, watched): (Vec<_>, Vec<_>) = shown.iter().partition(|one| one.opened_at.is_some());
    assert_eq!(shown.iter().map(|one| one.id).collect::<Vec<_>>(), ids);
    assert_eq!(watched.len(), 1, "what is none yet is there as such");
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
        .filter(|one| one.opened_at.is_some())
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
