//! Delivery of notifications: matching changes with subscriptions, queues, retries, lifecycle.

use std::sync::Arc;

use crate::mailbox::Change;
use crate::world::World;

/// What waits to be delivered.
#[derive(Default)]
pub(crate) struct DeliveryRoom {}

/// Takes note of a change. Called with the mailbox locked, so that changes of one mailbox come in their order: it must only match and queue.
pub(crate) fn announce(world: &Arc<World>, change: &Change) {
    let _ = (world, change);
}

/// Delivers until the world is dropped; the simulator spawns it once.
pub(crate) async fn run(world: std::sync::Weak<World>) {
    let _ = world;
}
