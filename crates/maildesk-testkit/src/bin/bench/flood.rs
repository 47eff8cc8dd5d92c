//! Genuine mail beside a flood of forged notifications.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use maildesk_testkit::stack::{Stack, client};
use maildesk_testkit::wait;
use serde_json::{Value, json};

use crate::{ADDRESS, say, summary, tick};

/// Forged notifications a second that the flood offers, if the machine can send so many.
const OFFERED: u64 = 20_000;
/// Connections of the flood.
const CONNECTIONS: u64 = 64;
/// Between two genuine mails.
const BETWEEN: Duration = Duration::from_millis(100);

/// Delivered at the simulator → event at a client, without the flood and beside it; then what it
/// did to memory and log. `items` is how many notifications one POST of the flood carries.
pub(crate) async fn run(mails: u64, items: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stack = Stack::start(folder.path(), &[]).await;
    stack.sim.add_mailbox(ADDRESS, "shared").await;
    stack.sim.fill(ADDRESS, 1_000, 20, 1).await;
    let mailbox = stack.desk.add_mailbox(ADDRESS).await;
    stack.desk.wait_active(&mailbox).await;
    stack.desk.register_push(&mailbox).await;
    genuine(&stack, mails, "without a flood").await;
    let (memory, lines) = (resident(&stack), lines(&stack));

    let known = stack.sim.subscriptions().await[0]["id"].clone();
    let url = format!("{}/maildesk/push/outlook", stack.desk.url);
    let flood = Flood::begin(url, known, items.max(1));
    wait::moment(Duration::from_secs(2)).await;
    let begun = tick();
    let (posts, refused) = flood.counts();
    genuine(&stack, mails, "beside the flood").await;
    let lasted = begun.elapsed().as_secs_f64();
    let (posts, refused) = (flood.counts().0 - posts, flood.counts().1 - refused);
    flood.end();
    say(&format!(
        "flood: {:.0} POSTs and {:.0} forged notifications a second answered, {refused} of {posts} POSTs not with 202",
        posts as f64 / lasted,
        (posts * items.max(1)) as f64 / lasted,
    ));
    say(&format!(
        "resident memory {memory} MiB before and {} MiB after; {} lines in the log for it",
        resident(&stack),
        lines_since(&stack, lines),
    ));
}

async fn genuine(stack: &Stack, mails: u64, how: &str) {
    let mut events = stack.desk.events(None).await;
    let mut samples = Vec::new();
    for n in 0..mails {
        let begun = tick();
        stack.sim.deliver(ADDRESS, &format!("Mail {n} {how}")).await;
        events.next_named("message.created").await;
        samples.push(begun.elapsed());
        wait::moment(BETWEEN).await;
    }
    summary(&format!("delivered -> event {how}"), samples);
}

fn resident(stack: &Stack) -> u64 {
    stack.server_resident_kib().unwrap_or(0) / 1024
}

fn lines(stack: &Stack) -> usize {
    stack.server_log().lines().count()
}

fn lines_since(stack: &Stack, before: usize) -> usize {
    lines(stack).saturating_sub(before)
}

/// Somebody who forges notifications, from a thread of their own.
struct Flood {
    stop: Arc<AtomicBool>,
    posts: Arc<AtomicU64>,
    refused: Arc<AtomicU64>,
    thread: std::thread::JoinHandle<()>,
}

impl Flood {
    fn begin(url: String, known: Value, items: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (posts, refused) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let counts = (stop.clone(), posts.clone(), refused.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime for the flood");
            runtime.block_on(async {
                let http = client();
                let forgers = (0..CONNECTIONS)
                    .map(|n| forge(&http, &url, body(&known, n, items), items, &counts));
                futures::future::join_all(forgers).await;
            });
        });
        Self {
            stop,
            posts,
            refused,
            thread,
        }
    }

    fn counts(&self) -> (u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.posts), read(&self.refused))
    }

    fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the flood ends");
    }
}

/// One connection's share of what is offered; no more than the machine can send.
async fn forge(
    http: &reqwest::Client,
    url: &str,
    body: String,
    items: u64,
    (stop, posts, refused): &(Arc<AtomicBool>, Arc<AtomicU64>, Arc<AtomicU64>),
) {
    let every = Duration::from_micros(1_000_000 * CONNECTIONS * items / OFFERED);
    let mut ticks = tokio::time::interval(every);
    while !stop.load(Ordering::Relaxed) {
        ticks.tick().await;
        let post = http.post(url).header("content-type", "application/json");
        let answer = post.body(body.clone()).send().await;
        posts.fetch_add(1, Ordering::Relaxed);
        if !answer.is_ok_and(|answer| answer.status() == 202) {
            refused.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Half of them with the id of a real subscription and a wrong secret, half with ids nobody knows.
fn body(known: &Value, connection: u64, items: u64) -> String {
    let items = (0..items).map(|n| {
        let unknown = json!(format!("00000000-0000-4000-8000-{:012}", connection * items + n));
        let id = if (connection + n).is_multiple_of(2) { known } else { &unknown };
        json!({
            "subscriptionId": id,
            "clientState": format!("guessed-{n}"),
            "changeType": "created",
            "subscriptionExpirationDateTime": "2026-12-01T00:00:00Z",
            "tenantId": "00000000-0000-0000-0000-000000000001",
            "resource": "users/x/messages/y",
            "resourceData": {"@odata.type": "#Microsoft.Graph.Message", "id": format!("forged-{n}")},
        })
    });
    json!({"value": items.collect::<Vec<_>>()}).to_string()
}
