//! One clock for desk and simulator, which stands still unless it is turned.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use maildesk_model::{Clock, Entropy, Timestamp};
use tokio::sync::watch;

/// When every story begins.
pub(crate) const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

#[derive(Debug)]
pub(crate) struct TurnedClock(watch::Sender<Timestamp>);

impl TurnedClock {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(START))
    }

    pub(crate) fn advance(&self, span: Duration) {
        self.0.send_modify(|now| *now = now.plus(span));
    }

    /// How many wait for it to be turned.
    pub(crate) fn sleepers(&self) -> usize {
        self.0.receiver_count()
    }

    fn reach(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut now = self.0.subscribe();
        Box::pin(async move {
            let _ = now.wait_for(|now| *now >= at).await;
        })
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn monotonic(&self) -> Duration {
        self.now().since(START)
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.reach(at)
    }
}

/// The same clock, as the simulator takes one.
pub(crate) struct Simulated(pub(crate) std::sync::Arc<TurnedClock>);

impl graph_sim::Clock for Simulated {
    fn now(&self) -> jiff::Timestamp {
        let micros = self.0.now().as_micros();
        jiff::Timestamp::from_microsecond(micros).expect("a time of this age")
    }

    fn sleep(&self, span: Duration) -> graph_sim::Sleep {
        self.0.reach(self.0.now().plus(span))
    }
}

/// Bytes no two of which come the same way, in a story and in two of them on one database server.
#[derive(Debug, Default)]
pub(crate) struct Numbers;

impl Entropy for Numbers {
    fn fill(&self, bytes: &mut [u8]) {
        static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
        let mut state = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        for byte in bytes {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = (state >> 56) as u8;
        }
    }
}
