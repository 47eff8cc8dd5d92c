//! What is new mail, and what is history.

use maildesk_model::journal::JournalKind;
use maildesk_model::message::RemoteMessage;
use maildesk_store::contract::{JournalStore, SyncStore as _};

use crate::fixture::{ADMIN, Batch, Fixture, at, cases, mail};

cases!(
    only_new_mail_arrives,
    arrivals_are_corrected_by_the_skew,
    history_is_told_by_the_batch,
    what_was_lost_from_sight_does_not_arrive_again,
);

async fn only_new_mail_arrives(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let draft = RemoteMessage {
        is_draft: Some(true),
        ..mail("draft", "project", 50)
    };
    let batch = vec![
        mail("old", "inbox", -1),
        mail("same-second", "inbox", 0),
        mail("own", "sent", 50),
        mail("unsent", "drafts", 50),
        draft,
        mail("new", "project", 50),
    ];
    let head = desk.head().await;
    let applied = desk.live(&lease, batch.clone()).await;
    assert_eq!((applied.added, applied.arrived.len()), (6, 2));
    let page = desk.store.journal_after(ADMIN, head, 50).await.unwrap();
    let created: Vec<_> = page
        .entries
        .iter()
        .filter(|one| one.kind == JournalKind::MessageCreated)
        .filter_map(|one| one.message)
        .collect();
    assert_eq!(created, applied.arrived);
    // The import may be the first to have a mail that came after the connection began.
    let during = desk
        .list(&lease, "inbox", vec![mail("during", "inbox", 60)])
        .await;
    assert_eq!(during.arrived.len(), 1);
    assert!(desk.live(&lease, batch).await.arrived.is_empty());
}

async fn arrivals_are_corrected_by_the_skew(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    for (name, skew, expected) in [("behind", -3, 53), ("ahead", 3, 47), ("far", -600, 100)] {
        let mut batch = Batch::live(vec![mail(name, "inbox", 50)]);
        batch.0.skew_micros = skew * 1_000_000;
        let arrived = desk.apply(&lease, batch).await.arrived;
        let shown = desk.store.mark_shown(&arrived, at(101)).await.unwrap();
        assert_eq!(shown[0].received_at, at(expected), "{name}");
    }
}

async fn history_is_told_by_the_batch(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let head = desk.head().await;
    let history: Vec<_> = (0..100)
        .map(|n| mail(&format!("m{n}"), "inbox", n - 500))
        .collect();
    desk.list(&lease, "inbox", history.clone()).await;
    assert_eq!(
        desk.journal(head).await,
        ["folder.updated", "mailbox.updated"]
    );
    let head = desk.head().await;
    let mut again = history;
    again[7].is_read = Some(true);
    desk.list(&lease, "inbox", again).await;
    assert_eq!(
        desk.journal(head).await,
        ["message.updated", "folder.updated"]
    );
}

async fn what_was_lost_from_sight_does_not_arrive_again(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    desk.live(&lease, vec![mail("m1", "inbox", 50)]).await;
    let forgotten = ["m1".to_owned()];
    desk.store
        .forget_messages(&lease, &forgotten, at(101))
        .await
        .unwrap();
    let head = desk.head().await;
    let batch = vec![mail("m1", "inbox", 50), mail("m2", "inbox", 51)];
    let applied = desk.live(&lease, batch).await;
    assert_eq!((applied.added, applied.arrived.len()), (2, 1));
    let kinds = desk.journal(head).await;
    assert_eq!(
        kinds,
        ["message.created", "message.updated", "folder.updated"],
        "it is told, and not as new"
    );
    desk.message(mailbox, "m1").await;
}
