//! Leases: whose turn it is, and that a lost one can write nothing.

use maildesk_model::id::{MailboxId, NodeId};
use maildesk_model::intent::{Change, Want};
use maildesk_model::mailbox::{MailboxState, Trouble};
use maildesk_model::stamp::{Stamping, Trigger};
use maildesk_store::StoreError;
use maildesk_store::contract::{
    DeskStore, Lease, MailboxStore, PushStore, StampStore, SyncEnd, SyncStore,
};

use crate::fixture::{ADMIN, Fixture, at, cases, mail};

cases!(
    the_most_urgent_mailbox_comes_first,
    no_two_nodes_hold_one_mailbox,
    an_expired_lease_is_taken_over,
    a_start_alone_waits_for_nobody,
    backlogs_take_turns,
    the_end_of_a_run_is_noted,
    a_failed_run_is_counted_and_waited_for,
    trouble_is_shown_until_it_ends,
);

async fn finish(desk: &Fixture, lease: &Lease, second: i64) {
    let end = SyncEnd {
        next_sweep_at: Some(at(second + 180)),
        trigger: None,
        well: true,
        not_before: None,
        at: at(second),
    };
    desk.store.finish_sync(lease, &end).await.unwrap();
}

async fn the_most_urgent_mailbox_comes_first(desk: Fixture) {
    let mut mailboxes = Vec::new();
    for name in ["backlog", "sweep", "intent", "stamp"] {
        let (mailbox, lease) = desk.listed_mailbox(&format!("{name}@contoso.test")).await;
        desk.live(&lease, vec![mail(name, "inbox", -50)]).await;
        if name != "backlog" {
            desk.store.no_body(&lease, at(-50), at(1)).await.unwrap();
        }
        finish(&desk, &lease, if name == "sweep" { 1 } else { 500 }).await;
        mailboxes.push(mailbox);
    }
    let message = desk.message(mailboxes[2], "intent").await;
    let change = Change {
        is_read: Some(true),
        ..Change::default()
    };
    let want = Want::Change { message, change };
    desk.store
        .want(ADMIN, mailboxes[2], &want, at(300))
        .await
        .unwrap()
        .unwrap();
    let stamping = Stamping {
        mailbox: mailboxes[3],
        messages: vec!["m".into()],
        all: false,
        trigger: Trigger::Push,
        at: at(550),
    };
    desk.store.stamp(&[stamping], &[]).await.unwrap();
    let mut order = Vec::new();
    while let Some(lease) = desk.claim(600).await {
        order.push(lease.mailbox);
    }
    mailboxes.reverse();
    assert_eq!(order, mailboxes);
}

async fn no_two_nodes_hold_one_mailbox(desk: Fixture) {
    for n in 0..20 {
        desk.mailbox(&format!("m{n}@contoso.test")).await;
    }
    let nodes = ["one", "other", "third"].map(|name| NodeId(name.into()));
    let claim_all = async |node: &NodeId| {
        let mut claimed = Vec::new();
        while let Some(lease) = desk.store.claim_mailbox(node, at(1), at(60)).await.unwrap() {
            claimed.push(lease.mailbox);
        }
        claimed
    };
    let (one, other, third) = tokio::join!(
        claim_all(&nodes[0]),
        claim_all(&nodes[1]),
        claim_all(&nodes[2])
    );
    let mut all: Vec<MailboxId> = [one, other, third].concat();
    all.sort();
    let count = all.len();
    all.dedup();
    assert_eq!((all.len(), count), (20, 20));
}

async fn an_expired_lease_is_taken_over(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    assert!(desk.claim(59).await.is_none());
    desk.store.renew_lease(&lease, at(200)).await.unwrap();
    assert!(desk.claim(199).await.is_none());
    assert_eq!(
        desk.store.next_due_at(at(100)).await.unwrap(),
        Some(at(200))
    );
    let next = desk.claim(200).await.unwrap();
    assert_eq!(next.mailbox, mailbox);
    assert!(next.epoch > lease.epoch);
}

