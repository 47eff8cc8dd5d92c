//! Tokens, sign-ins under way, memos.

use maildesk_model::access::Viewer;
use maildesk_model::id::{MailboxId, NodeId, UserId};
use maildesk_model::mailbox::{Connection, MailboxState, Trouble};
use maildesk_model::secret::Secret;
use maildesk_store::StoreError;
use maildesk_store::contract::{
    ConnectionStore, KeptTokens, MailboxStore, NewMailbox, PushNote, PushStore, SignIn, SyncStore,
};

use crate::fixture::{ADMIN, FOLDERS, Fixture, at, cases};

cases!(
    tokens_come_back_and_a_late_writer_is_refused,
    one_node_refreshes_at_a_time,
    a_sign_in_counts_once_and_until_its_time,
    a_completed_sign_in_sets_the_mailbox_going,
    another_person_cannot_reconnect,
    a_mailbox_that_needs_a_sign_in_waits_with_its_data,
    as_the_organisation_it_is_tried_again,
    tokens_stay_while_a_subscription_is_to_be_deleted,
    memos_are_remembered,
    what_push_waited_for_is_tried_at_once_after_a_sign_in,
);

pub(crate) fn tokens(name: &str) -> KeptTokens {
    KeptTokens {
        refresh: Secret::new(format!("refresh-{name}")),
        access: Secret::new(format!("access-{name}")),
        access_until: at(3600),
        scope: "Mail.ReadWrite offline_access".into(),
    }
}

async fn delegated(desk: &Fixture) -> MailboxId {
    let mailbox = NewMailbox {
        name: "Ada".into(),
        address: "ada@contoso.test".into(),
        connection: Connection::GraphDelegated,
        at: at(0),
    };
    desk.store.add_mailbox(mailbox).await.unwrap()
}

fn trouble() -> Trouble {
    Trouble {
        code: "sign_in_again".into(),
        message: "Microsoft wants you to sign in again.".into(),
        remedy: "Reconnect the mailbox.".into(),
    }
}

async fn state(desk: &Fixture, mailbox: MailboxId) -> MailboxState {
    let mailbox = desk.store.mailbox(ADMIN, mailbox).await.unwrap();
    mailbox.unwrap().state
}

async fn tokens_come_back_and_a_late_writer_is_refused(desk: Fixture) {
    let mailbox = delegated(&desk).await;
    let row = desk.store.connection(mailbox).await.unwrap().unwrap();
    assert!(row.tokens.is_none() && row.version == 0 && row.graph_user.is_none());
    let stored = desk
        .store
        .store_tokens(mailbox, 0, &tokens("a"), at(1))
        .await;
    stored.unwrap();
    let row = desk.store.connection(mailbox).await.unwrap().unwrap();
    let kept = row.tokens.unwrap();
    assert_eq!(kept.refresh.expose(), "refresh-a");
    assert_eq!(kept.access.expose(), "access-a");
    assert_eq!((kept.access_until, row.version), (at(3600), 1));
    let late = desk
        .store
        .store_tokens(mailbox, 0, &tokens("b"), at(2))
        .await;
    assert!(matches!(late, Err(StoreError::Conflict(_))));
    assert!(
        desk.store
            .connection(MailboxId(999))
            .await
            .unwrap()
            .is_none()
    );
}

async fn one_node_refreshes_at_a_time(desk: Fixture) {
    let mailbox = delegated(&desk).await;
    let (one, other) = (NodeId("one".into()), NodeId("other".into()));
    let claim = async |node: &NodeId, now, until| {
        let claimed = desk.store.claim_refresh(mailbox, node, at(now), at(until));
        claimed.await.unwrap()
    };
    assert!(claim(&one, 0, 30).await);
    assert!(!claim(&other, 10, 40).await);
    assert!(claim(&other, 30, 60).await, "its time was over");
    desk.store.release_refresh(mailbox, &one).await.unwrap();
    assert!(!claim(&one, 31, 61).await, "only the holder gives it back");
    desk.store.release_refresh(mailbox, &other).await.unwrap();
    assert!(claim(&one, 32, 62).await);
    desk.store
        .store_tokens(mailbox, 0, &tokens("a"), at(33))
        .await
        .unwrap();
    assert!(claim(&other, 34, 64).await, "storing tokens gives it back");
}

