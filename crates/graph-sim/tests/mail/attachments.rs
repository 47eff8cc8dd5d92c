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
