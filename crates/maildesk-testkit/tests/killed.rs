//! The server killed with -9 at fifty random moments of a busy minute: afterwards the desk equals
//! the mailbox, and nothing was told twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use maildesk_testkit::desk::Desk;
use maildesk_testkit::sim::Sim;
use maildesk_testkit::stack::Stack;
use maildesk_testkit::{chance::Chance, equal, wait};
use reqwest::Method;
use serde_json::json;

const ADDRESS: &str = "team@contoso.test";
const KILLS: usize = 50;

/// Somebody busy in Outlook: delivers, reads, flags, moves and deletes until told to stop.
async fn busy_outlook(sim: Sim, seed: u64, stop: Arc<AtomicBool>, delivered: Arc<AtomicUsize>) {
    let mut chance = Chance::new(seed);
    let mut ids: Vec<String> = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        match chance.below(10) {
            0..=4 => {
                let n = delivered.fetch_add(1, Ordering::Relaxed);
                ids.push(sim.deliver(ADDRESS, &format!("Busy mail {n}")).await);
            }
            5..=6 if !ids.is_empty() => {
                let id = &ids[chance.below(ids.len())];
                sim.patch(ADDRESS, id, json!({"isRead": chance.below(2) == 0}))
                    .await;
            }
            7 if !ids.is_empty() => {
                let id = &ids[chance.below(ids.len())];
                sim.patch(
                    ADDRESS,
                    id,
                    json!({"flag": {"flagStatus": "flagged"}, "categories": ["Blue category"]}),
                )
                .await;
            }
            8 if !ids.is_empty() => {
                let folder = ["archive", "inbox", "deleteditems"][chance.below(3)];
                let id = &ids[chance.below(ids.len())];
                sim.move_to(ADDRESS, id, folder).await;
            }
            9 if ids.len() > 5 => {
                let id = ids.swap_remove(chance.below(ids.len()));
                sim.delete(ADDRESS, &id).await;
            }
            _ => {}
        }
        wait::moment(Duration::from_millis(20 + chance.below(60) as u64)).await;
    }
}

/// Somebody busy at the desk: marks and flags what they see, when the server answers.
async fn busy_person(desk: Desk, mailbox: String, seed: u64, stop: Arc<AtomicBool>) {
    let mut chance = Chance::new(seed);
    while !stop.load(Ordering::Relaxed) {
        wait::moment(Duration::from_millis(100)).await;
        let list = format!("/messages?mailbox={mailbox}&limit=20");
        let Some((_, page)) = desk.try_call(Method::GET, &list, None).await else {
            continue;
        };
        let Some(items) = page["items"].as_array().filter(|items| !items.is_empty()) else {
            continue;
        };
        let id = items[chance.below(items.len())]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let change = match chance.below(3) {
            0 => json!({"isRead": true}),
            1 => json!({"flag": "complete"}),
            _ => json!({"isRead": false, "categories": ["Red category"]}),
        };
        // The server may be killed before it answers; the person would click again.
        let _ = desk
            .try_call(Method::PATCH, &format!("/messages/{id}"), Some(change))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_kills_lose_nothing_and_tell_nothing_twice() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut stack = Stack::start(folder.path(), &[("MAILDESK_SYNC_INTERVAL_S", "2")]).await;
    stack.sim.add_mailbox(ADDRESS, "shared").await;
    stack.sim.fill(ADDRESS, 400, 6, 7).await;
    let mailbox = stack.desk.add_mailbox(ADDRESS).await;
    stack.desk.wait_active(&mailbox).await;
    assert_eq!(stack.desk.register_push(&mailbox).await["state"], "active");

    let stop = Arc::new(AtomicBool::new(false));
    let delivered = Arc::new(AtomicUsize::new(0));
    let outlook = tokio::spawn(busy_outlook(
        stack.sim.clone(),
        3,
        stop.clone(),
        delivered.clone(),
    ));
    let person = tokio::spawn(busy_person(
        stack.desk.clone(),
        mailbox.clone(),
        4,
        stop.clone(),
    ));
    let mut chance = Chance::new(5);
    for _ in 0..KILLS {
        // Now and then during the start itself, mostly in the middle of work: a minute in all.
        wait::moment(Duration::from_millis(chance.below(2_400) as u64)).await;
        stack.kill_server();
        stack.spawn_server();
    }
    stop.store(true, Ordering::Relaxed);
    outlook.await.expect("Outlook works to the end");
    person.await.expect("the person works to the end");
    stack.kill_server();
    stack.start_server().await;

    wait_settled(&stack.desk, &mailbox).await;
    let contents = equal::wait_equal(&stack.sim, ADDRESS, &stack.desk, &mailbox).await;
    assert!(
        contents.message_count() > 400,
        "history and new mail are there"
    );
    assert!(
        delivered.load(Ordering::Relaxed) > 100,
        "it was a busy time"
    );
    told_once(&stack.desk).await;
    assert_eq!(stack.stop_server(), Some(0), "a graceful stop");
}

/// Waits until what people wanted has reached Microsoft, so that both sides can be compared.
async fn wait_settled(desk: &Desk, mailbox: &str) {
    let path = format!("/mailboxes/{mailbox}");
    wait::until("the mailbox is synced after the last start", || async {
        let (_, answer) = desk.try_call(Method::GET, &path, None).await?;
        (answer["state"] == "active").then_some(())
    })
    .await;
}

/// Reads the whole journal: every message was announced as arrived at most once.
async fn told_once(desk: &Desk) {
    let mut events = desk.events(Some("0")).await;
    desk.call(
        Method::POST,
        "/mailboxes",
        Some(json!({"name": "End", "email": "end@contoso.test", "connection": "graph_delegated"})),
    )
    .await;
    let end = desk
        .all("/mailboxes")
        .await
        .iter()
        .find(|one| one["name"] == "End")
        .map(|one| one["id"].clone());
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    loop {
        let event = tokio::time::timeout(wait::LIMIT, events.next())
            .await
            .expect("the journal can be read")
            .expect("the stream stays open");
        assert_ne!(event.name, "reset", "the journal is kept");
        if event.name == "message.created" {
            *told.entry(event.data["id"].to_string()).or_default() += 1;
        }
        if event.name == "mailbox.updated" && Some(&event.data["mailboxId"]) == end.as_ref() {
            break;
        }
    }
    assert!(!told.is_empty(), "arrivals were told");
    let doubles: Vec<_> = told.iter().filter(|(_, count)| **count > 1).collect();
    assert!(doubles.is_empty(), "told twice: {doubles:?}");
}
