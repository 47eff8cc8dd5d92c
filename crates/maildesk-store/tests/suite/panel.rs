//! The push panel, the notes it is made of, and the figures.

use std::time::Duration;

use maildesk_model::MailboxId;
use maildesk_model::push::{PushEvent, PushPanel, PushState, Spread};
use maildesk_model::stamp::{Stamping, Trigger};
use maildesk_store::contract::{
    JournalStore, Lease, NotificationTally, PushNote, PushStore, StampStore, SyncEnd, SyncStore,
};

use crate::fixture::{ADMIN, Fixture, at, cases, mail};
use crate::push::{activate, claim, claimed, reason};

cases!(
    the_panel_shows_what_there_is,
    the_secret_is_that_of_the_live_one,
    notes_are_told_when_a_person_sees_them,
    gauges_name_every_mailbox,
    the_way_is_told_in_its_parts,
    what_happens_again_and_again_is_one_line,
    the_end_of_a_catch_up_is_told_once,
    what_is_left_at_microsoft_is_counted,
);

async fn the_panel_shows_what_there_is(desk: Fixture) {
    let (mailbox, lease) = claimed(&desk).await;
    let store = &desk.store;
    let bo = desk.user("bo@contoso.test").await;
    assert!(store.push_panel(bo, mailbox).await.unwrap().is_none());
    let panel = store.push_panel(ADMIN, mailbox).await.unwrap().unwrap();
    assert!(!panel.ready && panel.events.is_empty() && panel.latency.samples == 0);
    activate(&desk, &lease, "sub", 2).await;
    let id = store.push_work(&lease, at(2)).await.unwrap().subscriptions[0].id;
    for n in 0..12 {
        let event = PushEvent {
            at: at(n),
            kind: format!("event {n}"),
            detail: String::new(),
            times: 1,
        };
        let note = PushNote {
            readiness: Some((Vec::new(), at(n))),
            event: Some(event),
            ..PushNote::default()
        };
        store.note_push(&lease, &note, at(n)).await.unwrap();
    }
    let tally = NotificationTally {
        told: Vec::new(),
        subscription: id,
        accepted: 3,
        silent: 1,
        forged: 2,
        lifecycle: 1,
        at: at(44),
    };
    store
        .stamp(
            &[],
            &[
                tally.clone(),
                NotificationTally {
                    accepted: 0,
                    at: at(45),
                    ..tally
                },
            ],
        )
        .await
        .unwrap();
    let sync = desk.claim(50).await.unwrap();
    desk.folders(&sync, &crate::fixture::FOLDERS).await;
    desk.live(
        &sync,
        vec![mail("m1", "inbox", 90), mail("m2", "inbox", 98)],
    )
    .await;
    let panel = store.push_panel(ADMIN, mailbox).await.unwrap().unwrap();
    assert!(panel.ready);
    assert_eq!(panel.subscription.as_deref(), Some("sub"));
    assert_eq!(panel.last_notification_at, Some(at(44)));
    let counts = panel.counts;
    assert_eq!(
        (
            counts.accepted,
            counts.silent,
            counts.forged,
            counts.lifecycle
        ),
        (3, 2, 4, 2)
    );
    let kinds: Vec<_> = panel
        .events
        .iter()
        .map(|event| event.kind.as_str())
        .collect();
    assert_eq!(
        (kinds.len(), kinds[0], kinds[9]),
        (10, "event 11", "event 2")
    );
    assert_eq!(panel.latency.samples, 2);
    assert_eq!(panel.latency.whole.p50, Some(Duration::from_secs(2)));
    assert_eq!(panel.latency.whole.p95, Some(Duration::from_secs(10)));
    let row = store
        .push_work(&lease, at(60))
        .await
        .unwrap()
        .subscriptions
        .remove(0);
    assert_eq!(row.last_notification_at, Some(at(44)));
}

async fn the_secret_is_that_of_the_live_one(desk: Fixture) {
    let (mailbox, lease) = claimed(&desk).await;
    let bo = desk.user("bo@contoso.test").await;
    let store = &desk.store;
    assert!(store.push_secret(bo, mailbox).await.unwrap().is_none());
    assert!(
        store
            .push_secret(ADMIN, mailbox)
            .await
            .unwrap()
            .unwrap()
            .is_none()
    );
    activate(&desk, &lease, "first", 2).await;
    activate(&desk, &lease, "second", 3).await;
    let secret = store
        .push_secret(ADMIN, mailbox)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(secret.expose(), "secret-second");
}

