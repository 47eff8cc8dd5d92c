//! Drafts, sending and answering where it is refused, late, or not what it seems.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, BOB, Caller, IMMUTABLE, Stage, TEAM};

fn to(address: &str) -> Value {
    json!([{"emailAddress": {"address": address}}])
}

fn mail(subject: &str) -> Value {
    json!({"message": {"subject": subject, "toRecipients": to(BOB)}})
}

async fn subjects(caller: &Caller<'_>, folder: &str) -> Vec<String> {
    let path = format!("me/mailFolders/{folder}/messages?$select=subject");
    let list = caller.get(&path).await;
    list.column("subject")
        .into_iter()
        .map(str::to_owned)
        .collect()
}

/// A draft of Ada's to Bob; its immutable id.
async fn draft(ada: &Caller<'_>, subject: &str) -> String {
    let draft = json!({"subject": subject, "toRecipients": to(BOB)});
    let made = ada
        .call_with(Method::POST, "me/messages", draft, IMMUTABLE)
        .await;
    assert_eq!(made.status, 201);
    made.text_of("id")
}

async fn send(ada: &Caller<'_>, id: &str) -> crate::stage::Reply {
    let request = ada.request(Method::POST, &format!("me/messages/{id}/send"));
    ada.stage.send(request.header("content-length", "0")).await
}

#[tokio::test]
async fn a_sent_draft_waits_in_the_outbox() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.person(ADA).await, stage.person(BOB).await);
    stage.faults(json!({"mail": {"sendLagMs": 30_000}})).await;
    let id = draft(&ada, "soon").await;
    assert_eq!(send(&ada, &id).await.status, 202);
    assert_eq!(subjects(&ada, "outbox").await, ["soon"]);
    assert!(subjects(&ada, "drafts").await.is_empty());
    assert!(subjects(&ada, "sentitems").await.is_empty());
    assert!(subjects(&bob, "inbox").await.is_empty());
    stage.advance(31).await;
    let sent = ada.get_with(&format!("me/messages/{id}"), IMMUTABLE).await;
    assert_eq!(
        (sent.text_of("id"), &sent.json["isDraft"]),
        (id, &json!(false))
    );
    assert_eq!(subjects(&ada, "sentitems").await, ["soon"]);
    assert_eq!(subjects(&bob, "inbox").await, ["soon"]);
}

#[tokio::test]
async fn sent_mail_waits_too_and_ends_with_the_fault() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.person(ADA).await, stage.person(BOB).await);
    stage.faults(json!({"mail": {"sendLagMs": 30_000}})).await;
    let mut gone = mail("not kept");
    gone["saveToSentItems"] = json!(false);
    for mail in [mail("kept"), gone] {
        let sent = ada.call(Method::POST, "me/sendMail", mail).await;
        assert_eq!((sent.status, sent.text.as_str()), (202, ""));
    }
    assert!(subjects(&bob, "inbox").await.is_empty());
    stage.faults(json!({})).await;
    assert_eq!(subjects(&bob, "inbox").await.len(), 2);
    assert_eq!(subjects(&ada, "sentitems").await, ["kept"]);
    assert!(subjects(&ada, "outbox").await.is_empty());
    let journal = stage.sim(Method::GET, "journal", Value::Null).await;
    let entries = journal.as_array().expect("entries");
    assert!(entries.iter().any(|entry| entry["fault"] == "sendLagMs"));
}

#[tokio::test]
async fn a_draft_is_sent_with_a_length_of_zero_only() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let id = draft(&ada, "soon").await;
    let path = format!("me/messages/{id}/send");
    let refused = stage.send(ada.request(Method::POST, &path)).await;
    assert_eq!(
        (refused.status, refused.refusal().1),
        (411, "LengthRequired")
    );
    assert_eq!(send(&ada, &id).await.status, 202);
    let again = send(&ada, &id).await;
    assert_eq!(
        (again.status, again.refusal().1),
        (400, "ErrorInvalidRequest")
    );
}

#[tokio::test]
async fn a_202_may_say_when_to_come_again_and_still_have_done_it() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.person(ADA).await, stage.person(BOB).await);
    stage
        .faults(json!({"mail": {"acceptedRetryAfter": 1}}))
        .await;
    let sent = ada.call(Method::POST, "me/sendMail", mail("once")).await;
    assert_eq!((sent.status, sent.header("retry-after")), (202, "3"));
    assert_eq!(subjects(&bob, "inbox").await, ["once"]);
    stage.faults(json!({})).await;
    let sent = ada.call(Method::POST, "me/sendMail", mail("twice")).await;
    assert_eq!(sent.header("retry-after"), "");
}

#[tokio::test]
async fn thirty_messages_a_minute_are_enough() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    for n in 0..30 {
        let sent = ada.call(Method::POST, "me/sendMail", mail(&n.to_string()));
        assert_eq!(sent.await.status, 202);
    }
    let refused = ada.call(Method::POST, "me/sendMail", mail("more")).await;
    assert_eq!(
        (refused.status, refused.refusal().1),
        (429, "TooManyRequests")
    );
    assert!(!refused.header("retry-after").is_empty());
    let id = draft(&ada, "more").await;
    assert_eq!(send(&ada, &id).await.status, 429);
    stage.advance(61).await;
    assert_eq!(send(&ada, &id).await.status, 202);
    stage.faults(json!({"mail": {"sendsPerMinute": 1}})).await;
    assert_eq!(
        ada.call(Method::POST, "me/sendMail", mail("x"))
            .await
            .status,
        429
    );
}

