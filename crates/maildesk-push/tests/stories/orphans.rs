//! As a person: what notifies us and nobody here knows is looked for after a 409 and when the
//! mailbox goes, and at no other time (P16).

use std::time::Duration;

use http::Method;
use maildesk_model::MailboxId;
use maildesk_model::intent::Want;
use maildesk_model::push::PushState;
use maildesk_store::contract::{ConnectionStore, MailboxStore, PushStore, SyncStore};
use serde_json::json;

use crate::office::{ADA, BOB};
use crate::wire::Refusal;
use crate::world::{BASE, World, stories};

stories!(
    a_lost_creation_is_found_when_the_mailbox_is_disconnected,
    a_lost_creation_is_found_when_the_mailbox_is_removed,
    after_a_409_the_rest_is_looked_for_too,
    a_list_that_cannot_be_had_keeps_tokens_half_an_hour,
    an_orphan_that_cannot_be_deleted_is_not_forgotten,
    a_list_whose_token_is_refused_is_asked_for_with_another,
    a_person_who_works_lists_nothing,
);

const MINUTE: Duration = Duration::from_mins(1);

fn lists(world: &World) -> usize {
    let all = world.office.line.asked();
    let lists = all.iter().filter(|one| *one == "GET /v1.0/subscriptions");
    lists.count()
}