async fn notes_are_told_when_a_person_sees_them(desk: Fixture) {
    let (_, lease) = claimed(&desk).await;
    let store = &desk.store;
    let note = PushNote {
        wanted: Some(true),
        state: Some(PushState::NotReady),
        readiness: Some((vec![reason("no_base_url")], at(3))),
        trouble: Some(Some(reason("ValidationError"))),
        failures: Some(2),
        next_at: None,
        event: None,
    };
    let head = desk.head().await;
    store.note_push(&lease, &note, at(3)).await.unwrap();
    assert_eq!(desk.journal(head).await, ["push.updated"]);
    let later = PushNote {
        next_at: Some(Some(at(95))),
        failures: Some(3),
        ..note
    };
    store.note_push(&lease, &later, at(4)).await.unwrap();
    let seen = desk.journal(head).await.len();
    assert_eq!(seen, 2, "while it is wrong, when it is tried next is seen");
    let work = store.push_work(&lease, at(4)).await.unwrap();
    assert!(work.wanted);
    assert_eq!((work.push_state, work.failures), (PushState::NotReady, 3));
    assert_eq!(
        (work.reasons, work.checked_at),
        (vec![reason("no_base_url")], Some(at(3)))
    );
    store.release_push(&lease).await.unwrap();
    assert!(claim(&desk, 94).await.is_none());
    let lease = claim(&desk, 95).await.unwrap();
    let idle = PushNote {
        trouble: Some(None),
        next_at: Some(None),
        ..PushNote::default()
    };
    store.note_push(&lease, &idle, at(96)).await.unwrap();
    store.release_push(&lease).await.unwrap();
    assert_eq!(store.next_push_at(at(0)).await.unwrap(), None);
}

async fn gauges_name_every_mailbox(desk: Fixture) {
    let (mailbox, lease) = claimed(&desk).await;
    let other = desk.mailbox("bo@contoso.test").await;
    activate(&desk, &lease, "sub", 2).await;
    let gauges = desk.store.subscription_gauges(10).await.unwrap();
    let expires = at(2 + 8640 * 60);
    assert_eq!(
        gauges,
        [
            (mailbox, PushState::Off, Some(expires)),
            (other, PushState::Off, None)
        ]
    );
    assert_eq!(desk.store.subscription_gauges(1).await.unwrap().len(), 1);
}

async fn panel(desk: &Fixture, mailbox: MailboxId) -> PushPanel {
    let panel = desk.store.push_panel(ADMIN, mailbox).await.unwrap();
    panel.unwrap()
}

/// Something happens to a mailbox's push.
async fn happens(desk: &Fixture, lease: &Lease, kind: &str, second: i64) {
    let event = PushEvent {
        at: at(second),
        kind: kind.to_owned(),
        detail: String::new(),
        times: 1,
    };
    let note = PushNote {
        event: Some(event),
        ..PushNote::default()
    };
    desk.store
        .note_push(lease, &note, at(second))
        .await
        .unwrap();
}

async fn the_way_is_told_in_its_parts(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let hinted = |id: &str, second| Stamping {
        mailbox,
        messages: vec![id.to_owned()],
        all: false,
        trigger: Trigger::Push,
        at: at(second),
    };
    let stamps = [hinted("one", 96), hinted("two", 97)];
    desk.store.stamp(&stamps, &[]).await.unwrap();
    let mails = vec![
        mail("one", "inbox", 90),
        mail("two", "inbox", 95),
        mail("late", "inbox", 91),
        mail("never", "inbox", 92),
    ];
    let arrived = desk.live(&lease, mails).await.arrived;
    // Its notification comes when the mail is here already, and brings nothing.
    desk.store.stamp(&[hinted("late", 130)], &[]).await.unwrap();
    desk.store.mark_shown(&arrived[..1], at(103)).await.unwrap();
    let latency = panel(&desk, mailbox).await.latency;
    assert_eq!((latency.samples, latency.announced), (4, 2));
    let spread = |spread: Spread| {
        let seconds = |span: Option<Duration>| span.map(|span| span.as_secs());
        (seconds(spread.p50), seconds(spread.p95))
    };
    assert_eq!(spread(latency.notified), (Some(2), Some(6)));
    assert_eq!(spread(latency.stored), (Some(3), Some(4)));
    assert_eq!(spread(latency.shown), (Some(3), Some(3)));
    assert_eq!(spread(latency.whole), (Some(8), Some(13)));
}

