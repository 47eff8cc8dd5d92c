//! Subscriptions: `/v1.0/subscriptions…` and `/sim/subscriptions`.

use std::sync::Arc;

use crate::answer::{Outcome, Refusal};
use crate::graph::{Call, Caller};
use crate::world::World;

/// The subscriptions that exist.
#[derive(Default)]
pub(crate) struct SubscriptionRoom {}

/// Answers a call below `/v1.0/subscriptions`; `rest` is what follows that segment.
pub(crate) async fn handle(
    world: &Arc<World>,
    call: &Call,
    caller: &Caller,
    rest: &[String],
) -> Outcome {
    let _ = (world, call, caller, rest);
    Err(Refusal::unknown_segment("subscriptions"))
}

/// The routes below `/sim` that belong to subscriptions and their notifications.
pub(crate) fn control() -> axum::Router<Arc<World>> {
    axum::Router::new()
}
