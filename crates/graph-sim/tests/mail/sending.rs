//! Sending, answering, forwarding; mail between simulated mailboxes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, BOB, Caller, IMMUTABLE, Stage};

fn to(address: &str) -> Value {
    json!([{"emailAddress": {"address": address}}])
}

async fn subjects(caller: &Caller<'_>, folder: &str) -> Vec<String> {
    caller
        .get(&format!("me/mailFolders/{folder}/messages"))
        .await
        .column("subject")
        .into_iter()
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn sent_mail_arrives_and_is_kept_unless_told_otherwise() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.person(ADA).await, stage.person(BOB).await);
    let mail = |subject: &str| json!({"subject": subject, "body": {"contentType": "html", "content": "<p>x</p>"}, "toRecipients": to(BOB)});
    let sent = ada
        .call(
            Method::POST,
            "me/sendMail",
            json!({"message": mail("kept")}),
        )
        .await;
    assert_eq!(
        (
            sent.status,
            sent.header("content-length"),
            sent.text.as_str()
        ),
        (202, "0", "")
    );
    ada.call(
        Method::POST,
        "me/sendMail",
        json!({"Message": mail("not kept"), "SaveToSentItems": false}),
    )
    .await;
    assert_eq!(subjects(&ada, "sentitems").await, ["kept"]);
    assert_eq!(subjects(&bob, "inbox").await, ["not kept", "kept"]);
    let nobody = json!({"message": {"subject": "x"}});
    assert_eq!(
        ada.call(Method::POST, "me/sendMail", nobody)
            .await
            .refusal()
            .1,
        "ErrorInvalidRecipients"
    );
}

#[tokio::test]
async fn mime_is_sent_in_base64_only_and_its_sender_ignored() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.person(ADA).await, stage.person(BOB).await);
    let raw = STANDARD
        .encode("From: somebody@else.test\r\nTo: bob@contoso.test\r\nSubject: mime\r\n\r\nHi\r\n");
    let send = |body: String| {
        stage.send(
            ada.request(Method::POST, "me/sendMail")
                .header("content-type", "text/plain")
                .body(body),
        )
    };
    assert_eq!(send(raw).await.status, 202);
    assert_eq!(
        bob.get("me/messages").await.items()[0]["from"]["emailAddress"]["address"],
        ADA
    );
    assert_eq!(
        send("%%%".to_owned()).await.refusal().2,
        "Invalid base64 string for MIME content."
    );
}

#[tokio::test]
async fn a_draft_keeps_its_immutable_id_when_it_is_sent() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let draft = ada
        .call_with(
            Method::POST,
            "me/messages",
            json!({"subject": "soon", "toRecipients": to(BOB)}),
            IMMUTABLE,
        )
        .await
        .text_of("id");
    assert_eq!(
        stage
            .send(
                ada.request(Method::POST, &format!("me/messages/{draft}/send"))
                    .header("content-length", "0")
            )
            .await
            .status,
        202
    );
    let sent = ada
        .get_with(&format!("me/messages/{draft}"), IMMUTABLE)
        .await;
    assert_eq!(sent.json["isDraft"], false);
    assert_eq!(
        sent.json["parentFolderId"],
        ada.get("me/mailFolders/sentitems").await.json["id"]
    );
    assert_eq!(
        ada.call(
            Method::POST,
            &format!("me/messages/{draft}/send"),
            Value::Null
        )
        .await
        .status,
        400
    );
}

#[tokio::test]
async fn answers_join_the_conversation_and_find_their_readers() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.person(ADA).await, stage.person(BOB).await);
    let mail = json!({"subject": "Question", "from": {"name": "Bob", "address": BOB}, "cc": [{"name": "C", "address": "c@else.test"}], "text": "?"});
    let id = stage.deliver(ADA, mail).await;
    let original = ada.get(&format!("me/messages/{id}")).await;
    assert_eq!(
        ada.call(
            Method::POST,
            &format!("me/messages/{id}/reply"),
            json!({"comment": "Answer"})
        )
        .await
        .status,
        202
    );
    assert_eq!(subjects(&bob, "inbox").await, ["RE: Question"]);
    let kept = ada.get("me/mailFolders/sentitems/messages").await;
    assert_eq!(
        kept.items()[0]["conversationId"],
        original.json["conversationId"]
    );
    let draft = ada
        .call(
            Method::POST,
            &format!("me/messages/{id}/createReplyAll"),
            Value::Null,
        )
        .await;
    assert_eq!(
        (
            draft.status,
            draft.json["ccRecipients"][0]["emailAddress"]["address"].as_str()
        ),
        (201, Some("c@else.test"))
    );
    let forward = ada
        .call(
            Method::POST,
            &format!("me/messages/{id}/createForward"),
            json!({"toRecipients": to("d@else.test")}),
        )
        .await;
    assert_eq!(
        (
            forward.text_of("subject").as_str(),
            forward.json["toRecipients"][0]["emailAddress"]["address"].as_str()
        ),
        ("FW: Question", Some("d@else.test"))
    );
    let both =
        json!({"comment": "a", "message": {"body": {"contentType": "text", "content": "b"}}});
    assert_eq!(
        ada.call(Method::POST, &format!("me/messages/{id}/reply"), both)
            .await
            .status,
        400
    );
}
