//! Graph has one already: ours, one whose creation was never heard of, or somebody else's.

use std::time::Duration;

use http::Method;
use maildesk_model::Clock;
use maildesk_model::intent::Want;
use maildesk_model::push::PushState;
use serde_json::json;

use crate::office::{ADA, BOB};
use crate::world::{BASE, World, stories};

stories!(
    one_whose_creation_was_never_heard_of_is_replaced,
    one_that_was_lost_before_the_base_url_changed_is_replaced,
    one_that_was_lost_before_push_was_off_and_the_base_url_changed_is_replaced,
    what_a_changed_address_took_away_is_told,
    another_installations_is_left_alone,
    where_twins_are_allowed_the_old_one_goes_after_the_new_one_lives,
    what_notifies_us_and_nobody_knows_is_deleted_when_it_was_seen_twice,
);

async fn one_whose_creation_was_never_heard_of_is_replaced(world: World) {
    let ada = world.person(ADA).await;
    world.office.line.lose_creations(1);
    let intent = world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    assert_eq!(world.refusal(intent).await, "connection_broke");
    let orphan = world.office.subscriptions().await.remove(0);
    assert_eq!(world.panel(ada).await.state, PushState::Broken);

    world.pass(Duration::from_mins(1)).await;
    let there = world.office.subscriptions().await;
    assert_eq!(there.len(), 1);
    assert_ne!(there[0]["id"], orphan["id"]);
    let panel = world.panel(ada).await;
    assert_eq!(panel.state, PushState::Active);
    assert_eq!(panel.subscription.as_deref(), there[0]["id"].as_str());
}

async fn one_that_was_lost_before_the_base_url_changed_is_replaced(world: World) {
    let ada = world.organisation(ADA).await;
    world.office.line.lose_creations(1);
    let intent = world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    assert_eq!(world.refusal(intent).await, "connection_broke");
    let orphan = world.office.subscriptions().await.remove(0);

    world.set_base_url("https://push.example.com").await;
    world.settle().await;
    let there = world.office.subscriptions().await;
    assert_eq!(there.len(), 1);
    assert_ne!(there[0]["id"], orphan["id"]);
    let panel = world.panel(ada).await;
    assert_eq!(panel.state, PushState::Active);
    assert_eq!(panel.subscription.as_deref(), there[0]["id"].as_str());
}

async fn one_that_was_lost_before_push_was_off_and_the_base_url_changed_is_replaced(world: World) {
    let ada = world.organisation(ADA).await;
    world.office.line.lose_creations(1);
    world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    let orphan = world.office.subscriptions().await.remove(0);

    world.want(ada, Want::TurnOffPush).await;
    world.settle().await;
    world.set_base_url("https://push.example.com").await;
    world.settle().await;
    world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    let there = world.office.subscriptions().await;
    assert_eq!(there.len(), 1);
    assert_ne!(there[0]["id"], orphan["id"]);
    let panel = world.panel(ada).await;
    assert_eq!(panel.state, PushState::Active);
    assert_eq!(panel.subscription.as_deref(), there[0]["id"].as_str());
}

/// Microsoft allows no second one beside it, so the living one had to go first; and then the new
/// address does not answer.
async fn what_a_changed_address_took_away_is_told(world: World) {
    let ada = world.organisation(ADA).await;
    world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    assert_eq!(world.panel(ada).await.state, PushState::Active);

    world.pass(Duration::from_mins(1)).await;
    world.office.address.close(true);
    world.set_base_url("https://push.example.com").await;
    world.settle().await;
    let panel = world.panel(ada).await;
    assert_eq!(panel.state, PushState::Broken);
    assert!(panel.next_at.is_some_and(|next| next > world.clock.now()));
    let mut events = panel.events.into_iter().rev();
    let event = events
        .find(|event| event.kind == "address_changed")
        .unwrap();
    assert!(
        event.detail.contains(BASE) && event.detail.contains("https://push.example.com"),
        "{}",
        event.detail
    );
    let after: Vec<_> = events.map(|event| event.kind).collect();
    assert_eq!(after, ["removed", "probe_missed", "refused"]);

    world.office.address.close(false);
    world.pass(Duration::from_mins(10)).await;
    assert_eq!(world.panel(ada).await.state, PushState::Active);
    let told = world.events(ada).await;
    let told = told.iter().filter(|kind| *kind == "address_changed");
    assert_eq!(told.count(), 1, "once");
}

