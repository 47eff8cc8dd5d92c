//! The forms that notifications take: the recorded one, and the others that were seen.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, APP, EVE, Stage, but};

async fn quiet(faults: Value) -> Stage {
    let stage = Stage::new().await;
    let mut faults = faults;
    faults["notifications"]["updates"] = json!(0);
    stage.faults(faults).await;
    stage
}

#[tokio::test]
async fn a_recorded_item_has_these_fields_and_no_others() {
    let stage = quiet(json!({})).await;
    let id = stage.watch(ADA).await;
    stage.mail(ADA, "Hello").await;
    let item = stage.hook.items("/hook", 1).await.remove(0);
    let mut names: Vec<_> = item
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect();
    names.sort();
    let known = [
        "changeType",
        "clientState",
        "resource",
        "resourceData",
        "subscriptionExpirationDateTime",
        "subscriptionId",
        "tenantId",
    ];
    assert_eq!(names, known);
    let mut names: Vec<_> = item["resourceData"]
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect();
    names.sort();
    assert_eq!(names, ["@odata.etag", "@odata.id", "@odata.type", "id"]);
    assert_eq!(
        (&item["subscriptionId"], &item["resource"]),
        (&json!(id), &item["resourceData"]["@odata.id"])
    );
    let received = stage.hook.received();
    let post = received
        .iter()
        .find(|one| one.length > 0)
        .expect("a notification");
    assert_eq!(
        post.json
            .as_object()
            .expect("an object")
            .keys()
            .collect::<Vec<_>>(),
        ["value"],
        "no tokens"
    );
    assert!(
        !post.headers.contains_key("authorization"),
        "nothing proves who sends it"
    );
}

#[tokio::test]
async fn other_forms_that_were_seen_come_where_they_are_asked_for() {
    let stage = quiet(json!({"seed": 3, "notifications": {"otherForms": 1}})).await;
    let id = stage.watch(ADA).await;
    let mut mails = Vec::new();
    for n in 0..24 {
        mails.push(stage.mail(ADA, &n.to_string()).await);
    }
    let items = stage.hook.items("/hook", 24).await;
    let count = |wanted: &dyn Fn(&Value) -> bool| items.iter().filter(|item| wanted(item)).count();
    let text = |item: &Value, name: &str| item[name].as_str().expect("text").to_owned();
    let ends =
        |end: &str| count(&|item| text(item, "subscriptionExpirationDateTime").ends_with(end));
    assert!(
        ["Z", "+05:30", "-08:00", "+00:00"]
            .into_iter()
            .all(|end| ends(end) > 0)
    );
    let resource = |part: &str| count(&|item| text(item, "resource").contains(part));
    assert!(
        ["users/", "Users('", "Users/"]
            .into_iter()
            .all(|part| resource(part) > 0)
    );
    let small = count(&|item| item["resourceData"]["@odata.type"] == "#microsoft.graph.message");
    let rare = count(&|item| item["id"].is_string());
    assert!(
        (1..24).contains(&small) && (1..24).contains(&rare),
        "{small} {rare}"
    );
    for item in &items {
        assert!(
            item["id"].is_null()
                || item.get("sequence") == Some(&Value::Null)
                    && item.get("encryptedContent") == Some(&Value::Null),
            "{item}"
        );
        assert!(
            mails
                .iter()
                .any(|mail| item["resourceData"]["id"] == mail.as_str()),
            "{item}"
        );
        let expires: jiff::Timestamp = text(item, "subscriptionExpirationDateTime")
            .parse()
            .expect("an instant");
        let first: jiff::Timestamp = text(&items[0], "subscriptionExpirationDateTime")
            .parse()
            .expect("an instant");
        assert!(
            expires.duration_since(first).as_millis().abs() < 1,
            "one instant in all forms"
        );
        assert_eq!(
            (&item["subscriptionId"], &item["clientState"]),
            (&json!(id), &json!("secret"))
        );
    }
    assert!(
        stage
            .struck("notification")
            .await
            .iter()
            .all(|fault| fault == "otherForms")
    );
}

#[tokio::test]
async fn the_secret_may_be_missing_altogether() {
    let stage = quiet(json!({"notifications": {"absentClientState": 1}})).await;
    let id = stage.watch(ADA).await;
    stage.mail(ADA, "Hello").await;
    let item = stage.hook.items("/hook", 1).await.remove(0);
    assert_eq!(
        (item.get("clientState"), &item["subscriptionId"]),
        (None, &json!(id))
    );
    stage
        .sim(
            Method::POST,
            "lifecycle",
            json!({"subscriptionId": id, "event": "missed"}),
        )
        .await;
    let item = stage.hook.items("/lifecycle", 1).await.remove(0);
    assert_eq!(item.get("clientState"), None);
    let all = stage.struck("notification").await;
    assert_eq!(all, ["absentClientState"; 2]);
}

#[tokio::test]
async fn a_personal_account_may_be_told_with_the_tenant_that_all_share() {
    for (switch, tenant) in [(0, ""), (1, "9188040d-6c67-4c5b-b112-36a304b66dad")] {
        let stage = quiet(json!({"notifications": {"consumerTenant": switch}})).await;
        let eve = stage.person(APP, EVE).await;
        assert!(
            !eve.0.contains('.'),
            "tokens of personal accounts are opaque"
        );
        let id = stage.subscribe(&eve, stage.wish("me/messages").await).await;
        stage.mail(EVE, "Hello").await;
        let item = stage.hook.items("/hook", 1).await.remove(0);
        let user = item["resource"]
            .as_str()
            .expect("text")
            .split('/')
            .nth(1)
            .expect("a user");
        assert_eq!((user.len(), &item["tenantId"]), (16, &json!(tenant)));
        stage
            .sim(
                Method::POST,
                "lifecycle",
                json!({"subscriptionId": id, "event": "missed"}),
            )
            .await;
        let item = stage.hook.items("/lifecycle", 1).await.remove(0);
        assert_eq!(item["organizationId"], tenant);
    }
}

