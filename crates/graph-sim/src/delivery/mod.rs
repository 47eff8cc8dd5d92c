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
mod rules;
mod run;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::fault::Faults;
use crate::mailbox::{Change, ChangeKind, FolderNo, IdKind, Mailbox, MessageNo};
use crate::subscription::Subscription;
use crate::sync::Held;
use crate::world::World;

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

    /// Lets the rules hold that the faults ask for.
    pub(crate) fn follow(&self, faults: &Faults) {
        let rules = rules::Rules::of(&faults.notifications);
        self.outbox.held().follow(rules);
    }

    /// Takes note that an endpoint was validated.
    pub(crate) fn welcome(&self, url: &str) {
        self.outbox.held().welcome(url);
    }

    /// Lets the wheel look again, because something may be due sooner than it thought.
    pub(crate) fn look_again(&self) {
        self.wake.notify_one();
    }
}

/// The pause between two challenges, and before the first one.
pub(crate) fn challenge_every(world: &World) -> Duration {
    let asked = world.faults.now().subscription.challenge_every_s;
    // A pause of nothing would be a challenge without end.
    asked.map_or(challenge::EVERY, |seconds| {
        Duration::from_secs(seconds.max(1))
    })
}

/// Whether a subscription covers what happens in a folder: the whole mailbox, the folder itself, and the folders below it only by a switch,
/// because nothing says whether they are covered [facts 1.3].
fn covers(world: &World, subscription: &Subscription, mailbox: &Mailbox, folder: FolderNo) -> bool {
    let Some(watched) = subscription.folder else {
        return true;
    };
    let rate = world.faults.now().subscription.sub_folders;
    watched == folder
        || mailbox.is_below(folder, watched)
            && world
                .faults
                .strikes("subFolders", &subscription.mailbox, rate)
}

/// Takes note of a change. Called with the mailbox locked, so that changes of one mailbox come in their order: it must only match and queue.
pub(crate) fn announce(world: &Arc<World>, mailbox: &Mailbox, change: &Change) {
    let now = world.clock.now();
    let part = world.delivery.part(change);
    let book = world.subscriptions.book();
    let mut outbox = world.delivery.outbox.held();
    let news = fan_out::News {
        change,
        part,
        nobodys_id: &mailbox
            .ids
            .encode(IdKind::Immutable, u32::MAX - change.message.0, 0),
        now,
    };
    for subscription in book.of_mailbox(&change.mailbox) {
        if subscription.lives(now) && covers(world, subscription, mailbox, change.folder) {
            fan_out::queue(world, &mut outbox, subscription, &news);
        }
    }
    drop((book, outbox));
    world.delivery.wake.notify_one();
}
