//! The shapes of errors and headers, and what differs by cloud, mailbox or switch.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, Caller, EVE, IMMUTABLE, Stage};

async fn inner_names(stage: &Stage, path: &str) -> Vec<String> {
    let reply = stage.person(ADA).await.get(path).await;
    let inner = reply.json["error"]["innerError"].as_object().cloned();
    inner.unwrap_or_default().keys().cloned().collect()
}

#[tokio::test]
async fn an_error_has_its_shape() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let sent = ("client-request-id", "8f8d1ab4-0000-4000-8000-000000000001");
    let reply = ada.get_with("me/weather", sent).await;
    let inner = &reply.json["error"]["innerError"];
    assert_eq!(inner["client-request-id"], sent.1);
    assert_eq!(inner["request-id"], reply.header("request-id"));
    let date = inner["date"].as_str().expect("a date");
    assert!(
        date.len() == 19 && !date.contains('Z') && !date.contains('+'),
        "{date}"
    );
    assert_eq!(reply.header("content-type"), "application/json");
    let now = stage.sim.now();
    let told = httpdate::parse_http_date(reply.header("date")).expect("a date");
    let seconds = told
        .duration_since(std::time::SystemTime::UNIX_EPOCH)
        .expect("later")
        .as_secs();
    assert!(now.as_second().unsigned_abs().abs_diff(seconds) < 60);
    let without = ada.get("me/weather").await;
    assert_eq!(
        without.header("request-id"),
        without.header("client-request-id")
    );
    assert!(without.header("x-ms-ags-diagnostic").contains("ServerInfo"));
    assert!(
        inner_names(&stage, &format!("me/messages/{}", "AAMkAA"))
            .await
            .is_empty(),
        "Exchange's own come without"
    );
}

#[tokio::test]
async fn an_error_may_hold_another_one() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let plain = ada.get("me/messages/x").await;
    assert_eq!(plain.refusal().1, "ErrorInvalidIdMalformed");
    stage.faults(json!({"graph": {"nestedInner": true}})).await;
    let nested = ada.get("me/messages/x").await;
    assert_eq!(
        (nested.status, nested.refusal().1),
        (400, "generalException")
    );
    assert_eq!(
        nested.json["error"]["innerError"]["code"],
        "ErrorInvalidIdMalformed"
    );
}

#[tokio::test]
async fn a_code_may_be_empty_or_begin_with_a_small_letter() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    for (switch, code) in [
        ("emptyCode", ""),
        ("lowerCaseCodes", "errorInvalidIdMalformed"),
    ] {
        let mut graph = json!({});
        graph[switch] = json!(true);
        stage.faults(json!({"graph": graph})).await;
        let refused = ada.get("me/messages/x").await;
        assert_eq!((refused.status, refused.refusal().1), (400, code));
        let journal = stage.sim(Method::GET, "journal", Value::Null).await;
        let last = journal.as_array().expect("entries").last().cloned();
        assert_eq!(last.expect("one")["fault"], switch);
    }
}

#[tokio::test]
async fn a_missing_message_is_told_in_either_words() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let id = stage.mail("x").await;
    let path = format!("me/messages/{id}");
    ada.call(
        Method::POST,
        &format!("{path}/permanentDelete"),
        Value::Null,
    )
    .await;
    let short = "The specified object was not found in the store.";
    let long = "The specified object was not found in the store., The process failed to get the correct properties.";
    for (switch, message) in [(false, short), (true, long)] {
        stage
            .faults(json!({"graph": {"longNotFound": switch}}))
            .await;
        let refused = ada.get(&path).await;
        assert_eq!(refused.refusal(), (404, "ErrorItemNotFound", message));
    }
}

#[tokio::test]
async fn every_status_that_is_listed_can_be_had() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    for status in [
        400, 401, 402, 403, 404, 405, 406, 409, 410, 411, 412, 413, 415, 416, 422, 423, 429, 500,
        501, 503, 504, 507, 509,
    ] {
        stage
            .faults(json!({"graph": {"answerStatus": status}}))
            .await;
        let refused = ada.get("me/messages").await;
        assert_eq!(
            (refused.status, refused.refusal().1),
            (status, "UnknownError")
        );
    }
}

