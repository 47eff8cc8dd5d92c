//! Delivery of notifications: from a change to a delivered POST, and the lifecycle notifications beside it.
//!
//! `fan_out` makes notifications of changes, `outbox` decides what is due, `post` sends; `run` only turns the wheel.
//! The rules are those of Microsoft's delivery page of April 2026 [facts 3.2]. Order is not promised.

mod backoff;
mod challenge;
mod endpoint;
mod fan_out;
mod lifecycle;
mod mishap;
mod outbox;
pub(crate) mod payload;
pub(crate) mod post;
mod run;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::mailbox::{Change, ChangeKind, MessageNo};
use crate::sync::Held;
use crate::world::World;

pub(crate) use challenge::EVERY as CHALLENGE_EVERY;
pub(crate) use lifecycle::{remove_family, send as send_lifecycle};
pub(crate) use run::{run, tick};

/// What waits to be delivered.
#[derive(Default)]
pub(crate) struct DeliveryRoom {
    outbox: Mutex<outbox::Outbox>,
    /// What the last change of each mailbox was, by its address: what follows at the same instant belongs to it.
    last: Mutex<HashMap<String, Last>>,
    /// Wakes the wheel when something new waits.
    wake: Arc<Notify>,
}

/// The last change of a mailbox.
struct Last {
    message: MessageNo,
    at: Timestamp,
    /// How many updates of its storm were seen, if the message arrived; none if it left a folder.
    storm: Option<u32>,
}

/// How a change belongs together with the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// A message arrived.
    Arrival,
    /// Update number n (from 1) of the storm after an arrival.
    Storm(u32),
    /// Anything else: a move, an edit, a deletion. Many of these at once make a bulk.
    Edit,
}

impl DeliveryRoom {
    fn part(&self, change: &Change) -> Part {
        let mut last = self.last.held();
        let before = last
            .get(&change.mailbox)
            .filter(|last| last.message == change.message && last.at == change.at);
        let (part, storm) = match (change.kind, before.map(|last| last.storm)) {
            (ChangeKind::Updated, Some(Some(seen))) => (Part::Storm(seen + 1), Some(seen + 1)),
            // What left a folder and turns up in another at the same instant was moved and did not arrive.
            (ChangeKind::Created, Some(None)) | (ChangeKind::Deleted | ChangeKind::Updated, _) => {
                (Part::Edit, None)
            }
            (ChangeKind::Created, _) => (Part::Arrival, Some(0)),
        };
        let now = Last {
            message: change.message,
            at: change.at,
            storm,
        };
        last.insert(change.mailbox.clone(), now);
        part
    }

    /// Delivers what was held back for a subscription whose token is fresh again.
    pub(crate) fn release(&self, subscription: &str, now: Timestamp) {
        self.outbox.held().release(subscription, now);
        self.wake.notify_one();
    }

    /// Lets the wheel look again, because something may be due sooner than it thought.
    pub(crate) fn look_again(&self) {
        self.wake.notify_one();
    }
}

/// Takes note of a change. Called with the mailbox locked, so that changes of one mailbox come in their order: it must only match and queue.
pub(crate) fn announce(world: &Arc<World>, change: &Change) {
    let now = world.clock.now();
    let part = world.delivery.part(change);
    let book = world.subscriptions.book();
    let mut outbox = world.delivery.outbox.held();
    for subscription in book.of_mailbox(&change.mailbox) {
        let watched = subscription
            .folder
            .is_none_or(|folder| folder == change.folder);
        if watched && subscription.lives(now) {
            fan_out::queue(&mut outbox, subscription, change, part, &world.faults, now);
        }
    }
    drop((book, outbox));
    world.delivery.wake.notify_one();
}
