//! The sign-in behind a mailbox ends, or is asked for more, or the app's secret is over: what people
//! are told, and that the mailbox goes on where it stopped (C3).

use std::time::Duration;

use maildesk_testkit::desk::Desk;
use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::World;
use maildesk_testkit::{equal, story, wait};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const ADDRESS: &str = "grace@contoso.test";
/// Sweeps come quickly, so that a story need not wait for them.
const SOON: &[(&str, &str)] = &[("MAILDESK_SYNC_INTERVAL_S", "1")];
/// Longer than any access token lives.
const HOURS: Duration = Duration::from_hours(3);

async fn mailbox(desk: &Desk, id: &str) -> Value {
    desk.call(Method::GET, &format!("/mailboxes/{id}"), None)
        .await
}

async fn wait_state(desk: &Desk, id: &str, state: &str) -> Value {
    wait::until("the mailbox is as it should be", || async {
        let mailbox = mailbox(desk, id).await;
        (mailbox["state"] == state).then_some(mailbox)
    })
    .await
}

/// Grace's mailbox, connected as her.
async fn connected(engine: Engine) -> (World, String) {
    let world = World::start(engine, SOON).await;
    world.sim.add_mailbox(ADDRESS, "user").await;
    world.sim.add_mailbox("eve@contoso.test", "user").await;
    world.sim.fill(ADDRESS, 40, 3, 1).await;
    let desk = &world.desk;
    let mailbox = json!({"name": "Grace", "email": ADDRESS, "connection": "graph_delegated"});
    let added = desk.call(Method::POST, "/mailboxes", Some(mailbox)).await;
    let id = added["id"]
        .as_str()
        .expect("a mailbox has an id")
        .to_owned();
    assert_eq!(desk.sign_in(&id, ADDRESS).await, StatusCode::SEE_OTHER);
    desk.wait_active(&id).await;
    equal::wait_equal(&world.sim, ADDRESS, desk, &id).await;
    let journal = world.sim.journal(0).await;
    assert!(listings(&journal) > 3, "every folder was listed");
    (world, id)
}

/// Time passes for both sides.
async fn pass(world: &World, span: Duration) {
    world.clock.advance(span);
    let seconds = json!({ "seconds": span.as_secs() });
    let turned = world
        .sim
        .call(Method::POST, "/sim/clock/advance", Some(seconds));
    turned.await;
}

async fn journal_end(world: &World) -> u64 {
    world.sim.journal_end().await
}

/// Calls that list a folder from the beginning.
fn listings(journal: &[Value]) -> usize {
    let from_the_beginning = |entry: &&Value| {
        let path = entry["path"].as_str().unwrap_or_default();
        path.contains("/messages/delta") && !path.contains("token=")
    };
    journal.iter().filter(from_the_beginning).count()
}

/// After the mailbox has said *reconnect*: only Grace brings it back, and it goes on from the links
/// it had.
async fn comes_back(world: &World, id: &str) {
    let desk = &world.desk;
    world.sim.deliver(ADDRESS, "Meanwhile").await;
    let list = format!("/messages?mailbox={id}");
    let here = desk.all(&list).await;
    assert!(!here.is_empty(), "what was here stays");
    let since = journal_end(world).await;
    let other = desk.sign_in(id, "eve@contoso.test").await;
    assert_eq!(other, StatusCode::CONFLICT, "only the same person");
    assert_eq!(mailbox(desk, id).await["state"], "reconnect");
    assert_eq!(desk.sign_in(id, ADDRESS).await, StatusCode::SEE_OTHER);
    wait_state(desk, id, "active").await;
    equal::wait_equal(&world.sim, ADDRESS, desk, id).await;
    let journal = world.sim.journal(since).await;
    assert_eq!(listings(&journal), 0, "it goes on from the stored links");
}

async fn revoked(engine: Engine) {
    let (world, id) = connected(engine).await;
    let revoke = json!({"revokeSignIns": true});
    let path = format!("/sim/mailboxes/{ADDRESS}");
    world.sim.call(Method::PATCH, &path, Some(revoke)).await;
    pass(&world, HOURS).await;
    let shown = wait_state(&world.desk, &id, "reconnect").await;
    assert_eq!(shown["trouble"]["code"], "invalid_grant");
    let remedy = shown["trouble"]["remedy"].as_str().unwrap_or_default();
    assert!(remedy.contains("password was changed"), "{shown}");
    comes_back(&world, &id).await;
    world.stop().await;
}

async fn claims_of_graph(engine: Engine) {
    let (world, id) = connected(engine).await;
    let challenge = json!({"token": {"claimsChallenge": 1}});
    world.sim.faults(challenge).await;
    let shown = wait_state(&world.desk, &id, "reconnect").await;
    assert_eq!(shown["trouble"]["code"], "InvalidAuthenticationToken");
    comes_back(&world, &id).await;
    world.stop().await;
}

async fn blocked_by_policy(engine: Engine) {
    let (world, id) = connected(engine).await;
    let challenge = json!({"token": {"claimsChallenge": 1}});
    pass(&world, HOURS).await;
    world.sim.faults(challenge).await;
    let shown = wait_state(&world.desk, &id, "reconnect").await;
    let remedy = shown["trouble"]["remedy"].as_str().unwrap_or_default();
    let by_policy = remedy.contains("Conditional Access");
    // A token that was refreshed just before is challenged by Graph instead.
    let by_graph = shown["trouble"]["code"] == "InvalidAuthenticationToken";
    assert!(by_policy || by_graph, "{shown}");
    comes_back(&world, &id).await;
    world.stop().await;
}

async fn secret_over(engine: Engine) {
    let (world, id) = connected(engine).await;
    let over = json!({"token": {"secretExpired": 1}});
    world.sim.faults(over).await;
    pass(&world, HOURS).await;
    let shown = wait_state(&world.desk, &id, "error").await;
    assert_eq!(shown["trouble"]["code"], "invalid_client");
    let remedy = shown["trouble"]["remedy"].as_str().unwrap_or_default();
    assert!(remedy.contains("client secret has expired"), "{shown}");
    world.sim.deliver(ADDRESS, "Meanwhile").await;
    world.sim.faults(json!({})).await;
    // The app's credentials are left alone for half a minute after a refusal.
    world.clock.advance(Duration::from_mins(1));
    wait_state(&world.desk, &id, "active").await;
    equal::wait_equal(&world.sim, ADDRESS, &world.desk, &id).await;
    world.stop().await;
}

story!(a_revoked_sign_in_comes_back_where_it_stopped, revoked);
story!(
    claims_that_graph_demands_lead_to_the_sign_in,
    claims_of_graph
);
story!(a_policy_that_blocks_leads_to_the_sign_in, blocked_by_policy);
story!(
    a_secret_that_is_over_is_the_apps_trouble_and_heals,
    secret_over
);
