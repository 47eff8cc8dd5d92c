//! Bodies, attachments and their bytes.

use bytes::Bytes;
use maildesk_model::id::{AttachmentId, MessageId};
use maildesk_model::intent::{IntentState, Want};
use maildesk_model::message::{AttachmentKind, Body, RemoteAttachment, RemoteMessage};
use maildesk_model::search::Search;
use maildesk_store::StoreError;
use maildesk_store::contract::{
    BlobState, DeskStore, Incoming, IntentOutcome, MailboxStore, MessageQuery, SyncStore,
};

use crate::fixture::{ADMIN, Batch, Fixture, at, cases, mail};

cases!(
    bodies_come_back_as_graph_gave_them,
    an_enormous_body_is_taken_in,
    bodies_follow_newest_first,
    a_body_that_cannot_be_had_is_passed_over,
    bodies_of_old_mail_are_left_and_wanted_again,
    the_same_body_again_writes_nothing,
    imported_bodies_are_told_by_the_batch,
    attachments_are_those_of_graphs_list,
    bytes_are_here_when_all_chunks_are,
    unopened_bytes_go_first,
    a_fetch_is_wanted_once,
    a_fetched_body_comes_with_its_outcome,
);

fn html(remote: &str, second: i64, content: &str, text: Option<&str>) -> Incoming {
    let body = Body {
        is_html: true,
        content: content.into(),
    };
    Incoming {
        message: RemoteMessage {
            body: Some(body),
            attachments: Some(Vec::new()),
            ..mail(remote, "inbox", second)
        },
        text: text.map(Into::into),
    }
}

fn batch(incoming: Vec<Incoming>) -> Batch {
    let mut batch = Batch::live(Vec::new());
    batch.0.changed = incoming;
    batch
}

pub(crate) fn file(remote: &str, name: &str) -> RemoteAttachment {
    RemoteAttachment {
        remote_id: remote.into(),
        name: name.into(),
        content_type: "application/pdf".into(),
        size: 600_000,
        is_inline: false,
        content_id: None,
        kind: AttachmentKind::File,
    }
}

async fn bodies_come_back_as_graph_gave_them(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let content = "<p onclick=evil()>Hällo</p>".repeat(2000);
    let incoming = html("m1", 50, &content, Some("Hällo wörld"));
    let id = desk.apply(&lease, batch(vec![incoming])).await.arrived[0];
    let read = desk.store.message(ADMIN, id).await.unwrap().unwrap();
    assert_eq!(
        read.body,
        Some(Body {
            is_html: true,
            content
        })
    );
    assert_eq!(read.text.as_deref(), Some("Hällo wörld"));
    assert_eq!(read.attachments, Some(Vec::new()));
    let words = MessageQuery {
        search: Some(Search::in_utc("WORLD")),
        limit: 5,
        ..MessageQuery::default()
    };
    assert_eq!(desk.store.messages(ADMIN, &words).await.unwrap().len(), 1);
    let shown = desk.store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!(shown.import.bodies, 1);
    desk.store
        .forget_messages(&lease, &["m1".into()], at(101))
        .await
        .unwrap();
    let shown = desk.store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!(shown.import.bodies, 0);
}

async fn an_enormous_body_is_taken_in(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let different: Vec<String> = (0..200_000)
        .map(|n| format!("word{n}word{n}word"))
        .collect();
    let mut content = different.join(" ");
    content.push_str(&"\u{6771}\u{4eac}".repeat(100_000));
    let incoming = html("m1", 50, &content, Some(&content));
    let id = desk.apply(&lease, batch(vec![incoming])).await.arrived[0];
    let read = desk.store.message(ADMIN, id).await.unwrap().unwrap();
    assert_eq!(read.text.unwrap().len(), content.len());
    let words = MessageQuery {
        search: Some(Search::in_utc("word0word0word")),
        limit: 5,
        ..MessageQuery::default()
    };
    assert_eq!(desk.store.messages(ADMIN, &words).await.unwrap().len(), 1);
}

async fn bodies_follow_newest_first(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let messages = vec![
        mail("older", "inbox", -60),
        mail("newer", "inbox", -50),
        mail("twin", "project", -50),
    ];
    desk.live(&lease, messages).await;
    let gap = async || desk.store.work(&lease, at(100)).await.unwrap().body_gap;
    assert_eq!(gap().await, Some(at(-50)));
    let mut here = desk.store.bodyless(&lease, at(-50), 10).await.unwrap();
    here.sort_unstable();
    assert_eq!(here, ["newer", "twin"]);
    assert_eq!(
        desk.store.bodyless(&lease, at(-50), 1).await.unwrap().len(),
        1
    );
    let twin = Incoming {
        message: RemoteMessage {
            folder: Some("project".into()),
            ..html("twin", -50, "<p>", None).message
        },
        text: None,
    };
    desk.apply(
        &lease,
        batch(vec![html("newer", -50, "<p>", Some("")), twin]),
    )
    .await;
    assert_eq!(gap().await, Some(at(-60)));
    desk.apply(&lease, batch(vec![html("older", -60, "<p>", None)]))
        .await;
    assert_eq!(gap().await, None);
}

