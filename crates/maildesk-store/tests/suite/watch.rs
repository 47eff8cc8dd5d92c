//! Watching over subscriptions: lifecycle notices, and mail that nothing announced.

use maildesk_model::id::{MailboxId, SubscriptionId};
use maildesk_model::stamp::{Stamping, Trigger};
use maildesk_model::subscription::Told;
use maildesk_store::contract::{
    ConnectionStore, Lease, NotificationTally, PushNote, PushStore, PushWork, StampStore, SyncEnd,
    SyncStore,
};

use crate::connections::tokens;
use crate::fixture::{FOLDERS, Fixture, at, cases, mail};
use crate::push::{activate, claim, claimed};

cases!(
    what_microsoft_told_makes_push_due_once,
    a_renewal_answers_what_was_asked_before_it,
    a_new_sign_in_wants_a_renewal,
    catching_up_answers_what_was_missed,
    what_was_told_goes_with_its_subscription,
    unannounced_mail_is_what_came_while_a_subscription_was_live,
    a_run_that_found_unannounced_mail_wakes_push_a_minute_later,
    looking_and_replacing_are_remembered,
);

async fn subscribed(desk: &Fixture) -> (MailboxId, Lease, SubscriptionId) {
    let (mailbox, lease) = claimed(desk).await;
    activate(desk, &lease, "sub", 2).await;
    let id = work(desk, &lease, 2).await.subscriptions[0].id;
    let rest = PushNote {
        wanted: Some(true),
        next_at: Some(Some(at(100_000))),
        ..PushNote::default()
    };
    desk.store.note_push(&lease, &rest, at(2)).await.unwrap();
    (mailbox, lease, id)
}

async fn work(desk: &Fixture, lease: &Lease, second: i64) -> PushWork {
    desk.store.push_work(lease, at(second)).await.unwrap()
}

async fn tell(desk: &Fixture, subscription: SubscriptionId, told: &[Told], second: i64) {
    let tally = NotificationTally {
        subscription,
        accepted: told.len() as i64,
        silent: 0,
        forged: 0,
        lifecycle: told.len() as i64,
        told: told.to_vec(),
        at: at(second),
    };
    desk.store.stamp(&[], &[tally]).await.unwrap();
}

fn told(work: &PushWork) -> Vec<(Told, i64)> {
    let notices = work.notices.iter();
    let seconds = |notice: &maildesk_store::contract::Notice| {
        (notice.at.as_micros() - at(0).as_micros()) / 1_000_000
    };
    notices
        .map(|notice| (notice.told, seconds(notice)))
        .collect()
}

async fn what_microsoft_told_makes_push_due_once(desk: Fixture) {
    let (mailbox, lease, id) = subscribed(&desk).await;
    desk.store.release_push(&lease).await.unwrap();
    assert!(claim(&desk, 10).await.is_none());
    tell(&desk, id, &[Told::Missed, Told::Reauthorize], 11).await;
    tell(&desk, id, &[Told::Missed], 12).await;
    assert_eq!(desk.store.next_push_at(at(10)).await.unwrap(), Some(at(11)));
    let lease = claim(&desk, 13).await.unwrap();
    assert_eq!(lease.mailbox, mailbox);
    let told_now = told(&work(&desk, &lease, 13).await);
    assert_eq!(told_now, [(Told::Reauthorize, 11), (Told::Missed, 12)]);
    // Should that node die, it is still due, until push says when to look again.
    let lease = claim(&desk, 73).await.unwrap();
    let rest = PushNote {
        next_at: Some(Some(at(100_000))),
        ..PushNote::default()
    };
    desk.store.note_push(&lease, &rest, at(74)).await.unwrap();
    desk.store.release_push(&lease).await.unwrap();
    assert!(claim(&desk, 75).await.is_none());
    tell(&desk, id, &[Told::Missed], 76).await;
    assert!(claim(&desk, 77).await.is_some());
}

async fn a_renewal_answers_what_was_asked_before_it(desk: Fixture) {
    let (mailbox, lease, id) = subscribed(&desk).await;
    let store = &desk.store;
    let sync = desk.claim(3).await.unwrap();
    desk.folders(&sync, &FOLDERS).await;
    let stamp = store.work(&sync, at(3)).await.unwrap().stamp.unwrap();
    let settled = store.settle_hints(&sync, stamp.version, true, &[]);
    settled.await.unwrap();
    let is_stamped = async || store.stamps_due(at(1000)).await.unwrap() > 0;
    let renew = async |second| {
        let renewed = store.renewed(&lease, id, at(9000), 80, at(second));
        renewed.await.unwrap();
    };
    renew(20).await;
    assert!(!is_stamped().await, "nobody asked");
    tell(&desk, id, &[Told::Reauthorize], 30).await;
    renew(29).await;
    assert_eq!(told(&work(&desk, &lease, 31).await).len(), 1);
    renew(30).await;
    assert!(work(&desk, &lease, 31).await.notices.is_empty());
    assert!(is_stamped().await);
    assert_eq!(sync.mailbox, mailbox);
}