async fn another_installations_is_left_alone(world: World) {
    let ada = world.organisation(ADA).await;
    let end = world.clock.now().plus(Duration::from_hours(100));
    let url = "https://desk.example.com/other";
    let theirs = json!({
        "changeType": "created,updated,deleted", "resource": format!("users/{ADA}/messages"),
        "notificationUrl": url, "expirationDateTime": end.to_rfc3339(), "clientState": "theirs",
    });
    // Their webhook is served by somebody else; here it is enough that it echoes.
    world.office.address.leads_to(world.webhook_at("/other"));
    let theirs = world
        .office
        .graph(Method::POST, "subscriptions", theirs)
        .await;
    world.office.address.leads_to(world.webhook.clone());

    let intent = world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    assert_eq!(world.refusal(intent).await, "ObjectIdentifierInUse");
    let trouble = world.panel(ada).await.trouble.unwrap();
    assert!(
        trouble.remedy.starts_with("Another installation"),
        "{}",
        trouble.remedy
    );
    for _ in 0..48 {
        world.pass(Duration::from_hours(1)).await;
    }
    let there = world.office.subscriptions().await;
    assert_eq!(there.len(), 1);
    assert_eq!(there[0]["id"], theirs["id"]);
    assert_eq!(world.office.line.asked_for("DELETE"), 0);
    // It ends, and ours takes its place by itself.
    world.pass(Duration::from_hours(60)).await;
    let there = world.office.subscriptions().await;
    assert_eq!(
        there[0]["notificationUrl"],
        format!("{BASE}/maildesk/push/outlook")
    );
}

async fn where_twins_are_allowed_the_old_one_goes_after_the_new_one_lives(world: World) {
    let faults = json!({"subscription": {"conflict409": false}});
    world.office.faults(faults).await;
    let ada = world.person(ADA).await;
    world.register(ada).await;
    world.register(ada).await;
    let asked = world.office.line.asked();
    let written: Vec<&str> = asked
        .iter()
        .filter_map(|one| one.split(' ').next())
        .filter(|method| *method != "GET")
        .collect();
    assert_eq!(written, ["POST", "POST", "DELETE"]);
    assert_eq!(world.office.subscriptions().await.len(), 1);
}

async fn what_notifies_us_and_nobody_knows_is_deleted_when_it_was_seen_twice(world: World) {
    let ada = world.organisation(ADA).await;
    world.register(ada).await;
    let create = async |url: &str| {
        let end = world.clock.now().plus(Duration::from_hours(100));
        let one = json!({
            "changeType": "created,updated,deleted", "resource": format!("users/{BOB}/messages"),
            "notificationUrl": url, "expirationDateTime": end.to_rfc3339(), "clientState": "x",
        });
        let made = world.office.graph(Method::POST, "subscriptions", one).await;
        made["id"].as_str().unwrap().to_owned()
    };
    world
        .office
        .faults(json!({"subscription": {"conflict409": false}}))
        .await;
    let orphan = create(&format!("{BASE}/maildesk/push/outlook")).await;
    world.office.address.leads_to(world.webhook_at("/other"));
    let theirs = create(&format!("{BASE}/other")).await;
    world.office.address.leads_to(world.webhook.clone());
    let ids = async || {
        let there = world.office.subscriptions().await;
        let ids = there
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let lists = || world.office.line.asked_for("GET /v1.0/subscriptions");
    let before = lists();
    // Seen a first time within the day, and at the next look after that it goes.
    for _ in 0..26 {
        world.pass(Duration::from_hours(1)).await;
    }
    let left = ids().await;
    assert!(
        !left.contains(&orphan) && left.contains(&theirs),
        "{left:?}"
    );
    assert_eq!(left.len(), 2);
    assert!(lists() - before < 40, "lists are scarce");
    assert_eq!(world.panel(ada).await.state, PushState::Quiet);
}
