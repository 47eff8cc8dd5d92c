//! Turns at cleaning: few bodies at once, some more waiting, and a turn lasts as long as its work.
//!
//! Nobody can stop a cleaning that has begun. So it is not the request that holds the turn, which may
//! be given up long before, but the work itself.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::error::Problem;

/// Bodies cleaned at once: pages are rendered on the same processors.
const AT_ONCE: usize = 2;
/// Bodies that wait for their turn. The longest takes a third of a second, so that the last of them
/// waits some five seconds.
const WAITING_MAX: usize = 32;
/// When somebody without a place is to ask again.
const AGAIN: Duration = Duration::from_secs(5);

/// Hands out turns.
pub(crate) struct Turns {
    /// Those who work and those who wait.
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE + WAITING_MAX)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Turns {
    /// Does the work on a thread of its own when its turn comes; 503 if too many wait already.
    pub(crate) async fn take<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let busy = || {
            let detail = "Many long messages are being opened at once. Try again in a moment.";
            Problem::busy("busy", detail, AGAIN)
        };
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| busy())?;
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|_| busy())?;
        let working = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work()
        });
        working.await.map_err(|error| {
            tracing::error!(%error, "cleaning a body failed");
            Problem::internal()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::{Pin, pin};
    use std::sync::mpsc::{Receiver, channel};
    use std::task::{Context, Poll, Waker};

    use axum::response::IntoResponse;
    use http::{StatusCode, header};

    use super::*;

    fn begun<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Work that ends when it is told to.
    fn until(end: Receiver<()>) -> impl FnOnce() + Send + 'static {
        move || end.recv().unwrap_or_default()
    }

    #[tokio::test]
    async fn a_turn_lasts_as_long_as_its_work_though_nobody_waits_for_it() {
        let turns = Turns::default();
        let (ends, works): (Vec<_>, Vec<_>) = (0..AT_ONCE).map(|_| channel()).unzip();
        for work in works {
            let given_up = turns.take(until(work));
            assert!(begun(pin!(given_up)).is_pending());
        }
        let mut waits = pin!(turns.take(|| "done"));
        assert!(begun(waits.as_mut()).is_pending());
        assert_eq!(turns.turns.available_permits(), 0);
        drop(ends);
        assert_eq!(waits.await.expect("its turn came"), "done");
    }

    #[tokio::test]
    async fn who_finds_no_place_is_told_when_to_come_again() {
        let turns = Turns::default();
        let (ends, works): (Vec<_>, Vec<_>) = (0..AT_ONCE + WAITING_MAX).map(|_| channel()).unzip();
        let mut there: Vec<_> = works
            .into_iter()
            .map(|work| Box::pin(turns.take(until(work))))
            .collect();
        for one in &mut there {
            assert!(begun(one.as_mut()).is_pending());
        }
        let refused = turns.take(|| ()).await.expect_err("all places are taken");
        let answer = refused.into_response();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()[header::RETRY_AFTER], "5");
        // One goes away before its turn, and its place is free.
        there.pop();
        assert_eq!(turns.places.available_permits(), 1);
        drop(ends);
    }
}
