//! Access that ends: a token that dies, a permission that an administrator withdraws, a subscription that Graph gives up.

use http::Method;
use serde_json::{Value, json};

use crate::hook::{Deliveries, items};
use crate::stage::{ADA, APP, Stage};

fn events(received: &[crate::hook::Received]) -> Vec<String> {
    let all = items(received, "/lifecycle").into_iter();
    all.map(|item| item["lifecycleEvent"].as_str().expect("text").to_owned())
        .collect()
}

async fn quiet() -> Stage {
    let stage = Stage::new().await;
    stage.faults(json!({"notifications": {"updates": 0}})).await;
    stage
}

#[tokio::test]
async fn a_withdrawn_permission_is_challenged_pauses_and_cannot_be_renewed_until_it_is_back() {
    let stage = quiet().await;
    let id = stage.watch(ADA).await;
    let before = stage.organisation(APP).await;
    stage.add_app(APP, &["Mail.Send"], &["Mail.Send"]).await;
    stage
        .hook
        .until(|received| events(received) == ["reauthorizationRequired"])
        .await;
    stage.mail(ADA, "goes on for a while").await;
    stage.hook.items("/hook", 1).await;
    stage.advance(16 * 60).await;
    let shown = stage.sim(Method::GET, "subscriptions", Value::Null).await;
    assert_eq!(shown[0]["state"], "paused");
    let held = stage.mail(ADA, "held").await;
    let after = stage.organisation(APP).await;
    let message = "Operation: Update; Exception: [Status Code: Forbidden; Reason: Forbidden]";
    for token in [&before, &after] {
        let reply = stage.renew(token, &id, 3_000).await;
        assert_eq!(reply.refusal(), (403, "ExtensionError", message));
        assert_eq!(
            stage.reauthorize(token, &id).await.refusal(),
            (403, "ExtensionError", message)
        );
    }
    stage
        .add_app(APP, &["Mail.ReadWrite"], &["Mail.ReadWrite"])
        .await;
    assert_eq!(
        items(&stage.hook.received(), "/hook").len(),
        1,
        "the pause lasts until it is authorized anew"
    );
    let again = stage.organisation(APP).await;
    assert_eq!(stage.reauthorize(&again, &id).await.status, 204);
    let item = stage.hook.items("/hook", 2).await.remove(1);
    assert_eq!(item["resourceData"]["id"], held.as_str());
}

#[tokio::test]
async fn delivery_goes_on_while_it_is_challenged_and_pauses_when_the_token_is_dead() {
    let stage = quiet().await;
    stage
        .faults(json!({"notifications": {"updates": 0}, "token": {"lifetimeS": 1_800}}))
        .await;
    let ada = stage.person(APP, ADA).await;
    stage.subscribe(&ada, stage.wish("me/messages").await).await;
    stage.advance(16 * 60).await;
    stage
        .hook
        .until(|received| events(received) == ["reauthorizationRequired"])
        .await;
    stage.mail(ADA, "goes on").await;
    stage.hook.items("/hook", 1).await;
    stage.advance(16 * 60).await;
    stage.mail(ADA, "held").await;
    let shown = stage.sim(Method::GET, "subscriptions", Value::Null).await;
    assert_eq!(shown[0]["state"], "paused");
    assert_eq!(items(&stage.hook.received(), "/hook").len(), 1);
}

#[tokio::test]
async fn the_last_token_counts_and_reauthorizing_leaves_the_expiry() {
    let stage = quiet().await;
    stage.faults(json!({"token": {"lifetimeS": 3_600}})).await;
    let first = stage.person(APP, ADA).await;
    let id = stage
        .subscribe(&first, stage.wish("me/messages").await)
        .await;
    let until = stage
        .on(&first, Method::GET, &id, Value::Null)
        .await
        .instant("expirationDateTime");
    stage.advance(50 * 60).await;
    let second = stage.person(APP, ADA).await;
    let reply = stage.reauthorize(&second, &id).await;
    assert_eq!((reply.status, &reply.json), (204, &Value::Null));
    let shown = stage.on(&second, Method::GET, &id, Value::Null).await;
    assert_eq!(shown.instant("expirationDateTime"), until);
    let state =
        async || stage.sim(Method::GET, "subscriptions", Value::Null).await[0]["state"].clone();
    stage.advance(50 * 60).await;
    assert_eq!(
        state().await,
        "active",
        "the first token is dead, the second is not"
    );
    let third = stage.person(APP, ADA).await;
    assert_eq!(stage.renew(&third, &id, 2_000).await.status, 200);
    stage.advance(50 * 60).await;
    assert_eq!(state().await, "active");
    stage.advance(15 * 60).await;
    assert_eq!(state().await, "paused");
}

