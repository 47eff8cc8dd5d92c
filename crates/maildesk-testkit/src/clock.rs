//! A clock that runs as the real one does and can be turned forward.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

use maildesk_model::{Clock, Timestamp};
use tokio::sync::watch;

/// Real time plus what a test has turned it forward by. Sleepers wake when their time comes either
/// way.
#[derive(Clone, Debug)]
pub struct TurnedClock {
    started: Instant,
    turned: watch::Sender<Duration>,
}

impl Default for TurnedClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that is handed in"
    )]
    fn default() -> Self {
        Self {
            started: Instant::now(),
            turned: watch::Sender::new(Duration::ZERO),
        }
    }
}

impl TurnedClock {
    /// Turns the clock forward.
    pub fn advance(&self, span: Duration) {
        self.turned.send_modify(|turned| *turned += span);
    }
}

impl Clock for TurnedClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that is handed in"
    )]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let since = since + *self.turned.borrow();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed() + *self.turned.borrow()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let clock = self.clone();
        Box::pin(async move {
            let mut turned = clock.turned.subscribe();
            loop {
                turned.mark_unchanged();
                let left = at.since(clock.now());
                if left.is_zero() {
                    return;
                }
                // Turned, or the time has come: either way it is looked at anew.
                if let Ok(Err(_)) = tokio::time::timeout(left, turned.changed()).await {
                    return;
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleepers_wake_when_the_clock_is_turned() {
        let clock = TurnedClock::default();
        let sleeper = tokio::spawn(clock.sleep(Duration::from_hours(1)));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_hours(2));
        sleeper.await.expect("the sleeper wakes");
    }
}
