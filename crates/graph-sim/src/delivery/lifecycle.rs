//! Lifecycle notifications: what happens to a subscription as time passes, and telling its owner [facts 4].

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::json;

use super::challenge::{self, Check};
use super::mishap;
use super::outbox::{Entry, Outbox};
use super::payload::{Form, LifecycleEvent, LifecycleFacts};
use super::{challenge_every, fan_out};
use crate::fault::NotificationFaults;
use crate::hash::Hash;
use crate::subscription::{Book, Subscription, consented, expiry};
use crate::sync::Held;
use crate::world::{Who, World};

/// Queues a lifecycle notification. Without a `lifecycleNotificationUrl` there is none.
pub(crate) fn send(world: &Arc<World>, subscription: &Subscription, event: LifecycleEvent) {
    queue(
        world,
        &mut world.delivery.outbox.held(),
        subscription,
        event,
        None,
    );
    world.delivery.look_again();
}

/// Queues a lifecycle notification in an outbox that is already held; `cause` is the fault that made it necessary.
pub(super) fn queue(
    world: &World,
    outbox: &mut Outbox,
    subscription: &Subscription,
    event: LifecycleEvent,
    cause: Option<&'static str>,
) {
    let now = world.clock.now();
    let Some(url) = &subscription.lifecycle_url else {
        return;
    };
    let name = event.name();
    let object = format!("{} {} {name}", subscription.app, subscription.mailbox);
    let mut struck: Vec<_> = cause.into_iter().collect();
    let secret = subscription.client_state.as_ref();
    let facts = LifecycleFacts {
        subscription_id: subscription.id.clone(),
        expires: expiry::wire(subscription.expires, "+00:00"),
        tenant: mishap::tenant(&world.faults, subscription, &mut struck),
        client_state: mishap::secret(&world.faults, &object, secret, &mut struck),
        validation_token: validation_token(world, subscription),
        event,
    };
    let entry = Entry {
        subscription: subscription.id.clone(),
        mailbox: subscription.mailbox.clone(),
        message: None,
        item: facts.item(form(&world.faults.now().notifications)),
        queued: now,
        faults: struck,
    };
    let ways = mishap::ways(&world.faults, &object, now);
    if ways.is_empty() {
        fan_out::write_down(world, url, &subscription.mailbox, "drop", now);
    }
    for way in ways {
        let mut entry = entry.clone();
        entry.faults.extend(way.faults);
        outbox.put(url, entry, way.due, now);
    }
}

fn form(switches: &NotificationFaults) -> Form {
    if switches.documented_lifecycle.on() {
        Form::Documented
    } else if switches.lifecycle2023.on() {
        Form::Former
    } else {
        Form::Captured
    }
}

/// The token of Microsoft's publisher that stood beside lifecycle notifications in 2023: its claims can be read, its signature is noise.
fn validation_token(world: &World, subscription: &Subscription) -> String {
    let now = world.clock.now().as_second();
    let claims = json!({
        "aud": subscription.app,
        "iss": format!("https://sts.windows.net/{}/", subscription.tenant),
        "iat": now,
        "exp": now + 3_600,
        "appid": "0bf30f3b-4a52-48df-9a82-234910c4a086",
        "tid": subscription.tenant,
    });
    let noise = Hash::new(world.seed)
        .text("publisher")
        .text(&subscription.id)
        .noise(256);
    let head = json!({"typ": "JWT", "alg": "RS256"}).to_string();
    [head.as_bytes(), claims.to_string().as_bytes(), &noise]
        .map(|part| URL_SAFE_NO_PAD.encode(part))
        .join(".")
}

/// Takes the subscriptions through time: out go those that expired or were removed, and those that near their deadline are challenged.
/// `revoked` are the sign-ins that are no longer good. Returns when to look next.
pub(super) fn pass_time(
    world: &World,
    book: &mut Book,
    outbox: &mut Outbox,
    revoked: &HashSet<u64>,
    now: Timestamp,
) -> Option<Timestamp> {
    let life = world
        .faults
        .now()
        .subscription
        .remove_after_s
        .map(Duration::from_secs);
    let ended: Vec<_> = book
        .all()
        .filter(|subscription| !subscription.lives(now))
        .map(|subscription| subscription.id.clone())
        .collect();
    for id in ended {
        book.remove(&id);
    }
    remove(world, book, outbox, None, |subscription| {
        stands_on(subscription, revoked)
    });
    remove(world, book, outbox, Some("removeAfterS"), |subscription| {
        life.is_some_and(|life| subscription.created + life <= now)
    });
    let every = challenge_every(world);
    for subscription in book.all_mut() {
        let withdrawn = just_withdrawn(world, subscription, now);
        if challenge_due(subscription, now, every) || withdrawn {
            queue(
                world,
                outbox,
                subscription,
                LifecycleEvent::REAUTHORIZATION_REQUIRED,
                None,
            );
        }
    }
    let ends = book
        .all()
        .map(|subscription| subscription.expires.min(subscription.next_check));
    let removals = book
        .all()
        .filter_map(|subscription| life.map(|life| subscription.created + life));
    ends.chain(removals).min()
}

/// Removes the subscriptions that stand on a sign-in which is no longer good, as Graph does when an account is revoked or its password is reset [facts 4].
pub(crate) fn remove_family(world: &World, family: u64) {
    let mut book = world.subscriptions.book();
    let mut outbox = world.delivery.outbox.held();
    remove(world, &mut book, &mut outbox, None, |subscription| {
        stands_on(subscription, &[family].into())
    });
    drop((book, outbox));
    world.delivery.look_again();
}

fn stands_on(subscription: &Subscription, families: &HashSet<u64>) -> bool {
    matches!(subscription.authority.who, Who::Person(_))
        && families.contains(&subscription.authority.family)
}

/// Whether the permission behind a subscription was withdrawn since this was last asked [facts 4].
fn just_withdrawn(world: &World, subscription: &mut Subscription, now: Timestamp) -> bool {
    if subscription.withdrawn.is_some() || consented(world, subscription) {
        return false;
    }
    subscription.withdrawn = Some(now);
    true
}

/// Takes subscriptions out and tells their owners.
fn remove(
    world: &World,
    book: &mut Book,
    outbox: &mut Outbox,
    cause: Option<&'static str>,
    which: impl Fn(&Subscription) -> bool,
) {
    let removed: Vec<_> = book
        .all()
        .filter(|subscription| which(subscription))
        .map(|subscription| subscription.id.clone())
        .collect();
    for id in removed {
        if let Some(subscription) = book.remove(&id) {
            queue(
                world,
                outbox,
                &subscription,
                LifecycleEvent::SUBSCRIPTION_REMOVED,
                cause,
            );
        }
    }
}

/// Goes through the checks that have come due. However many they are after a leap of time, they make one challenge.
fn challenge_due(subscription: &mut Subscription, now: Timestamp, every: Duration) -> bool {
    let mut due = false;
    while subscription.next_check <= now {
        match challenge::check(subscription.deadline(), subscription.next_check, every) {
            Check::Challenge(next) => {
                due = true;
                subscription.next_check = next;
            }
            Check::Wait(next) => subscription.next_check = next,
            // Nothing more until somebody authorizes it anew, which sets the next check.
            Check::Stop => subscription.next_check = Timestamp::MAX,
        }
    }
    due
}
