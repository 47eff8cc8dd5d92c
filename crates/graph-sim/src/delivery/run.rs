//! The wheel: looks what is due, sends it, and sleeps until something is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use jiff::Timestamp;

use super::endpoint::Reception;
use super::outbox::{Loss, Parcel, Subscriber};
use super::payload::{self, LifecycleEvent};
use super::post::{self, Fate, Sent};
use super::{fan_out, lifecycle};
use crate::journal::{Note, Side};
use crate::sync::Held;
use crate::world::World;

/// When nothing is due, look again after this long all the same.
const IDLE: Duration = Duration::from_hours(1);

/// Delivers until the world is dropped; the simulator spawns it once.
pub(crate) async fn run(world: Weak<World>) {
    let Some((clock, wake, mut replaced)) = world.upgrade().map(|world| {
        (
            world.clock.clone(),
            Arc::clone(&world.delivery.wake),
            world.faults.replaced(),
        )
    }) else {
        return;
    };
    loop {
        let next = match world.upgrade() {
            Some(world) => tick(&world),
            None => return,
        };
        tokio::select! {
            biased;
            () = clock.sleep_until(next) => {}
            () = wake.notified() => {}
            changed = replaced.changed() => if changed.is_err() { return },
        }
    }
}

/// Does everything that is due by now and starts the deliveries; returns when to look next.
pub(crate) fn tick(world: &Arc<World>) -> Timestamp {
    let now = world.clock.now();
    // Before the book: others hold the tokens while they open it.
    let revoked = world.tokens.held().revoked();
    let mut book = world.subscriptions.book();
    let mut outbox = world.delivery.outbox.held();
    let lives_end = lifecycle::pass_time(world, &mut book, &mut outbox, &revoked, now);
    let due = outbox.take_due(now, |id| match book.get(id, now) {
        Some(subscription) if subscription.paused(now) => Subscriber::Paused,
        Some(_) => Subscriber::Listening,
        None => Subscriber::Gone,
    });
    for (url, mailbox) in outbox.take_unsent() {
        fan_out::write_down(world, &url, &mailbox, "silentAfterRefusals", now);
    }
    for (id, loss) in outbox.take_lost() {
        if let Some(subscription) = book.get(&id, now) {
            lifecycle::queue(
                world,
                &mut outbox,
                subscription,
                LifecycleEvent::MISSED,
                (loss == Loss::Bulk).then_some("bulkMissed"),
            );
        }
    }
    let next = [outbox.next_due(), lives_end].into_iter().flatten().min();
    drop((book, outbox));
    for parcel in due {
        tokio::spawn(deliver(Arc::clone(world), parcel));
    }
    next.unwrap_or(now + IDLE).min(now + IDLE)
}

/// Sends one parcel and takes note of what came of it.
async fn deliver(world: Arc<World>, parcel: Parcel) {
    let began = world.clock.now();
    let body = payload::body(parcel.entries.iter().map(|entry| &entry.item));
    let patience = world.delivery.outbox.held().patience(&parcel);
    let sent = match post::request(&parcel.url, "application/json; charset=utf-8", body) {
        Some(request) => post::send(&world.clock, world.outbound.as_ref(), request, patience).await,
        None => Sent {
            fate: Fate::Unreachable,
            took: Duration::ZERO,
        },
    };
    write_down(&world, &parcel, began, &sent);
    // Any 2xx counts as delivered [facts 3.2].
    let reception = match sent.fate.status() {
        200..=299 => Reception::Taken,
        401 | 403 => Reception::Forbidden,
        _ => Reception::Failed,
    };
    world
        .delivery
        .outbox
        .held()
        .came_back(parcel, reception, sent.took, world.clock.now());
    world.delivery.look_again();
}

/// One journal entry for each mailbox that the POST spoke of.
fn write_down(world: &World, parcel: &Parcel, began: Timestamp, sent: &Sent) {
    let mut mailboxes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for entry in &parcel.entries {
        let faults = mailboxes.entry(&entry.mailbox).or_default();
        faults.extend(&entry.faults);
    }
    for (mailbox, faults) in mailboxes {
        let faults: Vec<_> = faults.into_iter().collect();
        world.journal.write(Note {
            at: began,
            side: Side::Notification,
            method: "POST".to_owned(),
            path: parcel.url.clone(),
            mailbox: Some(mailbox.to_owned()),
            status: sent.fate.status(),
            ms: sent.took.as_millis() as u64,
            fault: (!faults.is_empty()).then(|| faults.join(",")),
        });
    }
}
