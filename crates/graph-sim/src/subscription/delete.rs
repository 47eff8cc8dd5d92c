//! `DELETE /v1.0/subscriptions/{id}`.

use http::StatusCode;

use super::quota::Kind;
use super::{redirected, scope, within_quota};
use crate::answer::{Answer, Outcome};
use crate::graph::Caller;
use crate::world::World;

pub(super) fn delete(world: &World, caller: &Caller, id: &str) -> Outcome {
    within_quota(world, caller, Kind::Write)?;
    let mut book = world.subscriptions.book();
    let subscription = scope::own(&book, world, caller, id)?;
    if world.directory.mailbox(&subscription.user_id).is_none() {
        // It cannot be deleted any more, but goes on being listed until it expires [facts 10.10].
        let user = format!("{}@{}", subscription.user_id, subscription.tenant);
        let reason = format!("The requested user '{user}' is invalid.");
        return Err(scope::extension_error("Delete", 404, "NotFound", &reason));
    }
    if let Some(moved) = redirected(world, &subscription.mailbox, "DELETE") {
        return Ok(moved);
    }
    book.remove(id);
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