#[tokio::test]
async fn five_hundred_recipients_are_enough() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    for (count, status) in [(500, 202), (501, 400)] {
        let one = |n: usize| json!({"emailAddress": {"address": format!("p{n}@else.test")}});
        let many: Vec<Value> = (0..count).map(one).collect();
        let mail = json!({"message": {"subject": "all", "bccRecipients": many}});
        let sent = ada.call(Method::POST, "me/sendMail", mail).await;
        assert_eq!(sent.status, status);
        if status == 400 {
            assert_eq!(sent.refusal().1, "ErrorInvalidRecipients");
        }
    }
    let nowhere = json!({"message": {"subject": "x", "toRecipients": to("nonsense")}});
    let refused = ada.call(Method::POST, "me/sendMail", nowhere).await;
    assert_eq!(refused.refusal().1, "ErrorInvalidRecipients");
}

#[tokio::test]
async fn sending_as_somebody_else_needs_their_leave() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.person(ADA).await, stage.person(BOB).await);
    let as_team = || {
        let mut mail = mail("for us");
        mail["message"]["from"] = json!({"emailAddress": {"address": TEAM, "name": "Team"}});
        mail
    };
    let refused = ada.call(Method::POST, "me/sendMail", as_team()).await;
    assert_eq!(
        (refused.status, refused.refusal().1),
        (403, "ErrorSendAsDenied")
    );
    for (leave, sender) in [("sendAs", TEAM), ("sendOnBehalf", ADA)] {
        let nobody: [&str; 0] = [];
        let mut change = json!({"sendAs": nobody, "sendOnBehalf": nobody});
        change[leave] = json!([ADA]);
        let path = format!("mailboxes/{TEAM}");
        stage.sim(Method::PATCH, &path, change).await;
        let sent = ada.call(Method::POST, "me/sendMail", as_team()).await;
        assert_eq!(sent.status, 202, "{leave}");
        let came = bob.get("me/messages?$select=from,sender").await;
        let address = |name: &str| came.items()[0][name]["emailAddress"]["address"].clone();
        assert_eq!(
            (address("from"), address("sender")),
            (json!(TEAM), json!(sender))
        );
    }
}

#[tokio::test]
async fn leave_is_asked_again_when_a_draft_is_sent() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let id = draft(&ada, "mine").await;
    let from = json!({"from": {"emailAddress": {"address": BOB}}});
    ada.call(Method::PATCH, &format!("me/messages/{id}"), from)
        .await;
    let refused = send(&ada, &id).await;
    assert_eq!(
        (refused.status, refused.refusal().1),
        (403, "ErrorSendAsDenied")
    );
}

#[tokio::test]
async fn headers_of_ones_own_are_five_and_begin_with_x() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    for (count, status) in [(5, 201), (6, 400)] {
        let one = |n: usize| json!({"name": format!("x-own-{n}"), "value": "1"});
        let headers: Vec<Value> = (0..count).map(one).collect();
        let body = json!({"subject": "h", "internetMessageHeaders": headers});
        let made = ada.call(Method::POST, "me/messages", body).await;
        assert_eq!(made.status, status);
        if status == 400 {
            assert_eq!(made.refusal().1, "InvalidInternetMessageHeaderCollection");
        }
    }
    let bad = json!({"internetMessageHeaders": [{"name": "Subject", "value": "x"}]});
    let refused = ada.call(Method::POST, "me/messages", bad).await;
    assert_eq!(
        (refused.status, refused.refusal().1),
        (400, "InvalidInternetMessageHeader")
    );
}

#[tokio::test]
async fn mime_comes_as_text_and_becomes_a_draft() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let raw =
        STANDARD.encode("From: a@b.test\r\nTo: bob@contoso.test\r\nSubject: raw\r\n\r\nHi\r\n");
    let post = |path: &'static str, kind: &'static str, body: String| {
        let request = ada.request(Method::POST, path);
        stage.send(request.header("content-type", kind).body(body))
    };
    let made = post("me/messages", "text/plain", raw.clone()).await;
    assert_eq!((made.status, &made.json["isDraft"]), (201, &json!(true)));
    let again = post("me/messages", "text/plain", raw.clone()).await;
    assert_ne!(
        made.text_of("id"),
        again.text_of("id"),
        "imported again, another id"
    );
    for path in ["me/sendMail", "me/messages"] {
        let as_json = post(path, "application/json", format!("\"{raw}\"")).await;
        assert_eq!(as_json.status, 400, "{path}");
        let broken = post(path, "text/plain", "%%%".to_owned()).await;
        assert_eq!(
            (broken.status, broken.refusal().2),
            (400, "Invalid base64 string for MIME content.")
        );
    }
}