async fn backlogs_take_turns(desk: Fixture) {
    let mut mailboxes = Vec::new();
    for name in ["one", "other"] {
        let (mailbox, lease) = desk.listed_mailbox(&format!("{name}@contoso.test")).await;
        desk.live(&lease, vec![mail(name, "inbox", -50)]).await;
        finish(&desk, &lease, 1).await;
        mailboxes.push(mailbox);
    }
    let mut order = Vec::new();
    for second in 2..6 {
        let lease = desk.claim(second).await.unwrap();
        order.push(lease.mailbox);
        finish(&desk, &lease, second).await;
    }
    assert_eq!(order, [mailboxes.clone(), mailboxes].concat());
}

async fn the_end_of_a_run_is_noted(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let head = desk.head().await;
    finish(&desk, &lease, 20).await;
    assert_eq!(desk.journal(head).await, ["mailbox.updated"]);
    let shown = desk.store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!(shown.last_sync_at, Some(at(20)));
    assert!(desk.claim(199).await.is_none());
    let lease = desk.claim(200).await.unwrap();
    let work = desk.store.work(&lease, at(200)).await.unwrap();
    assert_eq!(work.mailbox.next_sweep_at, Some(at(200)));
    assert_eq!((work.mailbox.failures, work.mailbox.folder_count), (0, 5));
    // A push sync says nothing of the sweep, and so does not postpone it.
    let end = SyncEnd {
        next_sweep_at: None,
        trigger: None,
        well: true,
        not_before: None,
        at: at(201),
    };
    desk.store.finish_sync(&lease, &end).await.unwrap();
    assert!(desk.claim(201).await.is_some());
}

async fn a_failed_run_is_counted_and_waited_for(desk: Fixture) {
    let (mailbox, mut lease) = desk.listed_mailbox("ada@contoso.test").await;
    for failures in 1..=2 {
        let end = SyncEnd {
            next_sweep_at: None,
            trigger: None,
            well: false,
            not_before: Some(at(100 * failures)),
            at: at(5),
        };
        desk.store.finish_sync(&lease, &end).await.unwrap();
        let shown = desk.store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
        assert_eq!(shown.not_before, Some(at(100 * failures)));
        assert_eq!(shown.last_sync_at, None);
        assert!(desk.claim(100 * failures - 1).await.is_none());
        lease = desk.claim(100 * failures).await.unwrap();
        let work = desk.store.work(&lease, at(100 * failures)).await.unwrap();
        assert_eq!(work.mailbox.failures, failures);
        assert_eq!(work.mailbox.not_before, Some(at(100 * failures)));
    }
    desk.store.release_lease(&lease).await.unwrap();
    assert!(desk.claim(300).await.is_some(), "given back, still due");
}

async fn trouble_is_shown_until_it_ends(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let trouble = Trouble {
        code: "ErrorAccessDenied".into(),
        message: "Microsoft refused.".into(),
        remedy: "Ask an administrator.".into(),
    };
    let head = desk.head().await;
    for _ in 0..2 {
        let state = MailboxState::Error;
        desk.store
            .set_mailbox_state(&lease, state, Some(&trouble), at(5))
            .await
            .unwrap();
    }
    assert_eq!(desk.journal(head).await, ["mailbox.updated"]);
    let shown = desk.store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!(
        (shown.state, shown.trouble),
        (MailboxState::Error, Some(trouble))
    );
    assert_eq!(
        desk.store.next_push_at(at(5)).await.unwrap(),
        Some(at(5)),
        "push looks again"
    );
    finish(&desk, &lease, 6).await;
    let shown = desk.store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!((shown.state, shown.trouble), (MailboxState::Active, None));
}

async fn a_start_alone_waits_for_nobody(desk: Fixture) {
    let mailbox = desk.mailbox("ada@contoso.test").await;
    let (before, after) = (NodeId("before".into()), NodeId("after".into()));
    let store = &desk.store;
    let lost = store
        .claim_mailbox(&before, at(1), at(60))
        .await
        .unwrap()
        .unwrap();
    store
        .want(ADMIN, mailbox, &Want::CheckPush, at(1))
        .await
        .unwrap();
    let lost_push = store
        .claim_push(&before, at(2), at(60))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        store.claim_mailbox(&after, at(3), at(60)).await.unwrap(),
        None
    );

    store.end_all_leases().await.unwrap();
    assert!(
        store
            .claim_mailbox(&after, at(3), at(60))
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        store
            .claim_push(&after, at(3), at(60))
            .await
            .unwrap()
            .is_some()
    );
    let late = store.renew_lease(&lost, at(90)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)));
    let late = store.renew_push_lease(&lost_push, at(90)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)));
}