#[tokio::test]
async fn one_post_may_speak_of_several_tenants_and_of_lifecycles() {
    let stage = Stage::frozen().await;
    stage.faults(json!({"notifications": {"updates": 0}})).await;
    let same = json!(stage.hook.url("/hook"));
    let (eve, organisation) = (stage.person(APP, EVE).await, stage.organisation(APP).await);
    let wish = but(
        stage.wish("me/messages").await,
        "lifecycleNotificationUrl",
        same.clone(),
    );
    stage.subscribe(&eve, wish).await;
    let wish = stage.wish(&format!("users/{ADA}/messages")).await;
    let hers = stage
        .subscribe(&organisation, but(wish, "lifecycleNotificationUrl", same))
        .await;
    stage.mail(EVE, "Hello").await;
    stage.mail(ADA, "Hello").await;
    for event in ["missed", "reauthorizationRequired"] {
        stage
            .sim(
                Method::POST,
                "lifecycle",
                json!({"subscriptionId": hers, "event": event}),
            )
            .await;
    }
    stage.advance(1).await;
    let items = stage.hook.items("/hook", 4).await;
    let posts = stage
        .hook
        .received()
        .into_iter()
        .filter(|one| one.length > 0);
    assert_eq!(posts.count(), 1);
    let kinds: Vec<_> = items
        .iter()
        .map(|item| (&item["changeType"], &item["lifecycleEvent"]))
        .collect();
    let change = (&json!("created"), &Value::Null);
    assert_eq!(
        kinds,
        [
            change,
            change,
            (&Value::Null, &json!("missed")),
            (&Value::Null, &json!("reauthorizationRequired"))
        ]
    );
    assert_eq!(
        (
            &items[0]["tenantId"],
            items[1]["tenantId"].as_str().map(str::len)
        ),
        (&json!(""), Some(36))
    );
    assert_ne!(items[0]["subscriptionId"], items[1]["subscriptionId"]);
    let journal = stage.journal_until("notification", 2).await;
    let mailboxes: Vec<_> = journal
        .iter()
        .map(|entry| entry["mailbox"].clone())
        .collect();
    assert_eq!(mailboxes, [ADA, EVE], "one entry for each mailbox");
}

#[tokio::test]
async fn nobody_knows_how_many_fit_into_one_post() {
    for (most, posts) in [(None, 1), (Some(2), 3), (Some(1), 5)] {
        let stage = Stage::frozen().await;
        stage
            .faults(json!({"notifications": {"updates": 0, "mostPerPost": most}}))
            .await;
        stage.watch(ADA).await;
        for n in 0..5 {
            stage.mail(ADA, &n.to_string()).await;
        }
        stage.advance(1).await;
        stage.hook.items("/hook", 5).await;
        let received = stage.hook.received();
        assert_eq!(received.iter().filter(|one| one.length > 0).count(), posts);
    }
}

#[tokio::test]
async fn lifecycle_events_of_2023_are_empty_and_bring_tokens() {
    let stage = quiet(json!({"notifications": {"lifecycle2023": 1}})).await;
    let id = stage.watch(ADA).await;
    stage
        .sim(
            Method::POST,
            "lifecycle",
            json!({"subscriptionId": id, "event": "missed"}),
        )
        .await;
    let item = stage.hook.items("/lifecycle", 1).await.remove(0);
    assert_eq!(
        item,
        json!({
            "lifecycleEvent": "missed", "subscriptionId": id, "resource": "", "clientState": "secret", "sequence": null,
            "resourceData": null, "encryptedContent": null, "organizationId": item["organizationId"],
            "subscriptionExpirationDateTime": item["subscriptionExpirationDateTime"],
        })
    );
    let received = stage.hook.received();
    let post = received
        .iter()
        .find(|one| one.length > 0)
        .expect("a notification");
    let token = post.json["validationTokens"][0].as_str().expect("a token");
    assert_eq!(token.split('.').count(), 3);
}

#[tokio::test]
async fn reading_gives_the_present_state_whatever_was_told() {
    let stage = quiet(json!({"notifications": {"delayMs": 60_000}})).await;
    stage.watch(ADA).await;
    let id = stage.mail(ADA, "Hello").await;
    stage
        .sim(
            Method::PATCH,
            &format!("mailboxes/{ADA}/messages/{id}"),
            json!({"isRead": true}),
        )
        .await;
    stage.advance(61).await;
    let items = stage.hook.items("/hook", 2).await;
    assert!(
        items.iter().any(
            |item| item["changeType"] == "created" && item["resourceData"]["id"] == id.as_str()
        )
    );
    let organisation = stage.organisation(APP).await;
    let path = format!("users/{ADA}/messages/{id}?$select=isRead");
    let found = stage
        .prefer(
            &organisation,
            Method::GET,
            &path,
            Value::Null,
            r#"IdType="ImmutableId""#,
        )
        .await;
    assert_eq!(found.json["isRead"], true);
}
