//! Time that passes only when nobody has anything to do: the runtime's own, paused, so that a week
//! takes no longer than what happens in it.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use maildesk_model::{Clock, Timestamp};
use tokio::time::Instant;

/// When every story begins: 2026-07-01T08:00:00Z.
const START: Timestamp = Timestamp::from_micros(1_782_892_800_000_000);

/// The clock of a story, for desk and Microsoft alike. It needs a runtime whose time is paused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    began: Instant,
}

impl Time {
    /// A clock that stands at the beginning.
    pub(super) fn start() -> Self {
        Self {
            began: Instant::now(),
        }
    }

    /// How long the story has lasted.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The machines sleep: nobody does anything for so long.
    pub(super) async fn leap(&self, span: Duration) {
        tokio::time::advance(span).await;
    }
}

impl Clock for Time {
    fn now(&self) -> Timestamp {
        START.plus(self.elapsed())
    }

    fn monotonic(&self) -> Duration {
        self.elapsed()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let left = at.since(self.now());
        Box::pin(async move {
            if !left.is_zero() {
                tokio::time::sleep(left).await;
            }
        })
    }
}

impl graph_sim::Clock for Time {
    fn now(&self) -> jiff::Timestamp {
        let micros = Clock::now(self).as_micros();
        jiff::Timestamp::from_microsecond(micros).expect("a time of this age")
    }

    fn sleep(&self, span: Duration) -> graph_sim::Sleep {
        Clock::sleep(self, span)
    }
}
