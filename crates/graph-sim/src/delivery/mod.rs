//! Delivery of notifications: from a change to a delivered POST, and the lifecycle notifications beside it.
//!
//! `fan_out` makes notifications of changes, `outbox` decides what is due, `post` sends; `run` only turns the wheel.
//! The rules are those of Microsoft's delivery page of April 2026 [facts 3.2]. Order is not promised.

mod backoff;
mod challenge;
mod endpoint;
mod fan_out;
mod lifecycle;
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
pub(crate) use lifecycle::send as send_lifecycle;
pub(crate) use run::{run, tick};

/// What waits to be delivered.
#[derive(Default)]
pub(crate) struct DeliveryRoom {
    outbox: Mutex<outbox::Outbox>,
    /// The message that left a folder last, by mailbox: when it turns up in another at the same instant, it was moved and did not arrive.
    left: Mutex<HashMap<String, (MessageNo, Timestamp)>>,
    /// Wakes the wheel when something new waits.
    wake: Arc<Notify>,
}

impl DeliveryRoom {
    /// Whether a change is an arrival, after which a storm of updates follows.
    fn arrives(&self, change: &Change) -> bool {
        let mut left = self.left.held();
        match change.kind {
            ChangeKind::Deleted => {
                left.insert(change.mailbox.clone(), (change.message, change.at));
                false
            }
            ChangeKind::Updated => false,
            ChangeKind::Created => {
                left.remove(&change.mailbox) != Some((change.message, change.at))
            }
        }
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
    let arrives = world.delivery.arrives(change);
    let storm = if arrives {
        world.faults.now().notifications.updates()
    } else {
        0
    };
    let book = world.subscriptions.book();
    let mut outbox = world.delivery.outbox.held();
    for subscription in book.of_mailbox(&change.mailbox) {
        let watched = subscription
            .folder
            .is_none_or(|folder| folder == change.folder);
        if watched && subscription.lives(now) {
            fan_out::queue(&mut outbox, subscription, change, storm, &world.faults, now);
        }
    }
    drop((book, outbox));
    world.delivery.wake.notify_one();
}
