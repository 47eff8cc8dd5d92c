//! Invitations, cancellations and answers: messages of a derived type.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, Stage};

const IMMUTABLE: &str = "IdType=\"ImmutableId\"";

/// A message about a meeting; its immutable id.
async fn about(stage: &Stage, kind: &str) -> String {
    let meeting = json!({
        "meetingMessageType": kind, "start": "2026-12-01T09:00:00Z", "end": "2026-12-01T09:30:00Z",
        "location": "Room 4",
    });
    let mail = json!({"subject": "Standup", "html": "<p>Daily.</p>", "meeting": meeting});
    stage.deliver(ADA, mail).await
}

#[tokio::test]
async fn a_message_about_a_meeting_says_its_type_wherever_it_is_told() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    for (kind, name) in [
        ("meetingRequest", "#microsoft.graph.eventMessageRequest"),
        ("meetingCancelled", "#microsoft.graph.eventMessage"),
        ("meetingDeclined", "#microsoft.graph.eventMessageResponse"),
    ] {
        let id = about(&stage, kind).await;
        let one = ada.get(&format!("me/messages/{id}?$select=subject")).await;
        let list = ada.get("me/messages?$select=subject&$top=1").await;
        let (round, _) = ada
            .round(
                "me/mailFolders/inbox/messages/delta?$select=subject&$orderby=receivedDateTime desc",
                IMMUTABLE,
            )
            .await;
        let told = round.iter().find(|item| item["id"] == json!(id));
        for item in [&one.json, &list.items()[0], told.expect("in the round")] {
            assert_eq!(item["@odata.type"], name, "{item}");
            assert_eq!(item["subject"], "Standup");
            assert_eq!(item["meetingMessageType"], Value::Null);
        }
    }
    let id = stage.mail("plain").await;
    let one = ada.get(&format!("me/messages/{id}")).await;
    assert!(!one.text.contains("@odata.type"), "{}", one.text);
    let (round, _) = ada
        .round("me/mailFolders/inbox/messages/delta", IMMUTABLE)
        .await;
    let told = round.iter().find(|item| item["id"] == json!(id));
    assert_eq!(
        told.expect("there")["@odata.type"],
        "#microsoft.graph.message"
    );
}

#[tokio::test]
async fn what_is_about_the_meeting_comes_where_nothing_is_selected() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let id = about(&stage, "meetingRequest").await;
    let one = ada
        .get(&format!("me/messages/{id}?$expand=attachments"))
        .await;
    let list = ada.get("me/messages").await;
    let (round, _) = ada
        .round("me/mailFolders/inbox/messages/delta", IMMUTABLE)
        .await;
    for item in [&one.json, &list.items()[0], &round[0]] {
        assert_eq!(item["meetingMessageType"], "meetingRequest");
        assert_eq!(item["meetingRequestType"], "newMeetingRequest");
        assert_eq!(item["type"], "singleInstance");
        assert_eq!(item["isAllDay"], false);
        let at = json!({"dateTime": "2026-12-01T09:00:00.0000000", "timeZone": "UTC"});
        assert_eq!(item["startDateTime"], at);
        assert_eq!(item["location"]["displayName"], "Room 4");
    }
    let order = [
        "@odata.type",
        "@odata.etag",
        "inferenceClassification",
        "meetingMessageType",
        "isAllDay",
        "meetingRequestType",
        "\"body\"",
        "replyTo",
        "\"flag\"",
        "startDateTime",
        "endDateTime",
        "\"location\"",
    ];
    let places = order.map(|name| one.text.find(name).expect(name));
    assert!(places.is_sorted(), "{places:?}");
}

#[tokio::test]
async fn what_is_about_the_meeting_cannot_be_selected() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let id = about(&stage, "meetingRequest").await;
    for name in ["meetingMessageType", "startDateTime", "isAllDay"] {
        for path in [format!("me/messages/{id}"), "me/messages".to_owned()] {
            let refused = ada.get(&format!("{path}?$select=subject,{name}")).await;
            let words = format!(
                "Could not find a property named '{name}' on type 'Microsoft.OutlookServices.Message'."
            );
            assert_eq!(
                refused.refusal(),
                (400, "RequestBroker--ParseUri", words.as_str())
            );
        }
    }
}

#[tokio::test]
async fn answers_to_an_invitation_say_how_somebody_answered() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    for (kind, response) in [
        ("meetingAccepted", "accepted"),
        ("meetingTenativelyAccepted", "tentativelyAccepted"),
        ("meetingDeclined", "declined"),
    ] {
        let id = about(&stage, kind).await;
        let one = ada.get(&format!("me/messages/{id}")).await;
        assert_eq!(one.json["meetingMessageType"], kind);
        assert_eq!(one.json["responseType"], response);
        assert_eq!(one.json["meetingRequestType"], Value::Null);
    }
}

#[tokio::test]
async fn the_control_side_takes_no_meeting_that_is_none() {
    let stage = Stage::new().await;
    let path = format!("mailboxes/{ADA}/messages");
    for meeting in [
        json!({"meetingMessageType": "meetingRequest"}),
        json!({"meetingMessageType": "meetingTentativelyAccepted", "start": "2026-12-01T09:00:00Z", "end": "2026-12-01T09:30:00Z"}),
        json!({"meetingMessageType": "meetingRequest", "start": "2026-12-01T09:00:00Z", "end": "2026-12-01T09:30:00Z", "where": "x"}),
        json!({"meetingMessageType": "meetingRequest", "start": "soon", "end": "2026-12-01T09:30:00Z"}),
    ] {
        let mail = json!({"subject": "x", "meeting": meeting});
        let refused = stage.sim_raw(Method::POST, &path, mail).await;
        assert_eq!(refused.status, 400, "{refused:?}");
    }
}
