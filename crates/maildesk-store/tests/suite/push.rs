//! Push: leases, subscriptions, the panel.

use maildesk_model::id::{MailboxId, NodeId};
use maildesk_model::intent::{IntentState, Want};
use maildesk_model::mailbox::Trouble;
use maildesk_model::secret::Secret;
use maildesk_model::subscription::SubscriptionState;
use maildesk_store::StoreError;
use maildesk_store::contract::{
    Bell, DeskStore, IntentOutcome, JournalStore, Lease, MailboxStore, PushNote, PushStore,
    StampStore, SyncStore,
};

use crate::fixture::{ADMIN, Fixture, at, cases};

cases!(
    intents_come_before_times,
    a_lease_is_kept_up_and_given_back,
    a_lease_is_borrowed_for_a_call_of_another_room,
    a_subscription_lives_from_pending_to_gone,
    the_former_one_retires_and_everything_is_due,
    renewal_and_failure_are_kept,
    a_removed_mailbox_retires_everything,
    push_intents_are_settled,
    waking_makes_every_mailbox_due,
    waking_gives_each_mailbox_its_turn,
    a_wake_during_a_round_outlives_its_rest,
    whoever_dies_leaves_push_due,
    a_mailbox_that_is_well_again_counts_anew,
    what_failed_often_at_least_counts_so_often,
);

pub(crate) async fn claim(desk: &Fixture, second: i64) -> Option<Lease> {
    let claimed = desk
        .store
        .claim_push(&desk.node, at(second), at(second + 60));
    claimed.await.unwrap()
}

/// A mailbox whose push is due, claimed.
pub(crate) async fn claimed(desk: &Fixture) -> (MailboxId, Lease) {
    let mailbox = desk.mailbox("ada@contoso.test").await;
    desk.store
        .wake_push(at(0), std::time::Duration::ZERO)
        .await
        .unwrap();
    let lease = claim(desk, 0).await.unwrap();
    assert_eq!(lease.mailbox, mailbox);
    (mailbox, lease)
}

async fn a_lease_is_borrowed_for_a_call_of_another_room(desk: Fixture) {
    let (mailbox, claimed) = claimed(&desk).await;
    let store = &desk.store;
    let there = NodeId("there".into());
    let borrow = async |second| {
        let borrowed = store.borrow_push(mailbox, &there, at(second), at(second + 60));
        borrowed.await.unwrap()
    };
    assert_eq!(borrow(1).await, None, "push works on it");
    let note = PushNote {
        next_at: Some(Some(at(500))),
        ..PushNote::default()
    };
    store.note_push(&claimed, &note, at(2)).await.unwrap();
    store.release_push(&claimed).await.unwrap();
    let borrowed = borrow(3).await.unwrap();
    assert_eq!((borrowed.mailbox, &borrowed.node), (mailbox, &there));
    assert_eq!(borrow(4).await, None, "one at a time");
    store
        .wake_push(at(5), std::time::Duration::ZERO)
        .await
        .unwrap();
    assert!(claim(&desk, 5).await.is_none(), "push waits for it");
    store.release_push(&borrowed).await.unwrap();
    let push = claim(&desk, 6).await.expect("what woke it is not lost");
    store.note_push(&push, &note, at(7)).await.unwrap();
    store.release_push(&push).await.unwrap();
    assert_eq!(store.next_push_at(at(7)).await.unwrap(), Some(at(500)));

    // What Graph asks holds for everybody, and is not cut short.
    let borrowed = borrow(10).await.unwrap();
    for second in [100, 90] {
        store.leave_alone(&borrowed, at(second)).await.unwrap();
    }
    store.release_push(&borrowed).await.unwrap();
    assert!(borrow(99).await.is_none() && desk.claim(99).await.is_none());
    let borrowed = borrow(100).await.unwrap();
    store.release_push(&borrowed).await.unwrap();
    assert!(desk.claim(100).await.is_some());
    store
        .disconnect_mailbox(ADMIN, mailbox, at(101))
        .await
        .unwrap();
    assert_eq!(borrow(102).await, None);
}

pub(crate) async fn activate(desk: &Fixture, lease: &Lease, remote: &str, second: i64) {
    let secret = Secret::new(format!("secret-{remote}"));
    let base = "https://desk.test";
    let id = desk
        .store
        .add_subscription(lease, &secret, base, at(second))
        .await
        .unwrap();
    let expires = at(second + 8640 * 60);
    let store = &desk.store;
    store
        .activate_subscription(lease, id, remote, expires, 8640, at(second))
        .await
        .unwrap();
}

