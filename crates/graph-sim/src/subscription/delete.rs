//! `DELETE /v1.0/subscriptions/{id}`.

use http::StatusCode;

use super::quota::Kind;
use super::{scope, within_quota};
use crate::answer::{Answer, Outcome};
use crate::graph::Caller;
use crate::world::World;

pub(super) fn delete(world: &World, caller: &Caller, id: &str) -> Outcome {
    within_quota(world, caller, Kind::Write)?;
    let mut book = world.subscriptions.book();
    scope::own(&book, world, caller, id)?;
    book.remove(id);
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
