//! What time it is in the simulated world.
//!
//! The clock underneath is handed in; `/sim/clock/advance` adds an offset to it, and everybody who waits for an instant looks again when it does.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

/// A future that a [`Clock`] gives out.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The clock that the simulator runs on. Programs hand in [`SystemClock`], tests one that they turn themselves.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// Waits for a span of this clock's time.
    fn sleep(&self, span: Duration) -> Sleep;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the real clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, span: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(span))
    }
}

/// Simulated time: the clock handed in, plus what was advanced.
#[derive(Clone)]
pub(crate) struct SimClock {
    base: Arc<dyn Clock>,
    offset: Arc<AtomicI64>,
    advanced: watch::Sender<u64>,
}

impl SimClock {
    pub(crate) fn new(base: Arc<dyn Clock>) -> Self {
        Self {
            base,
            offset: Arc::new(AtomicI64::new(0)),
            advanced: watch::Sender::new(0),
        }
    }

    /// The simulated instant.
    pub(crate) fn now(&self) -> Timestamp {
        self.base.now() + Duration::from_micros(self.offset.load(Ordering::SeqCst) as u64)
    }

    /// How far this world is ahead of the clock handed in.
    pub(crate) fn offset(&self) -> Duration {
        Duration::from_micros(self.offset.load(Ordering::SeqCst) as u64)
    }

    /// Lets time pass, and wakes everybody who waits for it.
    pub(crate) fn advance(&self, span: Duration) {
        self.offset
            .fetch_add(span.as_micros() as i64, Ordering::SeqCst);
        self.advanced.send_modify(|times| *times += 1);
    }

    /// Waits until an instant of simulated time, however it comes about.
    pub(crate) async fn sleep_until(&self, instant: Timestamp) {
        let mut advanced = self.advanced.subscribe();
        loop {
            let left = instant.duration_since(self.now());
            let Ok(left) = Duration::try_from(left) else {
                return;
            };
            if left.is_zero() {
                return;
            }
            tokio::select! {
                biased;
                () = self.base.sleep(left) => {}
                _ = advanced.changed() => {}
            }
        }
    }

    /// Waits for a span of simulated time.
    pub(crate) async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now() + span).await;
    }
}

/// An instant as Graph writes it for mail: whole seconds, UTC, `Z`.
pub(crate) fn wire(instant: Timestamp) -> String {
    let civil = jiff::tz::Offset::UTC.to_datetime(instant);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute(),
        civil.second()
    )
}

/// An instant with milliseconds, as the control side and error bodies show it.
pub(crate) fn wire_millis(instant: Timestamp) -> String {
    let whole = wire(instant);
    format!(
        "{}.{:03}Z",
        whole.trim_end_matches('Z'),
        instant.as_millisecond().rem_euclid(1_000)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_waiter_wakes_when_time_is_advanced() {
        let clock = SimClock::new(Arc::new(SystemClock));
        let waiting = clock.clone();
        let task = tokio::spawn(async move { waiting.sleep(Duration::from_hours(1)).await });
        while clock.advanced.receiver_count() == 0 {
            tokio::task::yield_now().await;
        }
        clock.advance(Duration::from_secs(3_601));
        tokio::time::timeout(Duration::from_secs(5), task)
            .await
            .expect("woken")
            .expect("no panic");
    }

    #[test]
    fn instants_have_whole_seconds_on_the_wire() {
        assert_eq!(
            wire("2026-01-02T03:04:05.678Z".parse().expect("literal")),
            "2026-01-02T03:04:05Z"
        );
    }
}
