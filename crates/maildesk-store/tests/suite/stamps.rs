//! Stamps and hints.

use maildesk_model::id::MailboxId;
use maildesk_model::stamp::{STAMP_IDS_MAX, Stamping, Trigger};
use maildesk_store::contract::{
    Bell, Hint, HintOutcome, JournalStore, Lease, MailboxStore, Stamp, StampStore, SyncEnd,
    SyncStore,
};

use crate::fixture::{ADMIN, Fixture, at, cases, mail};

cases!(
    a_stamp_is_due_at_once_and_rings,
    repeated_hints_are_one,
    many_ids_mean_all,
    an_endless_id_means_all,
    a_hint_that_came_again_stays_due,
    all_that_was_said_again_stays_due,
    an_unreadable_message_is_read_again_later,
    stamps_wait_while_microsoft_asked_us_to,
    gone_mailboxes_are_skipped,
    arrivals_learn_when_they_were_announced,
    arrivals_beyond_the_kept_ids_were_announced_too,
);

fn hinting(mailbox: MailboxId, ids: &[&str], second: i64) -> Stamping {
    Stamping {
        mailbox,
        messages: ids.iter().map(|id| (*id).into()).collect(),
        all: false,
        trigger: Trigger::Push,
        at: at(second),
    }
}

async fn stamp(desk: &Fixture, stamping: Stamping) {
    desk.store.stamp(&[stamping], &[]).await.unwrap();
}

async fn read(desk: &Fixture, lease: &Lease, second: i64) -> Option<Stamp> {
    desk.store.work(lease, at(second)).await.unwrap().stamp
}

fn ids(stamp: &Stamp) -> Vec<&str> {
    stamp
        .hints
        .iter()
        .map(|hint| hint.remote_id.as_str())
        .collect()
}

async fn settle(desk: &Fixture, lease: &Lease, stamp: &Stamp, all_done: bool) {
    let hints: Vec<(Hint, HintOutcome)> = stamp
        .hints
        .iter()
        .map(|hint| (hint.clone(), HintOutcome::Done))
        .collect();
    let settled = desk
        .store
        .settle_hints(lease, stamp.version, all_done, &hints)
        .await;
    settled.unwrap();
}

async fn finish(desk: &Fixture, lease: &Lease, second: i64) {
    let end = SyncEnd {
        next_sweep_at: Some(at(10_000)),
        trigger: None,
        well: true,
        not_before: None,
        at: at(second),
    };
    desk.store.finish_sync(lease, &end).await.unwrap();
}

async fn a_stamp_is_due_at_once_and_rings(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    finish(&desk, &lease, 1).await;
    assert!(desk.claim(2).await.is_none());
    assert_eq!(
        desk.store.next_due_at(at(2)).await.unwrap(),
        Some(at(10_000))
    );
    let bell = desk.store.bell(Bell::Work);
    stamp(&desk, hinting(mailbox, &["m1"], 5)).await;
    assert!(bell.has_changed().unwrap());
    assert_eq!(desk.store.stamps_due(at(4)).await.unwrap(), 0);
    assert_eq!(desk.store.stamps_due(at(5)).await.unwrap(), 1);
    let lease = desk.claim(5).await.unwrap();
    let due = read(&desk, &lease, 5).await.unwrap();
    assert_eq!(
        (ids(&due), due.trigger, due.all),
        (vec!["m1"], Trigger::Push, false)
    );
    assert_eq!(due.hints[0].announced_at, at(5));
    settle(&desk, &lease, &due, false).await;
    assert!(read(&desk, &lease, 6).await.is_none());
    assert_eq!(desk.store.stamps_due(at(9)).await.unwrap(), 0);
    stamp(&desk, hinting(mailbox, &[], 7)).await;
    assert!(
        read(&desk, &lease, 7).await.is_none(),
        "nothing named, nothing to do"
    );
}

async fn repeated_hints_are_one(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    for second in 1..=100 {
        stamp(&desk, hinting(mailbox, &["m1", "m1"], second)).await;
    }
    stamp(&desk, hinting(mailbox, &["a0"], 101)).await;
    let due = read(&desk, &lease, 101).await.unwrap();
    assert_eq!(ids(&due), ["m1", "a0"]);
    assert_eq!(due.hints[0].announced_at, at(1), "the first time counts");
    assert_eq!(due.version, 101);
    assert_eq!(due.hints[0].version, 100);
}

