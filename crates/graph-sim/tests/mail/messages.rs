//! Messages: what is written, what may be asked, what may be changed.

use http::Method;
use serde_json::{Value, json};

use crate::folders::fields_of;
use crate::stage::{ADA, Caller, IMMUTABLE, Stage};

const ORDER: [&str; 30] = [
    "@odata.context",
    "@odata.etag",
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "categories",
    "receivedDateTime",
    "sentDateTime",
    "hasAttachments",
    "internetMessageId",
    "subject",
    "bodyPreview",
    "importance",
    "parentFolderId",
    "conversationId",
    "conversationIndex",
    "isDeliveryReceiptRequested",
    "isReadReceiptRequested",
    "isRead",
    "isDraft",
    "webLink",
    "inferenceClassification",
    "body",
    "sender",
    "from",
    "toRecipients",
    "ccRecipients",
    "bccRecipients",
    "flag",
];

async fn some_mail(stage: &Stage) -> Vec<String> {
    let mut ids = Vec::new();
    for (n, (subject, importance, categories, is_read)) in [
        ("alpha", "normal", json!([]), false),
        ("beta", "high", json!(["Red category"]), true),
        ("gamma", "low", json!([]), false),
    ]
    .into_iter()
    .enumerate()
    {
        let mail = json!({"subject": subject, "text": format!("body of {subject}"), "importance": importance, "categories": categories, "isRead": is_read,
            "receivedDateTime": format!("2026-01-0{}T10:00:00Z", n + 1)});
        ids.push(stage.deliver(ADA, mail).await);
    }
    ids
}

#[tokio::test]
async fn a_message_has_every_field_in_the_recorded_order() {
    let stage = Stage::new().await;
    let id = stage.deliver(ADA, json!({"subject": "Grüße \"quoted\"", "html": "<p>Hello <b>Ada</b></p>", "receivedDateTime": "2026-01-02T03:04:05.678Z"})).await;
    let message = stage
        .person(ADA)
        .await
        .get(&format!("me/messages/{id}"))
        .await;
    assert!(fields_of(&message.text, &ORDER), "{}", message.text);
    assert_eq!(
        (
            message.json["subject"].as_str(),
            message.json["bodyPreview"].as_str()
        ),
        (Some("Grüße \"quoted\""), Some("Hello Ada"))
    );
    assert_eq!(message.json["receivedDateTime"], "2026-01-02T03:04:05Z");
    assert_eq!(
        message.json["@odata.etag"],
        format!("W/\"{}\"", message.text_of("changeKey"))
    );
    assert_eq!(
        message.json["from"]["emailAddress"],
        json!({"name": "Grace Hopper", "address": "grace@fabrikam.test"})
    );
    assert_eq!(message.json["flag"], json!({"flagStatus": "notFlagged"}));
    assert!(
        message.json["internetMessageHeaders"].is_null() && message.json["uniqueBody"].is_null()
    );
    assert!(
        message
            .header("content-type")
            .starts_with("application/json; odata.metadata=minimal")
    );
    for name in [
        "request-id",
        "client-request-id",
        "x-ms-ags-diagnostic",
        "strict-transport-security",
        "date",
    ] {
        assert!(!message.header(name).is_empty(), "{name}");
    }
}

#[tokio::test]
async fn a_client_request_id_comes_back() {
    let stage = Stage::new().await;
    let reply = stage
        .person(ADA)
        .await
        .get_with("me/messages", ("client-request-id", "mine"))
        .await;
    assert_eq!(reply.header("client-request-id"), "mine");
    assert_ne!(reply.header("request-id"), "mine");
}

