//! What goes wrong, and when: the document of `PUT /sim/faults`, and the decision whether a fault strikes.
//!
//! A decision is a hash of (seed, kind, object, how often this kind was asked for this object). It never depends on the order in which requests arrive,
//! so two runs that ask the same questions get the same answers. The counts start anew with each `PUT`.

mod choice;
mod document;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, RwLock};

use tokio::sync::watch;

pub use choice::{Cloud, Death, DeleteTo};
pub use document::MailFaults;
pub(crate) use document::parse;
pub use document::{
    DeltaFaults, Faults, GraphFaults, NotificationFaults, Rate, SubscriptionFaults, TokenFaults,
    UnknownKeys, ValidationFaults, Year,
};

use crate::hash::Hash;
use crate::sync::Held;

/// The faults in force and the counts behind their decisions.
pub(crate) struct FaultRoom {
    faults: RwLock<Arc<Faults>>,
    counts: Mutex<HashMap<u64, u64>>,
    struck: Mutex<BTreeMap<String, u64>>,
    replaced: watch::Sender<u64>,
}

impl FaultRoom {
    pub(crate) fn new() -> Self {
        Self {
            faults: RwLock::default(),
            counts: Mutex::default(),
            struck: Mutex::default(),
            replaced: watch::Sender::new(0),
        }
    }

    /// The faults in force.
    pub(crate) fn now(&self) -> Arc<Faults> {
        Arc::clone(
            &self
                .faults
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }

    /// Replaces all faults, forgets the counts and ends every wait that [`FaultRoom::replaced`] guards.
    pub(crate) fn replace(&self, faults: Faults) {
        *self
            .faults
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(faults);
        self.counts.held().clear();
        self.replaced.send_modify(|times| *times += 1);
    }

    /// A receiver that changes when the faults are replaced; whoever hangs because of a fault must also wait on this.
    pub(crate) fn replaced(&self) -> watch::Receiver<u64> {
        self.replaced.subscribe()
    }

    /// Whether a fault of this kind strikes this object now; counts the question.
    pub(crate) fn strikes(&self, kind: &str, object: &str, rate: Rate) -> bool {
        self.strike(kind, object, rate).is_some()
    }

    /// Like [`FaultRoom::strikes`], but hands out the draw itself, from which further choices (which status, how long) follow.
    pub(crate) fn strike(&self, kind: &str, object: &str, rate: Rate) -> Option<Hash> {
        if rate.0 <= 0.0 {
            return None;
        }
        let draw = self.draw(kind, object);
        if draw.fraction() >= rate.0 {
            return None;
        }
        *self.struck.held().entry(kind.to_owned()).or_default() += 1;
        Some(draw.number(0x57))
    }

    /// How often each kind of fault struck since the start; a `PUT` does not begin it anew.
    pub(crate) fn struck(&self) -> BTreeMap<String, u64> {
        self.struck.held().clone()
    }

    /// How often this kind was asked for this object so far, this time included (1 for the first).
    pub(crate) fn count(&self, kind: &str, object: &str) -> u64 {
        let key = Hash::new(0).text(kind).text(object).finish();
        let mut counts = self.counts.held();
        let count = counts.entry(key).or_default();
        *count += 1;
        *count
    }

    fn draw(&self, kind: &str, object: &str) -> Hash {
        let seed = self.now().seed;
        Hash::new(seed)
            .text(kind)
            .text(object)
            .number(self.count(kind, object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(order: &[&str]) -> Vec<(String, bool)> {
        let room = FaultRoom::new();
        room.replace(Faults {
            seed: 42,
            ..Faults::default()
        });
        let mut answers: Vec<_> = order
            .iter()
            .map(|object| {
                (
                    (*object).to_owned(),
                    room.strikes("error429", object, Rate(0.5)),
                )
            })
            .collect();
        answers.sort();
        answers
    }

    #[test]
    fn decisions_do_not_depend_on_the_order_of_arrival() {
        assert_eq!(
            answers(&["a", "b", "a", "c"]),
            answers(&["c", "a", "b", "a"])
        );
    }

    #[test]
    fn a_rate_of_one_always_strikes_and_zero_never() {
        let room = FaultRoom::new();
        assert!((0..100).all(|_| room.strikes("k", "o", Rate(1.0))));
        assert!(!(0..100).any(|_| room.strikes("k", "o", Rate(0.0))));
    }
}
