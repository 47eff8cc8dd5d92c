//! Disconnecting a mailbox and connecting it again: what stops, what stays, and when tokens go.

use maildesk_model::access::Viewer;
use maildesk_model::id::{MailboxId, UserId};
use maildesk_model::intent::{Change, IntentState, Want};
use maildesk_model::mailbox::{Connection, MailboxState, Trouble};
use maildesk_model::secret::Secret;
use maildesk_model::stamp::Trigger;
use maildesk_model::subscription::SubscriptionState;
use maildesk_store::StoreError;
use maildesk_store::contract::{
    ConnectionStore, DeskStore, KeptTokens, MailboxStore, NewMailbox, PushStore, SignIn, SyncStore,
};

use crate::fixture::{ADMIN, Fixture, at, cases, mail};
use crate::push::{activate, claim as claim_push};

cases!(
    nothing_is_due_and_everything_stays,
    a_sync_under_way_can_write_nothing_more,
    the_organisation_connects_it_again_where_it_stopped,
    tokens_go_at_once_where_nothing_is_to_be_deleted,
    tokens_go_with_the_last_subscription,
    tokens_stay_while_somebody_looks_for_unknown_subscriptions,
    tokens_of_a_removed_mailbox_stay_as_long,
    a_subscription_that_is_created_late_is_deleted,
    only_the_same_person_connects_it_again,
    who_may_not_see_it_changes_nothing,
);

fn tokens() -> KeptTokens {
    KeptTokens {
        refresh: Secret::new("refresh"),
        access: Secret::new("access"),
        access_until: at(3600),
        scope: "Mail.ReadWrite offline_access".into(),
    }
}

/// A mailbox that somebody has signed in for.
async fn of_a_person(desk: &Fixture) -> MailboxId {
    let mailbox = NewMailbox {
        name: "Ada".into(),
        address: "ada@contoso.test".into(),
        connection: Connection::GraphDelegated,
        at: at(0),
    };
    let mailbox = desk.store.add_mailbox(mailbox).await.unwrap();
    sign_in(desk, mailbox, 1).await;
    mailbox
}

async fn sign_in(desk: &Fixture, mailbox: MailboxId, second: i64) {
    let done = desk
        .store
        .complete_sign_in(mailbox, "ada", &tokens(), at(second))
        .await;
    assert!(done.unwrap());
}

async fn disconnect(desk: &Fixture, mailbox: MailboxId, second: i64) {
    let done = desk.store.disconnect_mailbox(ADMIN, mailbox, at(second));
    assert!(done.await.unwrap());
}

async fn has_tokens(desk: &Fixture, mailbox: MailboxId) -> bool {
    let row = desk.store.connection(mailbox).await.unwrap();
    row.unwrap().tokens.is_some()
}

async fn nothing_is_due_and_everything_stays(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let arrived = desk.live(&lease, vec![mail("m", "inbox", 5)]).await.arrived;
    let reader = desk.user("bob@contoso.test").await;
    let people = [reader.user];
    let shared = desk.store.set_access(ADMIN, mailbox, &people, at(1));
    assert_eq!(shared.await.unwrap(), Some(true));
    desk.store.release_lease(&lease).await.unwrap();
    let head = desk.head().await;
    disconnect(&desk, mailbox, 10).await;
    assert_eq!(desk.journal(head).await, ["mailbox.updated"]);
    disconnect(&desk, mailbox, 20).await;
    assert_eq!(
        desk.journal(head).await,
        ["mailbox.updated"],
        "once is enough"
    );
    let shown = desk.store.mailbox(reader, mailbox).await.unwrap().unwrap();
    assert_eq!(shown.state, MailboxState::Reconnect);
    assert_eq!(shown.trouble, Some(Trouble::disconnected()));
    assert_eq!(shown.disconnected_at, Some(at(10)));
    let read = desk.store.message(reader, arrived[0]).await.unwrap();
    assert!(read.is_some(), "what is here can be read");

    // What people want waits, as it does while somebody has to sign in.
    let asked = desk
        .store
        .request_sync(ADMIN, mailbox, Trigger::Manual, at(30));
    assert!(asked.await.unwrap());
    let change = Change {
        is_read: Some(true),
        ..Change::default()
    };
    let want = Want::Change {
        message: arrived[0],
        change,
    };
    let intent = desk.store.want(reader, mailbox, &want, at(30)).await;
    let intent = intent.unwrap().unwrap();
    let waiting = desk.store.intent(reader, intent).await.unwrap().unwrap();
    assert_eq!(waiting.state, IntentState::Waiting);
    assert!(desk.claim(10_000).await.is_none());
    assert_eq!(desk.store.next_due_at(at(10_000)).await.unwrap(), None);
}

