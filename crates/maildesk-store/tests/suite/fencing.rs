//! Whoever lost a lease can write nothing: every call of sync's and push's contract that takes one,
//! after another node has taken the mailbox, and the database to the last row as it was before.

use bytes::Bytes;
use maildesk_model::id::{AttachmentId, DraftId, FolderId, IntentId, NodeId, SubscriptionId};
use maildesk_model::mailbox::MailboxState;
use maildesk_model::secret::Secret;
use maildesk_model::stamp::{Stamping, Trigger};
use maildesk_store::StoreError;
use maildesk_store::contract::{
    DraftEnd, DraftNote, DraftStore, FolderChanges, FolderKey, Hint, HintOutcome, IntentOutcome,
    Lease, PushNote, PushStore, StampStore, SyncEnd, SyncStore,
};

use crate::fixture::{Batch, Fixture, at, cases, mail};
use crate::push::{activate, claim as claim_push, claimed};

cases!(
    who_lost_a_mailbox_cannot_sync_it,
    who_lost_a_mailbox_cannot_touch_its_push,
);

type Done = Result<(), StoreError>;

/// Calls with a lease that only read.
const READS: [&str; 10] = [
    "work",
    "push_work",
    "stalest_folders",
    "counts_kept",
    "folder_sync",
    "known_messages",
    "bodyless",
    "intent_target",
    "draft_work",
    "draft_bytes",
];

/// A mailbox in the middle of everything, whose lease another node has taken.
async fn lost_sync(desk: &Fixture) -> (Lease, FolderId, AttachmentId) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let mut message = mail("m1", "inbox", 50);
    message.attachments = Some(vec![crate::bodies::file("f1", "offer.pdf")]);
    desk.live(&lease, vec![message]).await;
    let attachment = desk.number("SELECT id FROM attachment").await;
    let stamping = Stamping {
        mailbox,
        messages: vec!["m1".into()],
        all: true,
        trigger: Trigger::Push,
        at: at(55),
    };
    desk.store.stamp(&[stamping], &[]).await.unwrap();
    let folder = desk.folder(&lease, "inbox").await;
    // A listing from scratch that is through, and that did not have the message.
    desk.store
        .restart_folder(&lease, folder, at(56))
        .await
        .unwrap();
    let other = NodeId("other".into());
    crate::drafts::begin(desk, crate::fixture::ADMIN, mailbox).await;
    let taken = desk.store.claim_mailbox(&other, at(60), at(120)).await;
    assert_eq!(taken.unwrap().unwrap().mailbox, mailbox);
    (lease, folder, AttachmentId(attachment))
}

/// Every write of sync, by name.
async fn sync_writes(
    desk: &Fixture,
    lease: &Lease,
    folder: FolderId,
    attachment: AttachmentId,
) -> Vec<(&'static str, Done)> {
    let store = &desk.store;
    let end = SyncEnd {
        next_sweep_at: None,
        trigger: None,
        well: true,
        not_before: None,
        at: at(61),
    };
    let folders = FolderChanges {
        whole: true,
        ..FolderChanges::default()
    };
    let batch = Batch::live(vec![mail("m1", "inbox", 50)]).0;
    let hint = Hint {
        remote_id: "m1".into(),
        version: 1,
        announced_at: at(55),
        attempts: 0,
        known_folder: Some(folder),
    };
    let hints = [(hint, HintOutcome::Done)];
    let done = IntentOutcome::Done(None);
    let bytes = Bytes::from_static(b"bytes");
    let intent = IntentId(1);
    let state = MailboxState::Error;
    let forgotten = ["m1".to_owned()];
    let draft = DraftId(1);
    vec![
        ("renew_lease", store.renew_lease(lease, at(200)).await),
        ("release_lease", store.release_lease(lease).await),
        (
            "apply_folders",
            store.apply_folders(lease, &folders, at(61)).await,
        ),
        (
            "apply_messages",
            store.apply_messages(lease, &batch).await.map(drop),
        ),
        (
            "restart_folder",
            store.restart_folder(lease, folder, at(61)).await,
        ),
        (
            "restart_folders",
            store.restart_folders(lease, at(61)).await,
        ),
        (
            "set_select_version",
            store.set_select_version(lease, 9, at(61)).await,
        ),
        (
            "forget_messages",
            store.forget_messages(lease, &forgotten, at(61)).await,
        ),
        ("no_body", store.no_body(lease, at(50), at(61)).await),
        (
            "leave_bodies",
            store.leave_bodies(lease, Some(at(60)), 9, at(61)).await,
        ),
        (
            "settle_hints",
            store.settle_hints(lease, 1, true, &hints).await,
        ),
        (
            "settle_intent",
            store.settle_intent(lease, intent, &done, at(61)).await,
        ),
        ("note_counts", store.note_counts(lease, "1").await),
        (
            "put_blob_chunk",
            store
                .put_blob_chunk(lease, attachment, 0, bytes, at(61))
                .await,
        ),
        (
            "finish_blob",
            store.finish_blob(lease, attachment, 5, 9, at(61)).await,
        ),
        (
            "set_mailbox_state",
            store.set_mailbox_state(lease, state, None, at(61)).await,
        ),
        ("finish_sync", store.finish_sync(lease, &end).await),
        (
            "note_draft",
            store
                .note_draft(lease, draft, &DraftNote::Creating, at(61))
                .await
                .map(drop),
        ),
        (
            "end_draft",
            store
                .end_draft(lease, draft, intent, &DraftEnd::Sent, at(61))
                .await,
        ),
    ]
}

