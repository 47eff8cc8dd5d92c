//! A mail arrives: with push within moments, without push by the schedule, with the same end.

use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::World;
use maildesk_testkit::{equal, story, wait};
use reqwest::Method;
use serde_json::json;

const ADDRESS: &str = "team@contoso.test";

/// What happens in Outlook and what the desk must show, whether push is on or not (invariant 3).
async fn an_hour_at_the_office(world: &World, mailbox: &str) {
    let mut events = world.desk.events(None).await;
    let id = world.sim.deliver(ADDRESS, "Invoice 42").await;
    let event = events.next_named("message.created").await;
    assert_eq!(event.data["mailboxId"], mailbox);
    let message = event.data["id"]
        .as_str()
        .expect("an event names its message")
        .to_owned();
    let shown = world
        .desk
        .call(Method::GET, &format!("/messages/{message}"), None)
        .await;
    assert_eq!(shown["subject"], "Invoice 42");
    assert_eq!(shown["isRead"], false);

    let invitation = json!({
        "from": {"name": "Grace", "address": "grace@example.org"}, "subject": "Standup", "html": "<p>x</p>",
        "meeting": {
            "meetingMessageType": "meetingRequest", "start": "2026-12-01T00:00:00Z",
            "end": "2026-12-03T00:00:00Z", "isAllDay": true, "location": "Room 4", "type": "seriesMaster",
        },
    });
    world.sim.deliver_mail(ADDRESS, invitation).await;
    let event = events.next_named("message.created").await;
    let path = format!("/messages/{}", event.data["id"].as_str().expect("an id"));
    let told = wait::until("all of the meeting is known", || async {
        let shown = world.desk.call(Method::GET, &path, None).await;
        let known = shown["meeting"]["startsAt"].is_string();
        known.then(|| shown["meeting"].clone())
    })
    .await;
    let wanted = json!({
        "kind": "request", "startsAt": "2026-12-01T00:00:00Z", "endsAt": "2026-12-03T00:00:00Z",
        "isAllDay": true, "repeats": true, "location": "Room 4",
    });
    assert_eq!(told, wanted);

    world.sim.patch(ADDRESS, &id, json!({"isRead": true})).await;
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, mailbox).await;
    world.sim.move_to(ADDRESS, &id, "archive").await;
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, mailbox).await;
    world.sim.delete(ADDRESS, &id).await;
    let end = equal::wait_equal(&world.sim, ADDRESS, &world.desk, mailbox).await;
    // What is deleted in Outlook lies in Deleted Items.
    assert_eq!(end.message_count(), 22, "nothing else has come or gone");
}

async fn with_push(engine: Engine) {
    let world = World::start(engine, &[]).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    world.sim.fill(ADDRESS, 20, 3, 1).await;
    let mailbox = world.connect(ADDRESS).await;
    let push = world.desk.register_push(&mailbox).await;
    assert_eq!(push["state"], "active", "{push}");
    assert_eq!(push["ready"], true);
    assert!(push["subscriptionId"].is_string() && push["expiresAt"].is_string());
    an_hour_at_the_office(&world, &mailbox).await;
    let push = world
        .desk
        .call(Method::GET, &format!("/mailboxes/{mailbox}/push"), None)
        .await;
    assert!(push["lastNotificationAt"].is_string(), "{push}");
    world
        .desk
        .call(Method::DELETE, &format!("/mailboxes/{mailbox}/push"), None)
        .await;
    assert_eq!(
        world.sim.subscriptions().await,
        Vec::<serde_json::Value>::new()
    );
    world.stop().await;
}

async fn without_push(engine: Engine) {
    let world = World::start(
        engine,
        &[
            ("MAILDESK_SYNC_INTERVAL_S", "1"),
            ("MAILDESK_PUSH_ENABLED", "false"),
        ],
    )
    .await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    world.sim.fill(ADDRESS, 20, 3, 1).await;
    let mailbox = world.connect(ADDRESS).await;
    an_hour_at_the_office(&world, &mailbox).await;
    world.stop().await;
}

story!(mail_arrives_by_push, with_push);
story!(mail_arrives_by_the_schedule, without_push);
