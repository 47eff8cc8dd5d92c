//! `GET /v1.0/subscriptions/{id}`.

use http::StatusCode;

use super::quota::Kind;
use super::{scope, within_quota};
use crate::answer::{Answer, Outcome};
use crate::graph::{Call, Caller};
use crate::world::World;

pub(super) fn show(world: &World, call: &Call, caller: &Caller, id: &str) -> Outcome {
    within_quota(world, caller, Kind::Get)?;
    let book = world.subscriptions.book();
    let subscription = scope::find(&book, world, caller, id, "Read")?;
    // In some tenants the secret is null here as it is in notifications [facts 1.5].
    let switches = &world.faults.now().notifications;
    let secretless = world.faults.strikes(
        "nullClientState",
        &format!("{} get", subscription.mailbox),
        switches.null_client_state,
    );
    let context = format!("{}/v1.0/$metadata#subscriptions/$entity", call.base);
    Ok(Answer::json(
        StatusCode::OK,
        &subscription.view(Some(context), !secretless),
    )
    .struck(secretless.then_some("nullClientState")))
}
