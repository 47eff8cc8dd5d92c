//! Which connections are open, and which of them makes room when there are too many.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use http_body::{Frame, SizeHint};
use tokio_util::sync::CancellationToken;

/// Connections by the order in which they came.
#[derive(Debug)]
pub(super) struct Connections {
    open: Arc<Mutex<Open>>,
    all_max: usize,
    each_max: usize,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    all: BTreeMap<u64, Arc<State>>,
    by_address: HashMap<IpAddr, usize>,
}

#[derive(Debug)]
struct State {
    from: Option<IpAddr>,
    /// Requests whose answer has not gone out.
    open_requests: AtomicUsize,
    was_asked: AtomicBool,
    end: CancellationToken,
}

impl State {
    fn is_silent(&self) -> bool {
        self.open_requests.load(Ordering::SeqCst) == 0
    }
}

/// An open connection; forgotten when dropped.
#[derive(Debug)]
pub(super) struct Connection {
    number: u64,
    state: Arc<State>,
    open: Arc<Mutex<Open>>,
}

/// A request of a connection; dropped when its answer has gone out.
#[derive(Debug)]
pub(super) struct Asked(Arc<State>);

impl Connections {
    pub(super) fn new(all_max: usize, each_max: usize) -> Self {
        Self {
            open: Arc::default(),
            all_max,
            each_max,
        }
    }

    /// Takes a connection in, from this address if it is counted by one. If there are too many of them
    /// the one that was silent longest ends; if none is silent there is no room.
    pub(super) fn admit(&self, from: Option<IpAddr>) -> Option<Connection> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let own = from.and_then(|from| open.by_address.get(&from));
        let is_crowd = own.is_some_and(|own| *own >= self.each_max);
        if is_crowd && !open.end_one(|state| state.from == from) {
            return None;
        }
        if open.all.len() >= self.all_max && !open.end_one(|_| true) {
            return None;
        }
        let state = Arc::new(State {
            from,
            open_requests: AtomicUsize::new(0),
            was_asked: AtomicBool::new(false),
            end: CancellationToken::new(),
        });
        let number = open.next;
        open.next += 1;
        open.all.insert(number, Arc::clone(&state));
        if let Some(from) = from {
            *open.by_address.entry(from).or_default() += 1;
        }
        Some(Connection {
            number,
            state,
            open: Arc::clone(&self.open),
        })
    }

    /// Ends one that is silent, whoever's it is.
    pub(super) fn make_room(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.end_one(|_| true);
    }
}

impl Open {
    /// Ends the oldest silent one of these, and of those one that was never asked anything first.
    fn end_one(&mut self, of: impl Fn(&State) -> bool) -> bool {
        let mut silent = self
            .all
            .iter()
            .filter(|(_, state)| of(state) && state.is_silent());
        let oldest = silent.clone().next();
        let unasked = silent.find(|(_, state)| !state.was_asked.load(Ordering::SeqCst));
        let Some(number) = unasked.or(oldest).map(|(number, _)| *number) else {
            return false;
        };
        self.forget(number);
        true
    }

    fn forget(&mut self, number: u64) {
        let Some(state) = self.all.remove(&number) else {
            return;
        };
        state.end.cancel();
        let Some(from) = state.from else {
            return;
        };
        match self.by_address.get_mut(&from) {
            Some(own) if *own > 1 => *own -= 1,
            _ => {
                self.by_address.remove(&from);
            }
        }
    }
}

impl Connection {
    /// A request has come.
    pub(super) fn ask(&self) -> Asked {
        self.state.was_asked.store(true, Ordering::SeqCst);
        self.state.open_requests.fetch_add(1, Ordering::SeqCst);
        Asked(Arc::clone(&self.state))
    }

    /// Whether a request has ever come.
    pub(super) fn was_asked(&self) -> bool {
        self.state.was_asked.load(Ordering::SeqCst)
    }

    /// Resolves once it has to make room.
    pub(super) async fn ended(&self) {
        self.state.end.cancelled().await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.forget(self.number);
    }
}

impl Asked {
    /// The body of the answer, with whose end the request ends.
    pub(super) fn until_end_of(self, body: Body) -> Answer {
        Answer { body, _asked: self }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.open_requests.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A body that keeps its request open.
#[derive(Debug)]
pub(super) struct Answer {
    body: Body,
    _asked: Asked,
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_ended(connection: &Connection) -> bool {
        connection.state.end.is_cancelled()
    }

    #[test]
    fn the_longest_silent_makes_room_and_never_one_that_is_answered() {
        let connections = Connections::new(3, 3);
        let take = || connections.admit(None);
        let (first, second, third) = (take().unwrap(), take().unwrap(), take().unwrap());
        let asked = first.ask();
        drop(second.ask());
        let fourth = take().unwrap();
        assert!(has_ended(&third), "it was never asked anything");
        let fifth = take().unwrap();
        assert!(has_ended(&fourth));
        let at_work = [second.ask(), fifth.ask()];
        assert!(take().is_none(), "all are being answered");
        drop(asked);
        let _sixth = take().unwrap();
        assert!(has_ended(&first) && !has_ended(&second) && !has_ended(&fifth));
        drop(at_work);
    }

    #[test]
    fn a_crowd_from_one_address_is_in_its_own_way() {
        let connections = Connections::new(10, 2);
        let (crowd, other) = (Some([192, 0, 2, 1].into()), Some([192, 0, 2, 2].into()));
        let bystander = connections.admit(other).unwrap();
        let first = connections.admit(crowd).unwrap();
        let second = connections.admit(crowd).unwrap();
        let third = connections.admit(crowd).unwrap();
        assert!(has_ended(&first) && !has_ended(&second) && !has_ended(&bystander));
        drop((first, second));
        let shared: Vec<_> = (0..5).map(|_| connections.admit(None).unwrap()).collect();
        assert!(shared.iter().all(|one| !has_ended(one)));
        drop((bystander, third, shared));
        let open = connections.open.lock().unwrap();
        assert!(open.all.is_empty() && open.by_address.is_empty());
    }
}