#[tokio::test]
async fn what_changed_during_a_pause_is_lost_to_a_new_subscription() {
    let stage = quiet().await;
    let ada = stage.person(APP, ADA).await;
    let old = stage.subscribe(&ada, stage.wish("me/messages").await).await;
    stage.advance(91 * 60).await;
    stage.mail(ADA, "lost").await;
    let fresh = stage.person(APP, ADA).await;
    assert_eq!(
        stage
            .on(&fresh, Method::DELETE, &old, Value::Null)
            .await
            .status,
        204
    );
    let new = stage
        .subscribe(&fresh, stage.wish("me/messages").await)
        .await;
    assert_ne!(old, new);
    let comes = stage.mail(ADA, "comes").await;
    let all = stage.hook.items("/hook", 1).await;
    assert_eq!(
        (&all[0]["resourceData"]["id"], all.len()),
        (&json!(comes), 1)
    );
}

#[tokio::test]
async fn a_short_life_is_challenged_all_along() {
    let stage = quiet().await;
    let organisation = stage.organisation(APP).await;
    let mut wish = stage.wish(&format!("users/{ADA}/messages")).await;
    wish["expirationDateTime"] = json!(stage.in_minutes(60).await);
    stage.subscribe(&organisation, wish).await;
    for count in 1..=3 {
        stage.advance(15 * 60 + 1).await;
        let all = stage
            .hook
            .until(|received| events(received).len() == count)
            .await;
        assert!(
            events(&all)
                .iter()
                .all(|event| event == "reauthorizationRequired")
        );
    }
}

#[tokio::test]
async fn the_cadence_of_challenges_is_nobodys_promise() {
    for (asked, pause) in [(None, 15 * 60), (Some(120), 120)] {
        let stage = quiet().await;
        stage
            .faults(json!({"subscription": {"challengeEveryS": asked}}))
            .await;
        let ada = stage.person(APP, ADA).await;
        stage.subscribe(&ada, stage.wish("me/messages").await).await;
        stage.advance(pause - 30).await;
        stage.sim(Method::GET, "subscriptions", Value::Null).await;
        assert!(events(&stage.hook.received()).is_empty());
        for count in 1..=2 {
            stage.advance(if count == 1 { 31 } else { pause + 1 }).await;
            stage
                .hook
                .until(|received| events(received).len() == count)
                .await;
        }
    }
}

#[tokio::test]
async fn a_removed_subscription_cannot_be_renewed_and_a_new_one_has_another_id() {
    let stage = quiet().await;
    let organisation = stage.organisation(APP).await;
    let id = stage.watch(ADA).await;
    stage
        .faults(json!({"subscription": {"removeAfterS": 1}}))
        .await;
    stage.advance(2).await;
    let gone = (404, "ResourceNotFound", "The object was not found.");
    assert_eq!(stage.renew(&organisation, &id, 90).await.refusal(), gone);
    assert_eq!(stage.reauthorize(&organisation, &id).await.refusal(), gone);
    stage
        .hook
        .until(|received| events(received) == ["subscriptionRemoved"])
        .await;
    stage.journal_until("notification", 1).await;
    assert_eq!(stage.struck("notification").await, ["removeAfterS"]);
    stage.faults(json!({})).await;
    assert_ne!(stage.watch(ADA).await, id);
}

#[tokio::test]
async fn lifecycle_events_are_tried_again_like_any_notification() {
    let stage = quiet().await;
    let id = stage.watch(ADA).await;
    stage.hook.answer_deliveries(Deliveries::Status(500));
    stage
        .sim(
            Method::POST,
            "lifecycle",
            json!({"subscriptionId": id, "event": "missed"}),
        )
        .await;
    stage.journal_until("notification", 1).await;
    stage.hook.answer_deliveries(Deliveries::Status(202));
    stage.advance(11).await;
    let journal = stage.journal_until("notification", 2).await;
    let statuses: Vec<_> = journal
        .iter()
        .map(|entry| entry["status"].clone())
        .collect();
    assert_eq!(statuses, [500, 202]);
    assert_eq!(events(&stage.hook.received()), ["missed", "missed"]);
}

#[tokio::test]
async fn a_bulk_that_is_only_missed_names_its_fault_in_the_journal() {
    let stage = Stage::frozen().await;
    stage.faults(json!({"notifications": {"updates": 0}})).await;
    stage.watch(ADA).await;
    let mut mails = Vec::new();
    for n in 0..26 {
        mails.push(stage.mail(ADA, &n.to_string()).await);
    }
    stage.advance(1).await;
    stage.hook.items("/hook", 26).await;
    stage
        .faults(json!({"notifications": {"bulkMissed": 1}}))
        .await;
    for id in &mails {
        let path = format!("mailboxes/{ADA}/messages/{id}");
        stage
            .sim(Method::PATCH, &path, json!({"isRead": true}))
            .await;
    }
    // Time stands still: what the end of the bulk makes due needs a further step.
    stage.advance(2).await;
    stage.sim(Method::GET, "subscriptions", Value::Null).await;
    stage.advance(1).await;
    stage
        .hook
        .until(|received| events(received) == ["missed"])
        .await;
    let told = json!(stage.hook.url("/lifecycle"));
    let journal = stage.journal_until("notification", 2).await;
    let lifecycle: Vec<_> = journal
        .iter()
        .filter(|entry| entry["path"] == told)
        .collect();
    assert_eq!(lifecycle[0]["fault"], "bulkMissed");
    assert_eq!(
        items(&stage.hook.received(), "/hook").len(),
        26,
        "no change was told"
    );
}
