//! Time that passes only when nobody has anything to do, so that a week takes no longer than what
//! happens in it. Sleepers wake one by one, in the order of their times and then of their falling
//! asleep: two runs of one story are the same.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use maildesk_model::{Clock, Timestamp};
use tokio::sync::oneshot;

use super::held::Held;

/// When every story begins: 2026-07-01T08:00:00Z.
const START: Timestamp = Timestamp::from_micros(1_782_892_800_000_000);

/// The clock of a story, for desk and Microsoft alike.
#[derive(Clone)]
pub(super) struct Time(Arc<Held<State>>);

#[derive(Default)]
struct State {
    elapsed: Duration,
    sleepers: BTreeMap<(Duration, u64), oneshot::Sender<()>>,
    last: u64,
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Time")
    }
}

/// Somebody who sleeps, until this is dropped.
struct Sleeper {
    time: Time,
    key: (Duration, u64),
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.time.0.with(|state| state.sleepers.remove(&self.key));
    }
}

impl Time {
    /// A clock that stands at the beginning. It needs a runtime of one thread whose own time is
    /// paused: that passes, a millisecond at once, whenever everybody waits.
    pub(super) fn start() -> Self {
        let time = Self(Arc::default());
        tokio::spawn(time.clone().pass());
        time
    }

    async fn pass(self) {
        // Ticks of paused time come when nobody has anything to do.
        let mut idle = tokio::time::interval(Duration::from_millis(1));
        loop {
            idle.tick().await;
            let woken = self.0.with(|state| {
                let ((at, _), sleeper) = state.sleepers.pop_first()?;
                state.elapsed = state.elapsed.max(at);
                Some(sleeper)
            });
            if let Some(sleeper) = woken {
                // Whoever slept may be gone.
                let _ = sleeper.send(());
            }
        }
    }

    /// How long the story has lasted.
    pub(super) fn elapsed(&self) -> Duration {
        self.0.with(|state| state.elapsed)
    }

    /// The machines sleep: nobody does anything for so long.
    pub(super) fn leap(&self, span: Duration) {
        self.0.with(|state| state.elapsed += span);
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
        let at = at.since(START);
        if at <= self.elapsed() {
            return Box::pin(std::future::ready(()));
        }
        let (sender, woken) = oneshot::channel();
        let key = self.0.with(|state| {
            state.last += 1;
            let key = (at, state.last);
            state.sleepers.insert(key, sender);
            key
        });
        let sleeper = Sleeper {
            time: self.clone(),
            key,
        };
        Box::pin(async move {
            let _ = woken.await;
            drop(sleeper);
        })
    }
}

impl graph_sim::Clock for Time {
    fn now(&self) -> jiff::Timestamp {
        let micros = Clock::now(self).as_micros();
        jiff::Timestamp::from_microsecond(micros).expect("a time of this age")
    }

    fn sleep(&self, span: Duration) -> graph_sim::Sleep {
        self.sleep_until(Clock::now(self).plus(span))
    }
}
