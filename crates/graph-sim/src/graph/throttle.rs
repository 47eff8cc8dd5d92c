//! Graph's service limits for one app and one mailbox: 4 calls at a time, 10,000 in ten minutes, 150 MB uploaded in five [facts 6].

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use crate::answer::Refusal;
use crate::fault::Rate;
use crate::sync::Held;
use crate::world::World;

/// Calls at a time for one app and mailbox.
const PARALLEL: u32 = 4;
/// Calls in ten minutes for one app and mailbox.
const CALLS: u64 = 10_000;
const CALLS_SPAN: Duration = Duration::from_mins(10);
/// Bytes uploaded in five minutes for one app and mailbox.
const BYTES: u64 = 150 * 1024 * 1024;
const BYTES_SPAN: Duration = Duration::from_mins(5);
/// Calls in ten seconds for one app, whatever the mailbox.
const APP_CALLS: u64 = 130_000;
const APP_SPAN: Duration = Duration::from_secs(10);
/// Messages sent in a minute from one mailbox.
const SENDS: u64 = 30;
const SENDS_SPAN: Duration = Duration::from_mins(1);
/// In place of a mailbox's number: all of them together.
const EVERY: u32 = u32::MAX;

/// App and mailbox.
type Pair = (String, u32);

/// A meter that running calls hold on to.
type Shared = Arc<Mutex<Meter>>;

/// Who is calling whom, and how much.
#[derive(Default)]
pub(crate) struct Throttle {
    meters: Mutex<HashMap<Pair, Shared>>,
}

#[derive(Default)]
struct Meter {
    running: u32,
    calls: Window,
    bytes: Window,
    sends: Window,
}

/// A sum over the span of time that ends now, kept by seconds.
#[derive(Default)]
struct Window {
    parts: VecDeque<(i64, u64)>,
    sum: u64,
}

impl Window {
    /// Adds to the sum, refused calls too: whoever goes on calling stays refused. When it is too much, says in how many seconds it no longer is.
    fn add(&mut self, amount: u64, limit: u64, span: Duration, now: Timestamp) -> Result<(), u64> {
        let now = now.as_second();
        let span = span.as_secs() as i64;
        while self.parts.front().is_some_and(|(at, _)| *at + span <= now) {
            self.sum -= self.parts.pop_front().map_or(0, |(_, part)| part);
        }
        match self.parts.back_mut() {
            Some((at, part)) if *at == now => *part += amount,
            _ => self.parts.push_back((now, amount)),
        }
        self.sum += amount;
        let mut over = self.sum.saturating_sub(limit);
        if over == 0 {
            return Ok(());
        }
        for (at, part) in &self.parts {
            over = over.saturating_sub(*part);
            if over == 0 {
                return Err((at + span - now).max(1) as u64);
            }
        }
        Err(span as u64)
    }
}

/// A running call; dropping it ends the call.
pub(crate) struct Permit(Shared);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.held().running -= 1;
    }
}

impl Throttle {
    /// Lets a call in that uploads so many bytes, or refuses it.
    pub(crate) fn enter(
        &self,
        world: &World,
        app: &str,
        mailbox: u32,
        uploaded: u64,
    ) -> Result<Permit, Refusal> {
        let graph = &world.faults.now().graph;
        let now = world.clock.now();
        let whole = self.meter(app, EVERY);
        let most = graph.app_requests.unwrap_or(APP_CALLS);
        let calls = whole.held().calls.add(1, most, APP_SPAN, now);
        calls.map_err(|left| over("RequestRate", left))?;
        let own = self.meter(app, mailbox);
        {
            let mut state = own.held();
            let most = graph.mailbox_requests.unwrap_or(CALLS);
            let calls = state.calls.add(1, most, CALLS_SPAN, now);
            calls.map_err(|left| over("RequestRate", left))?;
            let bytes = state.bytes.add(uploaded, BYTES, BYTES_SPAN, now);
            bytes.map_err(|left| over("IncomingBytes", left))?;
        }
        let object = format!("{app} {mailbox}");
        let rate = graph.concurrency_per_app;
        let together = world.faults.strikes("concurrencyPerApp", app, rate);
        let meter = if together { whole } else { own };
        let mut state = meter.held();
        if state.running >= PARALLEL {
            let rate = graph.concurrency_limit.unwrap_or(Rate(1.0));
            if world.faults.strikes("concurrencyLimit", &object, rate) {
                return Err(too_many(world, &object));
            }
        }
        state.running += 1;
        drop(state);
        Ok(Permit(meter))
    }

    /// Counts the bytes of a chunk that came without a token.
    pub(crate) fn upload(
        &self,
        world: &World,
        app: &str,
        mailbox: u32,
        bytes: u64,
    ) -> Result<(), Refusal> {
        let meter = self.meter(app, mailbox);
        let now = world.clock.now();
        let added = meter.held().bytes.add(bytes, BYTES, BYTES_SPAN, now);
        added.map_err(|left| over("IncomingBytes", left))
    }

    /// Counts a message that a mailbox sends, whichever app it is: 30 in a minute. How the refusal looks is known from no capture; this is the general one.
    pub(crate) fn send(&self, world: &World, mailbox: u32) -> Result<(), Refusal> {
        let most = world.faults.now().mail.sends_per_minute.unwrap_or(SENDS);
        let meter = self.meter("", mailbox);
        let now = world.clock.now();
        let added = meter.held().sends.add(1, most, SENDS_SPAN, now);
        added.map_err(|left| too_many_requests().with("Retry-After", left.to_string()))
    }

    fn meter(&self, app: &str, mailbox: u32) -> Shared {
        let key = (app.to_owned(), mailbox);
        Arc::clone(self.meters.held().entry(key).or_default())
    }
}

/// The general refusal, with the specific one inside [facts 6].
pub(super) fn too_many_requests() -> Refusal {
    Refusal::new(429, "TooManyRequests", "Please retry again later.")
        .nesting("429", "Please retry after")
}

fn over(limit: &str, retry_after: u64) -> Refusal {
    Refusal::new(
        429,
        "ApplicationThrottled",
        format!("Application is over its {limit} limit."),
    )
    .with("Retry-After", retry_after.to_string())
    .struck("limit")
}

/// One call too many at a time. Its `Retry-After` is no time: one running call must end first [recorded 6].
fn too_many(world: &World, object: &str) -> Refusal {
    let refusal = over("MailboxConcurrency", 1);
    let rate = world.faults.now().graph.rate_limit_header;
    if world.faults.strikes("rateLimitHeader", object, rate) {
        return refusal.with("RateLimit-Exceeded", "MailboxConcurrency");
    }
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_slides_and_counts_what_it_refused() {
        let mut window = Window::default();
        let at = |second: i64| Timestamp::from_second(1_000 + second).expect("in range");
        let mut add = |second| window.add(1, 2, Duration::from_secs(10), at(second));
        assert_eq!((add(0), add(4)), (Ok(()), Ok(())));
        assert_eq!(add(6), Err(4));
        assert_eq!(add(11), Err(3), "the refused one counts");
        assert_eq!(add(17), Ok(()));
    }
}
