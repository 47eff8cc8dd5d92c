//! The journal, the bells, the way to the screen.

use std::time::Duration;

use maildesk_model::id::MessageId;
use maildesk_model::journal::JournalKind;
use maildesk_model::stamp::{Stamping, Trigger};
use maildesk_store::contract::{
    Bell, DeskStore, JournalStore, MailboxStore, PeopleStore, StampStore,
};

use crate::fixture::{ADMIN, Fixture, at, cases, mail, open};

cases!(
    entries_come_in_order_and_are_counted_up_to_where_was_read,
    people_read_of_their_own_mailboxes_only,
    a_forgotten_position_is_said_to_be,
    the_first_screen_counts,
    bells_ring_after_the_commit,
);

async fn entries_come_in_order_and_are_counted_up_to_where_was_read(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let head = desk.head().await;
    desk.live(
        &lease,
        vec![mail("m1", "inbox", 50), mail("m2", "inbox", 51)],
    )
    .await;
    let store = &desk.store;
    let page = store.journal_after(ADMIN, head, 10).await.unwrap();
    let positions: Vec<_> = page.entries.iter().map(|one| one.position).collect();
    assert_eq!(positions, [head + 1, head + 2, head + 3]);
    assert_eq!(desk.head().await, head + 3);
    assert_eq!(page.read_to, head + 3);
    let first = &page.entries[0];
    assert_eq!(
        (first.kind, first.mailbox),
        (JournalKind::MessageCreated, mailbox)
    );
    assert_eq!(first.folder, Some(desk.folder(&lease, "inbox").await));
    assert_eq!(first.at, at(100));
    let part = store.journal_after(ADMIN, head, 1).await.unwrap();
    assert_eq!((part.entries.len(), part.read_to), (1, head + 1));
    let none = store.journal_after(ADMIN, head + 3, 10).await.unwrap();
    assert_eq!(
        (none.entries.len(), none.read_to, none.forgotten),
        (0, head + 3, false)
    );
}

async fn people_read_of_their_own_mailboxes_only(desk: Fixture) {
    let one = desk.mailbox("one@contoso.test").await;
    let bo = desk.user("bo@contoso.test").await;
    let page = desk.store.journal_after(bo, 0, 10).await.unwrap();
    assert_eq!((page.entries.len(), page.read_to), (0, desk.head().await));
    desk.store
        .set_access(ADMIN, one, &[bo.user], at(1))
        .await
        .unwrap();
    let page = desk.store.journal_after(bo, 0, 10).await.unwrap();
    assert_eq!(page.entries.len(), 2);
    desk.store.remove_mailbox(ADMIN, one, at(2)).await.unwrap();
    let page = desk.store.journal_after(bo, 0, 10).await.unwrap();
    assert!(page.entries.is_empty());
}

async fn a_forgotten_position_is_said_to_be(desk: Fixture) {
    let mailbox = desk.mailbox("ada@contoso.test").await;
    for second in 1..10 {
        let name = format!("name {second}");
        desk.store
            .rename_mailbox(ADMIN, mailbox, &name, at(second))
            .await
            .unwrap();
    }
    let store = &desk.store;
    let head = desk.head().await;
    assert!(!store.journal_after(ADMIN, 0, 1).await.unwrap().forgotten);
    assert!(!store.forget_old(at(3), 1000).await.unwrap());
    assert!(store.journal_after(ADMIN, 0, 1).await.unwrap().forgotten);
    let left = store.journal_after(ADMIN, 3, 100).await.unwrap();
    assert!(!left.forgotten);
    assert_eq!(left.entries[0].at, at(3));
    assert!(!store.forget_old(at(0), 2).await.unwrap());
    let left = store.journal_after(ADMIN, head - 2, 100).await.unwrap();
    assert_eq!((left.entries.len(), left.forgotten), (2, false));
    assert!(
        store
            .journal_after(ADMIN, head - 3, 100)
            .await
            .unwrap()
            .forgotten
    );
    assert!(
        store
            .journal_after(ADMIN, head + 1, 100)
            .await
            .unwrap()
            .forgotten
    );
}

async fn the_first_screen_counts(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let stamping = Stamping {
        mailbox,
        messages: vec!["m1".into()],
        all: false,
        trigger: Trigger::Push,
        at: at(90),
    };
    desk.store.stamp(&[stamping], &[]).await.unwrap();
    let arrived = desk
        .live(&lease, vec![mail("m1", "inbox", 80)])
        .await
        .arrived;
    desk.list(&lease, "project", vec![mail("old", "project", -500)])
        .await;
    let old = desk.message(mailbox, "old").await;
    let messages = [arrived[0], old, MessageId(999)];
    let shown = desk.store.mark_shown(&messages, at(101)).await.unwrap();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].message, arrived[0]);
    assert_eq!(shown[0].mailbox, mailbox);
    assert_eq!(
        (shown[0].received_at, shown[0].announced_at),
        (at(80), Some(at(90)))
    );
    assert_eq!((shown[0].stored_at, shown[0].shown_at), (at(100), at(101)));
    let viewer = ADMIN;
    let way = desk.store.arrival(viewer, arrived[0]).await.unwrap();
    assert_eq!(way.as_ref(), shown.first());
    assert_eq!(desk.store.arrival(viewer, old).await.unwrap(), None);
    assert!(
        desk.store
            .mark_shown(&messages, at(102))
            .await
            .unwrap()
            .is_empty()
    );
}

async fn bells_ring_after_the_commit(desk: Fixture) {
    let mut work = desk.store.bell(Bell::Work);
    let mut intent = desk.store.bell(Bell::Intent);
    desk.mailbox("ada@contoso.test").await;
    assert!(work.has_changed().unwrap() && !intent.has_changed().unwrap());
    work.mark_unchanged();
    intent.mark_unchanged();
    desk.store.parameters().await.unwrap();
    desk.store.waiting_intents().await.unwrap();
    assert!(!work.has_changed().unwrap());
}

/// Rings reach other nodes, too.
#[tokio::test]
async fn postgres_carries_bells_to_other_nodes() {
    let desk = Fixture::postgres().await;
    let other = open(&desk.url).await;
    let mut bell = other.bell(Bell::Journal);
    desk.mailbox("ada@contoso.test").await;
    let heard = tokio::time::timeout(Duration::from_secs(10), bell.changed()).await;
    heard.expect("the ring arrives").unwrap();
    assert!(other.journal_head().await.unwrap() > 0);
}