#[tokio::test]
async fn an_import_is_no_draft_when_its_properties_say_so() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    for (flags, is_draft, is_read) in [("1", false, true), ("0", false, false), ("9", true, true)] {
        let message = json!({"subject": "old", "singleValueExtendedProperties": [
            {"id": "Integer 0x0E07", "value": flags},
            {"id": "SystemTime 0x0E06", "value": "2020-01-02T03:04:05Z"}]});
        let made = ada
            .call(Method::POST, "me/mailFolders/inbox/messages", message)
            .await;
        assert_eq!(
            (
                &made.json["isDraft"],
                &made.json["isRead"],
                &made.json["receivedDateTime"]
            ),
            (
                &json!(is_draft),
                &json!(is_read),
                &json!("2020-01-02T03:04:05Z")
            )
        );
    }
}

#[tokio::test]
async fn an_answer_goes_where_the_sender_wants_it() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let mail = json!({"subject": "Q", "replyTo": [{"name": "R", "address": "r@else.test"}]});
    let id = stage.deliver(ADA, mail).await;
    let path = |way: &str| format!("me/messages/{id}/{way}");
    for way in ["createReply", "createReplyAll"] {
        let answer = ada.call(Method::POST, &path(way), Value::Null).await;
        assert_eq!(
            (answer.status, &answer.json["isDraft"]),
            (201, &json!(true))
        );
        let first = &answer.json["toRecipients"][0]["emailAddress"]["address"];
        assert_eq!(first, "r@else.test", "{way}");
    }
    let both =
        json!({"comment": "a", "message": {"body": {"contentType": "text", "content": "b"}}});
    for way in [
        "reply",
        "replyAll",
        "forward",
        "createReply",
        "createReplyAll",
        "createForward",
    ] {
        let refused = ada.call(Method::POST, &path(way), both.clone()).await;
        assert_eq!(refused.status, 400, "{way}");
    }
    for way in ["reply", "replyAll"] {
        let sent = ada
            .call(Method::POST, &path(way), json!({"comment": "a"}))
            .await;
        assert_eq!((sent.status, sent.text.as_str()), (202, ""), "{way}");
    }
    let forward = json!({"comment": "a", "toRecipients": to("d@else.test")});
    assert_eq!(
        ada.call(Method::POST, &path("forward"), forward)
            .await
            .status,
        202
    );
}

#[tokio::test]
async fn writing_and_sending_are_two_permissions() {
    let stage = Stage::new().await;
    let writer = stage.person_with(ADA, "Mail.ReadWrite").await;
    let id = draft(&writer, "mine").await;
    assert_eq!(send(&writer, &id).await.status, 403);
    assert_eq!(
        writer
            .call(Method::POST, "me/sendMail", mail("x"))
            .await
            .status,
        403
    );
    let sender = stage.person_with(ADA, "Mail.Send").await;
    let made = sender.call(Method::POST, "me/messages", json!({})).await;
    assert_eq!((made.status, made.refusal().1), (403, "ErrorAccessDenied"));
    assert_eq!(send(&sender, &id).await.status, 202);
    assert_eq!(
        sender
            .call(Method::POST, "me/sendMail", mail("x"))
            .await
            .status,
        202
    );
}

#[tokio::test]
async fn a_full_mailbox_takes_nothing_more() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let id = stage.mail("one").await;
    let path = format!("mailboxes/{ADA}");
    stage.sim(Method::PATCH, &path, json!({"full": true})).await;
    for (path, body) in [
        ("me/messages".to_owned(), json!({"subject": "x"})),
        (
            format!("me/messages/{id}/copy"),
            json!({"destinationId": "archive"}),
        ),
        (format!("me/messages/{id}/createReply"), Value::Null),
        (
            format!("me/messages/{id}/attachments"),
            json!({"name": "a", "contentBytes": "AA=="}),
        ),
    ] {
        let refused = ada.call(Method::POST, &path, body).await;
        assert_eq!(
            (refused.status, refused.refusal().1),
            (507, "ErrorQuotaExceeded"),
            "{path}"
        );
    }
    let moved = json!({"destinationId": "archive"});
    assert_eq!(
        ada.call(Method::POST, &format!("me/messages/{id}/move"), moved)
            .await
            .status,
        201
    );
    stage
        .sim(Method::PATCH, &path, json!({"full": false}))
        .await;
    draft(&ada, "again").await;
}

#[tokio::test]
async fn a_503_may_come_although_the_mail_was_taken() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.person(ADA).await, stage.person(BOB).await);
    stage.faults(json!({"mail": {"sendAnswerLost": 1}})).await;
    let id = draft(&ada, "taken").await;
    let lost = send(&ada, &id).await;
    assert_eq!((lost.status, lost.text.as_str()), (503, ""));
    let sent = ada.call(Method::POST, "me/sendMail", mail("also")).await;
    assert_eq!(sent.status, 503);
    let mut arrived = subjects(&bob, "inbox").await;
    arrived.sort();
    assert_eq!(arrived, ["also", "taken"]);
    stage.faults(json!({})).await;
    let again = send(&ada, &id).await;
    assert_eq!(again.status, 400, "it is no draft any more");
}
