//! Push dies without a word: the first mail that nothing announced brings it back, and the panel tells
//! the story (P7, P13).

use std::time::Duration;

use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::World;
use maildesk_testkit::{equal, story, wait};
use reqwest::Method;
use serde_json::{Value, json};

const ADDRESS: &str = "team@contoso.test";
/// Sweeps come quickly, so that a story need not wait for them.
const SOON: &[(&str, &str)] = &[("MAILDESK_SYNC_INTERVAL_S", "1")];

/// Time passes for both sides.
async fn pass(world: &World, span: Duration) {
    world.clock.advance(span);
    let seconds = json!({ "seconds": span.as_secs() });
    let turned = world
        .sim
        .call(Method::POST, "/sim/clock/advance", Some(seconds));
    turned.await;
}

async fn push(world: &World, id: &str) -> Value {
    let path = format!("/mailboxes/{id}/push");
    world.desk.call(Method::GET, &path, None).await
}

/// Waits until a mail is on the desk.
async fn wait_mail(world: &World, id: &str, subject: &str) {
    let list = format!("/messages?mailbox={id}");
    wait::until("the mail is on the desk", || async {
        let all = world.desk.all(&list).await;
        all.iter()
            .any(|one| one["subject"] == subject)
            .then_some(())
    })
    .await;
}

/// A mailbox with push, whose subscription Microsoft has dropped without a word.
async fn dead(engine: Engine) -> (World, String, String) {
    let world = World::start(engine, SOON).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    world.sim.fill(ADDRESS, 12, 2, 1).await;
    let id = world.connect(ADDRESS).await;
    let registered = world.desk.register_push(&id).await;
    let old = registered["subscriptionId"]
        .as_str()
        .expect("an id")
        .to_owned();
    pass(&world, Duration::from_mins(2)).await;
    let silence = json!({"notifications": {"drop": 1}, "subscription": {"removeAfterS": 1}});
    world.sim.faults(silence).await;
    pass(&world, Duration::from_secs(5)).await;
    wait::until("Microsoft has dropped it", || async {
        world.sim.subscriptions().await.is_empty().then_some(())
    })
    .await;
    world.sim.faults(json!({})).await;
    (world, id, old)
}

async fn the_first_unannounced_mail_brings_push_back(engine: Engine) {
    let (world, id, old) = dead(engine).await;
    assert_eq!(push(&world, &id).await["subscriptionId"], old);
    world.sim.deliver(ADDRESS, "Nobody announced this").await;
    wait_mail(&world, &id, "Nobody announced this").await;
    // A minute after the sweep that found it has ended, whenever that is.
    let new = wait::until("there is another subscription", || async {
        pass(&world, Duration::from_secs(5)).await;
        let push = push(&world, &id).await;
        let new = push["subscriptionId"].as_str()?;
        (new != old).then(|| new.to_owned())
    })
    .await;
    let there = world.sim.subscriptions().await;
    assert_eq!(there.len(), 1);
    assert_eq!(there[0]["id"], new);
    assert_eq!(push(&world, &id).await["state"], "active");

    world.sim.deliver(ADDRESS, "Announced again").await;
    wait::until("a notification has come", || async {
        let push = push(&world, &id).await;
        push["lastNotificationAt"].is_string().then_some(())
    })
    .await;
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &id).await;
    wait::until("the panel tells the story to its end", || async {
        let push = push(&world, &id).await;
        let told = push["events"].as_array()?.iter().map(|one| &one["kind"]);
        let told: Vec<_> = told.take(4).collect();
        (told == ["caught_up", "registered", "gone", "unannounced"]).then_some(())
    })
    .await;
    world.stop().await;
}

async fn what_microsoft_says_is_answered(engine: Engine) {
    let world = World::start(engine, SOON).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    world.sim.fill(ADDRESS, 12, 2, 1).await;
    let id = world.connect(ADDRESS).await;
    let registered = world.desk.register_push(&id).await;
    let subscription = &registered["subscriptionId"];
    let before = registered["expiresAt"].clone();
    pass(&world, Duration::from_mins(20)).await;
    for event in ["missed", "reauthorizationRequired"] {
        let told = json!({"subscriptionId": subscription, "event": event});
        world
            .sim
            .call(Method::POST, "/sim/lifecycle", Some(told))
            .await;
    }
    wait::until("it is renewed", || async {
        let push = push(&world, &id).await;
        (push["expiresAt"] != before).then_some(())
    })
    .await;
    let told = json!({"subscriptionId": subscription, "event": "subscriptionRemoved"});
    world
        .sim
        .call(Method::POST, "/sim/lifecycle", Some(told))
        .await;
    wait::until("there is another one", || async {
        let push = push(&world, &id).await;
        (push["subscriptionId"].is_string() && push["subscriptionId"] != *subscription)
            .then_some(())
    })
    .await;
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &id).await;
    world.stop().await;
}

story!(dead_push, the_first_unannounced_mail_brings_push_back);
story!(told, what_microsoft_says_is_answered);