async fn a_sign_in_counts_once_and_until_its_time(desk: Fixture) {
    let mailbox = delegated(&desk).await;
    let sign_in = SignIn {
        mailbox,
        user: UserId(3),
        verifier: Secret::new("verifier"),
        cookie_hash: [5; 32],
        redirect_uri: "https://desk.test/oauth/microsoft/callback".into(),
    };
    for state in [[1; 32], [2; 32]] {
        let begun = desk.store.begin_sign_in(&state, &sign_in, at(600)).await;
        begun.unwrap();
    }
    let taken = desk
        .store
        .take_sign_in(&[1; 32], at(599))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(taken.mailbox, mailbox);
    assert_eq!(taken.verifier.expose(), "verifier");
    assert_eq!((taken.cookie_hash, taken.user), ([5; 32], UserId(3)));
    assert!(
        desk.store
            .take_sign_in(&[1; 32], at(1))
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        desk.store
            .take_sign_in(&[2; 32], at(600))
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        desk.store
            .take_sign_in(&[3; 32], at(1))
            .await
            .unwrap()
            .is_none()
    );
}

async fn a_completed_sign_in_sets_the_mailbox_going(desk: Fixture) {
    let mailbox = delegated(&desk).await;
    assert!(desk.claim(1).await.is_none(), "nobody has signed in");
    let head = desk.head().await;
    let done = desk
        .store
        .complete_sign_in(mailbox, "graph-ada", &tokens("a"), at(5))
        .await;
    assert!(done.unwrap());
    assert_eq!(desk.journal(head).await, ["mailbox.updated"]);
    let shown = desk.store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!(shown.state, MailboxState::Importing);
    assert_eq!(shown.connected_at, Some(at(5)));
    let lease = desk.claim(5).await.unwrap();
    let work = desk.store.work(&lease, at(5)).await.unwrap();
    assert!(work.stamp.unwrap().all);
    let row = desk.store.connection(mailbox).await.unwrap().unwrap();
    assert_eq!(row.graph_user.as_deref(), Some("graph-ada"));
}

async fn another_person_cannot_reconnect(desk: Fixture) {
    let mailbox = delegated(&desk).await;
    let store = &desk.store;
    assert!(
        store
            .complete_sign_in(mailbox, "ada", &tokens("a"), at(5))
            .await
            .unwrap()
    );
    assert!(
        !store
            .complete_sign_in(mailbox, "eve", &tokens("b"), at(6))
            .await
            .unwrap()
    );
    let row = store.connection(mailbox).await.unwrap().unwrap();
    assert_eq!(row.tokens.unwrap().refresh.expose(), "refresh-a");
    let nobody = store
        .complete_sign_in(MailboxId(99), "ada", &tokens("a"), at(7))
        .await;
    assert!(!nobody.unwrap());
}

async fn a_mailbox_that_needs_a_sign_in_waits_with_its_data(desk: Fixture) {
    let mailbox = delegated(&desk).await;
    let store = &desk.store;
    store
        .complete_sign_in(mailbox, "ada", &tokens("a"), at(5))
        .await
        .unwrap();
    let lease = desk.claim(5).await.unwrap();
    desk.folders(&lease, &FOLDERS).await;
    for (folder, _) in FOLDERS {
        desk.list(&lease, folder, Vec::new()).await;
    }
    assert_eq!(state(&desk, mailbox).await, MailboxState::Active);
    store.release_lease(&lease).await.unwrap();
    let version = store.connection(mailbox).await.unwrap().unwrap().version;
    let late = store
        .need_sign_in(mailbox, version - 1, &trouble(), at(9))
        .await;
    assert!(
        matches!(late, Err(StoreError::Conflict(_))),
        "who asked with former tokens comes too late"
    );
    assert_eq!(state(&desk, mailbox).await, MailboxState::Active);
    store
        .need_sign_in(mailbox, version, &trouble(), at(10))
        .await
        .unwrap();
    let shown = store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!(shown.state, MailboxState::Reconnect);
    assert_eq!(shown.trouble, Some(trouble()));
    assert!(desk.claim(500).await.is_none());
    assert_eq!(store.next_due_at(at(500)).await.unwrap(), None);
    store
        .complete_sign_in(mailbox, "ada", &tokens("b"), at(600))
        .await
        .unwrap();
    let shown = store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!((shown.state, shown.trouble), (MailboxState::Active, None));
    assert_eq!(
        shown.connected_at,
        Some(at(5)),
        "mail since then is no history"
    );
    assert!(desk.claim(600).await.is_some());
}

