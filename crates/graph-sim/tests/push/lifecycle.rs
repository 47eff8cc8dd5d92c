//! What happens to subscriptions as time passes, and how their owner hears of it.

use http::Method;
use serde_json::{Value, json};

use crate::hook::items;
use crate::stage::{ADA, APP, Stage, but};

fn events(received: &[crate::hook::Received]) -> Vec<String> {
    items(received, "/lifecycle")
        .iter()
        .map(|item| item["lifecycleEvent"].as_str().expect("text").to_owned())
        .collect()
}

#[tokio::test]
async fn a_persons_subscription_is_challenged_every_quarter_of_an_hour_until_its_token_is_dead() {
    let stage = Stage::new().await;
    stage.faults(json!({"token": {"lifetimeS": 3_600}})).await;
    let ada = stage.person(APP, ADA).await;
    let id = stage.subscribe(&ada, stage.wish("me/messages").await).await;
    for count in 1..=3 {
        stage.advance(15 * 60 + 1).await;
        stage.hook.items("/lifecycle", count).await;
    }
    stage.advance(3_600).await;
    stage
        .sim(
            Method::POST,
            "lifecycle",
            json!({"subscriptionId": id, "event": "missed"}),
        )
        .await;
    let received = stage
        .hook
        .until(|received| events(received).contains(&"missed".to_owned()))
        .await;
    assert_eq!(
        events(&received),
        [
            "reauthorizationRequired",
            "reauthorizationRequired",
            "reauthorizationRequired",
            "missed"
        ]
    );
}

#[tokio::test]
async fn renewing_starts_the_challenges_anew() {
    let stage = Stage::new().await;
    let ada = stage.person(APP, ADA).await;
    let id = stage.subscribe(&ada, stage.wish("me/messages").await).await;
    stage.advance(14 * 60).await;
    let fresh = stage.person(APP, ADA).await;
    let renewal = json!({"expirationDateTime": stage.in_minutes(5_000).await});
    assert_eq!(
        stage
            .graph(
                &fresh,
                Method::PATCH,
                &format!("subscriptions/{id}"),
                renewal
            )
            .await
            .status,
        200
    );
    stage.advance(14 * 60).await;
    assert_eq!(
        stage.sim(Method::GET, "subscriptions", Value::Null).await[0]["state"],
        "active"
    );
    stage.advance(2 * 60).await;
    assert_eq!(stage.hook.items("/lifecycle", 1).await.len(), 1);
}

#[tokio::test]
async fn the_organisation_is_challenged_only_near_the_expiry() {
    let stage = Stage::new().await;
    stage.watch(ADA).await;
    stage.advance(3_000 * 60).await;
    stage.sim(Method::GET, "subscriptions", Value::Null).await;
    assert!(events(&stage.hook.received()).is_empty());
    stage.advance(900 * 60).await;
    let item = stage.hook.items("/lifecycle", 1).await.remove(0);
    assert_eq!(item["lifecycleEvent"], "reauthorizationRequired");
}

#[tokio::test]
async fn events_are_written_as_captured_or_as_documented() {
    let stage = Stage::new().await;
    let id = stage.watch(ADA).await;
    let lifecycle = json!({"subscriptionId": id, "event": "missed"});
    stage
        .sim(Method::POST, "lifecycle", lifecycle.clone())
        .await;
    let captured = stage.hook.items("/lifecycle", 1).await.remove(0);
    let (tenant, expires) = (
        captured["organizationId"].clone(),
        captured["subscriptionExpirationDateTime"].clone(),
    );
    assert!(tenant.is_string() && expires.is_string());
    assert_eq!(
        captured,
        json!({
            "subscriptionId": id, "encryptedContent": null, "organizationId": tenant, "lifecycleEvent": "missed", "clientState": "secret",
            "subscriptionExpirationDateTime": expires, "resource": format!("Subscriptions/{id}"), "resourceChangeType": null,
            "resourceData": {"@odata.id": format!("subscriptions/{id}"), "@odata.type": "#microsoft.graph.subscription", "id": id},
        })
    );
    stage
        .faults(json!({"notifications": {"documentedLifecycle": true}}))
        .await;
    stage.sim(Method::POST, "lifecycle", lifecycle).await;
    let documented = stage.hook.items("/lifecycle", 2).await.remove(1);
    assert_eq!(
        documented,
        json!({"subscriptionId": id, "subscriptionExpirationDateTime": expires, "tenantId": tenant, "clientState": "secret", "lifecycleEvent": "missed"})
    );
}

