//! `$batch`: many calls in one, each judged by itself.

use http::Method;
use serde_json::{Value, json};

use crate::stage::{ADA, Reply, Stage};

fn answer<'a>(reply: &'a Reply, id: &str) -> &'a Value {
    let all = reply.json["responses"]
        .as_array()
        .unwrap_or_else(|| panic!("no answers: {reply:?}"));
    all.iter()
        .find(|answer| answer["id"] == id)
        .unwrap_or_else(|| panic!("no answer {id}"))
}

async fn batch(stage: &Stage, requests: Value) -> Reply {
    stage
        .person(ADA)
        .await
        .call(Method::POST, "$batch", json!({"requests": requests}))
        .await
}

#[tokio::test]
async fn items_are_answered_each_with_its_own_headers() {
    let stage = Stage::new().await;
    let id = stage.mail("one").await;
    let reply = batch(
        &stage,
        json!([
            {"id": "list", "method": "GET", "url": "/me/messages?$select=subject", "headers": {"Prefer": "IdType=\"ImmutableId\""}},
            {"id": "plain", "method": "GET", "url": "/me/messages?$select=id"},
            {"id": "read", "method": "PATCH", "url": format!("/me/messages/{id}"), "headers": {"Content-Type": "application/json"}, "body": {"isRead": true}},
            {"id": "mime", "method": "GET", "url": format!("/me/messages/{id}/$value")},
            {"id": "gone", "method": "GET", "url": "/me/messages/nonsense"},
        ]),
    )
    .await;
    assert_eq!(reply.status, 200);
    assert_eq!(
        answer(&reply, "list")["body"]["value"][0]["id"],
        id.as_str()
    );
    assert_eq!(
        answer(&reply, "list")["headers"]["Preference-Applied"],
        "IdType=ImmutableId"
    );
    assert_ne!(
        answer(&reply, "plain")["body"]["value"][0]["id"],
        id.as_str()
    );
    assert_eq!(answer(&reply, "read")["body"]["isRead"], true);
    assert!(answer(&reply, "mime")["body"].is_string());
    assert_eq!(
        (
            answer(&reply, "gone")["status"].as_u64(),
            answer(&reply, "gone")["body"]["error"]["code"].as_str()
        ),
        (Some(400), Some("ErrorInvalidIdMalformed"))
    );
}

#[tokio::test]
async fn throttled_items_fail_alone() {
    let stage = Stage::new().await;
    stage
        .faults(json!({"seed": 1, "graph": {"error429": 0.5}}))
        .await;
    let requests: Vec<Value> = (0..20).map(|n| json!({"id": n.to_string(), "method": "GET", "url": format!("/me/mailFolders/inbox?n={n}")})).collect();
    let reply = batch(&stage, json!(requests)).await;
    let all = reply.json["responses"].as_array().expect("answers");
    let throttled: Vec<&Value> = all
        .iter()
        .filter(|answer| answer["status"] == 429)
        .collect();
    assert!(reply.status == 200 && (3..18).contains(&throttled.len()));
    assert!(
        throttled
            .iter()
            .all(|answer| answer["headers"]["Retry-After"].is_string())
    );
}

#[tokio::test]
async fn what_depends_on_a_failure_is_not_tried() {
    let stage = Stage::new().await;
    let reply = batch(
        &stage,
        json!([
            {"id": "1", "method": "GET", "url": "/me/messages/nonsense"},
            {"id": "2", "method": "GET", "url": "/me", "dependsOn": ["1"]},
            {"id": "3", "method": "GET", "url": "/me"},
        ]),
    )
    .await;
    assert_eq!(
        ["1", "2", "3"].map(|id| answer(&reply, id)["status"].as_u64().expect("a status")),
        [400, 424, 200]
    );
}

#[tokio::test]
async fn malformed_batches_are_refused_whole() {
    let stage = Stage::new().await;
    let get = |id: &str| json!({"id": id, "method": "GET", "url": "/me"});
    let many: Vec<Value> = (0..21).map(|n| get(&n.to_string())).collect();
    for requests in [
        json!(many),
        json!([]),
        json!([get("a"), get("A")]),
        json!([get("")]),
        json!([{"id": "1", "method": "GET", "url": "https://graph.microsoft.com/v1.0/me"}]),
        json!([{"id": "1", "method": "PATCH", "url": "/me/messages/x", "body": {}}]),
        json!([{"id": "1", "method": "GET", "url": "/me", "dependsOn": ["2"]}]),
    ] {
        assert_eq!(
            batch(&stage, requests.clone()).await.status,
            400,
            "{requests}"
        );
    }
    assert_eq!(stage.person(ADA).await.get("$batch").await.status, 405);
}