#[tokio::test]
async fn a_token_that_is_none_is_told_by_how_it_looks() {
    let stage = Stage::new().await;
    for (token, start) in [
        (
            "nonsense",
            "IDX14100: JWT is not well formed, there are no dots (.).",
        ),
        (
            "EwBnonsense",
            "CompactToken parsing failed with error code: 80049217",
        ),
        ("a.b.c", "Access token validation failure."),
    ] {
        let caller = Caller {
            stage: &stage,
            token: token.to_owned(),
        };
        let refused = caller.get("me").await;
        assert_eq!(
            refused.refusal(),
            (401, "InvalidAuthenticationToken", start)
        );
        assert_eq!(
            refused.header("www-authenticate"),
            "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\""
        );
    }
    let eve = stage.person(EVE).await;
    stage.advance(7_200).await;
    assert_eq!(
        eve.get("me").await.refusal().2,
        "CompactToken validation failed with reason code: 80049228."
    );
}

#[tokio::test]
async fn an_answer_without_a_body_has_no_headers_of_one() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let id = stage.mail("x").await;
    let gone = ada
        .call(Method::DELETE, &format!("me/messages/{id}"), Value::Null)
        .await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    for absent in ["content-type", "content-length", "odata-version", "server"] {
        assert_eq!(gone.header(absent), "", "{absent}");
    }
    for present in [
        "cache-control",
        "strict-transport-security",
        "request-id",
        "client-request-id",
        "x-ms-ags-diagnostic",
        "date",
    ] {
        assert_ne!(gone.header(present), "", "{present}");
    }
}

#[tokio::test]
async fn headers_that_clients_should_send_change_nothing_else() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let id = stage.mail("x").await;
    let path = format!("me/messages/{id}");
    for header in [
        ("consistencylevel", "eventual"),
        ("user-agent", "anything/1.0"),
        ("prefer", "return=minimal"),
    ] {
        let read = json!({"isRead": true});
        let reply = ada.call_with(Method::PATCH, &path, read, header).await;
        assert_eq!((reply.status, &reply.json["isRead"]), (200, &json!(true)));
    }
}

#[tokio::test]
async fn a_mailbox_that_is_elsewhere_is_not_enabled() {
    let stage = Stage::new().await;
    let organisation = stage.organisation().await;
    let path = format!("users/{ADA}/messages");
    let mailbox = format!("mailboxes/{ADA}");
    stage
        .sim(Method::PATCH, &mailbox, json!({"away": true}))
        .await;
    assert_eq!(
        organisation.get(&path).await.refusal(),
        (
            404,
            "ErrorMailboxNotEnabledForRESTAPI",
            "REST API is not yet supported for this mailbox."
        )
    );
    stage
        .sim(Method::PATCH, &mailbox, json!({"away": false}))
        .await;
    assert_eq!(organisation.get(&path).await.status, 200);
}

#[tokio::test]
async fn a_search_stands_alone_and_pages_by_a_token() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    for n in 0..12 {
        stage.mail(&format!("needle {n}")).await;
    }
    let search = "me/messages?$search=\"needle\"";
    for with in ["$orderby=subject", "$count=true", "$skip=1"] {
        let refused = ada.get(&format!("{search}&{with}")).await;
        assert_eq!(
            (refused.status, refused.refusal().1),
            (400, "SearchWithOrderBy"),
            "{with}"
        );
    }
    let first = ada.get(search).await;
    assert_eq!(first.items().len(), 10);
    let next = first.text_of("@odata.nextLink");
    assert!(
        next.contains("$skiptoken=") && !next.contains("$skip="),
        "{next}"
    );
    let second = ada.get(&next).await;
    assert_eq!(second.items().len(), 2);
    assert!(second.json["@odata.nextLink"].is_null());
    stage.faults(json!({"mail": {"staleSearch": true}})).await;
    let stale = ada.get(search).await;
    assert_eq!(
        (stale.status, stale.refusal().1),
        (409, "ErrorExecuteSearchStaleData")
    );
    assert_eq!(ada.get("me/messages").await.status, 200);
}

