//! Attachments: listed, read, added, removed, uploaded in chunks.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, Reply, Stage};

const INNER: &str = "From: a@b.test\r\nSubject: inside\r\n\r\nHi\r\n";

async fn with_three() -> (Stage, String) {
    let stage = Stage::new().await;
    let attachments = json!([
        {"name": "a.pdf", "contentType": "application/pdf", "contentBase64": "AAEC"},
        {"name": "inside", "mime": INNER},
        {"name": "plan", "sourceUrl": "https://files.test/plan"},
    ]);
    let id = stage
        .deliver(ADA, json!({"subject": "three", "attachments": attachments}))
        .await;
    (stage, id)
}

async fn list(stage: &Stage, message: &str) -> Reply {
    stage
        .person(ADA)
        .await
        .get(&format!("me/messages/{message}/attachments"))
        .await
}

#[tokio::test]
async fn each_kind_is_listed_and_its_value_read() {
    let (stage, message) = with_three().await;
    let all = list(&stage, &message).await;
    let kinds: Vec<&str> = all.column("@odata.type");
    assert_eq!(
        kinds,
        [
            "#microsoft.graph.fileAttachment",
            "#microsoft.graph.itemAttachment",
            "#microsoft.graph.referenceAttachment"
        ]
    );
    assert_eq!(
        (
            all.items()[0]["contentBytes"].as_str(),
            all.items()[0]["size"].as_u64()
        ),
        (Some("AAEC"), Some(3))
    );
    assert!(all.items()[1]["contentBytes"].is_null());
    let ada = stage.person(ADA).await;
    let value = |n: usize| {
        format!(
            "me/messages/{message}/attachments/{}/$value",
            all.items()[n]["id"].as_str().expect("an id")
        )
    };
    let file = ada.get(&value(0)).await;
    assert_eq!(
        (file.text.as_bytes(), file.header("content-type")),
        ([0, 1, 2].as_slice(), "application/pdf")
    );
    assert_eq!(ada.get(&value(1)).await.text, INNER);
    assert_eq!(ada.get(&value(2)).await.status, 405);
    let item = ada
        .get(&value(1).replace("/$value", "?$expand=microsoft.graph.itemAttachment/item"))
        .await;
    assert_eq!(item.json["item"]["subject"], "inside");
    let short = ada
        .get(&format!("me/messages/{message}/attachments?$select=name"))
        .await;
    assert!(short.items()[0]["contentBytes"].is_null());
    let expanded = ada
        .get(&format!(
            "me/messages/{message}?$expand=attachments&$select=subject"
        ))
        .await;
    assert_eq!(
        expanded.json["attachments"]
            .as_array()
            .expect("a list")
            .len(),
        3
    );
    assert_eq!(
        ada.get(&format!("me/messages/{message}/attachments/nonsense"))
            .await
            .refusal()
            .1,
        "ErrorInvalidIdMalformed"
    );
}

#[tokio::test]
async fn inline_ones_alone_do_not_count_as_attachments() {
    let stage = Stage::new().await;
    let inline = json!([{"name": "i.png", "contentType": "image/png", "contentBase64": "AA==", "isInline": true, "contentId": "i1"}]);
    let id = stage
        .deliver(
            ADA,
            json!({"subject": "inline", "html": "<img src=\"cid:i1\">", "attachments": inline}),
        )
        .await;
    let ada = stage.person(ADA).await;
    assert_eq!(
        ada.get(&format!("me/messages/{id}")).await.json["hasAttachments"],
        false
    );
    assert_eq!(list(&stage, &id).await.items()[0]["contentId"], "i1");
}

