//! From a change in a mailbox to the notifications that its subscribers get.

use http::Method;
use serde_json::{Value, json};

use crate::hook::items;
use crate::stage::{ADA, APP, BOB, EVE, Stage, but};

/// Kind of change and message id of each notification.
fn told(items: &[Value]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    items
        .iter()
        .map(|item| (text(&item["changeType"]), text(&item["resourceData"]["id"])))
        .collect()
}

fn of(kind: &str, id: &str) -> (String, String) {
    (kind.to_owned(), id.to_owned())
}

#[tokio::test]
async fn an_arrival_is_told_as_recorded_and_a_storm_follows() {
    let stage = Stage::new().await;
    let subscription = stage.watch(ADA).await;
    let organisation = stage.organisation(APP).await;
    let message = stage.mail(ADA, "Hello").await;
    let items = stage.hook.items("/hook", 3).await;
    assert_eq!(
        told(&items),
        [
            of("created", &message),
            of("updated", &message),
            of("updated", &message)
        ]
    );
    let mut item = items[0].clone();
    let expires = item["subscriptionExpirationDateTime"]
        .as_str()
        .expect("text")
        .to_owned();
    let (_, fraction) = expires.split_once('.').expect("a fraction");
    assert!(
        fraction.len() == 13 && fraction.ends_with("+00:00"),
        "{expires}"
    );
    let found = stage
        .prefer(
            &organisation,
            Method::GET,
            &format!("users/{ADA}/messages/{message}"),
            Value::Null,
            r#"IdType="ImmutableId""#,
        )
        .await;
    assert_eq!(
        item["resourceData"]["@odata.etag"], found.json["@odata.etag"],
        "{found:?}"
    );
    let shown = stage
        .graph(
            &organisation,
            Method::GET,
            &format!("subscriptions/{subscription}"),
            Value::Null,
        )
        .await;
    let tenant = item["tenantId"].as_str().expect("text").to_owned();
    assert_eq!(tenant.len(), 36);
    let resource = item["resource"].as_str().expect("text").to_owned();
    assert!(
        resource.starts_with("Users/") && resource.ends_with(&format!("/Messages/{message}")),
        "{resource}"
    );
    item["resourceData"]
        .as_object_mut()
        .expect("an object")
        .remove("@odata.etag");
    assert_eq!(
        item,
        json!({
            "subscriptionId": shown.json["id"], "subscriptionExpirationDateTime": expires, "changeType": "created", "resource": resource,
            "resourceData": {"@odata.type": "#Microsoft.Graph.Message", "@odata.id": resource, "id": message},
            "clientState": "secret", "tenantId": tenant,
        })
    );
    let post = stage
        .hook
        .received()
        .into_iter()
        .find(|received| !received.json.is_null())
        .expect("a notification");
    assert_eq!(
        post.headers["content-type"],
        "application/json; charset=utf-8"
    );
    let journal = stage.journal_until("notification", 3).await;
    assert_eq!(
        (
            &journal[0]["status"],
            &journal[0]["mailbox"],
            &journal[0]["path"]
        ),
        (&json!(202), &json!(ADA), &json!(stage.hook.url("/hook")))
    );
}

#[tokio::test]
async fn only_subscribers_of_that_mailbox_are_told() {
    let stage = Stage::new().await;
    stage.watch(ADA).await;
    let organisation = stage.organisation(APP).await;
    let bobs = but(
        stage.wish(&format!("users/{BOB}/messages")).await,
        "notificationUrl",
        json!(stage.hook.url("/bob")),
    );
    stage.subscribe(&organisation, bobs).await;
    let message = stage.mail(BOB, "Hello").await;
    assert_eq!(told(&stage.hook.items("/bob", 3).await).len(), 3);
    assert!(told(&items(&stage.hook.received(), "/hook")).is_empty());
    assert!(!message.is_empty());
}

#[tokio::test]
async fn without_the_header_ids_are_the_default_ones() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let reply = stage
        .graph(
            &organisation,
            Method::POST,
            "subscriptions",
            stage.wish(&format!("users/{ADA}/messages")).await,
        )
        .await;
    assert_eq!(reply.status, 201);
    let immutable = stage.mail(ADA, "Hello").await;
    let (_, id) = told(&stage.hook.items("/hook", 1).await).remove(0);
    assert_ne!(id, immutable);
    let found = stage
        .graph(
            &organisation,
            Method::GET,
            &format!("users/{ADA}/messages/{id}"),
            Value::Null,
        )
        .await;
    assert_eq!((found.status, found.id()), (200, id));
}

#[tokio::test]
async fn edits_moves_and_deletions_are_told_by_their_kind() {
    let stage = Stage::new().await;
    stage.faults(json!({"notifications": {"updates": 0}})).await;
    stage.watch(ADA).await;
    let id = stage.mail(ADA, "Hello").await;
    let path = format!("mailboxes/{ADA}/messages/{id}");
    stage.hook.items("/hook", 1).await;
    stage
        .sim(Method::PATCH, &path, json!({"isRead": true}))
        .await;
    stage.hook.items("/hook", 2).await;
    stage
        .sim(
            Method::POST,
            &format!("{path}/move"),
            json!({"folder": "archive"}),
        )
        .await;
    stage.hook.items("/hook", 4).await;
    stage.sim(Method::DELETE, &path, json!(null)).await;
    let all = told(&stage.hook.items("/hook", 5).await);
    assert_eq!(
        all[..4],
        [
            of("created", &id),
            of("updated", &id),
            of("deleted", &id),
            of("created", &id)
        ],
        "a move is both, under one immutable id"
    );
    assert_eq!(all[4], of("deleted", &id));
}

