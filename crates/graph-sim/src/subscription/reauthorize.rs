//! `POST /v1.0/subscriptions/{id}/reauthorize`: stands on the caller's token from now on; does not extend the life [facts 1.5].

use std::sync::Arc;

use http::StatusCode;

use super::quota::Kind;
use super::validation::Validation;
use super::{Subscription, not_found, race_undone, renew, scope, within_quota};
use crate::answer::{Answer, Outcome};
use crate::delivery::challenge_every;
use crate::graph::Caller;
use crate::world::World;

pub(super) async fn reauthorize(world: &Arc<World>, caller: &Caller, id: &str) -> Outcome {
    within_quota(world, caller, Kind::Reauthorize)?;
    let known = scope::find(&world.subscriptions.book(), world, caller, id, "Update")?.clone();
    if renew::probes_on_renew(world, &known.mailbox) {
        Validation {
            world,
            mailbox: &known.mailbox,
        }
        .run(&known.notification_url, None)
        .await?;
    }
    let now = world.clock.now();
    let pause = challenge_every(world);
    let mut book = world.subscriptions.book();
    let subscription = book.get_mut(id, now).ok_or_else(not_found)?;
    let answer = Answer::empty(StatusCode::NO_CONTENT);
    if Subscription::races(subscription.renewed, now) && race_undone(world, &known.mailbox) {
        return Ok(answer.struck(Some("raceUndone")));
    }
    subscription.reauthorize(scope::authority(caller), now, pause);
    subscription.reauthorized = Some(now);
    drop(book);
    world.delivery.release(id, now);
    Ok(answer)
}