#[tokio::test]
async fn a_removed_subscription_is_gone_and_its_owner_hears_of_it() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let id = stage.watch(ADA).await;
    stage
        .faults(json!({"subscription": {"removeAfterS": 600}}))
        .await;
    stage.advance(599).await;
    let path = format!("subscriptions/{id}");
    assert_eq!(
        stage
            .graph(&organisation, Method::GET, &path, Value::Null)
            .await
            .status,
        200
    );
    stage.advance(2).await;
    assert_eq!(
        stage
            .graph(&organisation, Method::GET, &path, Value::Null)
            .await
            .status,
        404
    );
    let item = stage.hook.items("/lifecycle", 1).await.remove(0);
    assert_eq!(
        (&item["lifecycleEvent"], &item["subscriptionId"]),
        (&json!("subscriptionRemoved"), &json!(id))
    );
}

#[tokio::test]
async fn the_control_side_sends_any_event_and_removes_for_real() {
    let stage = Stage::new().await;
    let id = stage.watch(ADA).await;
    for event in [
        "reauthorizationRequired",
        "somethingNew",
        "subscriptionRemoved",
    ] {
        stage
            .sim(
                Method::POST,
                "lifecycle",
                json!({"subscriptionId": id, "event": event}),
            )
            .await;
    }
    let mut seen = events(
        &stage
            .hook
            .until(|received| events(received).len() == 3)
            .await,
    );
    seen.sort();
    assert_eq!(
        seen,
        [
            "reauthorizationRequired",
            "somethingNew",
            "subscriptionRemoved"
        ]
    );
    assert_eq!(
        stage.sim(Method::GET, "subscriptions", Value::Null).await,
        json!([])
    );
}

#[tokio::test]
async fn without_a_lifecycle_url_nothing_is_sent() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let wish = but(
        stage.wish(&format!("users/{ADA}/messages")).await,
        "lifecycleNotificationUrl",
        Value::Null,
    );
    stage.subscribe(&organisation, wish).await;
    stage
        .faults(json!({"notifications": {"updates": 0}, "subscription": {"removeAfterS": 60}}))
        .await;
    stage.advance(61).await;
    stage.sim(Method::GET, "subscriptions", Value::Null).await;
    stage.faults(json!({"notifications": {"updates": 0}})).await;
    stage.watch(ADA).await;
    stage.mail(ADA, "Hello").await;
    let received = stage
        .hook
        .until(|received| !items(received, "/hook").is_empty())
        .await;
    assert!(events(&received).is_empty());
}

#[tokio::test]
async fn revoking_a_persons_sign_ins_removes_their_subscriptions() {
    let stage = Stage::new().await;
    let ada = stage.person(APP, ADA).await;
    let id = stage.subscribe(&ada, stage.wish("me/messages").await).await;
    stage.watch(ADA).await;
    stage
        .sim(
            Method::PATCH,
            &format!("mailboxes/{ADA}"),
            json!({"revokeSignIns": true}),
        )
        .await;
    let item = stage.hook.items("/lifecycle", 1).await.remove(0);
    assert_eq!(
        (&item["lifecycleEvent"], &item["subscriptionId"]),
        (&json!("subscriptionRemoved"), &json!(id))
    );
    let left = stage.sim(Method::GET, "subscriptions", Value::Null).await;
    assert_eq!(
        left.as_array().map(Vec::len),
        Some(1),
        "the organisation's stays"
    );
}

#[tokio::test]
async fn a_refresh_token_that_is_refused_as_revoked_takes_its_subscriptions_along() {
    let stage = Stage::new().await;
    let (ada, refresh) = stage.person_and_refresh(APP, ADA).await;
    stage.subscribe(&ada, stage.wish("me/messages").await).await;
    stage.faults(json!({"token": {"revoke": 1}})).await;
    assert_eq!(stage.refresh(APP, &refresh).await.status, 400);
    let item = stage.hook.items("/lifecycle", 1).await.remove(0);
    assert_eq!(item["lifecycleEvent"], "subscriptionRemoved");
}

#[tokio::test]
async fn the_subscription_of_a_removed_user_is_listed_but_cannot_be_deleted() {
    let stage = Stage::new().await;
    let organisation = stage.organisation(APP).await;
    let id = stage.watch(ADA).await;
    stage
        .sim(Method::DELETE, &format!("mailboxes/{ADA}"), Value::Null)
        .await;
    let reply = stage
        .graph(
            &organisation,
            Method::DELETE,
            &format!("subscriptions/{id}"),
            Value::Null,
        )
        .await;
    let (status, code, message) = reply.refusal();
    assert_eq!((status, code), (404, "ExtensionError"));
    assert!(
        message.starts_with(
            "Operation: Delete; Exception: [Status Code: NotFound; Reason: The requested user '"
        ),
        "{message}"
    );
    let list = stage
        .graph(&organisation, Method::GET, "subscriptions", Value::Null)
        .await;
    assert_eq!(list.json["value"][0]["id"], id.as_str());
}
