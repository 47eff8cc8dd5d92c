//! Graph's service limits for one app and one mailbox: 4 calls at a time, 10,000 in ten minutes [facts 6].

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
/// Calls in one window for one app and mailbox.
const PER_WINDOW: u32 = 10_000;
/// The window.
const WINDOW: Duration = Duration::from_mins(10);

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
    window_began: Option<Timestamp>,
    in_window: u32,
}

/// A running call; dropping it ends the call.
pub(crate) struct Permit(Shared);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.held().running -= 1;
    }
}

impl Throttle {
    /// Lets a call in, or refuses it.
    pub(crate) fn enter(&self, world: &World, app: &str, mailbox: u32) -> Result<Permit, Refusal> {
        let meter = Arc::clone(
            self.meters
                .held()
                .entry((app.to_owned(), mailbox))
                .or_default(),
        );
        let now = world.clock.now();
        let mut state = meter.held();
        if state.window_began.is_none_or(|began| began + WINDOW <= now) {
            state.window_began = Some(now);
            state.in_window = 0;
        }
        state.in_window += 1;
        if state.in_window > PER_WINDOW {
            let left = state.window_began.map_or(0, |began| {
                (began + WINDOW).duration_since(now).as_secs().max(1)
            });
            return Err(over("RequestRate", &left.to_string()));
        }
        if state.running >= PARALLEL {
            let rate = world
                .faults
                .now()
                .graph
                .concurrency_limit
                .unwrap_or(Rate(1.0));
            if world
                .faults
                .strikes("concurrencyLimit", &format!("{app} {mailbox}"), rate)
            {
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