async fn a_body_that_cannot_be_had_is_passed_over(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    desk.live(
        &lease,
        vec![mail("lost", "inbox", -50), mail("older", "inbox", -60)],
    )
    .await;
    desk.store.no_body(&lease, at(-50), at(101)).await.unwrap();
    let work = desk.store.work(&lease, at(102)).await.unwrap();
    assert_eq!(work.body_gap, Some(at(-60)));
    let listed = desk.store.mailboxes(ADMIN, None, 1).await.unwrap();
    assert_eq!(listed[0].import.bodies, 1, "nobody waits for it any more");
    assert!(
        desk.store
            .bodyless(&lease, at(-50), 10)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn bodies_of_old_mail_are_left_and_wanted_again(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let body = |name: &str, second| html(name, second, "<p>Zebra", Some("Zebra"));
    let here = (1..=4)
        .map(|n| body(&format!("here{n}"), -10 * n))
        .collect();
    desk.apply(&lease, batch(here)).await;
    desk.live(
        &lease,
        vec![mail("away1", "inbox", -15), mail("away2", "inbox", -35)],
    )
    .await;
    // Whose body is here, the newest that is waited for, how many are not, and from when on.
    let stands = async || {
        let work = desk.store.work(&lease, at(100)).await.unwrap();
        let mut here = String::new();
        for name in ["here1", "here2", "here3", "here4", "away1", "away2"] {
            let id = desk.message(mailbox, name).await;
            let read = desk.store.message(ADMIN, id).await.unwrap().unwrap();
            here.push(if read.body.is_some() { 'x' } else { '.' });
        }
        let listed = desk.store.mailboxes(ADMIN, None, 1).await.unwrap();
        let progress = listed[0].import.bodies;
        (here, work.body_gap, progress, work.mailbox.bodies_from)
    };
    let leave = async |from: Option<i64>, limit| {
        let left = desk
            .store
            .leave_bodies(&lease, from.map(at), limit, at(100));
        left.await.unwrap();
    };
    assert_eq!(stands().await, ("xxxx..".into(), Some(at(-15)), 4, None));
    // Oldest first, one at a time, and it knows where it got to.
    leave(Some(-20), 1).await;
    assert_eq!(
        stands().await,
        ("xxx...".into(), Some(at(-15)), 4, Some(at(-40)))
    );
    leave(Some(-20), 9).await;
    assert_eq!(
        stands().await,
        ("xx....".into(), Some(at(-15)), 5, Some(at(-20)))
    );
    // What is listed later and as old is not waited for either.
    let late = RemoteMessage {
        folder: Some("project".into()),
        ..mail("late", "project", -60)
    };
    desk.live(&lease, vec![late]).await;
    leave(Some(-20), 9).await;
    assert_eq!(
        stands().await,
        ("xx....".into(), Some(at(-15)), 6, Some(at(-20)))
    );
    // Words of what went are found no more.
    let words = MessageQuery {
        search: Some(Search::in_utc("zebra")),
        limit: 9,
        ..MessageQuery::default()
    };
    let found = async || desk.store.messages(ADMIN, &words).await.unwrap().len();
    assert_eq!(found().await, 2);
    // One that somebody opens comes, and is counted once.
    desk.apply(&lease, batch(vec![body("here4", -40)])).await;
    assert_eq!(
        stands().await,
        ("xx.x..".into(), Some(at(-15)), 6, Some(at(-20)))
    );
    assert_eq!(found().await, 3);
    // More days: they are waited for again, newest first.
    leave(Some(-40), 1).await;
    assert_eq!(
        stands().await,
        ("xx.x..".into(), Some(at(-15)), 5, Some(at(-20)))
    );
    leave(Some(-40), 9).await;
    assert_eq!(
        stands().await,
        ("xx.x..".into(), Some(at(-15)), 4, Some(at(-40)))
    );
    leave(None, 9).await;
    assert_eq!(stands().await, ("xx.x..".into(), Some(at(-15)), 3, None));
    leave(None, 9).await;
    assert_eq!(stands().await, ("xx.x..".into(), Some(at(-15)), 3, None));
}

async fn the_same_body_again_writes_nothing(desk: Fixture) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let incoming = |content: &str| batch(vec![html("m1", 50, content, Some("text"))]);
    let id = desk.apply(&lease, incoming("<p>one")).await.arrived[0];
    let head = desk.head().await;
    assert_eq!(desk.apply(&lease, incoming("<p>one")).await.changed, 0);
    assert_eq!(desk.head().await, head);
    assert_eq!(desk.apply(&lease, incoming("<p>other")).await.changed, 1);
    assert_eq!(desk.journal(head).await, ["message.updated"]);
    let read = desk.store.message(ADMIN, id).await.unwrap().unwrap();
    assert_eq!(read.body.unwrap().content, "<p>other");
}

async fn imported_bodies_are_told_by_the_batch(desk: Fixture) {
    let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let history = (0..50)
        .map(|n| mail(&format!("m{n}"), "inbox", n - 500))
        .collect();
    desk.list(&lease, "inbox", history).await;
    let head = desk.head().await;
    let mut bodies = Batch::listing(Vec::new());
    bodies.0.changed = (0..50)
        .map(|n| {
            html(
                &format!("m{n}"),
                n - 500,
                "<p>",
                Some(&format!("needle{n}")),
            )
        })
        .collect();
    desk.apply(&lease, bodies).await;
    assert_eq!(desk.journal(head).await, ["mailbox.updated"]);
    let shown = desk.store.mailbox(ADMIN, mailbox).await.unwrap().unwrap();
    assert_eq!(shown.import.bodies, 50);
    let words = MessageQuery {
        search: Some(Search::in_utc("needle7")),
        limit: 9,
        ..MessageQuery::default()
    };
    assert_eq!(desk.store.messages(ADMIN, &words).await.unwrap().len(), 1);
}

async fn with_attachments(
    desk: &Fixture,
    attachments: Vec<RemoteAttachment>,
) -> (MessageId, maildesk_store::contract::Lease) {
    let (_, lease) = desk.listed_mailbox("ada@contoso.test").await;
    let message = RemoteMessage {
        attachments: Some(attachments),
        ..mail("m1", "inbox", 50)
    };
    let id = desk.live(&lease, vec![message]).await.arrived[0];
    (id, lease)
}

async fn keys(desk: &Fixture, message: MessageId) -> Vec<AttachmentId> {
    let read = desk.store.message(ADMIN, message).await.unwrap().unwrap();
    read.attachments.unwrap().iter().map(|one| one.id).collect()
}

async fn attachments_are_those_of_graphs_list(desk: Fixture) {
    let inline = RemoteAttachment {
        is_inline: true,
        content_id: Some("image001".into()),
        ..file("b", "logo.png")
    };
    let (id, lease) = with_attachments(&desk, vec![file("a", "offer.pdf"), inline.clone()]).await;
    let read = desk.store.message(ADMIN, id).await.unwrap().unwrap();
    let listed = read.attachments.unwrap();
    assert_eq!(
        (listed[0].name.as_str(), listed[0].is_inline),
        ("offer.pdf", false)
    );
    assert_eq!(listed[1].content_id.as_deref(), Some("image001"));
    let head = desk.head().await;
    let again = RemoteMessage {
        attachments: Some(vec![inline.clone(), file("a", "offer.pdf")]),
        ..mail("m1", "inbox", 50)
    };
    assert_eq!(desk.live(&lease, vec![again]).await.changed, 0);
    assert_eq!(desk.head().await, head);
    let other = RemoteMessage {
        attachments: Some(vec![inline, file("c", "new.pdf")]),
        ..mail("m1", "inbox", 50)
    };
    assert_eq!(desk.live(&lease, vec![other]).await.changed, 1);
    let after = keys(&desk, id).await;
    assert_eq!(
        (after.len(), after[0]),
        (2, listed[1].id),
        "what stays keeps its key"
    );
    let bo = desk.user("bo@contoso.test").await;
    let gone = desk
        .store
        .attachment(ADMIN, id, listed[0].id, at(200))
        .await
        .unwrap();
    assert!(gone.is_none());
    assert!(
        desk.store
            .attachment(bo, id, after[0], at(200))
            .await
            .unwrap()
            .is_none()
    );
    let elsewhere = desk
        .store
        .attachment(ADMIN, MessageId(999), after[0], at(200))
        .await;
    assert!(elsewhere.unwrap().is_none());
}

async fn bytes_are_here_when_all_chunks_are(desk: Fixture) {
    let (message, lease) = with_attachments(&desk, vec![file("a", "offer.pdf")]).await;
    let id = keys(&desk, message).await[0];
    let store = &desk.store;
    let state = async || {
        store
            .attachment(ADMIN, message, id, at(200))
            .await
            .unwrap()
            .unwrap()
            .1
    };
    assert_eq!(state().await, BlobState::Absent);
    let chunk = |byte, size| Bytes::from(vec![byte; size]);
    for round in 0..2 {
        for n in 0..3 {
            let put =
                store.put_blob_chunk(&lease, id, n, chunk(n as u8 + round, 256 << 10), at(201));
            put.await.unwrap();
        }
        assert_eq!(
            state().await,
            BlobState::Absent,
            "not before it is finished"
        );
        assert_eq!(store.blob_chunk(id, 0).await.unwrap(), None);
    }
    let too_large = store
        .put_blob_chunk(&lease, id, 3, chunk(0, (256 << 10) + 1), at(201))
        .await;
    assert!(matches!(too_large, Err(StoreError::Conflict(_))));
    store
        .finish_blob(&lease, id, 600_000, 1 << 30, at(202))
        .await
        .unwrap();
    assert_eq!(
        state().await,
        BlobState::Here {
            size: 600_000,
            chunks: 3
        }
    );
    assert_eq!(
        store.blob_chunk(id, 2).await.unwrap(),
        Some(chunk(3, 256 << 10))
    );
    assert_eq!(store.blob_chunk(id, 3).await.unwrap(), None);
    let nowhere = store
        .put_blob_chunk(&lease, AttachmentId(999), 0, chunk(0, 1), at(203))
        .await;
    assert!(matches!(nowhere, Err(StoreError::Conflict(_))));
    store
        .forget_messages(&lease, &["m1".into()], at(204))
        .await
        .unwrap();
    assert_eq!(store.blob_chunk(id, 0).await.unwrap(), None);
}

async fn unopened_bytes_go_first(desk: Fixture) {
    let files = vec![file("a", "a"), file("b", "b"), file("c", "c")];
    let (message, lease) = with_attachments(&desk, files).await;
    let ids = keys(&desk, message).await;
    let store = &desk.store;
    let fetch = async |n: usize, second| {
        let bytes = Bytes::from_static(b"0123456789");
        store
            .put_blob_chunk(&lease, ids[n], 0, bytes, at(second))
            .await
            .unwrap();
        store
            .finish_blob(&lease, ids[n], 10, 20, at(second))
            .await
            .unwrap();
    };
    fetch(0, 1).await;
    fetch(1, 2).await;
    store
        .attachment(ADMIN, message, ids[0], at(3))
        .await
        .unwrap()
        .unwrap();
    fetch(2, 4).await;
    let mut here = Vec::new();
    for id in &ids {
        here.push(store.blob_chunk(*id, 0).await.unwrap().is_some());
    }
    assert_eq!(
        here,
        [true, false, true],
        "the second was opened longest ago"
    );
}

async fn a_fetch_is_wanted_once(desk: Fixture) {
    let (message, lease) = with_attachments(&desk, vec![file("a", "a")]).await;
    let attachment = keys(&desk, message).await[0];
    let mailbox = lease.mailbox;
    let wants = [
        Want::FetchBody { message },
        Want::FetchAttachment { attachment },
    ];
    for want in wants {
        let first = desk
            .store
            .want(ADMIN, mailbox, &want, at(200))
            .await
            .unwrap()
            .unwrap();
        let again = desk
            .store
            .want(ADMIN, mailbox, &want, at(201))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(first, again);
    }
    let intents = desk.store.work(&lease, at(202)).await.unwrap().intents;
    assert_eq!(intents.len(), 2);
    let target = desk
        .store
        .intent_target(&lease, intents[1].id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(target.message, "m1");
    assert_eq!(
        target.attachment,
        Some((attachment, "a".into(), AttachmentKind::File))
    );
    let done = IntentOutcome::Done(None);
    desk.store
        .settle_intent(&lease, intents[1].id, &done, at(203))
        .await
        .unwrap();
    let intent = desk
        .store
        .intent(ADMIN, intents[1].id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(intent.state, IntentState::Done);
    let nowhere = Want::FetchAttachment {
        attachment: AttachmentId(999),
    };
    assert!(
        desk.store
            .want(ADMIN, mailbox, &nowhere, at(204))
            .await
            .unwrap()
            .is_none()
    );
}

async fn a_fetched_body_comes_with_its_outcome(desk: Fixture) {
    let (message, lease) = with_attachments(&desk, Vec::new()).await;
    let want = Want::FetchBody { message };
    let id = desk
        .store
        .want(ADMIN, lease.mailbox, &want, at(200))
        .await
        .unwrap()
        .unwrap();
    let head = desk.head().await;
    let body = Body {
        is_html: false,
        content: "plain words".into(),
    };
    let answer = RemoteMessage {
        body: Some(body.clone()),
        ..mail("m1", "inbox", 50)
    };
    let done = IntentOutcome::Done(Some(Box::new(answer)));
    desk.store
        .settle_intent(&lease, id, &done, at(201))
        .await
        .unwrap();
    assert_eq!(desk.journal(head).await, ["message.updated"]);
    let read = desk.store.message(ADMIN, message).await.unwrap().unwrap();
    assert_eq!(
        (read.body, read.text.as_deref()),
        (Some(body), Some("plain words"))
    );
}
