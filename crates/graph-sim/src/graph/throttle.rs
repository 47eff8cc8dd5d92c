//! Graph's service limits for one app and one mailbox: 4 calls at a time, 10,000 in ten minutes, 150 MB uploaded in five [facts 6].

use std::collections::HashMap;
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
}

/// A sum over a span of time that begins anew when it is over.
#[derive(Default)]
struct Window {
    began: Option<Timestamp>,
    sum: u64,
}

impl Window {
    /// Adds to the sum; when that is too much, says in how many seconds the span is over.
    fn add(&mut self, amount: u64, limit: u64, span: Duration, now: Timestamp) -> Result<(), u64> {
        let began = *self.began.get_or_insert(now);
        if began + span <= now {
            *self = Self {
                began: Some(now),
                sum: 0,
            };
        }
        self.sum += amount;
        let left = (self.began.unwrap_or(now) + span).duration_since(now);
        if self.sum > limit {
            Err(left.as_secs().max(1) as u64)
        } else {
            Ok(())
        }
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
        let key = (app.to_owned(), mailbox);
        let meter = Arc::clone(self.meters.held().entry(key).or_default());
        let now = world.clock.now();
        let mut state = meter.held();
        let refuse = |limit: &'static str| move |left: u64| over(limit, &left.to_string());
        let calls = state.calls.add(1, CALLS, CALLS_SPAN, now);
        calls.map_err(refuse("RequestRate"))?;
        let bytes = state.bytes.add(uploaded, BYTES, BYTES_SPAN, now);
        bytes.map_err(refuse("IncomingBytes"))?;
        if state.running >= PARALLEL {
            let rate = world.faults.now().graph.concurrency_limit;
            let object = format!("{app} {mailbox}");
            let rate = rate.unwrap_or(Rate(1.0));
            if world.faults.strikes("concurrencyLimit", &object, rate) {
                return Err(over("MailboxConcurrency", "1"));
            }
        }
        state.running += 1;
        drop(state);
        Ok(Permit(meter))
    }
}

fn over(limit: &str, retry_after: &str) -> Refusal {
    Refusal::new(
        429,
        "ApplicationThrottled",
        format!("Application is over its {limit} limit."),
    )
    .with("Retry-After", retry_after)
}
