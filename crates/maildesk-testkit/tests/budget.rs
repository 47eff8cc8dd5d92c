//! What one mail and one quiet sweep cost, by the simulator's own journal (S8, S10).

use maildesk_testkit::engine::Engine;
use maildesk_testkit::world::World;
use maildesk_testkit::{story, wait};
use reqwest::Method;
use serde_json::{Value, json};

const LARGE: &str = "large@contoso.test";
const OTHER: &str = "other@contoso.test";

/// Graph requests in the journal since `n`, for one mailbox.
fn requests(journal: &[Value], address: &str) -> Vec<String> {
    journal
        .iter()
        .filter(|entry| entry["side"] == "graph" && entry["mailbox"] == address)
        .filter(|entry| {
            !entry["path"]
                .as_str()
                .unwrap_or_default()
                .contains("/subscriptions")
        })
        .map(|entry| {
            format!(
                "{} {}",
                entry["method"].as_str().unwrap_or_default(),
                entry["path"].as_str().unwrap_or_default()
            )
        })
        .collect()
}

async fn last_sync(world: &World, mailbox: &str) -> String {
    let answer = world
        .desk
        .call(Method::GET, &format!("/mailboxes/{mailbox}"), None)
        .await;
    answer["lastSyncAt"].as_str().unwrap_or_default().to_owned()
}

/// Waits until the simulator is left alone: half a second without a request. The newest entry.
async fn wait_quiet(world: &World) -> u64 {
    let mut seen = world.sim.journal_end().await;
    let mut calm = 0;
    while calm < 20 {
        wait::moment(std::time::Duration::from_millis(25)).await;
        let new = world.sim.journal(seen).await;
        calm = if new.is_empty() { calm + 1 } else { 0 };
        seen = new
            .last()
            .and_then(|entry| entry["n"].as_u64())
            .unwrap_or(seen);
    }
    seen
}

async fn announced_mail(engine: Engine) {
    // No sweep and no import gets between: both are over, and the next sweep is an hour away.
    let world = World::start(engine, &[("MAILDESK_SYNC_INTERVAL_S", "3600")]).await;
    for address in [LARGE, OTHER] {
        world.sim.add_mailbox(address, "shared").await;
        world.sim.fill(address, 300, 200, 1).await;
    }
    let large = world.connect(LARGE).await;
    let other = world.connect(OTHER).await;
    for mailbox in [&large, &other] {
        assert_eq!(world.desk.register_push(mailbox).await["state"], "active");
    }
    for mailbox in [&large, &other] {
        wait_texts(&world, mailbox).await;
    }
    // The storm of updates that follows an arrival is counted apart by S8.
    world
        .sim
        .faults(json!({"notifications": {"updates": 0}}))
        .await;
    let start = wait_quiet(&world).await;
    let before = last_sync(&world, &other).await;

    let mut events = world.desk.events(None).await;
    world.sim.deliver(LARGE, "One mail").await;
    events.next_named("message.created").await;
    wait_quiet(&world).await;
    let journal = world.sim.journal(start).await;
    let cost = requests(&journal, LARGE);
    assert!((1..=3).contains(&cost.len()), "{cost:#?}");
    // An invitation costs no more, and all that it tells is there at once.
    let start = wait_quiet(&world).await;
    let mail = json!({
        "from": {"name": "Grace", "address": "grace@example.org"}, "subject": "Standup", "html": "<p>x</p>",
        "meeting": {"meetingMessageType": "meetingRequest", "start": "2026-12-01T09:00:00Z", "end": "2026-12-01T09:30:00Z", "location": "Room 4"},
    });
    world.sim.deliver_mail(LARGE, mail).await;
    let event = events.next_named("message.created").await;
    let path = format!("/messages/{}", event.data["id"].as_str().expect("an id"));
    let shown = world.desk.call(Method::GET, &path, None).await;
    assert_eq!(shown["meeting"]["kind"], "request");
    assert_eq!(shown["meeting"]["startsAt"], "2026-12-01T09:00:00Z");
    assert_eq!(shown["meeting"]["location"], "Room 4");
    wait_quiet(&world).await;
    let cost = requests(&world.sim.journal(start).await, LARGE);
    assert!((1..=3).contains(&cost.len()), "{cost:#?}");
    assert_eq!(
        requests(&journal, OTHER),
        Vec::<String>::new(),
        "that mailbox only"
    );
    assert_eq!(last_sync(&world, &other).await, before);
    world.stop().await;
}

/// The texts of all 300 old messages have come, by themselves and for as long as it takes, a busy machine's pauses
/// included.
async fn wait_texts(world: &World, mailbox: &str) {
    let path = format!("/mailboxes/{mailbox}");
    wait::until("every text is here", || async {
        let mailbox = world.desk.call(Method::GET, &path, None).await;
        (mailbox["import"]["bodies"] == 300).then_some(())
    })
    .await;
}

/// How often the folders' delta was asked for: once for each sweep.
fn sweeps(journal: &[Value]) -> usize {
    let requests = requests(journal, LARGE);
    requests
        .iter()
        .filter(|request| request.contains("/mailFolders/delta"))
        .count()
}

async fn history(engine: Engine) {
    let world = World::start(engine, &[("MAILDESK_SYNC_INTERVAL_S", "3600")]).await;
    world.sim.add_mailbox(LARGE, "shared").await;
    world.sim.fill(LARGE, 2_000, 30, 1).await;
    world.connect(LARGE).await;
    wait_quiet(&world).await;
    let sweeps = sweeps(&world.sim.journal(0).await);
    // One lists the folders; while they are many, a sweep may follow at once and another soon.
    assert!(
        (1..=3).contains(&sweeps),
        "{sweeps} sweeps while history came"
    );
    world.stop().await;
}

async fn quiet_sweep(engine: Engine) {
    let world = World::start(engine, &[("MAILDESK_SYNC_INTERVAL_S", "3600")]).await;
    world.sim.add_mailbox(LARGE, "shared").await;
    world.sim.fill(LARGE, 300, 200, 1).await;
    let mailbox = world.connect(LARGE).await;
    wait_texts(&world, &mailbox).await;
    let start = wait_quiet(&world).await;
    let before = last_sync(&world, &mailbox).await;

    world.clock.advance(std::time::Duration::from_hours(1));
    wait::until("a sweep has ended", || async {
        (last_sync(&world, &mailbox).await != before).then_some(())
    })
    .await;
    let cost = requests(&world.sim.journal(start).await, LARGE);
    assert!((1..=12).contains(&cost.len()), "{cost:#?}");
    world.stop().await;
}

story!(one_announced_mail_costs_three_requests, announced_mail);
story!(history_causes_no_sweeps, history);
story!(a_quiet_sweep_costs_twelve_requests, quiet_sweep);
