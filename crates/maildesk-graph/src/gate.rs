//! How many calls run at the same time: for one mailbox, and over the whole server.
//!
//! Graph allows four at once per app and mailbox (facts.md 6). A [`MailboxGate`] keeps one lane of
//! one mailbox below its share; whoever hands out sessions sees to it that the shares add up to
//! four. The server-wide cap keeps one process from opening thousands of calls at once.
//! In both, history (imports, bodies) may never take the last places, so that a click does not
//! queue behind a hundred thousand old messages.
//!
//! One thing is retried here and nowhere else: a `MailboxConcurrency` refusal. Its `Retry-After`
//! is no time (recorded.md 6): the call waits until another of the mailbox's own calls has ended.
//! Each ended call wakes one waiting call and no more, or all would come back at once and be
//! refused at once; a call that was refused makes no room, so it wakes nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// How soon a call is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub enum Urgency {
    /// Somebody waits: a click, a notification, a sweep.
    #[default]
    Now,
    /// Nobody waits: a first listing, bodies of old mail.
    History,
}

/// Places of which history may take all but a few.
#[derive(Clone, Debug)]
struct Places {
    all: Arc<Semaphore>,
    history: Arc<Semaphore>,
}

/// A taken place; free again when dropped.
#[derive(Debug)]
struct Place {
    _all: OwnedSemaphorePermit,
    _history: Option<OwnedSemaphorePermit>,
}

impl Places {
    fn new(all: usize, history: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            history: Arc::new(Semaphore::new(history)),
        }
    }

    /// Waits for a place. History queues for its own places first, so that it never stands in
    /// front of others in the common queue with more calls than it may run.
    async fn take(&self, urgency: Urgency) -> Place {
        let history = match urgency {
            Urgency::Now => None,
            Urgency::History => Some(acquire(&self.history).await),
        };
        Place {
            _all: acquire(&self.all).await,
            _history: history,
        }
    }
}

async fn acquire(semaphore: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    Arc::clone(semaphore)
        .acquire_owned()
        .await
        .expect("the semaphores are never closed")
}

/// At most so many calls at once for one mailbox. Clones share the places.
#[derive(Clone, Debug)]
pub struct MailboxGate {
    places: Places,
    size: usize,
    ended: Arc<Ended>,
}

/// Calls that end, and calls that wait for one to end.
#[derive(Debug, Default)]
struct Ended {
    bell: Notify,
    waiting: AtomicUsize,
}

/// A place in a [`MailboxGate`]; leaving it wakes one call that waits for another to end.
#[derive(Debug)]
pub(crate) struct Pass {
    place: Option<Place>,
    ended: Arc<Ended>,
}

impl Pass {
    /// Leaves without waking anybody: the call was refused and has made no room at Graph.
    pub(crate) fn leave_quietly(mut self) {
        self.place = None;
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.place.take().is_some() && self.ended.waiting.load(Ordering::SeqCst) > 0 {
            self.ended.bell.notify_one();
        }
    }
}

/// One call among those that wait, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn among(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::SeqCst);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl MailboxGate {
    /// A gate for `size` calls at once (at least one). History takes all but one of them, if there
    /// is more than one.
    pub fn new(size: usize) -> Self {
        let size = size.max(1);
        Self {
            places: Places::new(size, size.saturating_sub(1).max(1)),
            size,
            ended: Arc::default(),
        }
    }

    /// How many calls run now.
    pub fn in_flight(&self) -> usize {
        self.size - self.places.all.available_permits()
    }

    pub(crate) async fn enter(&self, urgency: Urgency) -> Pass {
        Pass {
            place: Some(self.places.take(urgency).await),
            ended: Arc::clone(&self.ended),
        }
    }

    /// Waits until a call that runs now has ended. `false` at once if none runs: then whoever
    /// keeps the mailbox busy is not of this gate.
    pub(crate) async fn own_call_ended(&self) -> bool {
        let _waiting = Waiting::among(&self.ended.waiting);
        if self.in_flight() == 0 {
            return false;
        }
        self.ended.bell.notified().await;
        true
    }
}

/// At most so many calls at once over the whole server.
#[derive(Clone, Debug)]
pub(crate) struct ServerCap(Places);

/// A place under the server-wide cap.
#[derive(Debug)]
pub(crate) struct ServerPlace {
    _place: Place,
}

impl ServerCap {
    pub(crate) fn new(all: usize, history: usize) -> Self {
        let all = all.max(1);
        Self(Places::new(all, history.clamp(1, all)))
    }

    pub(crate) async fn enter(&self, urgency: Urgency) -> ServerPlace {
        ServerPlace {
            _place: self.0.take(urgency).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn no_more_than_its_size_enter_and_a_place_comes_free_again() {
        let gate = MailboxGate::new(2);
        let first = gate.enter(Urgency::Now).await;
        let _second = gate.enter(Urgency::Now).await;
        assert_eq!(gate.in_flight(), 2);
        let mut third = Box::pin(gate.enter(Urgency::Now));
        assert!(third.as_mut().now_or_never().is_none());
        drop(first);
        let _third = third.await;
        assert_eq!(gate.in_flight(), 2);
    }

    #[tokio::test]
    async fn history_leaves_a_place_for_a_click() {
        let gate = MailboxGate::new(3);
        let _one = gate.enter(Urgency::History).await;
        let _two = gate.enter(Urgency::History).await;
        assert!(gate.enter(Urgency::History).now_or_never().is_none());
        assert!(gate.enter(Urgency::Now).now_or_never().is_some());

        let cap = ServerCap::new(2, 1);
        let _one = cap.enter(Urgency::History).await;
        assert!(cap.enter(Urgency::History).now_or_never().is_none());
        assert!(cap.enter(Urgency::Now).now_or_never().is_some());
    }

    #[tokio::test]
    async fn waiting_for_an_own_call_ends_with_that_call() {
        let gate = MailboxGate::new(2);
        assert!(!gate.own_call_ended().await);
        let pass = gate.enter(Urgency::Now).await;
        let mut ended = Box::pin(gate.own_call_ended());
        assert!(ended.as_mut().now_or_never().is_none());
        drop(pass);
        assert!(ended.await);
        assert_eq!(gate.in_flight(), 0);
    }

    #[tokio::test]
    async fn an_ended_call_wakes_one_and_a_refused_one_nobody() {
        let gate = MailboxGate::new(3);
        let (refused, first, second) = (
            gate.enter(Urgency::Now).await,
            gate.enter(Urgency::Now).await,
            gate.enter(Urgency::Now).await,
        );
        let mut one = Box::pin(gate.own_call_ended());
        let mut other = Box::pin(gate.own_call_ended());
        assert!(one.as_mut().now_or_never().is_none());
        assert!(other.as_mut().now_or_never().is_none());
        refused.leave_quietly();
        assert!(one.as_mut().now_or_never().is_none());
        assert!(other.as_mut().now_or_never().is_none());
        drop(first);
        assert!(one.as_mut().now_or_never().is_some());
        assert!(other.as_mut().now_or_never().is_none());
        drop(second);
        assert!(other.await);
    }
}
