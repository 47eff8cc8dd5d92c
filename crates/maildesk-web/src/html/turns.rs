//! Turns at what foreign text costs: few bodies at once, one of them for one person, some more waiting,
//! and a turn lasts as long as its work.
//!
//! Nobody can stop a cleaning that has begun. So it is not the request that holds the turn, which may
//! be given up long before, but the work itself.

use std::time::Duration;

use maildesk_model::UserId;
use maildesk_model::client::Places;

use crate::error::Problem;
use crate::shares::Shares;

/// Bodies worked on at once: pages are rendered on the same processors.
const AT_ONCE: usize = 2;
/// As many of them for one person: whatever they open, there is a turn for the others.
const EACH_AT_ONCE: usize = 1;
/// Bodies that are worked on or wait, each of them in memory. The longest takes a third of a second, so
/// that the last of them waits some seven seconds.
const PLACES: usize = 40;
/// As many of them for one person: a conversation of long mails is opened as a whole.
const EACH_PLACES: usize = 30;
/// When somebody without a place is to ask again.
const AGAIN: Duration = Duration::from_secs(5);

/// Hands out turns.
pub(crate) struct Turns {
    /// Those who work and those who wait.
    places: Places<UserId>,
    turns: Shares,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            places: Places::new(PLACES, EACH_PLACES),
            turns: Shares::new(AT_ONCE, EACH_AT_ONCE),
        }
    }
}

impl Turns {
    /// Does the work for this person on a thread of its own when its turn comes; 503 if too many wait
    /// already.
    pub(crate) async fn take<T: Send + 'static>(
        &self,
        person: UserId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let place = self.places.take(person).ok_or_else(|| {
            let detail = "Many long messages are being opened at once. Try again in a moment.";
            Problem::busy("busy", detail, AGAIN)
        })?;
        let turn = self.turns.take(person).await;
        let working = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work()
        });
        working.await.map_err(|error| {
            tracing::error!(%error, "work on a body failed");
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

    const ADA: UserId = UserId(1);
    const BO: UserId = UserId(2);
    const CY: UserId = UserId(3);

    #[tokio::test]
    async fn a_turn_lasts_as_long_as_its_work_though_nobody_waits_for_it() {
        let turns = Turns::default();
        let (ends, works): (Vec<_>, Vec<_>) = (0..AT_ONCE).map(|_| channel()).unzip();
        for (work, person) in works.into_iter().zip([ADA, BO]) {
            let given_up = turns.take(person, until(work));
            assert!(begun(pin!(given_up)).is_pending());
        }
        let mut waits = pin!(turns.take(CY, || "done"));
        assert!(begun(waits.as_mut()).is_pending());
        tokio::task::yield_now().await;
        assert!(begun(waits.as_mut()).is_pending(), "both work on");
        drop(ends);
        assert_eq!(waits.await.expect("her turn came"), "done");
    }

    #[tokio::test]
    async fn who_opens_much_waits_behind_themselves() {
        let turns = Turns::default();
        let (end, work) = channel();
        let mut first = pin!(turns.take(ADA, until(work)));
        assert!(begun(first.as_mut()).is_pending());
        let mut second = pin!(turns.take(ADA, || "second"));
        assert!(begun(second.as_mut()).is_pending());
        let other = turns.take(BO, || "other").await;
        assert_eq!(other.expect("there is a turn for others"), "other");
        assert!(begun(second.as_mut()).is_pending(), "one at a time");
        drop(end);
        first.await.expect("it is done");
        assert_eq!(second.await.expect("her turn came"), "second");
    }

    #[tokio::test]
    async fn who_finds_no_place_is_told_when_to_come_again() {
        let turns = Turns::default();
        let (ends, works): (Vec<_>, Vec<_>) = (0..EACH_PLACES).map(|_| channel()).unzip();
        let mut there: Vec<_> = works
            .into_iter()
            .map(|work| Box::pin(turns.take(ADA, until(work))))
            .collect();
        for one in &mut there {
            assert!(begun(one.as_mut()).is_pending());
        }
        let refused = turns
            .take(ADA, || ())
            .await
            .expect_err("all hers are taken");
        let answer = refused.into_response();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()[header::RETRY_AFTER], "5");
        assert!(turns.places.take(BO).is_some(), "he has places of his own");
        // One goes away before its turn, and its place is free.
        there.pop();
        assert!(begun(pin!(turns.take(ADA, || ()))).is_pending());
        drop(ends);
    }
}
