//! The push panel, the notes it is made of, and the figures.

use std::time::Duration;

use maildesk_model::push::{PushEvent, PushState};
use maildesk_store::contract::{NotificationTally, PushNote, PushStore, StampStore};

use crate::fixture::{ADMIN, Fixture, at, cases, mail};
use crate::push::{activate, claim, claimed, reason};

cases!(
    the_panel_shows_what_there_is,
    the_secret_is_that_of_the_live_one,
    notes_are_told_when_a_person_sees_them,
    gauges_name_every_mailbox,
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
    assert_eq!(panel.latency.p50, Some(Duration::from_secs(2)));
    assert_eq!(panel.latency.p95, Some(Duration::from_secs(10)));
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
    assert_eq!(desk.journal(head).await.len(), 1, "nothing a person sees");
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