async fn a_new_sign_in_wants_a_renewal(desk: Fixture) {
    let (mailbox, lease, id) = subscribed(&desk).await;
    let store = &desk.store;
    store.release_push(&lease).await.unwrap();
    let tokens = tokens("a");
    for second in [20, 30] {
        let signed_in = store.complete_sign_in(mailbox, "ada", &tokens, at(second));
        assert!(signed_in.await.unwrap());
        let lease = claim(&desk, second + 1).await.unwrap();
        let told = told(&work(&desk, &lease, second + 1).await);
        assert_eq!(told, [(Told::SignedIn, second)]);
        let renewed = store.renewed(&lease, id, at(9000), 80, at(second + 2));
        renewed.await.unwrap();
        let left = work(&desk, &lease, second + 3).await;
        assert!(left.notices.is_empty());
        store.release_push(&lease).await.unwrap();
    }
}

async fn catching_up_answers_what_was_missed(desk: Fixture) {
    let (_, lease, id) = subscribed(&desk).await;
    tell(&desk, id, &[Told::Missed, Told::Removed], 20).await;
    desk.store.catch_up(&lease, at(25)).await.unwrap();
    let work = work(&desk, &lease, 26).await;
    assert_eq!(told(&work), [(Told::Removed, 20)]);
    assert_eq!(work.caught_up_at, Some(at(25)));
    assert!(desk.store.stamps_due(at(26)).await.unwrap() > 0);
}

async fn what_was_told_goes_with_its_subscription(desk: Fixture) {
    let (_, lease, id) = subscribed(&desk).await;
    tell(&desk, id, &[Told::Removed], 20).await;
    desk.store.forget_subscription(&lease, id).await.unwrap();
    assert!(work(&desk, &lease, 21).await.notices.is_empty());
    // One that comes when it is gone counts for nothing.
    tell(&desk, id, &[Told::Missed], 22).await;
    assert!(work(&desk, &lease, 23).await.notices.is_empty());
}

async fn unannounced_mail_is_what_came_while_a_subscription_was_live(desk: Fixture) {
    let (mailbox, lease, _) = subscribed(&desk).await;
    let sync = desk.claim(3).await.unwrap();
    desk.folders(&sync, &FOLDERS).await;
    let announced = Stamping {
        mailbox,
        messages: vec!["announced".to_owned()],
        all: false,
        trigger: Trigger::Push,
        at: at(90),
    };
    desk.store.stamp(&[announced], &[]).await.unwrap();
    let mails = vec![
        mail("before", "inbox", 20),
        mail("announced", "inbox", 80),
        mail("silent", "inbox", 85),
    ];
    desk.live(&sync, mails).await;
    let found = work(&desk, &lease, 110).await.unannounced;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].received_at, found[0].stored_at),
        (at(85), at(100))
    );
    let later = work(&desk, &lease, 100 + 24 * 3600 + 1).await;
    assert!(later.unannounced.is_empty());
}

async fn a_run_that_found_unannounced_mail_wakes_push_a_minute_later(desk: Fixture) {
    let (_, lease, _) = subscribed(&desk).await;
    desk.store.release_push(&lease).await.unwrap();
    let end = |second| SyncEnd {
        next_sweep_at: Some(at(90_000)),
        trigger: None,
        well: true,
        not_before: None,
        at: at(second),
    };
    let sync = desk.claim(3).await.unwrap();
    desk.folders(&sync, &FOLDERS).await;
    desk.store.finish_sync(&sync, &end(50)).await.unwrap();
    assert!(claim(&desk, 10_000).await.is_none(), "all was quiet");
    let sync = desk.claim(60).await.unwrap();
    desk.live(&sync, vec![mail("silent", "inbox", 85)]).await;
    desk.store.finish_sync(&sync, &end(101)).await.unwrap();
    assert!(claim(&desk, 160).await.is_none());
    assert!(claim(&desk, 161).await.is_some());
}

async fn looking_and_replacing_are_remembered(desk: Fixture) {
    let (_, lease, id) = subscribed(&desk).await;
    let store = &desk.store;
    let end = work(&desk, &lease, 3).await.subscriptions[0].expires_at;
    store.looked_at(&lease, id, None, at(10)).await.unwrap();
    let row = work(&desk, &lease, 11).await.subscriptions.remove(0);
    assert_eq!((row.looked_at, row.expires_at), (Some(at(10)), end));
    let looked = store.looked_at(&lease, id, Some(at(777)), at(12));
    looked.await.unwrap();
    for _ in 0..2 {
        store.look_later(&lease, id, at(500)).await.unwrap();
        let row = work(&desk, &lease, 12).await.subscriptions.remove(0);
        let waits = (row.looked_at, row.look_not_before);
        assert_eq!(waits, (Some(at(12)), Some(at(500))));
    }
    store.note_replacing(&lease, at(13)).await.unwrap();
    let work = work(&desk, &lease, 14).await;
    assert_eq!(work.subscriptions[0].expires_at, Some(at(777)));
    assert_eq!(work.replaced_at, Some(at(13)));
}