async fn intents_come_before_times(desk: Fixture) {
    let (timed, asked) = (
        desk.mailbox("timed@contoso.test").await,
        desk.mailbox("asked@contoso.test").await,
    );
    assert!(
        claim(&desk, 0).await.is_none(),
        "nobody wants anything of push yet"
    );
    assert_eq!(desk.store.next_push_at(at(0)).await.unwrap(), None);
    desk.store
        .wake_push(at(5), std::time::Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(desk.store.next_push_at(at(0)).await.unwrap(), Some(at(5)));
    let want = desk
        .store
        .want(ADMIN, asked, &Want::RegisterPush, at(6))
        .await
        .unwrap();
    let lease = claim(&desk, 7).await.unwrap();
    assert_eq!(lease.mailbox, asked);
    let work = desk.store.push_work(&lease, at(7)).await.unwrap();
    assert_eq!(
        work.intents
            .iter()
            .map(|one| Some(one.id))
            .collect::<Vec<_>>(),
        [want]
    );
    assert_eq!(claim(&desk, 7).await.unwrap().mailbox, timed);
    assert!(claim(&desk, 7).await.is_none(), "both are taken");
    desk.store.release_push(&lease).await.unwrap();
    assert_eq!(claim(&desk, 8).await.unwrap().mailbox, asked);
}

async fn a_lease_is_kept_up_and_given_back(desk: Fixture) {
    let (_, lease) = claimed(&desk).await;
    let store = &desk.store;
    store.renew_push_lease(&lease, at(100)).await.unwrap();
    assert!(claim(&desk, 99).await.is_none());
    store.release_push(&lease).await.unwrap();
    let late = store.renew_push_lease(&lease, at(300)).await;
    assert!(
        matches!(late, Err(StoreError::LeaseLost)),
        "given back is given back"
    );
}

async fn a_subscription_lives_from_pending_to_gone(desk: Fixture) {
    let (mailbox, lease) = claimed(&desk).await;
    let store = &desk.store;
    let secret = Secret::new("client-state");
    let id = store
        .add_subscription(&lease, &secret, "https://desk.test", at(1))
        .await
        .unwrap();
    let rows = store.push_work(&lease, at(1)).await.unwrap().subscriptions;
    assert_eq!(
        (rows[0].id, rows[0].state),
        (id, SubscriptionState::Pending)
    );
    assert_eq!((rows[0].mailbox, rows[0].created_at), (mailbox, at(1)));
    assert!(rows[0].client_state.matches("client-state"));
    assert_eq!(rows[0].base_url, "https://desk.test");
    assert!(
        store
            .known_subscriptions(&["sub-1".into()])
            .await
            .unwrap()
            .is_empty()
    );
    store
        .activate_subscription(&lease, id, "sub-1", at(900), 15, at(2))
        .await
        .unwrap();
    let rows = store.push_work(&lease, at(2)).await.unwrap().subscriptions;
    assert_eq!(rows[0].state, SubscriptionState::Active);
    assert_eq!(
        (rows[0].expires_at, rows[0].granted_minutes),
        (Some(at(900)), 15)
    );
    let known = store
        .known_subscriptions(&["sub-1".into(), "other".into()])
        .await
        .unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!((known[0].1.id, known[0].1.mailbox), (id, mailbox));
    assert!(known[0].1.client_state.matches("client-state"));
    store.retire_subscription(&lease, id).await.unwrap();
    assert_eq!(
        store
            .known_subscriptions(&["sub-1".into()])
            .await
            .unwrap()
            .len(),
        1
    );
    store.forget_subscription(&lease, id).await.unwrap();
    assert!(
        store
            .push_work(&lease, at(3))
            .await
            .unwrap()
            .subscriptions
            .is_empty()
    );
    assert!(
        store
            .known_subscriptions(&["sub-1".into()])
            .await
            .unwrap()
            .is_empty()
    );
}

async fn the_former_one_retires_and_everything_is_due(desk: Fixture) {
    let (mailbox, lease) = claimed(&desk).await;
    let sync = desk.claim(1).await.unwrap();
    activate(&desk, &lease, "first", 2).await;
    activate(&desk, &lease, "second", 3).await;
    let rows = desk
        .store
        .push_work(&lease, at(3))
        .await
        .unwrap()
        .subscriptions;
    let states: Vec<_> = rows.iter().map(|row| row.state).collect();
    assert_eq!(
        states,
        [SubscriptionState::Retiring, SubscriptionState::Active]
    );
    assert_eq!(sync.mailbox, mailbox);
    assert!(
        desk.store
            .work(&sync, at(3))
            .await
            .unwrap()
            .stamp
            .unwrap()
            .all
    );
}

async fn renewal_and_failure_are_kept(desk: Fixture) {
    let (_, lease) = claimed(&desk).await;
    activate(&desk, &lease, "sub", 2).await;
    let store = &desk.store;
    let id = store.push_work(&lease, at(2)).await.unwrap().subscriptions[0].id;
    store.note_patch(&lease, id, at(10)).await.unwrap();
    store.subscription_failed(&lease, id, 0).await.unwrap();
    store.subscription_failed(&lease, id, 0).await.unwrap();
    let row = store
        .push_work(&lease, at(2))
        .await
        .unwrap()
        .subscriptions
        .remove(0);
    assert_eq!((row.patched_at, row.failures), (Some(at(10)), 2));
    store
        .renewed(&lease, id, at(5000), 80, at(11))
        .await
        .unwrap();
    let row = store
        .push_work(&lease, at(2))
        .await
        .unwrap()
        .subscriptions
        .remove(0);
    assert_eq!(
        (row.expires_at, row.granted_minutes, row.failures),
        (Some(at(5000)), 80, 0)
    );
}

async fn a_removed_mailbox_retires_everything(desk: Fixture) {
    let (mailbox, lease) = claimed(&desk).await;
    let store = &desk.store;
    let pending = Secret::new("pending");
    let id = store
        .add_subscription(&lease, &pending, "https://desk.test", at(1))
        .await
        .unwrap();
    store.release_push(&lease).await.unwrap();
    assert!(store.remove_mailbox(ADMIN, mailbox, at(5)).await.unwrap());
    let lease = claim(&desk, 5).await.unwrap();
    let work = store.push_work(&lease, at(5)).await.unwrap();
    assert!(work.removed && !work.wanted);
    assert_eq!(work.subscriptions[0].state, SubscriptionState::Retiring);
    // Graph answers after the removal: the new one has to go as well.
    store
        .activate_subscription(&lease, id, "late", at(900), 15, at(6))
        .await
        .unwrap();
    let work = store.push_work(&lease, at(6)).await.unwrap();
    assert_eq!(work.subscriptions[0].state, SubscriptionState::Retiring);
    assert_eq!(work.subscriptions[0].remote_id.as_deref(), Some("late"));
}

pub(crate) fn reason(code: &str) -> Trouble {
    Trouble {
        code: code.into(),
        message: "It is so.".into(),
        remedy: "Do something.".into(),
    }
}

async fn push_intents_are_settled(desk: Fixture) {
    let mailbox = desk.mailbox("ada@contoso.test").await;
    let store = &desk.store;
    let first = store
        .want(ADMIN, mailbox, &Want::RegisterPush, at(1))
        .await
        .unwrap()
        .unwrap();
    let other = store
        .want(ADMIN, mailbox, &Want::CheckPush, at(2))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(store.waiting_intents().await.unwrap(), [("push".into(), 2)]);
    let lease = claim(&desk, 2).await.unwrap();
    let bell = store.bell(Bell::Intent);
    let refused = IntentOutcome::Refused(reason("no_base_url"));
    store
        .settle_push_intent(&lease, first, &refused, at(3))
        .await
        .unwrap();
    assert!(bell.has_changed().unwrap());
    let intent = store.intent(ADMIN, first).await.unwrap().unwrap();
    assert_eq!(intent.state, IntentState::Refused(reason("no_base_url")));
    let later = IntentOutcome::RetryAt(at(50));
    store
        .settle_push_intent(&lease, other, &later, at(3))
        .await
        .unwrap();
    assert!(
        store
            .push_work(&lease, at(49))
            .await
            .unwrap()
            .intents
            .is_empty()
    );
    store.release_push(&lease).await.unwrap();
    assert!(claim(&desk, 49).await.is_none());
    let lease = claim(&desk, 50).await.unwrap();
    let done = IntentOutcome::Done(None);
    store
        .settle_push_intent(&lease, other, &done, at(51))
        .await
        .unwrap();
    let intent = store.intent(ADMIN, other).await.unwrap().unwrap();
    assert_eq!((intent.state, intent.attempts), (IntentState::Done, 2));
    assert!(store.waiting_intents().await.unwrap().is_empty());
}

async fn waking_makes_every_mailbox_due(desk: Fixture) {
    for n in 0..3 {
        desk.mailbox(&format!("m{n}@contoso.test")).await;
    }
    let bell = desk.store.bell(Bell::Push);
    desk.store
        .wake_push(at(5), std::time::Duration::ZERO)
        .await
        .unwrap();
    assert!(bell.has_changed().unwrap());
    for _ in 0..3 {
        assert!(claim(&desk, 5).await.is_some());
    }
    assert!(claim(&desk, 5).await.is_none());
}

async fn waking_gives_each_mailbox_its_turn(desk: Fixture) {
    for n in 0..3 {
        desk.mailbox(&format!("m{n}@contoso.test")).await;
    }
    let apart = std::time::Duration::from_secs(10);
    desk.store.wake_push(at(5), apart).await.unwrap();
    // What is due sooner stays so.
    desk.store.wake_push(at(1000), apart).await.unwrap();
    for turn in [5, 15, 25] {
        assert!(claim(&desk, turn - 1).await.is_none(), "{turn}");
        assert!(claim(&desk, turn).await.is_some(), "{turn}");
    }
}

/// What a round plans may be older than a wake that comes while it runs.
async fn a_wake_during_a_round_outlives_its_rest(desk: Fixture) {
    let store = &desk.store;
    let rest = |until| PushNote {
        next_at: Some(until),
        ..PushNote::default()
    };
    let (_, lease) = claimed(&desk).await;
    // Its turn comes when the lease is over, which must not hide it.
    let wake = store.wake_push(at(70), std::time::Duration::ZERO);
    wake.await.unwrap();
    store.renew_push_lease(&lease, at(90)).await.unwrap();
    for until in [Some(at(5000)), None] {
        let noted = store.note_push(&lease, &rest(until), at(2)).await;
        noted.unwrap();
    }
    store.release_push(&lease).await.unwrap();
    assert!(claim(&desk, 69).await.is_none());
    let lease = claim(&desk, 70).await.unwrap();

    store.renew_push_lease(&lease, at(200)).await.unwrap();
    let noted = store.note_push(&lease, &rest(Some(at(5000))), at(71)).await;
    noted.unwrap();
    store.release_push(&lease).await.unwrap();
    assert!(claim(&desk, 4999).await.is_none(), "nobody woke it");
    assert!(claim(&desk, 5000).await.is_some());
}

async fn whoever_dies_leaves_push_due(desk: Fixture) {
    let (mailbox, _) = claimed(&desk).await;
    assert!(claim(&desk, 59).await.is_none());
    assert_eq!(desk.store.next_push_at(at(0)).await.unwrap(), Some(at(60)));
    assert_eq!(claim(&desk, 60).await.unwrap().mailbox, mailbox);
}

async fn a_mailbox_that_is_well_again_counts_anew(desk: Fixture) {
    let (mailbox, sync) = desk.listed_mailbox("ada@contoso.test").await;
    let store = &desk.store;
    store
        .wake_push(at(0), std::time::Duration::ZERO)
        .await
        .unwrap();
    let lease = claim(&desk, 0).await.unwrap();
    activate(&desk, &lease, "sub-1", 1).await;
    let id = store.push_work(&lease, at(1)).await.unwrap().subscriptions[0].id;
    store.subscription_failed(&lease, id, 9).await.unwrap();
    let note = PushNote {
        failures: Some(8),
        next_at: Some(Some(at(9000))),
        ..PushNote::default()
    };
    store.note_push(&lease, &note, at(2)).await.unwrap();
    store.release_push(&lease).await.unwrap();
    let trouble = Trouble {
        code: "ErrorAccessDenied".into(),
        message: "m".into(),
        remedy: "r".into(),
    };
    let failures = async |second| {
        let lease = claim(&desk, second).await.expect("push is due");
        let work = store.push_work(&lease, at(second)).await.unwrap();
        store.release_push(&lease).await.unwrap();
        (work.failures, work.subscriptions[0].failures)
    };
    let state = maildesk_model::mailbox::MailboxState::Error;
    store
        .set_mailbox_state(&sync, state, Some(&trouble), at(3))
        .await
        .unwrap();
    assert_eq!(failures(3).await, (8, 9), "getting worse mends nothing");
    let end = maildesk_store::contract::SyncEnd {
        next_sweep_at: Some(at(900)),
        trigger: None,
        well: true,
        not_before: None,
        at: at(200),
    };
    store.finish_sync(&sync, &end).await.unwrap();
    assert_eq!(failures(200).await, (0, 1));
    assert_eq!(desk.claim(900).await.unwrap().mailbox, mailbox);
}

async fn what_failed_often_at_least_counts_so_often(desk: Fixture) {
    let (_, lease) = claimed(&desk).await;
    activate(&desk, &lease, "sub-1", 1).await;
    let store = &desk.store;
    let id = store.push_work(&lease, at(1)).await.unwrap().subscriptions[0].id;
    for (at_least, wanted) in [(0, 1), (5, 5), (3, 6), (0, 7)] {
        let failed = store.subscription_failed(&lease, id, at_least);
        failed.await.unwrap();
        let work = store.push_work(&lease, at(2)).await.unwrap();
        assert_eq!(work.subscriptions[0].failures, wanted);
    }
}
