//! What becomes of the rows of removed mailboxes.

use bytes::Bytes;
use maildesk_model::intent::{Change, Want};
use maildesk_model::message::{AttachmentKind, Body, RemoteAttachment, RemoteMessage};
use maildesk_model::search::Search;
use maildesk_model::secret::Secret;
use maildesk_store::contract::{DeskStore, MailboxStore, MessageQuery, PushStore, SyncStore};

use crate::fixture::{ADMIN, Fixture, at, cases, mail};

cases!(
    rows_go_in_batches_and_nothing_is_left,
    the_last_row_waits_for_the_subscriptions,
);

/// Every table that holds rows of a mailbox, and how to count those.
const TABLES: [&str; 15] = [
    "mailbox",
    "folder",
    "conversation",
    "thread",
    "message",
    "body",
    "attachment",
    "blob",
    "blob_chunk",
    "stamp",
    "hint",
    "intent",
    "arrival",
    "push",
    "search",
];

async fn count(desk: &Fixture) -> Vec<(String, i64)> {
    let mut counts = Vec::new();
    for table in TABLES {
        let n = desk.number(&format!("SELECT COUNT(*) FROM {table}")).await;
        counts.push((table.to_owned(), n));
    }
    counts
}

async fn rows_go_in_batches_and_nothing_is_left(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let attachment = RemoteAttachment {
        remote_id: "a".into(),
        name: "a".into(),
        content_type: String::new(),
        size: 1,
        is_inline: false,
        content_id: None,
        kind: AttachmentKind::File,
    };
    let full = |n: i64| RemoteMessage {
        body: Some(Body {
            is_html: false,
            content: "words".into(),
        }),
        attachments: Some(vec![attachment.clone()]),
        ..mail(&format!("m{n}"), "inbox", n)
    };
    let arrived = desk.live(&lease, (0..30).map(full).collect()).await.arrived;
    desk.live(&lease, vec![mail("unknown", "nowhere", 5)]).await;
    let read = desk
        .store
        .message(ADMIN, arrived[0])
        .await
        .unwrap()
        .unwrap();
    let id = read.attachments.unwrap()[0].id;
    desk.store
        .put_blob_chunk(&lease, id, 0, Bytes::from_static(b"x"), at(1))
        .await
        .unwrap();
    desk.store
        .finish_blob(&lease, id, 1, 10, at(1))
        .await
        .unwrap();
    let change = Change {
        is_read: Some(true),
        ..Change::default()
    };
    let want = Want::Change {
        message: arrived[1],
        change,
    };
    desk.store
        .want(ADMIN, mailbox, &want, at(2))
        .await
        .unwrap()
        .unwrap();
    assert!(
        count(&desk).await.iter().all(|(_, n)| *n > 0),
        "{:?}",
        count(&desk).await
    );
    assert!(
        !desk.store.sweep_removed(10).await.unwrap(),
        "nothing is removed"
    );
    desk.store
        .remove_mailbox(ADMIN, mailbox, at(3))
        .await
        .unwrap();
    let again = desk.mailbox("ada@contoso.test").await;
    let mut calls = 0;
    while desk.store.sweep_removed(10).await.unwrap() {
        calls += 1;
        assert!(calls < 50, "it ends");
    }
    assert!(calls >= 5, "bounded");
    for (table, n) in count(&desk).await {
        let own = i64::from(["mailbox", "stamp", "push"].contains(&table.as_str()));
        assert_eq!(n, own, "{table}");
    }
    assert!(desk.store.mailbox(ADMIN, again).await.unwrap().is_some());
    let query = MessageQuery {
        search: Some(Search::in_utc("words")),
        limit: 5,
        ..MessageQuery::default()
    };
    assert!(desk.store.messages(ADMIN, &query).await.unwrap().is_empty());
}

async fn the_last_row_waits_for_the_subscriptions(desk: Fixture) {
    let mailbox = desk.mailbox("ada@contoso.test").await;
    desk.store
        .wake_push(at(0), std::time::Duration::ZERO)
        .await
        .unwrap();
    let lease = desk
        .store
        .claim_push(&desk.node, at(0), at(60))
        .await
        .unwrap()
        .unwrap();
    let secret = Secret::new("secret");
    let id = desk
        .store
        .add_subscription(&lease, &secret, "https://desk.test", at(1))
        .await
        .unwrap();
    desk.store
        .remove_mailbox(ADMIN, mailbox, at(2))
        .await
        .unwrap();
    assert!(!desk.store.sweep_removed(10).await.unwrap());
    let work = desk.store.push_work(&lease, at(3)).await.unwrap();
    assert_eq!((work.removed, work.subscriptions.len()), (true, 1));
    desk.store.forget_subscription(&lease, id).await.unwrap();
    assert!(!desk.store.sweep_removed(10).await.unwrap());
    assert!(
        desk.store.push_work(&lease, at(4)).await.is_err(),
        "the row is gone"
    );
}