#[tokio::test]
async fn a_draft_takes_and_loses_attachments() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let draft = ada
        .call(Method::POST, "me/messages", json!({"subject": "draft"}))
        .await
        .text_of("id");
    let path = format!("me/messages/{draft}/attachments");
    let file = json!({"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "aGk="});
    let added = ada.call(Method::POST, &path, file).await;
    assert_eq!(
        (added.status, added.json["name"].as_str()),
        (201, Some("a.txt"))
    );
    assert_eq!(
        ada.get(&format!("me/messages/{draft}")).await.json["hasAttachments"],
        true
    );
    let one = format!("{path}/{}", added.text_of("id"));
    assert_eq!(
        ada.call(Method::DELETE, &one, Value::Null).await.status,
        204
    );
    assert_eq!(ada.get(&one).await.status, 404);
    assert_eq!(
        ada.call(
            Method::POST,
            &path,
            json!({"name": "x", "contentBytes": "%%"})
        )
        .await
        .status,
        400
    );
    let big = "A".repeat(4 * 1024 * 1024 + 4);
    assert_eq!(
        ada.call(
            Method::POST,
            &path,
            json!({"name": "x", "contentBytes": big})
        )
        .await
        .refusal()
        .1,
        "ErrorMessageSizeExceeded"
    );
}

#[tokio::test]
async fn large_files_are_uploaded_in_chunks_without_a_token() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let draft = ada
        .call(Method::POST, "me/messages", json!({"subject": "draft"}))
        .await
        .text_of("id");
    let path = format!("me/messages/{draft}/attachments/createUploadSession");
    let size = 4 * 1024 * 1024;
    let item = |size: u64| json!({"AttachmentItem": {"attachmentType": "file", "name": "big.bin", "size": size}});
    assert_eq!(ada.call(Method::POST, &path, item(1_000)).await.status, 400);
    let session = ada.call(Method::POST, &path, item(size)).await;
    assert_eq!(
        (
            session.status,
            session.json["nextExpectedRanges"][0].as_str()
        ),
        (201, Some("0-"))
    );
    let url = session.text_of("uploadUrl");
    let half = (size / 2) as usize;
    let put = |from: usize| {
        let range = format!("bytes {from}-{}/{size}", from + half - 1);
        stage.send(
            stage
                .http
                .put(&url)
                .header("content-range", range)
                .header("content-type", "application/octet-stream")
                .body(vec![7_u8; half]),
        )
    };
    assert_eq!(put(half).await.status, 416);
    let first = put(0).await;
    assert_eq!(
        (first.status, first.json["NextExpectedRanges"][0].as_str()),
        (200, Some(format!("{half}-").as_str()))
    );
    let last = put(half).await;
    assert!(last.status == 201 && last.header("location").contains("Attachments("));
    let attached = list(&stage, &draft).await;
    assert_eq!(
        (
            attached.items()[0]["name"].as_str(),
            attached.items()[0]["size"].as_u64()
        ),
        (Some("big.bin"), Some(size))
    );
    assert_eq!(put(0).await.status, 404);
}

async fn session(stage: &Stage, size: u64) -> (Reply, String) {
    let ada = stage.person(ADA).await;
    let draft = ada
        .call(Method::POST, "me/messages", json!({"subject": "draft"}))
        .await
        .text_of("id");
    let path = format!("me/messages/{draft}/attachments/createUploadSession");
    let item = json!({"AttachmentItem": {"attachmentType": "file", "name": "big.bin", "size": size, "isInline": true, "contentId": "big1", "contentType": "image/png"}});
    (ada.call(Method::POST, &path, item).await, draft)
}

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn an_upload_session_takes_three_to_a_hundred_and_fifty_megabytes() {
    let stage = Stage::new().await;
    for (size, status) in [
        (3 * MIB - 1, 400),
        (3 * MIB, 201),
        (150 * MIB, 201),
        (150 * MIB + 1, 400),
    ] {
        assert_eq!(
            session(&stage, size as u64).await.0.status,
            status,
            "{size}"
        );
    }
}

