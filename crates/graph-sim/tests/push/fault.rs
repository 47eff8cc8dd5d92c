//! The faults on the way of notifications, each seeded and each by itself.

use http::Method;
use serde_json::{Value, json};

use crate::hook::items;
use crate::stage::{ADA, Stage};

fn ids(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .filter_map(|item| item["resourceData"]["id"].as_str())
        .collect()
}

async fn watched(faults: Value) -> Stage {
    let stage = Stage::new().await;
    stage.watch(ADA).await;
    stage.faults(faults).await;
    stage
}

#[tokio::test]
async fn dropped_notifications_never_come() {
    let stage = watched(json!({"notifications": {"drop": 1}})).await;
    let lost = stage.mail(ADA, "lost").await;
    stage.faults(json!({})).await;
    let comes = stage.mail(ADA, "comes").await;
    let all = stage.hook.items("/hook", 3).await;
    assert_eq!(ids(&all), [comes.as_str(); 3]);
    assert_ne!(lost, comes);
}

#[tokio::test]
async fn the_same_seed_loses_the_same_notifications() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let stage =
            watched(json!({"seed": 11, "notifications": {"drop": 0.5, "updates": 0}})).await;
        let mut mails = Vec::new();
        for n in 0..20 {
            mails.push(stage.mail(ADA, &n.to_string()).await);
        }
        stage.faults(json!({"notifications": {"updates": 0}})).await;
        let last = stage.mail(ADA, "last").await;
        let received = stage
            .hook
            .until(|received| ids(&items(received, "/hook")).contains(&last.as_str()))
            .await;
        let all = items(&received, "/hook");
        runs.push(
            mails
                .iter()
                .map(|mail| ids(&all).contains(&mail.as_str()))
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(runs[0], runs[1]);
    assert!(
        runs[0].contains(&true) && runs[0].contains(&false),
        "{:?}",
        runs[0]
    );
}

#[tokio::test]
async fn duplicates_come_twice() {
    let stage = watched(json!({"notifications": {"duplicate": 1, "updates": 0}})).await;
    let id = stage.mail(ADA, "Hello").await;
    assert_eq!(ids(&stage.hook.items("/hook", 2).await), [id.as_str(); 2]);
}

#[tokio::test]
async fn a_reordered_notification_is_overtaken() {
    let stage = watched(json!({"notifications": {"reorder": 1, "updates": 0}})).await;
    let first = stage.mail(ADA, "first").await;
    stage.faults(json!({"notifications": {"updates": 0}})).await;
    let second = stage.mail(ADA, "second").await;
    stage.hook.items("/hook", 1).await;
    stage.advance(3).await;
    assert_eq!(
        ids(&stage.hook.items("/hook", 2).await),
        [second.as_str(), first.as_str()]
    );
}

#[tokio::test]
async fn delayed_notifications_wait_for_the_clock() {
    let stage = watched(json!({"notifications": {"delayMs": 60_000, "updates": 0}})).await;
    let first = stage.mail(ADA, "first").await;
    stage.faults(json!({"notifications": {"updates": 0}})).await;
    let second = stage.mail(ADA, "second").await;
    assert_eq!(ids(&stage.hook.items("/hook", 1).await), [second.as_str()]);
    stage.advance(61).await;
    assert_eq!(
        ids(&stage.hook.items("/hook", 2).await),
        [second.as_str(), first.as_str()]
    );
}

#[tokio::test]
async fn the_storm_has_the_size_that_was_asked_for() {
    for updates in [0, 4] {
        let stage = watched(json!({"notifications": {"updates": updates}})).await;
        stage.mail(ADA, "first").await;
        stage.advance(2).await;
        stage.hook.items("/hook", 1 + updates).await;
        stage.mail(ADA, "second").await;
        stage.advance(2).await;
        let all = stage.hook.items("/hook", 2 * (1 + updates)).await;
        assert_eq!(all.len(), 2 * (1 + updates));
    }
}

#[tokio::test]
async fn some_tenants_send_no_secret() {
    let stage = watched(json!({"notifications": {"nullClientState": true}})).await;
    stage.mail(ADA, "Hello").await;
    let item = stage.hook.items("/hook", 1).await.remove(0);
    assert_eq!(
        item.get("clientState"),
        Some(&Value::Null),
        "there, but null"
    );
}

#[tokio::test]
async fn more_than_twenty_five_moves_at_once_are_only_missed() {
    let stage = watched(json!({"notifications": {"updates": 0}})).await;
    let mut mails = Vec::new();
    for n in 0..26 {
        mails.push(stage.mail(ADA, &n.to_string()).await);
    }
    stage.hook.items("/hook", 26).await;
    stage
        .faults(json!({"notifications": {"bulkMissed": 1}}))
        .await;
    for id in &mails {
        stage
            .sim(
                Method::POST,
                &format!("mailboxes/{ADA}/messages/{id}/move"),
                json!({"folder": "archive"}),
            )
            .await;
    }
    stage.advance(2).await;
    let missed = stage.hook.items("/lifecycle", 1).await.remove(0);
    assert_eq!(missed["lifecycleEvent"], "missed");
    assert_eq!(
        items(&stage.hook.received(), "/hook").len(),
        26,
        "no move was told"
    );
    stage
        .sim(
            Method::POST,
            &format!("mailboxes/{ADA}/messages/{}/move", mails[0]),
            json!({"folder": "inbox"}),
        )
        .await;
    stage.advance(2).await;
    stage.hook.items("/hook", 28).await;
}

#[tokio::test]
async fn lifecycle_notifications_get_lost_and_doubled_as_well() {
    let stage = Stage::new().await;
    let id = stage.watch(ADA).await;
    let send = |event| {
        stage.sim(
            Method::POST,
            "lifecycle",
            json!({"subscriptionId": id, "event": event}),
        )
    };
    stage.faults(json!({"notifications": {"drop": 1}})).await;
    send("lost").await;
    stage
        .faults(json!({"notifications": {"duplicate": 1}}))
        .await;
    send("doubled").await;
    let all = stage.hook.items("/lifecycle", 2).await;
    assert!(
        all.iter().all(|item| item["lifecycleEvent"] == "doubled"),
        "{all:?}"
    );
}
