//! `GET /v1.0/subscriptions`: scarce, without options, and with every `clientState` null by design [facts 1.5, 1.6].

use http::StatusCode;
use serde::Serialize;

use super::quota::Kind;
use super::record::View;
use super::{scope, within_quota};
use crate::answer::{Answer, Outcome, Refusal};
use crate::graph::{Call, Caller};
use crate::world::World;

/// Subscriptions on one page; Microsoft names no number.
const PER_PAGE: usize = 100;

#[derive(Serialize)]
struct Page<'a> {
    #[serde(rename = "@odata.context")]
    context: String,
    #[serde(rename = "@odata.nextLink", skip_serializing_if = "Option::is_none")]
    next_link: Option<String>,
    value: Vec<View<'a>>,
}

pub(super) fn list(world: &World, call: &Call, caller: &Caller) -> Outcome {
    within_quota(world, caller, Kind::List)?;
    scope::may_list(caller)?;
    let after = position(call)?;
    let now = world.clock.now();
    let book = world.subscriptions.book();
    let mut rest = book
        .all()
        .filter(|subscription| {
            subscription.no > after && subscription.lives(now) && scope::sees(caller, subscription)
        })
        .peekable();
    let page: Vec<_> = rest.by_ref().take(PER_PAGE).collect();
    let more = rest.peek().and(page.last());
    let page = Page {
        context: format!("{}/v1.0/$metadata#subscriptions", call.base),
        next_link: more
            .map(|last| format!("{}/v1.0/subscriptions?$skiptoken={}", call.base, last.no)),
        value: page
            .iter()
            .map(|subscription| subscription.view(None, false))
            .collect(),
    };
    Ok(Answer::json(StatusCode::OK, &page))
}

/// Where the page begins. The token of a next link is the only option there is.
fn position(call: &Call) -> Result<u64, Refusal> {
    let unsupported = |name: &str| {
        Refusal::bad_request(format!(
            "The query option '{name}' is not supported for subscriptions."
        ))
    };
    match call.query.as_slice() {
        [] => Ok(0),
        [(name, value)] if name == "$skiptoken" => value.parse().map_err(|_| unsupported(name)),
        [(name, _), ..] => Err(unsupported(name)),
    }
}