async fn a_sync_under_way_can_write_nothing_more(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    disconnect(&desk, mailbox, 10).await;
    let state = MailboxState::Active;
    let late = desk
        .store
        .set_mailbox_state(&lease, state, None, at(11))
        .await;
    assert!(matches!(late, Err(StoreError::LeaseLost)));
    let shown = desk.store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!(shown.state, MailboxState::Reconnect);
}

async fn the_organisation_connects_it_again_where_it_stopped(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    desk.store.release_lease(&lease).await.unwrap();
    let store = &desk.store;
    disconnect(&desk, mailbox, 10).await;
    let head = desk.head().await;
    for _ in 0..2 {
        assert!(store.connect_again(ADMIN, mailbox, at(20)).await.unwrap());
    }
    assert_eq!(desk.journal(head).await, ["mailbox.updated"]);
    let shown = store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!((shown.state, shown.trouble), (MailboxState::Active, None));
    assert_eq!(
        (shown.disconnected_at, shown.connected_at),
        (None, Some(at(0)))
    );
    let lease = desk.claim(20).await.unwrap();
    let work = store.work(&lease, at(20)).await.unwrap();
    assert!(work.stamp.unwrap().all);
    assert_eq!(work.mailbox.folders_link.as_deref(), Some("folders-link"));
}

async fn tokens_go_at_once_where_nothing_is_to_be_deleted(desk: Fixture) {
    let mailbox = of_a_person(&desk).await;
    let before = desk.store.connection(mailbox).await.unwrap().unwrap();
    let sign_in = SignIn {
        mailbox,
        user: UserId(3),
        verifier: Secret::new("verifier"),
        cookie_hash: [5; 32],
        redirect_uri: "https://desk.test/oauth/microsoft/callback".into(),
    };
    let begun = desk.store.begin_sign_in(&[1; 32], &sign_in, at(600)).await;
    begun.unwrap();
    disconnect(&desk, mailbox, 10).await;
    assert!(!has_tokens(&desk, mailbox).await);
    let row = desk.store.connection(mailbox).await.unwrap().unwrap();
    assert!(row.disconnected);
    assert_eq!(row.graph_user.as_deref(), Some("ada"));
    let late = desk
        .store
        .store_tokens(mailbox, before.version, &tokens(), at(11))
        .await;
    assert!(
        matches!(late, Err(StoreError::Conflict(_))),
        "a refresh under way"
    );
    let taken = desk.store.take_sign_in(&[1; 32], at(11)).await.unwrap();
    assert!(taken.is_none(), "a sign-in under way");
}

async fn tokens_go_with_the_last_subscription(desk: Fixture) {
    let mailbox = of_a_person(&desk).await;
    let store = &desk.store;
    let lease = claim_push(&desk, 2).await.unwrap();
    activate(&desk, &lease, "first", 2).await;
    activate(&desk, &lease, "second", 3).await;
    store.release_push(&lease).await.unwrap();
    disconnect(&desk, mailbox, 10).await;
    let lease = claim_push(&desk, 10).await.expect("push is due");
    let work = store.push_work(&lease, at(10)).await.unwrap();
    assert!(work.disconnected && !work.removed);
    for row in &work.subscriptions {
        assert_eq!(row.state, SubscriptionState::Retiring);
        assert!(has_tokens(&desk, mailbox).await);
        let trouble = Trouble {
            code: "sign_in_again".into(),
            message: "m".into(),
            remedy: "r".into(),
        };
        let version = store.connection(mailbox).await.unwrap().unwrap().version;
        let needed = store.need_sign_in(mailbox, version, &trouble, at(11));
        needed.await.unwrap();
        store.forget_subscription(&lease, row.id).await.unwrap();
    }
    store.note_orphans(&lease, None).await.unwrap();
    assert!(!has_tokens(&desk, mailbox).await);
    let shown = store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!(shown.trouble, Some(Trouble::disconnected()));
}

