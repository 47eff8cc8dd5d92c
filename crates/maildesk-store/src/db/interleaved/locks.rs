//! The order in which rows are locked: whoever waits for one holds none that comes after it. Two that
//! took them in different orders would each wait for the other, and PostgreSQL would end one.

use std::sync::Arc;
use std::time::Duration;

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, NodeId};
use maildesk_model::mailbox::{MailboxState, Trouble};
use maildesk_model::secret::Secret;

use super::super::{Tx, Write, args};
use super::{are_held_up, backend, mailbox, open};
use crate::SqlStore;
use crate::contract::{
    ConnectionStore, KeptTokens, Lease, PushStore, StoreError, SyncEnd, SyncStore,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000)
}

fn trouble() -> Trouble {
    Trouble {
        code: "c".into(),
        message: "m".into(),
        remedy: "r".into(),
    }
}

async fn signed_in(store: &SqlStore) -> MailboxId {
    let mailbox = mailbox(store).await;
    let tokens = KeptTokens {
        refresh: Secret::new("refresh"),
        access: Secret::new("access"),
        access_until: at(3600),
        scope: String::new(),
    };
    let done = store.complete_sign_in(mailbox, "ada", &tokens, at(0));
    done.await.unwrap();
    mailbox
}

/// A mailbox in trouble that a run is about to end well, with a subscription whose renewal failed.
async fn healing(store: &SqlStore) -> Lease {
    let mailbox = signed_in(store).await;
    let node = NodeId("here".into());
    let push = store.claim_push(&node, at(1), at(60)).await.unwrap();
    let push = push.expect("push is due");
    let secret = Secret::new("s");
    let id = store.add_subscription(&push, &secret, "https://a", at(1));
    let id = id.await.unwrap();
    let active = store.activate_subscription(&push, id, "remote", at(9000), 150, at(1));
    active.await.unwrap();
    store.subscription_failed(&push, id, 5).await.unwrap();
    let lease = store.claim_mailbox(&node, at(2), at(60)).await.unwrap();
    let lease = lease.expect("a mailbox that was signed in to is due");
    assert_eq!(lease.mailbox, mailbox);
    let (state, trouble) = (MailboxState::Error, trouble());
    let set = store.set_mailbox_state(&lease, state, Some(&trouble), at(3));
    set.await.unwrap();
    lease
}

async fn holding(store: &SqlStore, sql: &'static str, mailbox: MailboxId) -> Tx {
    let mut tx = store.db.write(Write::Swift).await.unwrap();
    let found = tx.one(sql, args![mailbox]).await.unwrap();
    assert!(found.is_some());
    tx
}

#[tokio::test]
async fn postgres_the_end_of_a_run_takes_subscriptions_last() {
    for (story, first) in [
        (
            "end_push",
            "SELECT 1 AS one FROM push WHERE mailbox_id = $1 FOR UPDATE",
        ),
        (
            "end_stamp",
            "SELECT 1 AS one FROM stamp WHERE mailbox_id = $1 FOR UPDATE",
        ),
    ] {
        let store = Arc::new(open(story).await);
        let lease = healing(&store).await;
        let mailbox = lease.mailbox;
        let mut other = holding(&store, first, mailbox).await;
        let held_up_by = backend(&mut other).await;
        let ending = store.clone();
        let ending = tokio::spawn(async move {
            let end = SyncEnd {
                next_sweep_at: None,
                trigger: None,
                well: true,
                not_before: None,
                at: at(4),
            };
            ending.finish_sync(&lease, &end).await
        });
        are_held_up(&store, 1, held_up_by).await;
        let sql = "UPDATE subscription SET failures = 7 WHERE mailbox_id = $1";
        let free = tokio::time::timeout(Duration::from_secs(20), other.run(sql, args![mailbox]));
        assert_eq!(free.await.unwrap().unwrap(), 1, "{story}");
        other.commit().await.unwrap();
        ending.await.unwrap().unwrap();
        let sql = "SELECT failures FROM subscription WHERE mailbox_id = $1";
        let row = store.db.one(sql, args![mailbox]).await.unwrap().unwrap();
        assert_eq!(row.int("failures").unwrap(), 1, "{story}");
    }
}

/// Somebody signs in, or tokens are refreshed, while another node says that a sign-in is needed: it is
/// heard only if nothing newer was stored.
#[tokio::test]
async fn postgres_new_tokens_are_waited_for_before_a_sign_in_is_called_for() {
    for (story, first) in [
        (
            "asks_sign_in",
            "SELECT 1 AS one FROM mailbox WHERE id = $1 FOR NO KEY UPDATE",
        ),
        (
            "asks_refresh",
            "SELECT 1 AS one FROM connection WHERE mailbox_id = $1 FOR NO KEY UPDATE",
        ),
    ] {
        let store = Arc::new(open(story).await);
        let mailbox = signed_in(&store).await;
        let version = store.connection(mailbox).await.unwrap().unwrap().version;
        let mut other = holding(&store, first, mailbox).await;
        let held_up_by = backend(&mut other).await;
        let asking = store.clone();
        let asking = tokio::spawn(async move {
            let trouble = trouble();
            let needed = asking.need_sign_in(mailbox, version, &trouble, at(4));
            needed.await
        });
        are_held_up(&store, 1, held_up_by).await;
        let sql = "UPDATE connection SET version = version + 1 WHERE mailbox_id = $1";
        let free = tokio::time::timeout(Duration::from_secs(20), other.run(sql, args![mailbox]));
        assert_eq!(free.await.unwrap().unwrap(), 1, "{story}");
        other.commit().await.unwrap();
        let asked = asking.await.unwrap();
        assert!(
            matches!(asked, Err(StoreError::Conflict(_))),
            "{story}: {asked:?}"
        );
    }
}