async fn many_ids_mean_all(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let names: Vec<String> = (0..=STAMP_IDS_MAX).map(|n| format!("m{n:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    stamp(&desk, hinting(mailbox, &names[..STAMP_IDS_MAX], 1)).await;
    assert!(!read(&desk, &lease, 1).await.unwrap().all);
    stamp(&desk, hinting(mailbox, &names, 2)).await;
    let due = read(&desk, &lease, 2).await.unwrap();
    assert!(due.all);
    assert_eq!(due.hints.len(), STAMP_IDS_MAX);
}

async fn an_endless_id_means_all(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let endless = "x".repeat(5000);
    stamp(&desk, hinting(mailbox, &[&endless, "m1"], 1)).await;
    let due = read(&desk, &lease, 1).await.unwrap();
    assert_eq!((due.all, ids(&due)), (true, vec!["m1"]));
}

async fn a_hint_that_came_again_stays_due(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    stamp(&desk, hinting(mailbox, &["m1", "m2"], 1)).await;
    let due = read(&desk, &lease, 1).await.unwrap();
    stamp(&desk, hinting(mailbox, &["m2"], 2)).await;
    settle(&desk, &lease, &due, false).await;
    let due = read(&desk, &lease, 2).await.unwrap();
    assert_eq!(ids(&due), ["m2"]);
    finish(&desk, &lease, 3).await;
    assert!(desk.claim(3).await.is_some());
}

async fn all_that_was_said_again_stays_due(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let all = |second| Stamping {
        all: true,
        ..hinting(mailbox, &[], second)
    };
    stamp(&desk, all(1)).await;
    let due = read(&desk, &lease, 1).await.unwrap();
    assert!(due.all);
    stamp(&desk, all(2)).await;
    settle(&desk, &lease, &due, true).await;
    let due = read(&desk, &lease, 2).await.unwrap();
    assert!(due.all);
    settle(&desk, &lease, &due, true).await;
    assert!(read(&desk, &lease, 3).await.is_none());
}

async fn an_unreadable_message_is_read_again_later(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    stamp(&desk, hinting(mailbox, &["m1"], 1)).await;
    let due = read(&desk, &lease, 1).await.unwrap();
    let later = [(due.hints[0].clone(), HintOutcome::RetryAt(at(15)))];
    desk.store
        .settle_hints(&lease, due.version, false, &later)
        .await
        .unwrap();
    assert!(read(&desk, &lease, 14).await.is_none());
    finish(&desk, &lease, 3).await;
    assert!(desk.claim(14).await.is_none());
    assert_eq!(desk.store.next_due_at(at(14)).await.unwrap(), Some(at(15)));
    let lease = desk.claim(15).await.unwrap();
    assert_eq!(read(&desk, &lease, 15).await.unwrap().hints[0].attempts, 1);
}

async fn stamps_wait_while_microsoft_asked_us_to(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let end = SyncEnd {
        next_sweep_at: None,
        trigger: None,
        well: false,
        not_before: Some(at(50)),
        at: at(2),
    };
    desk.store.finish_sync(&lease, &end).await.unwrap();
    stamp(&desk, hinting(mailbox, &["m1"], 5)).await;
    assert_eq!(desk.store.stamps_due(at(49)).await.unwrap(), 0);
    assert!(desk.claim(49).await.is_none());
    assert_eq!(desk.store.next_due_at(at(5)).await.unwrap(), Some(at(50)));
    assert_eq!(desk.claim(50).await.unwrap().mailbox, mailbox);
}

async fn gone_mailboxes_are_skipped(desk: Fixture) {
    let (here, lease) = desk.listed_mailbox("here@contoso.test").await;
    let gone = desk.mailbox("gone@contoso.test").await;
    desk.store.remove_mailbox(ADMIN, gone, at(1)).await.unwrap();
    let stampings = [
        hinting(MailboxId(999), &["m1"], 2),
        hinting(here, &["m1"], 2),
        hinting(gone, &["m1"], 2),
    ];
    desk.store.stamp(&stampings, &[]).await.unwrap();
    assert_eq!(desk.store.stamps_due(at(2)).await.unwrap(), 1);
    assert!(read(&desk, &lease, 2).await.is_some());
}

async fn announced(desk: &Fixture, message: maildesk_model::id::MessageId) -> Option<i64> {
    let shown = desk.store.mark_shown(&[message], at(500)).await.unwrap();
    shown[0]
        .announced_at
        .map(|when| when.since(at(0)).as_secs().cast_signed())
}

async fn arrivals_learn_when_they_were_announced(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    stamp(&desk, hinting(mailbox, &["before"], 60)).await;
    stamp(&desk, hinting(mailbox, &["before"], 70)).await;
    let manual = Stamping {
        trigger: Trigger::Manual,
        ..hinting(mailbox, &["silent"], 61)
    };
    stamp(&desk, manual).await;
    let arrived = desk
        .live(
            &lease,
            ["before", "after", "silent"]
                .map(|id| mail(id, "inbox", 50))
                .to_vec(),
        )
        .await
        .arrived;
    stamp(&desk, hinting(mailbox, &["after"], 120)).await;
    stamp(&desk, hinting(mailbox, &["after"], 130)).await;
    assert_eq!(announced(&desk, arrived[0]).await, Some(60));
    assert_eq!(announced(&desk, arrived[1]).await, Some(120));
    assert_eq!(
        announced(&desk, arrived[2]).await,
        None,
        "nobody notified us"
    );
}

async fn arrivals_beyond_the_kept_ids_were_announced_too(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let names: Vec<String> = (0..=STAMP_IDS_MAX).map(|n| format!("m{n:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    stamp(&desk, hinting(mailbox, &names, 60)).await;
    let beyond = names[STAMP_IDS_MAX];
    let arrived = desk
        .live(&lease, vec![mail(beyond, "inbox", 50)])
        .await
        .arrived;
    assert_eq!(announced(&desk, arrived[0]).await, Some(60));
}