async fn a_subscription_that_is_created_late_is_deleted(desk: Fixture) {
    let mailbox = of_a_person(&desk).await;
    let store = &desk.store;
    let lease = claim_push(&desk, 2).await.unwrap();
    let secret = Secret::new("secret");
    let base = "https://desk.test";
    let id = store
        .add_subscription(&lease, &secret, base, at(2))
        .await
        .unwrap();
    disconnect(&desk, mailbox, 3).await;
    assert!(has_tokens(&desk, mailbox).await);
    store
        .activate_subscription(&lease, id, "late", at(900), 15, at(4))
        .await
        .unwrap();
    let work = store.push_work(&lease, at(4)).await.unwrap();
    assert_eq!(work.subscriptions[0].state, SubscriptionState::Retiring);
    let another = store.add_subscription(&lease, &secret, base, at(5)).await;
    assert!(matches!(another, Err(StoreError::LeaseLost)));
    assert!(desk.claim(10_000).await.is_none());
}

async fn only_the_same_person_connects_it_again(desk: Fixture) {
    let mailbox = of_a_person(&desk).await;
    let store = &desk.store;
    disconnect(&desk, mailbox, 10).await;
    let button = store.connect_again(ADMIN, mailbox, at(11)).await.unwrap();
    assert!(!button, "somebody has to sign in");
    let other = store
        .complete_sign_in(mailbox, "eve", &tokens(), at(12))
        .await;
    assert!(!other.unwrap());
    let shown = store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!(shown.disconnected_at, Some(at(10)));
    assert!(!has_tokens(&desk, mailbox).await);
    sign_in(&desk, mailbox, 13).await;
    let shown = store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!((shown.trouble, shown.disconnected_at), (None, None));
    assert!(has_tokens(&desk, mailbox).await);
    assert!(claim_push(&desk, 13).await.is_some(), "push looks at it");
    assert!(desk.claim(13).await.is_some());
}

async fn who_may_not_see_it_changes_nothing(desk: Fixture) {
    let mailbox = desk.mailbox("ada@contoso.test").await;
    let stranger: Viewer = desk.user("eve@contoso.test").await;
    let store = &desk.store;
    for id in [mailbox, MailboxId(999)] {
        assert!(!store.disconnect_mailbox(stranger, id, at(1)).await.unwrap());
        assert!(!store.connect_again(stranger, id, at(1)).await.unwrap());
    }
    let nobody = store.disconnect_mailbox(ADMIN, MailboxId(999), at(1)).await;
    assert!(!nobody.unwrap());
    assert!(desk.claim(1).await.is_some());
}

async fn tokens_stay_while_somebody_looks_for_unknown_subscriptions(desk: Fixture) {
    let mailbox = of_a_person(&desk).await;
    let store = &desk.store;
    let lease = claim_push(&desk, 2).await.unwrap();
    activate(&desk, &lease, "sub-1", 3).await;
    let work = store.push_work(&lease, at(3)).await.unwrap();
    assert_eq!(work.orphans, None, "nobody looks yet");
    store.release_push(&lease).await.unwrap();
    disconnect(&desk, mailbox, 10).await;
    let lease = claim_push(&desk, 10).await.unwrap();
    let work = store.push_work(&lease, at(10)).await.unwrap();
    assert!(work.orphans.is_some());
    let id = work.subscriptions[0].id;
    store.forget_subscription(&lease, id).await.unwrap();
    assert!(has_tokens(&desk, mailbox).await);
    store.note_orphans(&lease, Some("a suspect")).await.unwrap();
    let work = store.push_work(&lease, at(11)).await.unwrap();
    assert_eq!(work.orphans.as_deref(), Some("a suspect"));
    assert!(has_tokens(&desk, mailbox).await);
    for _ in 0..2 {
        store.note_orphans(&lease, None).await.unwrap();
        assert!(!has_tokens(&desk, mailbox).await);
    }
}

async fn tokens_of_a_removed_mailbox_stay_as_long(desk: Fixture) {
    let mailbox = of_a_person(&desk).await;
    let store = &desk.store;
    let lease = claim_push(&desk, 2).await.unwrap();
    activate(&desk, &lease, "sub-1", 3).await;
    store.release_push(&lease).await.unwrap();
    assert!(store.remove_mailbox(ADMIN, mailbox, at(10)).await.unwrap());
    let lease = claim_push(&desk, 10).await.unwrap();
    let work = store.push_work(&lease, at(10)).await.unwrap();
    let id = work.subscriptions[0].id;
    store.forget_subscription(&lease, id).await.unwrap();
    while store.sweep_removed(100).await.unwrap() {}
    assert!(has_tokens(&desk, mailbox).await, "nobody has looked yet");
    store.note_orphans(&lease, None).await.unwrap();
    assert!(store.connection(mailbox).await.unwrap().is_none());
    while store.sweep_removed(100).await.unwrap() {}
    assert_eq!(desk.number("SELECT COUNT(*) FROM mailbox").await, 0);
}
