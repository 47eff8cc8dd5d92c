//! Two nodes on one PostgreSQL, as real programs, through the worst minutes of their lives: killed,
//! stood still for longer than their leases, and without their database, while mail storms in. Afterwards
//! the desk equals every mailbox, each has one subscription, and nobody was told anything twice.
//!
//! `fate` is what happens to the nodes, `storm` what Microsoft and people do meanwhile, `reader` somebody
//! with an open event stream, `reckoning` what must be so at the end. A run is decided by a seed as far as real
//! programs can be; `MAILDESK_TEST_SEED` names another one, and a run that fails says its own and where it left
//! what the programs logged.

#![expect(
    clippy::print_stderr,
    reason = "a run of minutes says how far it is, and what it counted"
)]

mod fate;
mod reader;
mod reckoning;
mod storm;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use maildesk_testkit::chance::Chance;
use maildesk_testkit::cluster::Cluster;
use maildesk_testkit::wait;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use fate::Toll;
use reader::Told;

/// Mailboxes, each with its subscription.
const MAILBOXES: usize = 100;
/// What happens to the nodes in all.
const ACTS: usize = 50;
/// Mail that arrives. Each is announced once as created and twice as updated: 5,100 notifications, before some are
/// doubled or lost.
const MAILS: usize = 1_700;
/// How long the database is away.
const OUTAGE: Duration = Duration::from_secs(30);
/// Opens `/metrics`.
const METRICS_TOKEN: &str = "figures-for-the-story";
/// Calls made at a time while the stage is set.
const AT_ONCE: usize = 8;

/// The seed of this run.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs a seed again names it by a variable"
)]
fn seed() -> u64 {
    let named = std::env::var("MAILDESK_TEST_SEED").ok();
    named.map_or(1, |seed| seed.parse().expect("a seed is a number"))
}

/// The folder of a run. It stays when the run fails, with what the programs logged.
struct Place {
    path: PathBuf,
    seed: u64,
}

impl Place {
    fn new(seed: u64) -> Self {
        let folder = tempfile::Builder::new().prefix("two-nodes-").tempdir();
        let path = folder.expect("a temporary folder").keep();
        eprintln!("seed {seed}, in {}", path.display());
        Self { path, seed }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (path, seed) = (self.path.display(), self.seed);
            eprintln!(
                "the logs are in {path}; again: MAILDESK_TEST_SEED={seed} cargo xtask test -E 'binary(two_nodes)'"
            );
        } else {
            std::fs::remove_dir_all(&self.path).ok();
        }
    }
}

/// A mailbox on both sides.
#[derive(Clone, Debug)]
struct Mailbox {
    address: String,
    id: String,
}

/// Mailboxes with a little history, listed at the desk, with push.
async fn stage(cluster: &Cluster, count: usize) -> Vec<Mailbox> {
    let (sim, desk) = (&cluster.sim, &cluster.desk);
    let prepare = |n: usize| async move {
        let address = format!("team{n}@contoso.test");
        sim.add_mailbox(&address, "shared").await;
        sim.fill(&address, 12, 3, n as u64).await;
        let id = desk.add_mailbox(&address).await;
        desk.wait_active(&id).await;
        let push = desk.register_push(&id).await;
        assert_eq!(push["state"], "active", "{push}");
        Mailbox { address, id }
    };
    stream::iter((0..count).map(prepare))
        .buffered(AT_ONCE)
        .collect()
        .await
}

async fn start(folder: &Path) -> Cluster {
    let settings = [
        ("MAILDESK_SYNC_INTERVAL_S", "30"),
        ("MAILDESK_METRICS_TOKEN", METRICS_TOKEN),
        (
            "MAILDESK_LOG",
            "info,maildesk_sync=debug,maildesk_push=debug",
        ),
    ];
    Cluster::start(folder, 2, &settings).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_die_stand_still_and_lose_their_database_lose_no_mail() {
    let seed = seed();
    let place = Place::new(seed);
    let mut cluster = start(&place.path).await;
    let mailboxes = Arc::new(stage(&cluster, MAILBOXES).await);
    eprintln!("the stage is set");
    let strange =
        json!({"seed": seed, "notifications": {"drop": 0.1, "duplicate": 0.1, "reorder": 0.2}});
    cluster.sim.faults(strange).await;

    let mut chance = Chance::new(seed);
    let mut seeds = std::iter::repeat_with(move || chance.bits());
    let mut next = || seeds.next().unwrap_or_default();
    let (calm, told, toll) = (
        CancellationToken::new(),
        Arc::<Told>::default(),
        Arc::<Toll>::default(),
    );
    let stop = CancellationToken::new();
    let reader = tokio::spawn(reader::follow(
        cluster.desk.clone(),
        told.clone(),
        stop.clone(),
    ));
    let outlook = tokio::spawn(storm::outlook(
        cluster.sim.clone(),
        mailboxes.clone(),
        next(),
    ));
    let microsoft = tokio::spawn(storm::microsoft(cluster.sim.clone(), next(), calm.clone()));
    let administrator = tokio::spawn(storm::administrator(
        cluster.desk.clone(),
        mailboxes.clone(),
        next(),
        calm.clone(),
    ));
    let person = tokio::spawn(storm::person(
        cluster.desk.clone(),
        mailboxes.clone(),
        next(),
        calm.clone(),
    ));
    let nodes = std::mem::take(&mut cluster.nodes).into_iter();
    let nodes: Vec<_> = nodes
        .map(|node| {
            tokio::spawn(fate::befalls(
                node,
                ACTS / 2,
                next(),
                toll.clone(),
                stop.clone(),
            ))
        })
        .collect();

    wait::within(wait::LIMIT * 3, "half of it has happened", || async {
        (toll.acts.load(Ordering::Relaxed) >= ACTS / 2).then_some(())
    })
    .await;
    tokio::task::block_in_place(|| cluster.postgres.kill());
    eprintln!("the database is away");
    wait::moment(OUTAGE).await;
    tokio::task::block_in_place(|| cluster.postgres.start_again());
    eprintln!("the database is back");
    wait::within(wait::LIMIT * 3, "all of it has happened", || async {
        (toll.acts.load(Ordering::Relaxed) >= ACTS).then_some(())
    })
    .await;
    let sent = outlook.await.expect("Outlook works to the end");
    calm.cancel();
    microsoft.await.expect("Microsoft works to the end");
    administrator
        .await
        .expect("the administrator works to the end");
    let intents = person.await.expect("the person works to the end");
    cluster.sim.faults(json!({})).await;
    eprintln!("the storm is over: {}", toll.line());

    reckoning::desk_equals_mailboxes(&cluster, &mailboxes, &intents).await;
    reckoning::one_subscription_each(&cluster, &mailboxes).await;
    reckoning::told_once(&told, &sent).await;
    reckoning::one_node_at_a_time(&cluster, &toll).await;
    stop.cancel();
    reader.await.expect("the reader reads to the end");
    let mut logs = String::new();
    for node in nodes {
        let mut node = node.await.expect("a node's fate ends");
        assert_eq!(node.stop(), Some(0), "a graceful stop");
        logs.push_str(&node.log());
    }
    reckoning::what_was_logged(&logs);
    toll.demand();
}