#[tokio::test]
async fn bodies_come_in_the_form_that_is_preferred() {
    let stage = Stage::new().await;
    let html = stage
        .deliver(ADA, json!({"subject": "h", "html": "<p>a &amp; b</p>"}))
        .await;
    let text = stage
        .deliver(ADA, json!({"subject": "t", "text": "1 < 2"}))
        .await;
    let ada = stage.person(ADA).await;
    let body = |id: String, form: &'static str| {
        let ada = ada.clone();
        async move {
            let reply = ada
                .get_with(&format!("me/messages/{id}?$select=body"), ("prefer", form))
                .await;
            (
                reply.json["body"]["contentType"]
                    .as_str()
                    .expect("a type")
                    .to_owned(),
                reply.json["body"]["content"]
                    .as_str()
                    .expect("text")
                    .to_owned(),
            )
        }
    };
    let pair = |kind: &str, content: &str| (kind.to_owned(), content.to_owned());
    assert_eq!(
        body(html.clone(), "x").await,
        pair("html", "<p>a &amp; b</p>")
    );
    assert_eq!(
        body(html, "outlook.body-content-type=\"text\"").await,
        pair("text", "a & b")
    );
    assert_eq!(body(text.clone(), "x").await, pair("text", "1 < 2"));
    let (kind, content) = body(text.clone(), "outlook.body-content-type=\"html\"").await;
    assert!(kind == "html" && content.contains("1 &lt; 2"));
    let both = ada
        .get_with(
            &format!("me/messages/{text}"),
            (
                "prefer",
                "IdType=\"ImmutableId\", outlook.body-content-type=\"text\"",
            ),
        )
        .await;
    assert_eq!(
        both.header("preference-applied"),
        "IdType=ImmutableId, outlook.body-content-type=\"text\""
    );
}

