//! Silence, and what Microsoft tells of a subscription beside changes (P7, P13).

use std::time::Duration;

use http::{Method, StatusCode};
use maildesk_model::push::PushState;
use maildesk_model::stamp::Trigger;
use maildesk_push::LIFECYCLE_PATH;
use serde_json::json;

use crate::office::ADA;
use crate::world::{World, item, stories};

stories!(
    a_subscription_that_is_gone_is_noticed_by_the_first_unannounced_mail,
    one_that_is_there_is_asked_once_and_counted,
    one_that_announces_nothing_is_replaced_once_a_day,
    mail_that_was_announced_late_is_no_reason,
    silence_while_our_own_answers_failed_replaces_nothing,
    an_hour_without_a_word_is_quiet_and_a_notification_ends_it,
    a_silent_end_is_noticed_within_the_hour,
    a_request_to_renew_is_answered_by_one_renewal_and_a_sync,
    what_microsoft_removed_is_created_anew_at_once,
    missed_notifications_are_caught_up_once_a_minute,
);

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// Ada's mailbox with a subscription that has worked for a while; its id.
async fn subscribed(world: &World) -> (maildesk_model::MailboxId, String) {
    let ada = world.organisation(ADA).await;
    world.register(ada).await;
    world.sync(ada).await;
    world.pass(10 * MINUTE).await;
    let id = world.panel(ada).await.subscription.unwrap();
    (ada, id)
}

fn looks(world: &World) -> usize {
    world.office.line.asked_for("GET /v1.0/subscriptions/")
}

async fn vanish(world: &World, id: &str) {
    let path = format!("subscriptions/{id}");
    world.office.graph(Method::DELETE, &path, json!(null)).await;
}

async fn a_subscription_that_is_gone_is_noticed_by_the_first_unannounced_mail(world: World) {
    let (ada, id) = subscribed(&world).await;
    vanish(&world, &id).await;
    world.sweep(ada, &["m1"]).await;
    world.pass(Duration::from_secs(59)).await;
    assert_eq!(looks(&world), 0, "notifications may be late");
    world.pass(Duration::from_secs(2)).await;
    assert_eq!(looks(&world), 1);
    let panel = world.panel(ada).await;
    assert_eq!(panel.state, PushState::Active);
    assert_ne!(panel.subscription.as_ref(), Some(&id));
    // The panel tells the whole story.
    let mut story = vec![
        "registered",
        "caught_up",
        "unannounced",
        "gone",
        "registered",
    ];
    assert_eq!(world.events(ada).await, story);
    let stamp = world.stamp(ada).await.unwrap();
    assert_eq!((stamp.all, stamp.trigger), (true, Trigger::CatchUp));
    let sync = world.begin_sync(ada).await;
    world.end_sync(sync).await;
    story.push("caught_up");
    assert_eq!(world.events(ada).await, story);
}

async fn one_that_is_there_is_asked_once_and_counted(world: World) {
    let (ada, id) = subscribed(&world).await;
    world.sweep(ada, &["m1", "m2"]).await;
    world.pass(2 * MINUTE).await;
    world.pass(10 * MINUTE).await;
    assert_eq!(looks(&world), 1);
    assert_eq!(world.panel(ada).await.subscription, Some(id));
    assert_eq!(
        world.events(ada).await,
        ["registered", "caught_up", "unannounced"]
    );
    assert_eq!(world.office.line.asked_for("POST /v1.0/subscriptions"), 1);
}

async fn one_that_announces_nothing_is_replaced_once_a_day(world: World) {
    let (ada, id) = subscribed(&world).await;
    world.sweep(ada, &["m1", "m2"]).await;
    world.pass(2 * MINUTE).await;
    world.sweep(ada, &["m3"]).await;
    world.pass(2 * MINUTE).await;
    assert_eq!(world.panel(ada).await.subscription.as_ref(), Some(&id));
    world.pass(3 * MINUTE).await;
    let panel = world.panel(ada).await;
    assert_eq!(panel.state, PushState::Active);
    let second = panel.subscription.unwrap();
    assert_ne!(second, id);
    assert!(world.events(ada).await.contains(&"replaced".to_owned()));
    let there = world.office.subscriptions().await;
    assert_eq!(there.len(), 1, "the old one is deleted");

    // The new one is silent too: that is told, and nothing is replaced before a day is over.
    world.sync(ada).await;
    world.pass(MINUTE).await;
    for mail in ["m4", "m5", "m6"] {
        world.sweep(ada, &[mail]).await;
        world.pass(6 * MINUTE).await;
    }
    assert_eq!(world.panel(ada).await.subscription.as_ref(), Some(&second));
    world.pass(12 * HOUR).await;
    world.sweep(ada, &["m7", "m8", "m9"]).await;
    world.pass(12 * HOUR).await;
    assert_ne!(world.panel(ada).await.subscription.as_ref(), Some(&second));
}

