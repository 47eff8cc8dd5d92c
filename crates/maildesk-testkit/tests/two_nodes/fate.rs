//! What happens to a node: killed and started again, or stood still for longer than its leases last.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use maildesk_testkit::chance::Chance;
use maildesk_testkit::node::Node;
use maildesk_testkit::wait;
use tokio_util::sync::CancellationToken;

/// A node that stands still this long has lost every lease of sync, which lasts ten seconds.
const LONGER_THAN_A_LEASE_MS: usize = 10_500;

/// As long as a node that goes on may take to hear that its leases are lost.
const A_MOMENT: Duration = Duration::from_secs(3);

/// What has happened so far, to all nodes.
#[derive(Debug, Default)]
pub(crate) struct Toll {
    /// All of it.
    pub(crate) acts: AtomicUsize,
    kills: AtomicUsize,
    freezes: AtomicUsize,
    /// Ended by itself and was started again: a node that finds no database at its start ends.
    revivals: AtomicUsize,
    /// When nodes that had stood still went on.
    thaws: Mutex<Vec<Timestamp>>,
}

impl Toll {
    /// Whether a node that had stood still went on just before this instant.
    pub(crate) fn just_thawed(&self, instant: Timestamp) -> bool {
        let thaws = self.thaws.lock().expect("nothing panics with it");
        thaws
            .iter()
            .any(|thaw| (*thaw..*thaw + A_MOMENT).contains(&instant))
    }

    /// What has happened, in one line.
    pub(crate) fn line(&self) -> String {
        let [kills, freezes, revivals] =
            [&self.kills, &self.freezes, &self.revivals].map(|count| count.load(Ordering::Relaxed));
        format!(
            "{kills} times killed, {freezes} times stood still, {revivals} times ended by itself"
        )
    }

    /// Both kinds have happened.
    pub(crate) fn demand(&self) {
        let (kills, freezes) = (&self.kills, &self.freezes);
        assert!(kills.load(Ordering::Relaxed) > 10, "{}", self.line());
        assert!(freezes.load(Ordering::Relaxed) > 5, "{}", self.line());
    }
}

/// One node's fate, decided by a seed; afterwards it is only looked after until `stop`.
pub(crate) async fn befalls(
    mut node: Node,
    acts: usize,
    seed: u64,
    toll: Arc<Toll>,
    stop: CancellationToken,
) -> Node {
    let mut chance = Chance::new(seed);
    for _ in 0..acts {
        // Now and then during the start itself, mostly in the middle of work.
        wait::moment(Duration::from_millis(chance.below(3_000) as u64)).await;
        look_after(&mut node, &toll);
        if chance.below(3) == 0 {
            stand_still(&node, &mut chance, &toll).await;
        } else {
            node.kill();
            node.spawn();
            toll.kills.fetch_add(1, Ordering::Relaxed);
        }
        toll.acts.fetch_add(1, Ordering::Relaxed);
    }
    while !stop.is_cancelled() {
        look_after(&mut node, &toll);
        wait::moment(Duration::from_millis(200)).await;
    }
    node
}

#[expect(clippy::disallowed_methods, reason = "real programs, real time")]
async fn stand_still(node: &Node, chance: &mut Chance, toll: &Toll) {
    node.freeze();
    let span = LONGER_THAN_A_LEASE_MS + chance.below(2_500);
    wait::moment(Duration::from_millis(span as u64)).await;
    let now = Timestamp::now();
    node.thaw();
    toll.thaws.lock().expect("nothing panics with it").push(now);
    toll.freezes.fetch_add(1, Ordering::Relaxed);
}

fn look_after(node: &mut Node, toll: &Toll) {
    if node.revive() {
        toll.revivals.fetch_add(1, Ordering::Relaxed);
    }
}
