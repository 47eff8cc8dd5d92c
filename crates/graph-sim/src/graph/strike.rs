//! The faults that strike calls of `/v1.0`: slow, hanging, throttled, broken before or after the work.

use std::sync::atomic::Ordering;
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;

use super::throttle::too_many_requests;
use super::{Call, http_date};
use crate::answer::{Answer, Outcome, Refusal};
use crate::hash::Hash;
use crate::world::World;

/// How long a `timeout` hangs before Graph gives up.
const HANG: Duration = Duration::from_secs(30);

/// A fault that struck.
pub(super) struct Struck {
    /// Its name, for the journal.
    pub(super) fault: &'static str,
    pub(super) outcome: Outcome,
    /// The work is done all the same; only the answer is lost.
    pub(super) after_work: bool,
}

/// Lets the faults strike a call that began at an instant: waits where one makes it slow, and says what to answer where one breaks it.
pub(super) async fn strike(world: &World, call: &Call, began: Timestamp) -> Option<Struck> {
    let faults = world.faults.now();
    let graph = &faults.graph;
    let object = format!(
        "{} {} {}",
        call.method,
        call.segments.join("/"),
        call.raw_query
    );
    let pace = Duration::from_micros(world.pace_us.load(Ordering::Relaxed));
    let slowness = pace.max(Duration::from_millis(graph.latency_ms));
    if !slowness.is_zero() {
        wait(world, began + slowness).await;
    }
    if world.faults.strikes("timeout", &object, graph.timeout) {
        wait(world, began + HANG).await;
        return struck(
            "timeout",
            Err(Refusal::new(
                504,
                "GatewayTimeout",
                "The operation timed out.",
            )),
            false,
        );
    }
    if let Some(draw) = world.faults.strike("error429", &object, graph.error429) {
        return struck("error429", Err(throttled(world, draw)), false);
    }
    if let Some(status) = graph.answer_status {
        let refusal = Refusal::new(status, "UnknownError", "Told to answer so.");
        return struck("answerStatus", Err(refusal), false);
    }
    if let Some(draw) = world.faults.strike("error509", &object, graph.error509) {
        let refusal = Refusal::new(509, "BandwidthLimitExceeded", "Throttled for bandwidth.");
        let refusal = refusal.with("Retry-After", retry_after(world, draw));
        return struck("error509", Err(refusal), false);
    }
    if let Some(draw) = world.faults.strike("error503", &object, graph.error503) {
        let after_work = draw.number(1).finish().is_multiple_of(2);
        return struck("error503", unavailable(world, draw, after_work), after_work);
    }
    if let Some(draw) = world.faults.strike("error5xx", &object, graph.error5xx) {
        return struck("error5xx", Err(broken(draw)), false);
    }
    None
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "reads as the end of each branch above"
)]
fn struck(fault: &'static str, outcome: Outcome, after_work: bool) -> Option<Struck> {
    Some(Struck {
        fault,
        outcome,
        after_work,
    })
}

/// Waits where the answer to work that was done is lost late [recorded 6].
pub(super) async fn lose_late(world: &World, began: Timestamp) {
    let late = world.faults.now().graph.error503_after_ms;
    if late > 0 {
        wait(world, began + Duration::from_millis(late)).await;
    }
}

/// Waits for an instant of simulated time, but not beyond the faults that made it wait.
async fn wait(world: &World, until: Timestamp) {
    let mut replaced = world.faults.replaced();
    tokio::select! {
        biased;
        () = world.clock.sleep_until(until) => {}
        _ = replaced.changed() => {}
    }
}

/// `Retry-After` of 1 to 5 s, in each of the forms that were seen: whole, fractional, a date [facts 6].
fn retry_after(world: &World, draw: Hash) -> String {
    let seconds = 1 + draw.number(2).finish() % 5;
    match draw.number(3).finish() % 4 {
        0 => format!("{}.{:03}", seconds - 1, 1 + draw.number(4).finish() % 999),
        1 => http_date(world.clock.now() + Duration::from_secs(seconds)),
        _ => seconds.to_string(),
    }
}

fn throttled(world: &World, draw: Hash) -> Refusal {
    let refusal = if draw.number(5).finish().is_multiple_of(2) {
        too_many_requests()
    } else {
        Refusal::new(
            429,
            "ApplicationThrottled",
            "Application is over its RequestRate limit.",
        )
    };
    refusal.with("Retry-After", retry_after(world, draw))
}

/// A 503 that came after the work is the empty one [recorded 6].
fn unavailable(world: &World, draw: Hash, after_work: bool) -> Outcome {
    if after_work {
        let mut answer = Answer::empty(StatusCode::SERVICE_UNAVAILABLE);
        answer.content_type = Some("text/plain".into());
        return Ok(answer);
    }
    let refusal = match draw.number(6).finish() % 3 {
        0 => Refusal::new(503, "MailboxInfoStale", "Mailbox information is stale."),
        _ => Refusal::new(
            503,
            "ServiceUnavailable",
            "The service is temporarily unavailable.",
        ),
    };
    Err(if draw.number(7).finish().is_multiple_of(2) {
        refusal.with("Retry-After", retry_after(world, draw))
    } else {
        refusal
    })
}

fn broken(draw: Hash) -> Refusal {
    match draw.number(8).finish() % 3 {
        0 => Refusal::new(
            500,
            "ErrorInternalServerError",
            "An internal server error occurred. The operation failed.",
        ),
        1 => Refusal::new(
            502,
            "BadGateway",
            "The server received an invalid answer from an upstream server.",
        ),
        _ => Refusal::new(504, "GatewayTimeout", "The operation timed out."),
    }
}
