//! Drafts: made, written, given files, sent.

use bytes::Bytes;
use maildesk_graph::{DraftMail, GraphError, NewFile, Part, Session, Want};
use maildesk_model::Secret;
use maildesk_model::message::{Address, Importance};
use serde_json::json;

use crate::office::{ADA, Office, mail};

fn to(address: &str) -> Vec<Address> {
    vec![Address {
        name: "Somebody".to_owned(),
        address: address.to_owned(),
    }]
}

fn letter() -> DraftMail {
    DraftMail {
        subject: "Plans".to_owned(),
        html: "<p>Tomorrow?</p>".to_owned(),
        to: to("bob@fabrikam.test"),
        cc: to("eve@fabrikam.test"),
        bcc: to("zoe@fabrikam.test"),
        importance: Importance::High,
    }
}

async fn folder(ada: &Session, name: &str) -> Option<String> {
    Some(ada.folder(name).await.unwrap().value.remote_id)
}

#[tokio::test]
async fn a_draft_is_written_and_sent_and_keeps_its_id() {
    let office = Office::open().await;
    let ada = office.ada().await;
    let draft = ada.create_draft(&DraftMail::default()).await.unwrap().value;
    let id = draft.remote_id;
    assert_eq!(
        (draft.is_draft, draft.folder),
        (Some(true), folder(&ada, "drafts").await)
    );
    let written = ada.update_draft(&id, &letter()).await.unwrap().value;
    let read = ada.message(&id, Want::ALL).await.unwrap().value;
    for message in [&written, &read] {
        assert_eq!(message.subject.as_deref(), Some("Plans"));
        assert_eq!(message.bcc, Some(to("zoe@fabrikam.test")));
        assert_eq!(message.importance, Some(Importance::High));
    }
    assert_eq!(written.modified_at, read.modified_at);
    assert!(read.body.unwrap().content.contains("Tomorrow?"));
    ada.send_draft(&id).await.unwrap();
    let sent = ada.message(&id, Want::FIELDS).await.unwrap().value;
    assert_eq!(
        (sent.is_draft, sent.folder),
        (Some(false), folder(&ada, "sentitems").await)
    );
    let again = ada.send_draft(&id).await.unwrap_err();
    assert!(matches!(again, GraphError::Refused { .. }), "{again:?}");
    let late = ada.update_draft(&id, &letter()).await.unwrap_err();
    assert!(matches!(late, GraphError::Refused { .. }), "{late:?}");
}

#[tokio::test]
async fn an_answer_begins_with_its_comment_and_stays_in_the_conversation() {
    let office = Office::open().await;
    let mut original = mail("x");
    original["attachments"] =
        json!([{"name": "a.txt", "contentType": "text/plain", "contentBase64": "YQ=="}]);
    let id = office.deliver(original).await;
    let ada = office.ada().await;
    let read = ada.message(&id, Want::FIELDS).await.unwrap().value;
    let reply = ada.create_reply(&id, "MailDesk 17").await.unwrap().value;
    let all = ada
        .create_reply_all(&id, "MailDesk 18")
        .await
        .unwrap()
        .value;
    let forward = ada.create_forward(&id, "MailDesk 19").await.unwrap().value;
    for draft in [&reply, &all, &forward] {
        assert_eq!(draft.conversation, read.conversation);
        assert_eq!(draft.is_draft, Some(true));
    }
    let files = ada.attachments(&forward.remote_id).await.unwrap().value;
    assert_eq!(files.len(), 1);
    let drafts = ada.drafts().await.unwrap().value;
    let found = drafts.iter().filter(|one| {
        one.preview
            .as_ref()
            .is_some_and(|text| text.contains("MailDesk 18"))
    });
    let found: Vec<&str> = found.map(|one| one.remote_id.as_str()).collect();
    assert_eq!(found, [all.remote_id.as_str()]);
    let unknown = ada.create_reply("AAMkAGI2", "x").await.unwrap_err();
    assert!(
        matches!(
            unknown,
            GraphError::NotFound { .. } | GraphError::Refused { .. }
        ),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn a_small_file_goes_in_one_call_and_comes_off_again() {
    let office = Office::open().await;
    let ada = office.ada().await;
    let id = ada.create_draft(&letter()).await.unwrap().value.remote_id;
    let file = NewFile {
        name: "a.txt".to_owned(),
        content_type: "text/plain".to_owned(),
        bytes: Bytes::from_static(b"abc"),
    };
    let added = ada.add_attachment(&id, &file).await.unwrap().value;
    let listed = ada.attachments(&id).await.unwrap().value;
    assert_eq!(listed, std::slice::from_ref(&added));
    assert_eq!(
        (added.name.as_str(), added.content_type.as_str()),
        ("a.txt", "text/plain")
    );
    ada.delete_attachment(&id, &added.remote_id).await.unwrap();
    let gone = ada
        .delete_attachment(&id, &added.remote_id)
        .await
        .unwrap_err();
    assert!(matches!(gone, GraphError::NotFound { .. }), "{gone:?}");
}

#[tokio::test]
async fn a_large_file_goes_in_parts_without_a_token() {
    let office = Office::open().await;
    let ada = office.ada().await;
    let id = ada.create_draft(&letter()).await.unwrap().value.remote_id;
    let whole: Bytes = (0..4_000_000_u32).map(|n| (n / 9) as u8).collect();
    let size = whole.len() as i64;
    let begun = ada.create_upload_session(&id, "a.bin", "", size).await;
    let url = begun.unwrap().value.url;
    let part = async |from: usize, to: usize| {
        let bytes = whole.slice(from..to);
        ada.upload_part(&url, from as i64, size, bytes).await
    };
    assert_eq!(part(0, 3_000_000).await.unwrap().value, Part::Taken);
    let twice = part(0, 3_000_000).await.unwrap_err();
    assert_eq!(
        (twice.status(), matches!(twice, GraphError::Refused { .. })),
        (416, true)
    );
    assert_eq!(part(3_000_000, 4_000_000).await.unwrap().value, Part::Last);
    let over = part(3_000_000, 4_000_000).await.unwrap_err();
    assert!(matches!(over, GraphError::NotFound { .. }), "{over:?}");
    let listed = ada.attachments(&id).await.unwrap().value;
    assert_eq!((listed[0].name.as_str(), listed[0].size), ("a.bin", size));
    let bytes = ada
        .attachment_bytes(&id, &listed[0].remote_id)
        .await
        .unwrap();
    assert!(bytes.value.bytes.collect(5_000_000).await.unwrap() == whole);
    let elsewhere = Secret::new("http://10.0.0.1/upload/x");
    let refused = ada
        .upload_part(&elsewhere, 0, 1, Bytes::from_static(b"x"))
        .await;
    assert_eq!(refused.unwrap_err().code(), "foreign_link");
}

#[tokio::test]
async fn a_mail_to_oneself_arrives_once() {
    let office = Office::open().await;
    let ada = office.ada().await;
    let own = DraftMail {
        to: to(ADA),
        cc: Vec::new(),
        bcc: Vec::new(),
        ..letter()
    };
    let id = ada.create_draft(&own).await.unwrap().value.remote_id;
    ada.send_draft(&id).await.unwrap();
    let listed = ada.newest(10, None).await.unwrap().value.items;
    let same = listed
        .iter()
        .filter(|one| one.subject.as_deref() == Some("Plans"));
    assert_eq!(same.count(), 2, "received, and sent");
}
