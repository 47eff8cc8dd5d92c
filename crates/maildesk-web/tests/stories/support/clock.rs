//! A clock that stands still until somebody turns it, and bytes that are all different.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use maildesk_model::{Clock, Entropy, Timestamp};
use tokio::sync::watch;

/// A clock in hand.
#[derive(Debug)]
pub(crate) struct TurnedClock {
    now: watch::Sender<Timestamp>,
}

impl TurnedClock {
    /// Stands at some afternoon of 2026.
    pub(crate) fn new() -> Self {
        let at = Timestamp::parse("2026-03-02T14:00:00Z").unwrap();
        Self {
            now: watch::Sender::new(at),
        }
    }

    /// Time passes.
    pub(crate) fn turn(&self, span: Duration) {
        self.now.send_modify(|now| *now = now.plus(span));
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    fn monotonic(&self) -> Duration {
        self.now().since(Timestamp::EPOCH)
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut turned = self.now.subscribe();
        Box::pin(async move {
            // The clock outlives everything that sleeps by it; if not, sleep on.
            if turned.wait_for(|now| *now >= at).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

/// Bytes that differ from call to call and are the same in every run.
#[derive(Debug, Default)]
pub(crate) struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let n = self.0.fetch_add(1, Ordering::SeqCst);
            let mixed = (n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes();
            chunk.copy_from_slice(&mixed[..chunk.len()]);
        }
    }
}
