//! Folders, rounds, single messages, bodies and attachments.

use std::collections::BTreeSet;

use maildesk_graph::{BodiesFrom, DeltaFrom, DeltaItem, DeltaNext, GraphError, Session, Want};
use maildesk_model::Timestamp;
use maildesk_model::meeting::{Meeting, MeetingKind};
use maildesk_model::message::{AttachmentKind, RemoteMessage};
use serde_json::json;

use crate::office::{ADA, Office, mail};

/// Reads a folder's round to its end: items and the link for the next one.
async fn round(
    ada: &Session,
    folder: &str,
    from: DeltaFrom<'_>,
) -> (Vec<DeltaItem<RemoteMessage>>, maildesk_graph::DeltaLink) {
    let mut page = ada.message_delta(folder, from, 7).await.unwrap().value;
    let mut items = page.items;
    loop {
        match page.next {
            DeltaNext::Done(link) => return (items, link),
            DeltaNext::Next(link) => {
                let from = DeltaFrom::Link(&link);
                page = ada.message_delta(folder, from, 7).await.unwrap().value;
                assert!(
                    page.items.len() <= 7,
                    "the page size is asked for on every page"
                );
                items.append(&mut page.items);
            }
        }
    }
}

fn changed(items: &[DeltaItem<RemoteMessage>]) -> Vec<&RemoteMessage> {
    let message = |item: &DeltaItem<RemoteMessage>| match item {
        DeltaItem::Changed(_) => true,
        DeltaItem::Removed(_) => false,
    };
    items
        .iter()
        .filter(|item| message(item))
        .map(|item| match item {
            DeltaItem::Changed(message) => message,
            DeltaItem::Removed(_) => unreachable!(),
        })
        .collect()
}

