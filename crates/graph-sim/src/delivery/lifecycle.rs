//! Lifecycle notifications: what happens to a subscription as time passes, and telling its owner [facts 4].

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::challenge::{self, Check};
use super::mishap;
use super::outbox::{Entry, Outbox};
use super::payload::{LifecycleEvent, LifecycleFacts};
use crate::subscription::{Book, Subscription, expiry};
use crate::sync::Held;
use crate::world::{Who, World};

/// Queues a lifecycle notification. Without a `lifecycleNotificationUrl` there is none.
pub(crate) fn send(world: &Arc<World>, subscription: &Subscription, event: LifecycleEvent) {
    let now = world.clock.now();
    queue(
        world,
        &mut world.delivery.outbox.held(),
        subscription,
        event,
        now,
    );
    world.delivery.look_again();
}

/// Queues a lifecycle notification in an outbox that is already held.
pub(super) fn queue(
    world: &World,
    outbox: &mut Outbox,
    subscription: &Subscription,
    event: LifecycleEvent,
    now: Timestamp,
) {
    let Some(url) = &subscription.lifecycle_url else {
        return;
    };
    let name = event.name();
    let object = format!("{} {} {name}", subscription.app, subscription.mailbox);
    let facts = LifecycleFacts {
        subscription_id: subscription.id.clone(),
        expires: expiry::wire(subscription.expires, "+00:00"),
        tenant: subscription.notified_tenant().to_owned(),
        client_state: mishap::secret(&world.faults, &object, subscription.client_state.as_ref()),
        event,
    };
    let documented = world.faults.now().notifications.documented_lifecycle.on();
    let entry = Entry {
        subscription: subscription.id.clone(),
        mailbox: subscription.mailbox.clone(),
        message: None,
        item: facts.item(documented),
        queued: now,
    };
    for due in mishap::dues(&world.faults, &object, now) {
        outbox.put(url, entry.clone(), due, now);
    }
}

/// Takes the subscriptions through time: out go those that expired or were removed, and those that near their deadline are challenged.
/// `revoked` are the sign-ins that are no longer good. Returns when to look next.
pub(super) fn pass_time(
    world: &World,
    book: &mut Book,
    outbox: &mut Outbox,
    revoked: &HashSet<u64>,
    now: Timestamp,
) -> Option<Timestamp> {
    let life = world
        .faults
        .now()
        .subscription
        .remove_after_s
        .map(Duration::from_secs);
    let ended: Vec<_> = book
        .all()
        .filter(|subscription| !subscription.lives(now))
        .map(|subscription| subscription.id.clone())
        .collect();
    for id in ended {
        book.remove(&id);
    }
    remove(world, book, outbox, now, |subscription| {
        life.is_some_and(|life| subscription.created + life <= now)
            || stands_on(subscription, revoked)
    });
    for subscription in book.all_mut() {
        if challenge_due(subscription, now) {
            queue(
                world,
                outbox,
                subscription,
                LifecycleEvent::REAUTHORIZATION_REQUIRED,
                now,
            );
        }
    }
    let ends = book
        .all()
        .map(|subscription| subscription.expires.min(subscription.next_check));
    let removals = book
        .all()
        .filter_map(|subscription| life.map(|life| subscription.created + life));
    ends.chain(removals).min()
}

/// Removes the subscriptions that stand on a sign-in which is no longer good, as Graph does when an account is revoked or its password is reset [facts 4].
pub(crate) fn remove_family(world: &World, family: u64) {
    let now = world.clock.now();
    let mut book = world.subscriptions.book();
    let mut outbox = world.delivery.outbox.held();
    remove(world, &mut book, &mut outbox, now, |subscription| {
        stands_on(subscription, &[family].into())
    });
    drop((book, outbox));
    world.delivery.look_again();
}

fn stands_on(subscription: &Subscription, families: &HashSet<u64>) -> bool {
    matches!(subscription.authority.who, Who::Person(_))
        && families.contains(&subscription.authority.family)
}

/// Takes subscriptions out and tells their owners.
fn remove(
    world: &World,
    book: &mut Book,
    outbox: &mut Outbox,
    now: Timestamp,
    which: impl Fn(&Subscription) -> bool,
) {
    let removed: Vec<_> = book
        .all()
        .filter(|subscription| which(subscription))
        .map(|subscription| subscription.id.clone())
        .collect();
    for id in removed {
        if let Some(subscription) = book.remove(&id) {
            queue(
                world,
                outbox,
                &subscription,
                LifecycleEvent::SUBSCRIPTION_REMOVED,
                now,
            );
        }
    }
}

/// Goes through the checks that have come due. However many they are after a leap of time, they make one challenge.
fn challenge_due(subscription: &mut Subscription, now: Timestamp) -> bool {
    let mut due = false;
    while subscription.next_check <= now {
        match challenge::check(subscription.deadline(), subscription.next_check) {
            Check::Challenge(next) => {
                due = true;
                subscription.next_check = next;
            }
            Check::Wait(next) => subscription.next_check = next,
            // Nothing more until somebody authorizes it anew, which sets the next check.
            Check::Stop => subscription.next_check = Timestamp::MAX,
        }
    }
    due
}
