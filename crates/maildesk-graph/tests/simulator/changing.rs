//! Changes, written and read back.

use maildesk_graph::{GraphError, MessagePatch, NewMail, Want};
use maildesk_model::Timestamp;
use maildesk_model::message::Flag;

use crate::office::{ADA, Office, mail};

#[tokio::test]
async fn read_flag_and_categories_are_written() {
    let office = Office::open().await;
    let id = office.deliver(mail("x")).await;
    let ada = office.ada().await;
    let patch = MessagePatch {
        is_read: Some(true),
        flag: Some(Flag::Flagged),
        categories: Some(vec!["Red".to_owned()]),
        ..MessagePatch::default()
    };
    let answer = ada.update_message(&id, &patch).await.unwrap().value;
    let read_back = ada.message(&id, Want::FIELDS).await.unwrap().value;
    for message in [answer, read_back] {
        assert_eq!(message.is_read, Some(true));
        assert_eq!(message.flag, Some(Flag::Flagged));
        assert_eq!(message.categories, Some(vec!["Red".to_owned()]));
    }
    let patch = MessagePatch {
        flag: Some(Flag::Complete),
        ..MessagePatch::default()
    };
    let answer = ada.update_message(&id, &patch).await.unwrap().value;
    assert_eq!(
        (answer.flag, answer.is_read),
        (Some(Flag::Complete), Some(true))
    );
}

/// A due date goes with its flag: it comes back as the same day, and another flag has none.
#[tokio::test]
async fn a_flag_is_due_on_a_day() {
    let office = Office::open().await;
    let id = office.deliver(mail("x")).await;
    let ada = office.ada().await;
    let day = Timestamp::parse("2026-12-24T00:00:00Z");
    let flag = |flag, due| MessagePatch {
        flag: Some(flag),
        due,
        ..MessagePatch::default()
    };
    for (patch, due) in [
        (flag(Flag::Flagged, day), day),
        (flag(Flag::Complete, day), None),
        (flag(Flag::Flagged, None), None),
    ] {
        ada.update_message(&id, &patch).await.unwrap();
        let dates = ada.message(&id, Want::FIELDS).await.unwrap().value;
        let dates = dates.flag_dates.unwrap();
        assert_eq!((dates.start, dates.due), (due, due));
    }
}

#[tokio::test]
async fn a_moved_message_keeps_its_id_and_a_deleted_one_is_gone() {
    let office = Office::open().await;
    let id = office.deliver(mail("x")).await;
    let ada = office.ada().await;
    let archive = ada.folder("archive").await.unwrap().value.remote_id;
    let moved = ada.move_message(&id, "archive").await.unwrap().value;
    assert_eq!(moved.remote_id, id);
    assert_eq!(moved.folder, Some(archive));
    ada.delete_message(&id).await.unwrap();
    let gone = ada.delete_message(&id).await.unwrap_err();
    assert!(matches!(gone, GraphError::NotFound { .. }), "{gone:?}");
    let kept = ada.message(&id, Want::FIELDS).await.unwrap().value;
    let bin = ada.folder("recoverableitemsdeletions").await.unwrap().value;
    assert_eq!(
        kept.folder,
        Some(bin.remote_id),
        "readable, and out of everybody's sight"
    );
}

#[tokio::test]
async fn a_mail_that_is_nowhere_yet_arrives_and_lies_in_sent_items() {
    let office = Office::open().await;
    let ada = office.ada().await;
    let mail = |to: &[&str]| NewMail {
        to: to.iter().map(|to| (*to).to_owned()).collect(),
        subject: "Something needs you".to_owned(),
        text: "Look <here>.".to_owned(),
        important: true,
    };
    let refused = ada.send_mail(&mail(&[])).await.unwrap_err();
    assert!(matches!(refused, GraphError::Refused { .. }), "{refused:?}");
    ada.send_mail(&mail(&[ADA])).await.unwrap();
    let listed = ada.newest(10, None).await.unwrap().value;
    let subjects = listed.items.iter().map(|one| one.subject.as_deref());
    let same = subjects.filter(|one| *one == Some("Something needs you"));
    assert_eq!(same.count(), 2, "received, and sent");
}