/// Every write of push, by name.
async fn push_writes(
    desk: &Fixture,
    lease: &Lease,
    id: SubscriptionId,
) -> Vec<(&'static str, Done)> {
    let store = &desk.store;
    let now = at(101);
    let secret = Secret::new("s");
    let note = PushNote {
        failures: Some(3),
        next_at: Some(None),
        ..PushNote::default()
    };
    let done = IntentOutcome::Done(None);
    let added = store.add_subscription(lease, &secret, "https://a", now);
    let activated = store.activate_subscription(lease, id, "other", at(900), 15, now);
    let settled = store.settle_push_intent(lease, IntentId(1), &done, now);
    vec![
        (
            "renew_push_lease",
            store.renew_push_lease(lease, at(300)).await,
        ),
        ("leave_alone", store.leave_alone(lease, at(900)).await),
        ("release_push", store.release_push(lease).await),
        ("add_subscription", added.await.map(drop)),
        ("activate_subscription", activated.await),
        ("note_patch", store.note_patch(lease, id, now).await),
        (
            "looked_at",
            store.looked_at(lease, id, Some(at(900)), now).await,
        ),
        ("look_later", store.look_later(lease, id, now).await),
        ("note_replacing", store.note_replacing(lease, now).await),
        ("catch_up", store.catch_up(lease, now).await),
        ("renewed", store.renewed(lease, id, at(900), 15, now).await),
        (
            "retire_subscription",
            store.retire_subscription(lease, id).await,
        ),
        (
            "forget_subscription",
            store.forget_subscription(lease, id).await,
        ),
        (
            "subscription_failed",
            store.subscription_failed(lease, id, 5).await,
        ),
        ("note_orphans", store.note_orphans(lease, Some("1")).await),
        ("note_push", store.note_push(lease, &note, now).await),
        ("settle_push_intent", settled.await),
    ]
}

fn all_lost(results: &[(&'static str, Done)]) {
    for (name, result) in results {
        let lost = matches!(result, Err(StoreError::LeaseLost));
        assert!(lost, "{name}: {result:?}");
    }
}

async fn who_lost_a_mailbox_cannot_sync_it(desk: Fixture) {
    let (lease, folder, attachment) = lost_sync(&desk).await;
    let before = desk.rows().await;
    all_lost(&sync_writes(&desk, &lease, folder, attachment).await);
    // Reading what is due may have something to tidy up first, which then is a write.
    let _ = desk.store.work(&lease, at(61)).await;
    let key = FolderKey::Id(folder);
    assert!(desk.store.folder_sync(&lease, key).await.unwrap().is_some());
    assert_eq!(desk.rows().await, before, "nothing was written");
}

async fn who_lost_a_mailbox_cannot_touch_its_push(desk: Fixture) {
    let (mailbox, lease) = claimed(&desk).await;
    activate(&desk, &lease, "sub-1", 1).await;
    let work = desk.store.push_work(&lease, at(2)).await.unwrap();
    let id = work.subscriptions[0].id;
    let wanted = maildesk_model::intent::Want::CheckPush;
    let admin = crate::fixture::ADMIN;
    let intent =
        maildesk_store::contract::DeskStore::want(&desk.store, admin, mailbox, &wanted, at(3));
    intent.await.unwrap().unwrap();
    let taken = claim_push(&desk, 100).await.unwrap();
    assert_eq!(taken.node, lease.node, "a former life of the same node");
    assert!(taken.epoch > lease.epoch);
    let before = desk.rows().await;
    all_lost(&push_writes(&desk, &lease, id).await);
    desk.store.push_work(&lease, at(101)).await.unwrap();
    assert_eq!(desk.rows().await, before, "nothing was written");
}

/// The names of calls that take a lease, as the contract has them.
fn leased(contract: &str) -> Vec<&str> {
    let calls = contract.split("\n    async fn ").skip(1);
    calls
        .filter_map(|rest| {
            let (name, rest) = rest.split_once('(')?;
            let (arguments, _) = rest.split_once(')')?;
            arguments.contains("lease: &Lease").then_some(name)
        })
        .collect()
}

#[tokio::test]
async fn no_write_under_a_lease_is_left_out() {
    let desk = Fixture::sqlite().await;
    let (lease, folder, attachment) = lost_sync(&desk).await;
    let sync = sync_writes(&desk, &lease, folder, attachment).await;
    let push = push_writes(&desk, &lease, SubscriptionId(1)).await;
    let tried: Vec<&str> = sync.iter().chain(&push).map(|(name, _)| *name).collect();
    let contract = concat!(
        include_str!("../../src/contract/sync.rs"),
        include_str!("../../src/contract/drafts.rs"),
        include_str!("../../src/contract/push.rs")
    );
    let leased = leased(contract);
    assert!(leased.len() > 30, "the contract was read: {leased:?}");
    for name in leased {
        assert!(
            tried.contains(&name) || READS.contains(&name),
            "{name} takes a lease and is not tried here"
        );
    }
}