#[tokio::test]
async fn lists_are_newest_first_in_pages_whose_links_keep_the_callers_form() {
    let stage = Stage::new().await;
    for n in 0..12 {
        stage.mail(&format!("mail {n}")).await;
    }
    let ada = stage.person(ADA).await;
    let first = ada
        .get("me/mailFolders('inbox')/messages?$select=subject")
        .await;
    assert_eq!(
        (first.items().len(), first.column("subject")[0]),
        (10, "mail 11")
    );
    assert_eq!(
        first.items()[0]
            .as_object()
            .expect("fields")
            .keys()
            .collect::<Vec<_>>(),
        ["@odata.etag", "id", "subject"]
    );
    let link = first.text_of("@odata.nextLink");
    assert!(
        link.starts_with(&format!(
            "{}/v1.0/me/mailFolders('inbox')/messages?$select=subject&$skip=",
            stage.base
        )),
        "{link}"
    );
    let second = ada.get(&link).await;
    assert_eq!(second.column("subject"), ["mail 1", "mail 0"]);
    assert!(second.json["@odata.nextLink"].is_null());
    assert_eq!(
        ada.get_with("me/messages", ("prefer", "odata.maxpagesize=3"))
            .await
            .items()
            .len(),
        3
    );
    assert_eq!(ada.get("me/messages?top=4").await.items().len(), 4);
    let counted = ada.get("me/messages?$count=true&$top=1&$select=id").await;
    assert_eq!(counted.json["@odata.count"], 12);
    assert_eq!(
        ada.get("me/mailFolders/inbox/messages/$count").await.text,
        "12"
    );
    for bad in ["0", "1001", "many"] {
        assert_eq!(
            ada.get(&format!("me/messages?$top={bad}")).await.status,
            400,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn filters_and_orders_do_what_outlook_allows() {
    let stage = Stage::new().await;
    let ids = some_mail(&stage).await;
    let ada = stage.person(ADA).await;
    let find = |query: String| {
        let ada = ada.clone();
        async move {
            let reply = ada.get(&format!("me/messages?{query}")).await;
            assert_eq!(reply.status, 200, "{query}: {reply:?}");
            reply.column("subject").join(" ")
        }
    };
    for (filter, expected) in [
        ("isRead eq false", "gamma alpha"),
        (
            "isRead eq false AND parentFolderId eq 'inbox'",
            "gamma alpha",
        ),
        ("receivedDateTime ge 2026-01-02T00:00:00Z", "gamma beta"),
        (
            "receivedDateTime lt 2026-01-02T00:00:00.0000000%2B00:00",
            "alpha",
        ),
        ("importance eq 'high' or subject eq 'Alpha'", "beta alpha"),
        ("contains(subject,'am')", "gamma"),
        ("startswith(subject,'be') and not (isRead eq false)", "beta"),
        (
            "from/emailAddress/address eq 'GRACE@fabrikam.test'",
            "gamma beta alpha",
        ),
        ("categories/any(c:c eq 'red category')", "beta"),
        ("hasAttachments eq true", ""),
        ("flag/flagStatus eq 'flagged'", ""),
    ] {
        assert_eq!(
            find(format!("$filter={filter}")).await,
            expected,
            "{filter}"
        );
    }
    assert_eq!(
        find("$orderby=receivedDateTime".to_owned()).await,
        "alpha beta gamma"
    );
    assert_eq!(
        find("$orderby=subject desc".to_owned()).await,
        "gamma beta alpha"
    );
    assert_eq!(find("$filter=receivedDateTime ge 2026-01-01 and isRead eq false&$orderby=receivedDateTime ASC".to_owned()).await, "alpha gamma");
    assert_eq!(
        find(
            "$filter=isRead eq false AND parentFolderId eq 'inbox'&$orderby=receivedDateTime ASC"
                .to_owned()
        )
        .await,
        "alpha gamma"
    );
    let message_id = ada
        .get(&format!("me/messages/{}", ids[1]))
        .await
        .text_of("internetMessageId");
    assert_eq!(
        find(format!("$filter=internetMessageId eq '{message_id}'")).await,
        "beta"
    );
    for refused in [
        "importance eq 'high'",
        "subject eq 'x' and receivedDateTime ge 2026-01-01",
    ] {
        let reply = ada
            .get(&format!(
                "me/messages?$filter={refused}&$orderby=receivedDateTime desc"
            ))
            .await;
        assert_eq!(
            reply.refusal(),
            (
                400,
                "InefficientFilter",
                "The restriction or sort order is too complex for this operation."
            )
        );
    }
    for bad in [
        "$filter=colour eq 'red'",
        "$filter=isRead",
        "$orderby=colour",
        "$select=colour",
        "$expand=weather",
    ] {
        assert_eq!(
            ada.get(&format!("me/messages?{bad}")).await.status,
            400,
            "{bad}"
        );
    }
    assert_eq!(find("$search=\"body beta\"".to_owned()).await, "beta");
    assert_eq!(
        ada.get("me/messages?$search=\"x\"&$orderby=subject")
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn default_ids_change_with_a_move_and_immutable_ones_stay() {
    let stage = Stage::new().await;
    let immutable = stage.mail("one").await;
    let ada = stage.person(ADA).await;
    let default = ada.get("me/messages").await.column("id")[0].to_owned();
    let listed = ada.get_with("me/messages", IMMUTABLE).await;
    assert_ne!(default, immutable);
    assert_eq!(
        (listed.column("id")[0], listed.header("preference-applied")),
        (immutable.as_str(), "IdType=ImmutableId")
    );
    let moved = ada
        .call(
            Method::POST,
            &format!("me/messages/{default}/move"),
            json!({"destinationId": "archive"}),
        )
        .await;
    assert_eq!(moved.status, 201);
    assert_ne!(moved.text_of("id"), default);
    assert!(moved.header("location").ends_with(&format!(
        "/users('{ADA}')/messages('{}')",
        moved.text_of("id")
    )));
    let (code, message) = (
        "ErrorItemNotFound",
        "The specified object was not found in the store.",
    );
    assert_eq!(
        ada.get(&format!("me/messages/{default}")).await.refusal(),
        (404, code, message)
    );
    let found = ada
        .get_with(&format!("me/messages/{immutable}"), IMMUTABLE)
        .await;
    assert_eq!(found.text_of("id"), immutable);
    assert_eq!(
        found.json["parentFolderId"],
        ada.get("me/mailFolders/archive").await.json["id"]
    );
    assert_eq!(
        ada.get(&format!("me/mailFolders/inbox/messages/{immutable}"))
            .await
            .status,
        404
    );
    assert_eq!(
        ada.get(&format!("me/messages/{}", immutable.to_uppercase()))
            .await
            .refusal()
            .1,
        "ErrorInvalidIdMalformed"
    );
    let both = json!({"inputIds": [immutable, default], "sourceIdType": "restImmutableEntryId", "targetIdType": "restId"});
    let translated = ada
        .call(Method::POST, "me/translateExchangeIds", both)
        .await;
    assert_eq!(translated.items()[0]["targetId"], moved.json["id"]);
    assert!(translated.items()[1]["errorDetails"].is_object());
}

#[tokio::test]
async fn a_read_toggle_leaves_change_key_and_time_alone_and_other_changes_do_not() {
    let stage = Stage::new().await;
    let id = stage.mail("one").await;
    let ada = stage.person(ADA).await;
    let path = format!("me/messages/{id}");
    let before = ada.get(&path).await;
    stage.advance(60).await;
    let read = ada
        .call(Method::PATCH, &path, json!({"isRead": true}))
        .await;
    assert_eq!((read.status, &read.json["isRead"]), (200, &json!(true)));
    for name in ["@odata.etag", "changeKey", "lastModifiedDateTime"] {
        assert_eq!(read.json[name], before.json[name], "{name}");
    }
    let patch = json!({"flag": {"flagStatus": "flagged", "dueDateTime": {"dateTime": "2026-12-01T00:00:00", "timeZone": "UTC"}, "startDateTime": {"dateTime": "2026-12-01T00:00:00", "timeZone": "UTC"}},
        "categories": ["Blue category"], "importance": "high", "inferenceClassification": "other"});
    let changed = ada.call(Method::PATCH, &path, patch.clone()).await;
    for name in [
        "flag",
        "categories",
        "importance",
        "inferenceClassification",
    ] {
        assert_eq!(changed.json[name], patch[name], "{name}");
    }
    assert!(
        changed.json["changeKey"] != before.json["changeKey"]
            && changed.json["lastModifiedDateTime"] != before.json["lastModifiedDateTime"]
    );
    let stale = ada
        .call_with(
            Method::PATCH,
            &path,
            json!({"importance": "low"}),
            (
                "if-match",
                before.json["@odata.etag"].as_str().expect("an etag"),
            ),
        )
        .await;
    assert_eq!(
        (stale.status, stale.refusal().1),
        (412, "ErrorIrresolvableConflict")
    );
    assert_eq!(
        ada.call(Method::PATCH, &path, json!({"subject": "other"}))
            .await
            .refusal()
            .1,
        "ErrorInvalidPropertySet"
    );
    assert_eq!(
        ada.call(Method::PATCH, &path, json!({"colour": "red"}))
            .await
            .refusal()
            .1,
        "RequestBodyRead"
    );
}

#[tokio::test]
async fn drafts_can_be_rewritten() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let draft = json!({"subject": "draft", "body": {"contentType": "html", "content": "<p>x</p>"}, "toRecipients": [{"emailAddress": {"address": "bob@contoso.test"}}]});
    let made = ada.call(Method::POST, "me/messages", draft).await;
    assert_eq!(
        (made.status, &made.json["isDraft"], &made.json["isRead"]),
        (201, &json!(true), &json!(true))
    );
    assert_eq!(
        made.json["parentFolderId"],
        ada.get("me/mailFolders/drafts").await.json["id"]
    );
    let path = format!("me/messages/{}", made.text_of("id"));
    let changed = ada
        .call(
            Method::PATCH,
            &path,
            json!({"subject": "better", "body": {"contentType": "text", "content": "plain"}}),
        )
        .await;
    assert_eq!(
        (
            changed.json["subject"].as_str(),
            changed.json["body"]["contentType"].as_str()
        ),
        (Some("better"), Some("text"))
    );
    let headers = ada
        .get(&format!("{path}?$select=internetMessageHeaders"))
        .await;
    assert!(headers.json["internetMessageHeaders"].is_null());
    let below = ada
        .call(
            Method::POST,
            "me/mailFolders/inbox/messages",
            json!({"subject": "elsewhere"}),
        )
        .await;
    assert_eq!(
        below.json["parentFolderId"],
        ada.get("me/mailFolders/inbox").await.json["id"]
    );
    let bad = json!({"internetMessageHeaders": [{"name": "Subject", "value": "x"}]});
    assert_eq!(
        ada.call(Method::POST, "me/messages", bad).await.refusal().1,
        "InvalidInternetMessageHeader"
    );
    assert_eq!(
        ada.call(Method::POST, "me/messages", json!({"colour": "red"}))
            .await
            .status,
        400
    );
    let send_as = json!({"from": {"emailAddress": {"address": "bob@contoso.test"}}});
    assert_eq!(
        ada.call(Method::POST, "me/messages", send_as)
            .await
            .refusal()
            .1,
        "ErrorSendAsDenied"
    );
}

#[tokio::test]
async fn headers_come_only_when_they_are_selected() {
    let stage = Stage::new().await;
    let id = stage.mail("one").await;
    let reply = stage.person(ADA).await.get(&format!("me/messages/{id}?$select=internetMessageHeaders&$expand=singleValueExtendedProperties($filter=id eq 'Long 0x0E08')")).await;
    assert!(
        !reply.json["internetMessageHeaders"]
            .as_array()
            .expect("headers")
            .is_empty()
    );
    assert!(
        reply
            .text_of("@odata.context")
            .ends_with("/messages(internetMessageHeaders,singleValueExtendedProperties())/$entity")
    );
}

#[tokio::test]
async fn a_message_can_be_had_as_mime() {
    let stage = Stage::new().await;
    let id = stage
        .deliver(ADA, json!({"subject": "as mime", "html": "<p>Hi</p>"}))
        .await;
    let mime = stage
        .person(ADA)
        .await
        .get(&format!("me/messages/{id}/$value"))
        .await;
    assert_eq!(
        (mime.status, mime.header("content-type")),
        (200, "text/plain")
    );
    assert!(mime.text.contains("Subject: as mime\r\n"));
    let raw = "From: grace@fabrikam.test\r\nSubject: raw\r\nX-Own: 1\r\n\r\nHello\r\n";
    let request = stage
        .http
        .post(format!("{}/sim/mailboxes/{ADA}/messages", stage.base))
        .header("content-type", "message/rfc822")
        .body(raw);
    let id = stage.send(request).await.text_of("id");
    assert_eq!(
        stage
            .person(ADA)
            .await
            .get(&format!("me/messages/{id}/$value"))
            .await
            .text,
        raw
    );
}

#[tokio::test]
async fn deleting_goes_to_the_recoverable_items_and_no_further() {
    let stage = Stage::new().await;
    let (one, two) = (stage.mail("one").await, stage.mail("two").await);
    let ada = stage.person(ADA).await;
    assert_eq!(
        ada.call(Method::DELETE, &format!("me/messages/{one}"), Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(ada.get("me/messages").await.column("subject"), ["two"]);
    let there = ada.get(&format!("me/messages/{one}")).await;
    assert_eq!(
        there.json["parentFolderId"],
        ada.get("me/mailFolders/recoverableitemsdeletions")
            .await
            .json["id"]
    );
    assert_eq!(
        ada.call(Method::DELETE, &format!("me/messages/{one}"), Value::Null)
            .await
            .refusal()
            .1,
        "ErrorCannotDeleteObject"
    );
    assert_eq!(
        ada.call(
            Method::POST,
            &format!("me/messages/{two}/permanentDelete"),
            Value::Null
        )
        .await
        .status,
        204
    );
    assert_eq!(ada.get(&format!("me/messages/{two}")).await.status, 404);
}

#[tokio::test]
async fn a_copy_is_a_message_of_its_own() {
    let stage = Stage::new().await;
    let id = stage.mail("one").await;
    let ada = stage.person(ADA).await;
    let copy = ada
        .call_with(
            Method::POST,
            &format!("me/messages/{id}/copy"),
            json!({"DestinationId": "archive"}),
            IMMUTABLE,
        )
        .await;
    assert_eq!(copy.status, 201);
    assert_ne!(copy.text_of("id"), id);
    assert_eq!(ada.get("me/messages").await.items().len(), 2);
    assert_eq!(
        ada.call(
            Method::POST,
            &format!("me/messages/{id}/copy"),
            json!({"destinationId": "nowhere"})
        )
        .await
        .status,
        400
    );
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused() {
    let stage = Stage::new().await;
    let ada: Caller<'_> = stage.person(ADA).await;
    for path in [
        "weather",
        "me/weather",
        "me/messages/x/weather",
        "me/mailFolders/inbox/weather",
        "",
    ] {
        assert_eq!(ada.get(path).await.refusal().0, 400, "{path}");
    }
    for (method, path) in [
        (Method::PUT, "me/messages"),
        (Method::DELETE, "me/messages"),
        (Method::POST, "me"),
        (Method::GET, "me/sendMail"),
    ] {
        assert_eq!(
            ada.call(method.clone(), path, Value::Null).await.status,
            405,
            "{method} {path}"
        );
    }
}