async fn what_happens_again_and_again_is_one_line(desk: Fixture) {
    let (mailbox, lease) = claimed(&desk).await;
    happens(&desk, &lease, "gone", 1).await;
    for hour in 1..=60 {
        happens(&desk, &lease, "renewed", hour * 3600).await;
    }
    happens(&desk, &lease, "gone", 300_000).await;
    happens(&desk, &lease, "renewed", 300_001).await;
    let events = panel(&desk, mailbox).await.events;
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.kind.as_str(), event.at, event.times))
        .collect();
    assert_eq!(
        told,
        [
            ("renewed", at(300_001), 1),
            ("gone", at(300_000), 1),
            ("renewed", at(60 * 3600), 60),
            ("gone", at(1), 1),
        ]
    );
}

async fn the_end_of_a_catch_up_is_told_once(desk: Fixture) {
    let (mailbox, lease) = claimed(&desk).await;
    let finish = async |second: i64, trigger| {
        let sync = desk.claim(second).await.unwrap();
        let end = SyncEnd {
            next_sweep_at: Some(at(second + 1)),
            trigger,
            well: true,
            not_before: None,
            at: at(second),
        };
        let work = desk.store.work(&sync, at(second)).await.unwrap();
        if let Some(stamp) = work.stamp.filter(|_| trigger == Some(Trigger::CatchUp)) {
            let settled = desk.store.settle_hints(&sync, stamp.version, true, &[]);
            settled.await.unwrap();
        }
        desk.store.finish_sync(&sync, &end).await.unwrap();
        let panel = panel(&desk, mailbox).await;
        assert_eq!(panel.last_sync, Some((at(second), trigger)));
        let kinds = panel.events.into_iter().map(|event| event.kind);
        kinds.collect::<Vec<_>>()
    };
    assert_eq!(finish(1, Some(Trigger::Sweep)).await, [""; 0]);
    // A live subscription makes everything due.
    activate(&desk, &lease, "sub", 2).await;
    happens(&desk, &lease, "registered", 3).await;
    assert_eq!(finish(4, Some(Trigger::Push)).await, ["registered"]);
    let head = desk.head().await;
    let told = ["caught_up", "registered"];
    assert_eq!(finish(5, Some(Trigger::CatchUp)).await, told);
    assert!(
        desk.journal(head)
            .await
            .contains(&"push.updated".to_owned())
    );
    assert_eq!(finish(6, None).await, told);
    // Renewals make everything due too, hour by hour, and are no story.
    happens(&desk, &lease, "renewed", 7).await;
    let told = ["renewed", "caught_up", "registered"];
    assert_eq!(finish(8, Some(Trigger::CatchUp)).await, told);
}

async fn what_is_left_at_microsoft_is_counted(desk: Fixture) {
    let (mailbox, lease) = claimed(&desk).await;
    assert_eq!(desk.store.subscriptions_left().await.unwrap(), 0);
    activate(&desk, &lease, "first", 2).await;
    activate(&desk, &lease, "second", 3).await;
    assert_eq!(desk.store.subscriptions_left().await.unwrap(), 2);
    let shown = panel(&desk, mailbox).await;
    assert_eq!(
        (shown.subscription.as_deref(), shown.leaving),
        (Some("second"), 1)
    );
    let rows = desk.store.push_work(&lease, at(4)).await.unwrap();
    let former = rows.subscriptions[0].id;
    let looked = desk
        .store
        .looked_at(&lease, rows.subscriptions[1].id, None, at(5));
    looked.await.unwrap();
    desk.store
        .forget_subscription(&lease, former)
        .await
        .unwrap();
    let shown = panel(&desk, mailbox).await;
    assert_eq!((shown.leaving, shown.looked_at), (0, Some(at(5))));
    assert_eq!(desk.store.subscriptions_left().await.unwrap(), 1);
}
