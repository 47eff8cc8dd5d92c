//! What Graph was seen to do only sometimes: other forms of what it tells, and failures that pass.

use std::time::Duration;

use http::Method;
use maildesk_model::push::PushState;
use serde_json::{Value, json};

use crate::office::ADA;
use crate::world::{World, stories, until};

stories!(
    other_forms_are_taken_like_the_usual_one,
    an_empty_lifecycle_event_with_tokens_is_a_lifecycle_event,
    a_creation_that_fails_for_a_while_succeeds_in_the_end,
    a_renewal_that_fails_for_a_while_succeeds_in_the_end,
    a_renewal_that_is_sent_elsewhere_ends_in_one_subscription,
);

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

async fn other_forms_are_taken_like_the_usual_one(world: World) {
    let faults = json!({
        "seed": 5,
        "notifications": {"otherForms": 1, "ghost": 1, "updates": 3},
        "validation": {"otherToken": 1, "probeOnce": 1},
        "subscription": {"byUserId": 1},
    });
    world.office.faults(faults).await;
    let ada = world.person(ADA).await;
    world.register(ada).await;
    world.sync(ada).await;
    let mut mails = Vec::new();
    for _ in 0..8 {
        mails.push(world.office.deliver(ADA).await);
    }
    until(async || {
        world.clock.advance(Duration::from_millis(10));
        let stamp = world.stamp(ada).await;
        let hints = stamp.map(|stamp| stamp.hints).unwrap_or_default();
        let hinted = |mail: &String| hints.iter().any(|hint| hint.remote_id == *mail);
        mails.iter().all(hinted)
    })
    .await;
    let counts = world.panel(ada).await.counts;
    assert_eq!((counts.forged, counts.silent), (0, 0));
}

async fn an_empty_lifecycle_event_with_tokens_is_a_lifecycle_event(world: World) {
    world
        .office
        .faults(json!({"notifications": {"lifecycle2023": 1}}))
        .await;
    let ada = world.organisation(ADA).await;
    world.register(ada).await;
    world.sync(ada).await;
    let id = world.panel(ada).await.subscription;
    let event = json!({"subscriptionId": id, "event": "subscriptionRemoved"});
    world.office.tell(Method::POST, "lifecycle", event).await;
    until(async || {
        world.pass(Duration::from_secs(1)).await;
        world.panel(ada).await.subscription != id
    })
    .await;
    assert_eq!(world.office.subscriptions().await.len(), 1);
}

async fn a_creation_that_fails_for_a_while_succeeds_in_the_end(world: World) {
    let ada = world.organisation(ADA).await;
    world
        .office
        .faults(json!({"subscription": {"createFails": 1}}))
        .await;
    world
        .want(ada, maildesk_model::intent::Want::RegisterPush)
        .await;
    world.settle().await;
    world.pass(HOUR).await;
    assert!(world.office.subscriptions().await.is_empty());
    world.office.faults(json!({})).await;
    for _ in 0..3 {
        world.pass(HOUR).await;
    }
    assert_eq!(world.office.subscriptions().await.len(), 1);
    assert!(works(&world, ada).await);
}

async fn a_renewal_that_fails_for_a_while_succeeds_in_the_end(world: World) {
    interrupted(&world, json!({"subscription": {"renewFails": 1}})).await;
}

async fn a_renewal_that_is_sent_elsewhere_ends_in_one_subscription(world: World) {
    interrupted(&world, json!({"subscription": {"redirect308": 1}})).await;
}

/// A renewal comes due while a fault strikes for some hours; afterwards there is one subscription, and it lives.
async fn interrupted(world: &World, faults: Value) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    world.clock.advance(5 * DAY);
    world.office.faults(faults).await;
    for _ in 0..12 {
        world.pass(HOUR / 4).await;
    }
    assert!(world.office.line.asked_for("PATCH") > 0);
    world.office.faults(json!({})).await;
    for _ in 0..6 {
        world.pass(HOUR).await;
    }
    assert!(works(world, ada).await, "{:?}", world.panel(ada).await);
    assert_eq!(world.office.subscriptions().await.len(), 1);
    let left = world.panel(ada).await.expires_at.unwrap();
    assert!(left.since(world.now()) > 5 * DAY, "{left:?}");
}

async fn works(world: &World, id: maildesk_model::MailboxId) -> bool {
    let state = world.panel(id).await.state;
    matches!(state, PushState::Active | PushState::Quiet)
}
