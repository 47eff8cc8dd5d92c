//! The measurements of docs/performance.md, on the real programs:
//! `latency [mails]`, `import [messages]`, `webhook [messages]`, `memory [mailboxes]`.
//!
//! Run it as `cargo xtask bench NAME`; it needs release builds of `maildesk` and `graph-sim`.

use std::time::{Duration, Instant};

use maildesk_testkit::desk::Desk;
use maildesk_testkit::stack::{Stack, client};
use maildesk_testkit::wait;
use reqwest::Method;
use serde_json::{Value, json};

const ADDRESS: &str = "team@contoso.test";

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let count = |default: u64| {
        arguments
            .get(1)
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    match arguments.first().map(String::as_str) {
        Some("latency") => latency(count(200)).await,
        Some("import") => import(count(50_000)).await,
        Some("webhook") => webhook(count(500_000)).await,
        Some("memory") => memory(count(500)).await,
        _ => say("usage: bench latency|import|webhook|memory [count]"),
    }
}

#[expect(clippy::print_stdout, reason = "a measurement is printed")]
fn say(line: &str) {
    println!("{line}");
}

#[expect(clippy::disallowed_methods, reason = "measuring needs the real clock")]
fn tick() -> Instant {
    Instant::now()
}

/// The value below which `share` of the sorted samples lie.
fn quantile(sorted: &[Duration], share: f64) -> Duration {
    let last = sorted.len().saturating_sub(1);
    let place = (last as f64 * share).round() as usize;
    sorted.get(place).copied().unwrap_or_default()
}

fn summary(what: &str, mut samples: Vec<Duration>) {
    samples.sort();
    say(&format!(
        "{what}: n={} p50={:.1?} p95={:.1?} p99={:.1?} max={:.1?}",
        samples.len(),
        quantile(&samples, 0.5),
        quantile(&samples, 0.95),
        quantile(&samples, 0.99),
        samples.last().copied().unwrap_or_default()
    ));
}

/// Delivered at the simulator → event at a client.
async fn latency(mails: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stack = Stack::start(folder.path(), &[]).await;
    stack.sim.add_mailbox(ADDRESS, "shared").await;
    stack.sim.fill(ADDRESS, 1_000, 20, 1).await;
    let mailbox = stack.desk.add_mailbox(ADDRESS).await;
    stack.desk.wait_active(&mailbox).await;
    stack.desk.register_push(&mailbox).await;
    let mut events = stack.desk.events(None).await;
    let mut samples = Vec::new();
    for n in 0..mails {
        let begun = tick();
        stack.sim.deliver(ADDRESS, &format!("Mail {n}")).await;
        events.next_named("message.created").await;
        samples.push(begun.elapsed());
    }
    summary("delivered -> event", samples);
}

/// How fast a mailbox is listed, and then its bodies.
async fn import(messages: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stack = Stack::start(folder.path(), &[]).await;
    stack.sim.add_mailbox(ADDRESS, "shared").await;
    stack.sim.fill(ADDRESS, messages, 50, 1).await;
    let begun = tick();
    let mailbox = stack.desk.add_mailbox(ADDRESS).await;
    first_message(&stack.desk, &mailbox).await;
    say(&format!(
        "first message shown after {:.1?}",
        begun.elapsed()
    ));
    active(&stack.desk, &mailbox).await;
    let listed = begun.elapsed();
    say(&format!(
        "{messages} messages listed in {listed:.1?}: {:.0} a second",
        messages as f64 / listed.as_secs_f64()
    ));
    say(&format!(
        "resident memory of the server: {} MiB",
        stack.server_resident_kib().unwrap_or(0) / 1024
    ));
}

async fn first_message(desk: &Desk, mailbox: &str) {
    wait::until("a message is shown", || async {
        let (_, page) = desk
            .try_call(
                Method::GET,
                &format!("/messages?mailbox={mailbox}&limit=1"),
                None,
            )
            .await?;
        page["items"].get(0).cloned()
    })
    .await;
}

/// Waits for the end of a listing, however large.
async fn active(desk: &Desk, mailbox: &str) {
    let path = format!("/mailboxes/{mailbox}");
    wait::within(Duration::from_hours(1), "the listing ends", || async {
        let (_, answer) = desk.try_call(Method::GET, &path, None).await?;
        (answer["state"] == "active").then_some(())
    })
    .await;
}

/// The webhook's answer time while a large mailbox is imported into the same database.
async fn webhook(messages: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stack = Stack::start(folder.path(), &[]).await;
    let small = "small@contoso.test";
    stack.sim.add_mailbox(small, "shared").await;
    stack.sim.add_mailbox(ADDRESS, "shared").await;
    stack.sim.fill(ADDRESS, messages, 50, 1).await;
    let mailbox = stack.desk.add_mailbox(small).await;
    stack.desk.wait_active(&mailbox).await;
    stack.desk.register_push(&mailbox).await;
    let subscription = stack
        .sim
        .subscriptions()
        .await
        .first()
        .cloned()
        .unwrap_or_default();
    let large = stack.desk.add_mailbox(ADDRESS).await;
    let http = client();
    let mut samples = Vec::new();
    let begun = tick();
    loop {
        let sent = tick();
        let answer = http
            .post(format!("{}/maildesk/push/outlook", stack.desk.url))
            .json(&notification(&subscription, samples.len()))
            .send()
            .await;
        assert_eq!(answer.expect("the webhook answers").status().as_u16(), 202);
        samples.push(sent.elapsed());
        wait::moment(Duration::from_millis(20)).await;
        if samples.len() % 50 == 0 {
            let answer = stack
                .desk
                .call(Method::GET, &format!("/mailboxes/{large}"), None)
                .await;
            if answer["state"] == "active" {
                break;
            }
        }
    }
    say(&format!(
        "{messages} messages imported in {:.1?}",
        begun.elapsed()
    ));
    summary("webhook during the import", samples);
}

/// A genuine notification about a message that does not exist, as the flood of a busy mailbox.
fn notification(subscription: &Value, n: usize) -> Value {
    json!({"value": [{
        "subscriptionId": subscription["id"],
        "clientState": subscription["clientState"],
        "changeType": "created",
        "subscriptionExpirationDateTime": subscription["expirationDateTime"],
        "tenantId": "00000000-0000-0000-0000-000000000001",
        "resource": "users/x/messages/y",
        "resourceData": {"@odata.type": "#Microsoft.Graph.Message", "id": format!("no-such-message-{}", n % 40)},
    }]})
}

/// Resident memory with one mailbox and with many.
async fn memory(mailboxes: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stack = Stack::start(folder.path(), &[]).await;
    let mut ids = Vec::new();
    for n in 0..mailboxes {
        let address = format!("box{n}@contoso.test");
        stack.sim.add_mailbox(&address, "shared").await;
        stack.sim.fill(&address, 100, 10, n).await;
        ids.push(stack.desk.add_mailbox(&address).await);
        if n == 0 {
            active(&stack.desk, &ids[0]).await;
            say(&format!(
                "1 mailbox: {} MiB resident",
                stack.server_resident_kib().unwrap_or(0) / 1024
            ));
        }
    }
    for id in &ids {
        active(&stack.desk, id).await;
    }
    say(&format!(
        "{mailboxes} mailboxes: {} MiB resident",
        stack.server_resident_kib().unwrap_or(0) / 1024
    ));
}