#[tokio::test]
async fn text_comes_as_html_only_when_told_so() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let id = stage
        .deliver(ADA, json!({"subject": "t", "text": "1 < 2"}))
        .await;
    let path = format!("me/messages/{id}?$select=body");
    for (switch, kind) in [(false, "text"), (true, "html")] {
        stage.faults(json!({"mail": {"htmlBodies": switch}})).await;
        assert_eq!(ada.get(&path).await.json["body"]["contentType"], kind);
        let asked = ("prefer", "outlook.body-content-type=\"text\"");
        let text = ada.get_with(&path, asked).await;
        assert_eq!(text.json["body"]["contentType"], "text");
    }
}

#[tokio::test]
async fn a_deleted_message_goes_where_it_is_told_to() {
    for (to, found) in [
        (None, Some("recoverableitemsdeletions")),
        (Some("deletedItems"), Some("deleteditems")),
        (Some("nowhere"), None),
    ] {
        let stage = Stage::new().await;
        let ada = stage.person(ADA).await;
        let id = stage.mail("x").await;
        if let Some(to) = to {
            stage.faults(json!({"mail": {"deleteTo": to}})).await;
        }
        let path = format!("me/messages/{id}");
        assert_eq!(
            ada.call(Method::DELETE, &path, Value::Null).await.status,
            204
        );
        let there = ada.get_with(&path, IMMUTABLE).await;
        match found {
            Some(name) => {
                let folder = ada.get(&format!("me/mailFolders/{name}")).await;
                assert_eq!(there.json["parentFolderId"], folder.json["id"], "{name}");
            }
            None => assert_eq!(there.refusal().1, "ErrorItemNotFound"),
        }
    }
}

#[tokio::test]
async fn purging_is_for_the_global_cloud() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let id = stage.mail("x").await;
    let folder = ada
        .call(Method::POST, "me/mailFolders", json!({"displayName": "p"}))
        .await
        .text_of("id");
    for path in [
        format!("me/messages/{id}"),
        format!("me/mailFolders/{folder}"),
    ] {
        for (cloud, status) in [("usGov", 400), ("china", 400), ("global", 204)] {
            stage.faults(json!({})).await;
            let caller = if cloud == "global" {
                ada.clone()
            } else {
                in_cloud(&stage, cloud).await
            };
            let path = path.replace("me/", &format!("users/{ADA}/"));
            stage.faults(json!({"graph": {"cloud": cloud}})).await;
            let reply = caller
                .call(
                    Method::POST,
                    &format!("{path}/permanentDelete"),
                    Value::Null,
                )
                .await;
            assert_eq!(reply.status, status, "{cloud}");
        }
    }
}

async fn in_cloud<'a>(stage: &'a Stage, cloud: &str) -> Caller<'a> {
    let host = match cloud {
        "usGov" => "graph.microsoft.us",
        _ => "microsoftgraph.chinacloudapi.cn",
    };
    let scope = format!("https://{host}/.default");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "desk"),
        ("client_secret", "s"),
        ("scope", &scope),
    ];
    let token = stage.token_reply("contoso.test", &form).await;
    Caller {
        stage,
        token: token.text_of("access_token"),
    }
}

#[tokio::test]
async fn folders_have_names_in_their_owners_language() {
    let stage = Stage::new().await;
    let mailbox = json!({"address": "uwe@contoso.test", "folderNames": {"inbox": "Posteingang"}});
    stage.sim(Method::POST, "mailboxes", mailbox).await;
    let uwe = stage.person("uwe@contoso.test").await;
    let inbox = uwe.get("me/mailFolders/inbox").await;
    assert_eq!(inbox.json["displayName"], "Posteingang");
    let list = uwe.get("me/mailFolders?$top=50").await;
    let names = list.column("displayName");
    assert!(names.is_sorted() && names.contains(&"Posteingang"));
    assert!(
        list.items()
            .iter()
            .all(|folder| folder["@odata.etag"].is_null())
    );
    let bad = json!({"address": "x@contoso.test", "folderNames": {"nowhere": "x"}});
    assert_eq!(
        stage.sim_raw(Method::POST, "mailboxes", bad).await.status,
        400
    );
}