async fn ids(world: &World) -> Vec<String> {
    let there = world.office.subscriptions().await;
    let ids = there.iter().map(|one| one["id"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

async fn has_tokens(world: &World, id: MailboxId) -> bool {
    let row = world.store().connection(id).await.unwrap();
    row.is_some_and(|row| row.tokens.is_some())
}

/// Ada with a subscription, and with another one whose creation was never heard of. Here twins are
/// allowed, so that no 409 tells.
async fn with_an_orphan(world: &World) -> MailboxId {
    let twins = json!({"subscription": {"conflict409": false}});
    world.office.faults(twins).await;
    let ada = world.person(ADA).await;
    world.office.line.lose_creations(1);
    world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    world.pass(MINUTE).await;
    assert_eq!(world.panel(ada).await.state, PushState::Active);
    assert_eq!(world.office.subscriptions().await.len(), 2);
    assert_eq!(lists(world), 0);
    ada
}

/// Seen at once, and gone when it is seen again; tokens go with it.
async fn is_found(world: &World, ada: MailboxId) {
    world.settle().await;
    assert_eq!(ids(world).await.len(), 1, "its own is deleted at once");
    assert_eq!(lists(world), 1);
    assert!(has_tokens(world, ada).await);
    world.pass(9 * MINUTE).await;
    assert_eq!(ids(world).await.len(), 1);
    world.pass(2 * MINUTE).await;
    assert!(ids(world).await.is_empty());
    assert!(!has_tokens(world, ada).await);
    world.pass(Duration::from_hours(48)).await;
    assert_eq!(lists(world), 2);
}

async fn a_lost_creation_is_found_when_the_mailbox_is_disconnected(world: World) {
    let ada = with_an_orphan(&world).await;
    let now = world.now();
    let done = world.store().disconnect_mailbox(world.admin, ada, now);
    assert!(done.await.unwrap());
    is_found(&world, ada).await;
}

async fn a_lost_creation_is_found_when_the_mailbox_is_removed(world: World) {
    let ada = with_an_orphan(&world).await;
    let now = world.now();
    let done = world.store().remove_mailbox(world.admin, ada, now);
    assert!(done.await.unwrap());
    is_found(&world, ada).await;
    while world.store().sweep_removed(100).await.unwrap() {}
    assert!(world.store().connection(ada).await.unwrap().is_none());
}

async fn after_a_409_the_rest_is_looked_for_too(world: World) {
    let ada = world.person(ADA).await;
    let token = world.office.sign_in(ADA).await.access;
    let create = async |url: String, changes: &str| {
        let end = world.now().plus(Duration::from_hours(100));
        let one = json!({
            "changeType": changes, "resource": "me/messages", "notificationUrl": url,
            "expirationDateTime": end.to_rfc3339(), "clientState": "x",
        });
        let office = &world.office;
        let made = office.graph_as(&token, Method::POST, "subscriptions", one);
        made.await["id"].as_str().unwrap().to_owned()
    };
    let ours = format!("{BASE}/maildesk/push/outlook");
    let orphan = create(ours, "created").await;
    world.office.address.leads_to(world.webhook_at("/other"));
    let theirs = create(format!("{BASE}/other"), "deleted").await;
    world.office.address.leads_to(world.webhook.clone());

    world.office.line.lose_creations(1);
    world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    assert_eq!(lists(&world), 0, "nothing has told of a twin yet");
    world.pass(MINUTE).await;
    let own = world.panel(ada).await.subscription.unwrap();
    assert_eq!(lists(&world), 1);
    assert_eq!(ids(&world).await.len(), 3);
    world.pass(11 * MINUTE).await;
    let left = ids(&world).await;
    assert!(!left.contains(&orphan), "{left:?}");
    assert!(left.contains(&theirs) && left.contains(&own), "{left:?}");
    for _ in 0..48 {
        world.pass(Duration::from_hours(1)).await;
    }
    assert_eq!(lists(&world), 2, "lists are scarce");
}

async fn a_list_that_cannot_be_had_keeps_tokens_half_an_hour(world: World) {
    let ada = world.person(ADA).await;
    world.register(ada).await;
    let none = json!({"subscription": {"listQuota": 0}});
    world.office.faults(none).await;
    let now = world.now();
    let done = world.store().disconnect_mailbox(world.admin, ada, now);
    assert!(done.await.unwrap());
    world.settle().await;
    assert!(ids(&world).await.is_empty());
    assert!(has_tokens(&world, ada).await);
    for _ in 0..30 {
        world.pass(MINUTE).await;
    }
    assert!(!has_tokens(&world, ada).await);
    assert_eq!(lists(&world), 3);
    let next = world.store().next_push_at(world.now()).await;
    assert_eq!(next.unwrap(), None);
}

/// Ada with an orphan that a 409 has told of, and that was seen once; its id.
async fn suspected(world: &World) -> (MailboxId, String) {
    let ada = world.person(ADA).await;
    let token = world.office.sign_in(ADA).await.access;
    let end = world.now().plus(Duration::from_hours(100));
    let one = json!({
        "changeType": "created", "resource": "me/messages",
        "notificationUrl": format!("{BASE}/maildesk/push/outlook"),
        "expirationDateTime": end.to_rfc3339(), "clientState": "x",
    });
    let made = world
        .office
        .graph_as(&token, Method::POST, "subscriptions", one);
    let orphan = made.await["id"].as_str().unwrap().to_owned();
    world.office.line.lose_creations(1);
    world.want(ada, Want::RegisterPush).await;
    world.settle().await;
    world.pass(MINUTE).await;
    assert_eq!(lists(world), 1);
    (ada, orphan)
}

async fn an_orphan_that_cannot_be_deleted_is_not_forgotten(world: World) {
    let (_, orphan) = suspected(&world).await;
    let busy = Refusal {
        retry_after: Some(2700),
        ..Refusal::of(503, "ServiceUnavailable", "Try again later.")
    };
    world.office.line.refuse([(Method::DELETE, busy)]);
    for _ in 0..20 {
        world.pass(MINUTE).await;
    }
    assert_eq!(lists(&world), 2, "it was seen again");
    assert!(ids(&world).await.contains(&orphan));
    for _ in 0..30 {
        world.pass(MINUTE).await;
    }
    assert_eq!(lists(&world), 2, "Microsoft asked for 45 minutes");
    world.office.line.refuse([]);
    for _ in 0..10 {
        world.pass(MINUTE).await;
    }
    assert!(!ids(&world).await.contains(&orphan));
    world.pass(Duration::from_hours(48)).await;
    assert_eq!(lists(&world), 3);
}

async fn a_list_whose_token_is_refused_is_asked_for_with_another(world: World) {
    let (ada, orphan) = suspected(&world).await;
    let token = Refusal::of(401, "InvalidAuthenticationToken", "The token is expired.");
    world.office.line.refuse([(Method::GET, token)]);
    world.pass(11 * MINUTE).await;
    assert_eq!(lists(&world), 3, "once more with another token");
    assert!(ids(&world).await.contains(&orphan));
    // When somebody has signed in, it goes on.
    world.office.line.refuse([]);
    world.connect(ada, ADA).await;
    for _ in 0..20 {
        world.pass(MINUTE).await;
    }
    assert!(!ids(&world).await.contains(&orphan));
}

async fn a_person_who_works_lists_nothing(world: World) {
    let ada = world.person(ADA).await;
    let bob = world.person(BOB).await;
    world.register(ada).await;
    world.register(bob).await;
    world.register(ada).await;
    world.want(bob, Want::TurnOffPush).await;
    for _ in 0..48 {
        world.pass(Duration::from_hours(1)).await;
    }
    // Registering again had to clear our own twin away first.
    assert_eq!(lists(&world), 1);
}
