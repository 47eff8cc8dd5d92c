//! A mailbox is disconnected, and taken up again where it stopped: nothing is left at Microsoft
//! and no token here, mail that came meanwhile is there, nothing is there twice (P16, C3).

use std::time::Duration;

use maildesk_testkit::desk::Desk;
use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::World;
use maildesk_testkit::{equal, story, wait};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const ADDRESS: &str = "grace@contoso.test";
/// Sweeps would come quickly, and renewals within the days that pass.
const SOON: &[(&str, &str)] = &[("MAILDESK_SYNC_INTERVAL_S", "1")];

const DAY: Duration = Duration::from_hours(24);

/// Calls that came from a desk: to Graph, and for tokens.
async fn calls(world: &World) -> usize {
    let journal = world.sim.journal(0).await;
    let ours = |entry: &&Value| entry["side"] == "graph" || entry["side"] == "signIn";
    journal.iter().filter(ours).count()
}

async fn mailbox(desk: &Desk, id: &str) -> Value {
    desk.call(Method::GET, &format!("/mailboxes/{id}"), None)
        .await
}

async fn wait_push(desk: &Desk, id: &str, state: &str) {
    wait::until("push is as it should be", || async {
        let mailbox = mailbox(desk, id).await;
        (mailbox["push"]["state"] == state).then_some(())
    })
    .await;
}

/// What must be so from the moment on when nothing is left to be deleted, however long it lasts.
async fn rests(world: &World, id: &str) {
    wait::until("nothing of ours is left at Microsoft", || async {
        world.sim.subscriptions().await.is_empty().then_some(())
    })
    .await;
    wait_push(&world.desk, id, "not_ready").await;
    wait::until("no token is kept", || async {
        (!world.has_tokens(id).await).then_some(())
    })
    .await;
    let before = calls(world).await;
    let sync = format!("/mailboxes/{id}/sync");
    for _ in 0..3 {
        world.clock.advance(DAY);
        let seconds = json!({"seconds": DAY.as_secs()});
        let turned = world
            .sim
            .call(Method::POST, "/sim/clock/advance", Some(seconds));
        turned.await;
        world.desk.call(Method::POST, &sync, None).await;
        // A check is carried out by the workers, so when it is done they have had their chance.
        let check = format!("/mailboxes/{id}/push/check");
        let push = world.desk.call(Method::POST, &check, None).await;
        assert_eq!(push["reasons"][0]["code"], "disconnected", "{push}");
    }
    assert_eq!(calls(world).await, before, "Microsoft is left alone");
}

/// The story itself; how it is connected again differs.
async fn disconnected_and_back(world: &World, id: &str, back: impl AsyncFn()) {
    let desk = &world.desk;
    assert_eq!(desk.register_push(id).await["state"], "active");
    let known = world.sim.deliver(ADDRESS, "Before").await;
    equal::wait_equal(&world.sim, ADDRESS, desk, id).await;

    let mut events = desk.events(None).await;
    let gone = desk
        .call(Method::POST, &format!("/mailboxes/{id}/disconnect"), None)
        .await;
    assert_eq!(gone["state"], "reconnect");
    assert_eq!(gone["trouble"]["code"], "disconnected");
    let told = events.next_named("mailbox.updated").await;
    assert_eq!(told.data["mailboxId"], id);
    rests(world, id).await;

    world.sim.deliver(ADDRESS, "Meanwhile").await;
    world
        .sim
        .patch(ADDRESS, &known, json!({"isRead": true}))
        .await;
    let list = format!("/messages?mailbox={id}");
    let here = desk.all(&list).await;
    let before = here.iter().find(|one| one["subject"] == "Before");
    let before = before.expect("what was here stays");
    assert!(here.iter().all(|one| one["subject"] != "Meanwhile"));
    let path = format!("/messages/{}", before["id"].as_str().expect("an id"));
    let flag = json!({"flag": "flagged"});
    let flagged = desk.call(Method::PATCH, &path, Some(flag));
    assert_eq!(flagged.await["flag"], "flagged", "shown at once");

    back().await;
    wait::until("the change is carried out", || async {
        let snapshot = world.sim.snapshot(ADDRESS).await.to_string();
        snapshot.contains("flagged").then_some(())
    })
    .await;
    equal::wait_equal(&world.sim, ADDRESS, desk, id).await;
    wait_push(desk, id, "active").await;
    assert_eq!(world.sim.subscriptions().await.len(), 1);
    world.sim.deliver(ADDRESS, "Afterwards").await;
    equal::wait_equal(&world.sim, ADDRESS, desk, id).await;
}

async fn as_a_person(engine: Engine) {
    let world = World::start(engine, SOON).await;
    world.sim.add_mailbox(ADDRESS, "user").await;
    world.sim.add_mailbox("eve@contoso.test", "user").await;
    world.sim.fill(ADDRESS, 12, 2, 1).await;
    let desk = &world.desk;
    let mailbox = json!({"name": "Grace", "email": ADDRESS, "connection": "graph_delegated"});
    let added = desk.call(Method::POST, "/mailboxes", Some(mailbox)).await;
    let id = added["id"].as_str().expect("a mailbox has an id");
    assert_eq!(desk.sign_in(id, ADDRESS).await, StatusCode::SEE_OTHER);
    desk.wait_active(id).await;
    disconnected_and_back(&world, id, async || {
        let other = desk.sign_in(id, "eve@contoso.test").await;
        assert_eq!(other, StatusCode::CONFLICT, "only the same person");
        assert!(!world.has_tokens(id).await);
        assert_eq!(desk.sign_in(id, ADDRESS).await, StatusCode::SEE_OTHER);
    })
    .await;
    world.stop().await;
}

async fn as_the_organisation(engine: Engine) {
    let world = World::start(engine, SOON).await;
    world.sim.add_mailbox(ADDRESS, "shared").await;
    world.sim.fill(ADDRESS, 12, 2, 1).await;
    let id = &world.connect(ADDRESS).await;
    disconnected_and_back(&world, id, async || {
        let again = format!("/mailboxes/{id}/connect");
        let back = world.desk.call(Method::POST, &again, None).await;
        assert_eq!(
            (&back["state"], &back["trouble"]),
            (&json!("active"), &Value::Null)
        );
    })
    .await;
    world.stop().await;
}

story!(a_person_comes_back_by_signing_in, as_a_person);
story!(the_organisation_comes_back_by_a_button, as_the_organisation);