async fn mail_that_was_announced_late_is_no_reason(world: World) {
    let (ada, id) = subscribed(&world).await;
    let secret = world.secret(ada).await;
    world.sweep(ada, &["m1", "m2", "m3"]).await;
    world.clock.advance(Duration::from_secs(50));
    let items = ["m1", "m2", "m3"].map(|mail| item(&id, json!(secret), mail));
    let body = json!({ "value": items }).to_string();
    assert_eq!(world.post(body).await, 202);
    world.sync(ada).await;
    world.pass(10 * MINUTE).await;
    assert_eq!(looks(&world), 0);
}

async fn silence_while_our_own_answers_failed_replaces_nothing(world: World) {
    let (ada, id) = subscribed(&world).await;
    world.sweep(ada, &["m1", "m2", "m3"]).await;
    // A server that starts was away before.
    let stop = tokio_util::sync::CancellationToken::new();
    stop.cancel();
    world.push.run(stop).await;
    world.pass(10 * MINUTE).await;
    assert_eq!(looks(&world), 1);
    assert_eq!(world.panel(ada).await.subscription, Some(id));
}

async fn an_hour_without_a_word_is_quiet_and_a_notification_ends_it(world: World) {
    let (ada, id) = subscribed(&world).await;
    world.pass(HOUR).await;
    assert_eq!(world.panel(ada).await.state, PushState::Quiet);
    assert_eq!(looks(&world), 1);
    let secret = world.secret(ada).await;
    let body = json!({ "value": [item(&id, json!(secret), "m1")] }).to_string();
    assert_eq!(world.post(body).await, 202);
    let lease = world.begin_sync(ada).await;
    world.end_sync(lease).await;
    world.settle().await;
    assert_eq!(world.panel(ada).await.state, PushState::Active);
}

async fn a_silent_end_is_noticed_within_the_hour(world: World) {
    let (ada, id) = subscribed(&world).await;
    vanish(&world, &id).await;
    world.pass(HOUR).await;
    let panel = world.panel(ada).await;
    assert_eq!(panel.state, PushState::Active);
    assert_ne!(panel.subscription.as_ref(), Some(&id));
    assert!(world.stamp(ada).await.unwrap().all, "a sync catches up");
}

/// A lifecycle notification arrives.
async fn told(world: &World, ada: maildesk_model::MailboxId, id: &str, event: &str) {
    let secret = world.secret(ada).await;
    let body = json!({ "value": [{
        "lifecycleEvent": event, "subscriptionId": id, "clientState": secret,
        "organizationId": "t", "resource": "", "resourceData": null,
    }]});
    let answer = world.post_to(LIFECYCLE_PATH, body.to_string()).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
}

async fn a_request_to_renew_is_answered_by_one_renewal_and_a_sync(world: World) {
    let (ada, id) = subscribed(&world).await;
    let tokens = world.office.line.tokens_asked();
    for _ in 0..3 {
        told(&world, ada, &id, "reauthorizationRequired").await;
        world.settle().await;
        world.clock.advance(MINUTE);
    }
    assert_eq!(
        world.office.line.asked_for("PATCH"),
        1,
        "repeats are merged"
    );
    assert_eq!(
        world.office.line.tokens_asked(),
        tokens + 1,
        "a fresh token"
    );
    assert!(world.stamp(ada).await.unwrap().all);
    world.sync(ada).await;
    world.pass(10 * MINUTE).await;
    assert_eq!(world.office.line.asked_for("PATCH"), 1);
    told(&world, ada, &id, "reauthorizationRequired").await;
    world.settle().await;
    assert_eq!(world.office.line.asked_for("PATCH"), 2);
    assert_eq!(world.office.line.asked_for("POST /v1.0/subscriptions/"), 0);
}

async fn what_microsoft_removed_is_created_anew_at_once(world: World) {
    let (ada, id) = subscribed(&world).await;
    vanish(&world, &id).await;
    told(&world, ada, &id, "subscriptionRemoved").await;
    world.settle().await;
    let panel = world.panel(ada).await;
    assert_eq!(panel.state, PushState::Active);
    assert_ne!(panel.subscription.as_ref(), Some(&id));
    assert_eq!(
        world.events(ada).await,
        ["registered", "gone", "registered"]
    );
    assert!(world.stamp(ada).await.unwrap().all);
}

async fn missed_notifications_are_caught_up_once_a_minute(world: World) {
    let (ada, id) = subscribed(&world).await;
    told(&world, ada, &id, "missed").await;
    world.settle().await;
    assert!(world.stamp(ada).await.unwrap().all);
    world.sync(ada).await;
    for _ in 0..4 {
        world.pass(Duration::from_secs(10)).await;
        told(&world, ada, &id, "missed").await;
        world.settle().await;
        assert!(!world.is_stamped().await, "not so soon again");
    }
    world.pass(Duration::from_secs(21)).await;
    assert!(world.stamp(ada).await.unwrap().all);
    world.sync(ada).await;
    world.pass(5 * MINUTE).await;
    assert!(!world.is_stamped().await);
}
