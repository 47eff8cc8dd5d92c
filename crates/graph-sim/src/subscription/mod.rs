//! Subscriptions: `/v1.0/subscriptions…`, the validation of webhooks, and `/sim/subscriptions`.
//!
//! One file per operation (`create`, `show`, `list`, `renew`, `reauthorize`, `delete`); what they share is beside them:
//! `body` reads requests, `resource` and `filter` what is watched, `expiry` how long, `scope` who may, `probe` and `validation` the handshake,
//! `quota` how often. A new operation is a new file and a line in [`handle`].

mod body;
mod book;
mod control;
mod create;
mod delete;
pub(crate) mod expiry;
mod filter;
mod list;
mod probe;
mod quota;
mod reauthorize;
mod record;
mod renew;
mod resource;
mod scope;
mod show;
mod validation;

use std::sync::{Arc, Mutex, MutexGuard};

use http::{Method, StatusCode};

use crate::answer::{Answer, Outcome, Refusal};
use crate::fault::Rate;
use crate::graph::{Call, Caller};
use crate::sync::Held;
use crate::world::World;

pub(crate) use book::Book;
pub(crate) use control::control;
pub(crate) use filter::seen_through;
pub(crate) use record::Subscription;
pub(crate) use scope::consented;

/// The subscriptions that exist.
#[derive(Default)]
pub(crate) struct SubscriptionRoom {
    book: Mutex<Book>,
}

impl SubscriptionRoom {
    /// The book, locked. Locks are taken in this order: a mailbox, the book, the outbox.
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.held()
    }
}

/// Answers a call below `/v1.0/subscriptions`; `rest` is what follows that segment.
pub(crate) async fn handle(
    world: &Arc<World>,
    call: &Call,
    caller: &Caller,
    rest: &[String],
) -> Outcome {
    // What time has ended must be gone before anybody is answered.
    crate::delivery::tick(world);
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match (&call.method, rest.as_slice()) {
        (&Method::POST, []) => create::create(world, call, caller).await,
        (&Method::GET, []) => list::list(world, call, caller),
        (&Method::GET, [id]) => show::show(world, call, caller, id),
        (&Method::PATCH, [id]) => renew::renew(world, call, caller, id).await,
        (&Method::DELETE, [id]) => delete::delete(world, caller, id),
        (&Method::POST, [_, action]) if !is_reauthorize(action) => {
            Err(Refusal::unknown_segment(action))
        }
        (&Method::POST, [id, _]) => reauthorize::reauthorize(world, caller, id).await,
        (_, [_, other, ..]) => Err(Refusal::unknown_segment(other)),
        _ => Err(Refusal::new(
            405,
            "MethodNotAllowed",
            "The HTTP method is not supported for this resource.",
        )
        .inner()),
    }
}

/// SDKs call actions with or without their namespace.
fn is_reauthorize(action: &str) -> bool {
    action == "reauthorize" || action == "microsoft.graph.reauthorize"
}

/// The refusal of an id that is unknown, expired or somebody else's [recorded, table].
fn not_found() -> Refusal {
    Refusal::new(404, "ResourceNotFound", "The object was not found.").inner()
}

/// The empty 308 without a `Location` that was seen instead of renewing or deleting [recorded 1.5].
fn redirected(world: &World, mailbox: &str, method: &str) -> Option<Answer> {
    let rate = world.faults.now().subscription.redirect308;
    let struck = world
        .faults
        .strikes("redirect308", &format!("{method} {mailbox}"), rate);
    struck.then(|| Answer::empty(StatusCode::PERMANENT_REDIRECT).struck(Some("redirect308")))
}

/// Whether the second of a renewal and a reauthorization within ten minutes loses its effect [facts 1.5].
fn race_undone(world: &World, mailbox: &str) -> bool {
    let rate = world.faults.now().subscription.race_undone;
    world
        .faults
        .strikes("raceUndone", mailbox, rate.unwrap_or(Rate(1.0)))
}

/// Counts a call, or refuses it as too many.
fn within_quota(world: &World, caller: &Caller, kind: quota::Kind) -> Result<(), Refusal> {
    let list_quota = if kind == quota::Kind::List {
        world.faults.now().subscription.list_quota
    } else {
        None
    };
    let taken = world.subscriptions.book().quotas.take(
        kind,
        &caller.app,
        &caller.tenant,
        list_quota,
        world.clock.now(),
    );
    taken.map_err(|wait| {
        let seconds = wait.as_secs_f64().ceil().max(1.0);
        Refusal::new(429, "TooManyRequests", "Please retry again later.")
            .inner()
            .with("Retry-After", format!("{seconds:.0}"))
    })
}