#[tokio::test]
async fn only_wanted_kinds_and_folders_are_told() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let wish = stage
        .wish(&format!("users/{ADA}/mailFolders('inbox')/messages"))
        .await;
    let wish = but(wish, "changeType", json!("deleted"));
    stage.subscribe(&organisation, wish).await;
    let kept = stage.mail(ADA, "kept").await;
    let moved = stage.mail(ADA, "moved").await;
    for (id, folder) in [
        (&moved, "archive"),
        (&moved, "inbox"),
        (&moved, "deleteditems"),
        (&kept, "archive"),
    ] {
        stage
            .sim(
                Method::POST,
                &format!("mailboxes/{ADA}/messages/{id}/move"),
                json!({"folder": folder}),
            )
            .await;
    }
    let mut all = told(&stage.hook.items("/hook", 3).await);
    all.sort();
    let mut expected = [
        of("deleted", &kept),
        of("deleted", &moved),
        of("deleted", &moved),
    ];
    expected.sort();
    assert_eq!(all, expected);
}

#[tokio::test]
async fn with_a_filter_entering_and_leaving_it_count() {
    let stage = Stage::new().await;
    stage.faults(json!({"notifications": {"updates": 0}})).await;
    let organisation = stage.organisation(APP).await;
    stage
        .subscribe(
            &organisation,
            stage
                .wish(&format!(
                    "users/{ADA}/mailFolders('inbox')/messages?$filter=isRead eq false"
                ))
                .await,
        )
        .await;
    let id = stage.mail(ADA, "Hello").await;
    let path = format!("mailboxes/{ADA}/messages/{id}");
    for (count, change) in [
        (1, None),
        (2, Some(json!({"isRead": true}))),
        (3, Some(json!({"isRead": false}))),
        (4, Some(json!({"flag": "flagged"}))),
    ] {
        if let Some(change) = change {
            stage.sim(Method::PATCH, &path, change).await;
        }
        stage.hook.items("/hook", count).await;
    }
    let kinds: Vec<_> = told(&stage.hook.items("/hook", 4).await)
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(kinds, ["created", "deleted", "created", "updated"]);
}

#[tokio::test]
async fn notifications_for_one_url_travel_together() {
    let stage = Stage::new().await;
    stage.watch(ADA).await;
    stage.watch(BOB).await;
    // Both are due at the same instant, however long the calls take: the delay is over for both when time is advanced.
    stage
        .faults(json!({"notifications": {"delayMs": 3_600_000, "updates": 0}}))
        .await;
    stage.mail(ADA, "one").await;
    stage.mail(BOB, "two").await;
    stage.advance(3_700).await;
    let items = stage.hook.items("/hook", 2).await;
    let subscriptions: std::collections::BTreeSet<_> = items
        .iter()
        .map(|item| item["subscriptionId"].as_str())
        .collect();
    assert_eq!(subscriptions.len(), 2, "each subscriber its own");
}

#[tokio::test]
async fn a_personal_account_has_no_tenant_and_a_short_user_id() {
    let stage = Stage::new().await;
    let eve = stage.person(APP, EVE).await;
    stage.subscribe(&eve, stage.wish("me/messages").await).await;
    stage.mail(EVE, "Hello").await;
    let item = stage.hook.items("/hook", 1).await.remove(0);
    assert_eq!(item["tenantId"], "");
    let user = item["resource"]
        .as_str()
        .expect("text")
        .split('/')
        .nth(1)
        .expect("a user");
    assert!(
        user.len() == 16 && user.chars().all(|digit| digit.is_ascii_hexdigit()),
        "{user}"
    );
}

#[tokio::test]
async fn a_draft_that_is_sent_is_told_twice() {
    let stage = Stage::new().await;
    let ada = stage
        .person_with(
            APP,
            ADA,
            "https://graph.microsoft.com/Mail.ReadWrite https://graph.microsoft.com/Mail.Send",
        )
        .await;
    stage
        .subscribe(
            &ada,
            but(
                stage.wish("me/messages").await,
                "changeType",
                json!("created"),
            ),
        )
        .await;
    let draft = json!({"subject": "Hello", "body": {"contentType": "text", "content": "x"}, "toRecipients": [{"emailAddress": {"address": "grace@fabrikam.test"}}]});
    let draft = stage
        .prefer(
            &ada,
            Method::POST,
            "me/messages",
            draft,
            r#"IdType="ImmutableId""#,
        )
        .await;
    assert_eq!(draft.status, 201, "{draft:?}");
    stage.hook.items("/hook", 1).await;
    let sent = stage
        .prefer(
            &ada,
            Method::POST,
            &format!("me/messages/{}/send", draft.id()),
            Value::Null,
            r#"IdType="ImmutableId""#,
        )
        .await;
    assert_eq!(sent.status, 202, "{sent:?}");
    let all = told(&stage.hook.items("/hook", 2).await);
    assert_eq!(
        all,
        [of("created", &draft.id()), of("created", &draft.id())]
    );
}

#[tokio::test]
async fn a_deleted_subscription_is_told_nothing_more() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let first = stage.watch(ADA).await;
    stage
        .faults(json!({"notifications": {"delayMs": 60_000, "updates": 0}}))
        .await;
    stage.mail(ADA, "waits").await;
    stage
        .graph(
            &organisation,
            Method::DELETE,
            &format!("subscriptions/{first}"),
            Value::Null,
        )
        .await;
    stage.faults(json!({"notifications": {"updates": 0}})).await;
    let second = stage.watch(ADA).await;
    stage.advance(120).await;
    stage.mail(ADA, "comes").await;
    let items = stage.hook.items("/hook", 1).await;
    assert!(
        items
            .iter()
            .all(|item| item["subscriptionId"] == second.as_str()),
        "{items:?}"
    );
}
