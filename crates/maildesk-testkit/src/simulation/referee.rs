//! Watches what nodes do from outside, and says what must never happen: a write by a node that lost
//! its lease, two who hold one mailbox, a fifth call at once, an intent carried out twice.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use maildesk_model::intent::Lane;
use maildesk_model::{IntentId, MailboxId};
use maildesk_store::contract::Lease;

use super::gate::Gate;
use super::held::Held;
use super::log::Log;

/// Calls that Graph allows at once for one app and mailbox (facts.md 6).
const AT_ONCE: usize = 4;

/// The referee of one run.
pub(super) struct Referee {
    log: Arc<Log>,
    inner: Held<Inner>,
}

#[derive(Default)]
struct Inner {
    newest: HashMap<(MailboxId, Lane), Lease>,
    settled: HashSet<IntentId>,
    flights: BTreeMap<u64, (String, Arc<Gate>)>,
    last_flight: u64,
}

/// A call under way; it has landed when this is dropped.
pub(super) struct Flight {
    referee: Arc<Referee>,
    number: u64,
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.referee
            .inner
            .with(|inner| inner.flights.remove(&self.number));
    }
}

impl Referee {
    pub(super) fn new(log: Arc<Log>) -> Self {
        Self {
            log,
            inner: Held::default(),
        }
    }

    /// A node was given a mailbox.
    pub(super) fn claimed(&self, lane: Lane, lease: &Lease) {
        let before = self.inner.with(|inner| {
            let newest = &mut inner.newest;
            newest.insert((lease.mailbox, lane), lease.clone())
        });
        if before.is_some_and(|before| before.epoch >= lease.epoch) {
            let lane = lane.name();
            self.log
                .wrong(format!("two hold the {lane} of mailbox {}", lease.mailbox));
        }
    }

    /// The newest lease of a mailbox, which a bug may misuse.
    pub(super) fn newest(&self, lane: Lane, mailbox: MailboxId) -> Option<Lease> {
        self.inner
            .with(|inner| inner.newest.get(&(mailbox, lane)).cloned())
    }

    /// Any lease, which a bug may give away again.
    pub(super) fn any(&self, lane: Lane) -> Option<Lease> {
        self.inner.with(|inner| {
            let mut leases = inner.newest.iter();
            let found = leases.find(|((_, one), _)| *one == lane);
            found.map(|(_, lease)| lease.clone())
        })
    }

    /// A write under a lease was accepted.
    pub(super) fn wrote(&self, lane: Lane, lease: &Lease, what: &str) {
        let newest = self.newest(lane, lease.mailbox);
        if newest.is_some_and(|newest| newest.epoch > lease.epoch) {
            self.log.wrong(format!(
                "{what} was accepted from a node that had lost mailbox {}",
                lease.mailbox
            ));
        }
    }

    /// An intent was settled as done.
    pub(super) fn done(&self, intent: IntentId) {
        if !self.inner.with(|inner| inner.settled.insert(intent)) {
            self.log
                .wrong(format!("intent {intent} was carried out twice"));
        }
    }

    /// A call to Graph begins. Calls of a node that stands still, or is dead, count no more: it
    /// can neither end them nor know that it should.
    pub(super) fn takes_off(self: &Arc<Self>, mailbox: String, gate: &Arc<Gate>) -> Flight {
        let (number, count) = self.inner.with(|inner| {
            inner.last_flight += 1;
            let flight = (mailbox.clone(), gate.clone());
            inner.flights.insert(inner.last_flight, flight);
            let count = inner
                .flights
                .values()
                .filter(|(one, gate)| *one == mailbox && !gate.is_dead() && !gate.is_frozen())
                .count();
            (inner.last_flight, count)
        });
        if count > AT_ONCE {
            self.log
                .wrong(format!("{count} calls at once for one mailbox"));
        }
        Flight {
            referee: self.clone(),
            number,
        }
    }
}