#[tokio::test]
async fn extended_properties_come_under_normalised_ids() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let id = stage.mail("x").await;
    let path = format!(
        "me/messages/{id}?$expand=singleValueExtendedProperties($filter=id eq 'Long 0x0E08' or id eq 'Integer 0x0E07')"
    );
    let message = ada.get(&path).await;
    let found = message.json["singleValueExtendedProperties"].clone();
    assert_eq!(found[0]["id"], "Long 0xe08");
    assert!(
        found[0]["value"]
            .as_str()
            .expect("text")
            .parse::<u64>()
            .expect("a number")
            > 0
    );
    assert_eq!(found[1], json!({"id": "Integer 0xe07", "value": "0"}));
}

#[tokio::test]
async fn lists_hold_the_whole_mailbox_and_take_sloppy_forms() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    for folder in ["inbox", "deleteditems", "clutter"] {
        stage
            .deliver(ADA, json!({"subject": folder, "folder": folder}))
            .await;
    }
    let all = ada.get("me/messages/?$select=subject").await;
    let mut subjects = all.column("subject");
    subjects.sort_unstable();
    assert_eq!(subjects, ["clutter", "deleteditems", "inbox"]);
    assert_eq!(ada.get("me/messages?top=2").await.items().len(), 2);
    let refused = ada.get("me/messages?$select=size").await;
    assert_eq!(refused.status, 400, "there is no size");
    let long = "word ".repeat(100);
    let id = stage
        .deliver(ADA, json!({"subject": "long", "text": long}))
        .await;
    let message = ada.get(&format!("me/messages/{id}")).await;
    assert!(message.text_of("bodyPreview").chars().count() <= 255);
    assert!(message.json["uniqueBody"].is_null());
    let unique = ada
        .get(&format!("me/messages/{id}?$select=uniqueBody"))
        .await;
    assert!(unique.json["uniqueBody"]["content"].is_string());
}

#[tokio::test]
async fn what_only_a_draft_may_change_is_refused_elsewhere() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let id = stage.mail("x").await;
    for body in [
        json!({"subject": "y"}),
        json!({"body": {"contentType": "text", "content": "y"}}),
        json!({"replyTo": [{"emailAddress": {"address": "r@else.test"}}]}),
        json!({"internetMessageId": "<y@else.test>"}),
    ] {
        let path = format!("me/messages/{id}");
        let refused = ada.call(Method::PATCH, &path, body.clone()).await;
        assert_eq!(refused.refusal().1, "ErrorInvalidPropertySet", "{body}");
        let draft = ada.call(Method::POST, "me/messages", json!({})).await;
        let path = format!("me/messages/{}", draft.text_of("id"));
        assert_eq!(ada.call(Method::PATCH, &path, body).await.status, 200);
    }
    let receipts = json!({"isReadReceiptRequested": true, "isDeliveryReceiptRequested": true});
    let path = format!("me/messages/{id}");
    assert_eq!(ada.call(Method::PATCH, &path, receipts).await.status, 200);
}

#[tokio::test]
async fn a_thousand_ids_are_translated_at_a_time() {
    let stage = Stage::new().await;
    let ada = stage.person(ADA).await;
    let id = stage.mail("x").await;
    for (count, status) in [(1_000, 200), (1_001, 400)] {
        let ids = vec![id.clone(); count];
        let wish = json!({"inputIds": ids, "sourceIdType": "restImmutableEntryId", "targetIdType": "restId"});
        let reply = ada
            .call(Method::POST, "me/translateExchangeIds", wish)
            .await;
        assert_eq!(reply.status, status);
    }
    let wish =
        json!({"inputIds": [id], "sourceIdType": "restImmutableEntryId", "targetIdType": "poem"});
    assert_eq!(
        ada.call(Method::POST, "me/translateExchangeIds", wish)
            .await
            .status,
        400
    );
}