#[tokio::test]
async fn folders_are_found_by_name_by_level_and_by_round() {
    let office = Office::open().await;
    office.fill(50, 12).await;
    let ada = office.ada().await;
    let root = ada.folder("msgfolderroot").await.unwrap().value;
    let inbox = ada.folder("inbox").await.unwrap().value;
    assert_eq!(inbox.parent.as_deref(), Some(root.remote_id.as_str()));
    assert!(inbox.total.unwrap() >= 15 && inbox.is_hidden == Some(false) && !inbox.is_search);

    let children = ada
        .folder_children("msgfolderroot", 100, None)
        .await
        .unwrap()
        .value;
    assert!(children.items.contains(&inbox));

    let mut all = BTreeSet::new();
    let mut page = ada.folder_delta(DeltaFrom::Start, 5).await.unwrap().value;
    loop {
        all.extend(page.items.iter().map(|item| match item {
            DeltaItem::Changed(folder) => folder.remote_id.clone(),
            DeltaItem::Removed(id) => id.clone(),
        }));
        let DeltaNext::Next(link) = page.next else {
            break;
        };
        page = ada
            .folder_delta(DeltaFrom::Link(&link), 5)
            .await
            .unwrap()
            .value;
    }
    assert!(all.contains(&inbox.remote_id) && all.len() >= 12);

    let error = ada.folder("nosuchfolder").await.unwrap_err();
    assert!(
        matches!(
            error,
            GraphError::NotFound { .. } | GraphError::Refused { .. }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_first_round_lists_everything_and_the_next_one_what_changed() {
    let office = Office::open().await;
    office.fill(60, 1).await;
    let ada = office.ada().await;
    let total = ada.folder("inbox").await.unwrap().value.total.unwrap();
    let (first, link) = round(&ada, "inbox", DeltaFrom::Start).await;
    let whole = changed(&first);
    assert_eq!(whole.len() as i64, total);
    assert!(whole.iter().all(|message| message.is_whole()));
    let times: Vec<_> = whole.iter().map(|message| message.received_at).collect();
    assert!(
        times.is_sorted_by(|newer, older| newer >= older),
        "newest first"
    );

    let (nothing, link) = round(&ada, "inbox", DeltaFrom::Link(&link)).await;
    assert!(nothing.is_empty());

    let arrived = office.deliver(mail("New")).await;
    let read = whole[3].remote_id.clone();
    let path = format!("/sim/mailboxes/{ADA}/messages/{read}");
    office
        .tell(
            "PATCH",
            &path,
            json!({"isRead": whole[3].is_read != Some(true)}),
        )
        .await;
    let moved = whole[5].remote_id.clone();
    let path = format!("/sim/mailboxes/{ADA}/messages/{moved}/move");
    office
        .tell("POST", &path, json!({"folder": "archive"}))
        .await;
    let (next, _) = round(&ada, "inbox", DeltaFrom::Link(&link)).await;
    let by_id = |id: &str| {
        changed(&next)
            .into_iter()
            .find(|one| one.remote_id == id)
            .cloned()
    };
    assert_eq!(by_id(&arrived).unwrap().subject.as_deref(), Some("New"));
    let toggled = by_id(&read).unwrap();
    assert_ne!(toggled.is_read, whole[3].is_read);
    assert!(toggled.subject.is_none(), "what did not change is not said");
    assert!(next.contains(&DeltaItem::Removed(moved)));
}

#[tokio::test]
async fn an_expired_link_says_so() {
    let office = Office::open().await;
    office.fill(5, 1).await;
    let ada = office.ada().await;
    let (_, link) = round(&ada, "inbox", DeltaFrom::Start).await;
    office
        .tell("PUT", "/sim/faults", json!({"delta": {"expireEvery": 1}}))
        .await;
    let error = ada
        .message_delta("inbox", DeltaFrom::Link(&link), 7)
        .await
        .unwrap_err();
    assert!(
        matches!(error, GraphError::DeltaExpired { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn one_get_brings_fields_body_and_attachments_and_the_bytes_follow() {
    let office = Office::open().await;
    let mut letter = mail("With a file");
    letter["attachments"] = json!([
        {"name": "a.txt", "contentType": "text/plain", "contentBase64": "aGVsbG8="},
        {"name": "b.png", "contentType": "image/png", "contentBase64": "AAEC", "isInline": true, "contentId": "pic"},
    ]);
    let id = office.deliver(letter).await;
    let ada = office.ada().await;
    let reply = ada.message(&id, Want::ALL).await.unwrap();
    assert!(reply.date.is_some() && reply.request_id.is_some());
    let message = reply.value;
    assert_eq!(message.remote_id, id, "the id is the immutable one");
    assert!(message.is_whole() && message.has_attachments == Some(true));
    let from = message.from.unwrap().unwrap();
    assert_eq!(
        (from.name.as_str(), from.address.as_str()),
        ("Bob", "bob@fabrikam.test")
    );
    assert!(message.body.unwrap().content.contains("<p>Hi</p>"));
    let attachments = message.attachments.unwrap();
    assert_eq!(attachments, ada.attachments(&id).await.unwrap().value);
    assert!(
        attachments
            .iter()
            .all(|one| one.kind == AttachmentKind::File)
    );
    let inline = attachments.iter().find(|one| one.is_inline).unwrap();
    assert_eq!(inline.content_id.as_deref(), Some("pic"));
    let file = attachments.iter().find(|one| one.name == "a.txt").unwrap();
    let bytes = ada
        .attachment_bytes(&id, &file.remote_id)
        .await
        .unwrap()
        .value;
    assert_eq!(bytes.bytes.collect(100).await.unwrap(), "hello");

    let gone = ada
        .message("AAkNoSuchMessage=", Want::FIELDS)
        .await
        .unwrap_err();
    assert!(
        matches!(
            gone,
            GraphError::NotFound { .. } | GraphError::Refused { .. }
        ),
        "{gone:?}"
    );
}

#[tokio::test]
async fn lists_go_over_the_whole_mailbox_newest_first() {
    let office = Office::open().await;
    office.fill(40, 4).await;
    let newest = office.deliver(mail("Newest")).await;
    let ada = office.ada().await;
    let page = ada.newest(10, None).await.unwrap().value;
    assert_eq!(page.items.len(), 10);
    assert_eq!(page.items[0].remote_id, newest);
    let more = ada.newest(10, page.link()).await.unwrap().value;
    assert_eq!(more.items.len(), 10);
    assert!(more.items[0].received_at <= page.items[9].received_at);

    let bodies = ada.bodies(BodiesFrom::Newest, 5).await.unwrap().value;
    assert!(
        bodies
            .items
            .iter()
            .all(|one| one.body.is_some() && one.attachments.is_some())
    );
    let before = bodies.items[4].received_at.unwrap();
    let older = ada
        .bodies(BodiesFrom::Before(before), 5)
        .await
        .unwrap()
        .value;
    assert_eq!(
        older.items[0].remote_id, bodies.items[4].remote_id,
        "the bound is inclusive"
    );
    let link = older.next.unwrap();
    let rest = ada.bodies(BodiesFrom::Link(&link), 5).await.unwrap().value;
    assert_eq!(rest.items.len(), 5);
}

#[tokio::test]
async fn an_invitation_is_told_by_lists_and_described_when_it_is_read() {
    let office = Office::open().await;
    let mut letter = mail("Standup");
    letter["meeting"] = json!({
        "meetingMessageType": "meetingRequest", "start": "2026-12-01T00:00:00Z",
        "end": "2026-12-02T00:00:00Z", "isAllDay": true, "location": "Room 4",
    });
    let id = office.deliver(letter).await;
    let ada = office.ada().await;
    let bare = Meeting {
        kind: Some(MeetingKind::Request),
        ..Meeting::default()
    };
    let listed = ada.newest(1, None).await.unwrap().value.items.remove(0);
    assert_eq!(listed.meeting.as_ref(), Some(&bare));
    let round = ada.message_delta("inbox", DeltaFrom::Start, 7).await;
    let round = round.unwrap().value.items;
    let told = round.iter().any(|item| match item {
        DeltaItem::Changed(message) => message.meeting.as_ref() == Some(&bare),
        DeltaItem::Removed(_) => false,
    });
    assert!(told, "{round:?}");
    let whole = Meeting {
        starts_at: Timestamp::parse("2026-12-01T00:00:00Z"),
        ends_at: Timestamp::parse("2026-12-02T00:00:00Z"),
        is_all_day: Some(true),
        repeats: Some(false),
        location: Some("Room 4".to_owned()),
        ..bare
    };
    let read = ada.message(&id, Want::ALL).await.unwrap().value;
    assert_eq!(read.meeting.as_ref(), Some(&whole));
    let bodies = ada.bodies(BodiesFrom::Newest, 1).await.unwrap().value;
    assert_eq!(bodies.items[0].meeting, Some(whole));
}