#[tokio::test]
async fn a_chunk_must_fit_its_session() {
    let stage = Stage::new().await;
    let size = 9 * MIB;
    let (opened, _) = session(&stage, size as u64).await;
    let url = opened.text_of("uploadUrl");
    let chunk = |range: String, bytes: usize| {
        stage
            .http
            .put(&url)
            .header("content-range", range)
            .header("content-type", "application/octet-stream")
            .body(vec![7_u8; bytes])
    };
    let range = |from: usize, bytes: usize| format!("bytes {from}-{}/{size}", from + bytes - 1);
    for (request, status) in [
        (chunk("nonsense".to_owned(), MIB), 400),
        (chunk(range(0, 2 * MIB), MIB), 400),
        (chunk(format!("bytes 0-{}/7", MIB - 1), MIB), 400),
        (chunk(range(0, 4 * MIB + 1), 4 * MIB + 1), 400),
        (chunk(range(MIB, MIB), MIB), 416),
        (chunk(range(0, MIB), MIB).bearer_auth("token"), 401),
    ] {
        assert_eq!(stage.send(request).await.status, status);
    }
    let untyped = stage
        .http
        .put(&url)
        .header("content-range", range(0, MIB))
        .body(vec![7_u8; MIB]);
    assert_eq!(stage.send(untyped).await.status, 415);
    let first = stage.send(chunk(range(0, 4 * MIB), 4 * MIB)).await;
    assert_eq!(first.json["NextExpectedRanges"][0], format!("{}-", 4 * MIB));
    stage.advance(3_601).await;
    let late = stage.send(chunk(range(4 * MIB, MIB), MIB)).await;
    assert_eq!(late.status, 404);
}

#[tokio::test]
async fn chunks_count_as_uploads() {
    let stage = Stage::new().await;
    let size = 150 * MIB;
    let (opened, _) = session(&stage, size as u64).await;
    let url = opened.text_of("uploadUrl");
    let mut from = 0;
    let refused = loop {
        let end = (from + 4 * MIB).min(size);
        let request = stage
            .http
            .put(&url)
            .header("content-range", format!("bytes {from}-{}/{size}", end - 1))
            .header("content-type", "application/octet-stream")
            .body(vec![7_u8; end - from]);
        let reply = stage.send(request).await;
        if reply.status != 200 {
            break reply;
        }
        from = end;
    };
    assert_eq!((refused.status, from), (429, 148 * MIB));
    assert_eq!(
        refused.refusal().2,
        "Application is over its IncomingBytes limit."
    );
    assert!(!refused.header("retry-after").is_empty());
}

#[tokio::test]
async fn an_inline_file_keeps_its_content_id() {
    let stage = Stage::new().await;
    let (opened, draft) = session(&stage, 3 * MIB as u64).await;
    let request = stage
        .http
        .put(opened.text_of("uploadUrl"))
        .header(
            "content-range",
            format!("bytes 0-{}/{}", 3 * MIB - 1, 3 * MIB),
        )
        .header("content-type", "application/octet-stream")
        .body(vec![7_u8; 3 * MIB]);
    assert_eq!(stage.send(request).await.status, 201);
    let one = list(&stage, &draft).await.items()[0].clone();
    assert_eq!(
        (&one["contentId"], &one["isInline"], &one["contentType"]),
        (&json!("big1"), &json!(true), &json!("image/png"))
    );
    assert!(one["contentLocation"].is_null());
}

#[tokio::test]
async fn nobody_uploads_into_a_shared_mailbox() {
    let stage = Stage::new().await;
    let team = format!("mailboxes/{}", crate::stage::TEAM);
    stage
        .sim(Method::PATCH, &team, json!({"sharedWith": [ADA]}))
        .await;
    let ada = stage.person_with(ADA, "Mail.ReadWrite.Shared").await;
    let base = format!("users/{}/messages", crate::stage::TEAM);
    let draft = ada.call(Method::POST, &base, json!({"subject": "x"})).await;
    assert_eq!(draft.status, 201);
    let path = format!(
        "{base}/{}/attachments/createUploadSession",
        draft.text_of("id")
    );
    let item = json!({"AttachmentItem": {"attachmentType": "file", "name": "a", "size": 4 * MIB}});
    let refused = ada.call(Method::POST, &path, item).await;
    assert_eq!(
        (refused.status, refused.refusal().1),
        (403, "ErrorAccessDenied")
    );
}