async fn as_the_organisation_it_is_tried_again(desk: Fixture) {
    let mailbox = desk.mailbox("shared@contoso.test").await;
    desk.store
        .need_sign_in(mailbox, 0, &trouble(), at(1))
        .await
        .unwrap();
    assert_eq!(state(&desk, mailbox).await, MailboxState::Reconnect);
    assert!(desk.claim(2).await.is_some());
}

async fn tokens_stay_while_a_subscription_is_to_be_deleted(desk: Fixture) {
    let mailbox = delegated(&desk).await;
    let store = &desk.store;
    store
        .complete_sign_in(mailbox, "ada", &tokens("a"), at(5))
        .await
        .unwrap();
    let lease = store
        .claim_push(&desk.node, at(5), at(60))
        .await
        .unwrap()
        .unwrap();
    let secret = Secret::new("client-state");
    let id = store
        .add_subscription(&lease, &secret, "https://desk.test", at(6))
        .await;
    let viewer = Viewer {
        user: UserId(1),
        ..ADMIN
    };
    assert!(store.remove_mailbox(viewer, mailbox, at(7)).await.unwrap());
    assert!(
        store
            .connection(mailbox)
            .await
            .unwrap()
            .unwrap()
            .tokens
            .is_some()
    );
    store
        .forget_subscription(&lease, id.unwrap())
        .await
        .unwrap();
    store.note_orphans(&lease, None).await.unwrap();
    assert!(store.connection(mailbox).await.unwrap().is_none());
}

async fn memos_are_remembered(desk: Fixture) {
    assert_eq!(desk.store.memo("longest").await.unwrap(), None);
    for value in ["8640", "4230"] {
        desk.store.set_memo("longest", value).await.unwrap();
        assert_eq!(
            desk.store.memo("longest").await.unwrap().as_deref(),
            Some(value)
        );
    }
}

/// Push counts a refusal that only a person can mend as many failures; when they have, it counts
/// anew, even if a round that began before still has its failure to write down.
async fn what_push_waited_for_is_tried_at_once_after_a_sign_in(desk: Fixture) {
    let mailbox = delegated(&desk).await;
    let store = &desk.store;
    store
        .wake_push(at(0), std::time::Duration::ZERO)
        .await
        .unwrap();
    let claim = |second| store.claim_push(&desk.node, at(second), at(second + 60));
    let refused = PushNote {
        failures: Some(8),
        next_at: Some(Some(at(7_200))),
        ..PushNote::default()
    };
    let kept = tokens("a");
    let lease = claim(0).await.unwrap().unwrap();
    store.note_push(&lease, &refused, at(1)).await.unwrap();
    store.release_push(&lease).await.unwrap();
    assert!(claim(2).await.unwrap().is_none());
    let signed_in = store.complete_sign_in(mailbox, "ada", &kept, at(3));
    assert!(signed_in.await.unwrap());
    let lease = claim(3).await.unwrap().expect("push is due at once");
    let work = store.push_work(&lease, at(3)).await.unwrap();
    assert_eq!(work.failures, 0);

    let signed_in = store.complete_sign_in(mailbox, "ada", &kept, at(4));
    assert!(signed_in.await.unwrap());
    store.note_push(&lease, &refused, at(5)).await.unwrap();
    store.release_push(&lease).await.unwrap();
    let lease = claim(6).await.unwrap().expect("and so it is again");
    let work = store.push_work(&lease, at(6)).await.unwrap();
    assert_eq!(work.failures, 0);
}
