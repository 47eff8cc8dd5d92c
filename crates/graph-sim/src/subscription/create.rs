//! `POST /v1.0/subscriptions`: checks everything, validates the URLs, and only then takes the subscription in.

use std::sync::Arc;

use http::StatusCode;
use jiff::Timestamp;

use super::body::{self, Wish};
use super::filter::Filter;
use super::quota::Kind;
use super::record::Subscription;
use super::resource::{self, Resource};
use super::scope::{self, Watched};
use super::validation::{self, Validation};
use super::{Book, expiry, within_quota};
use crate::answer::{Answer, Outcome, Refusal};
use crate::delivery::CHALLENGE_EVERY;
use crate::fault::Rate;
use crate::graph::{Call, Caller};
use crate::world::{MailboxKind, World};

pub(super) async fn create(world: &Arc<World>, call: &Call, caller: &Caller) -> Outcome {
    within_quota(world, caller, Kind::Write)?;
    let subscription = checked(world, call, caller)?;
    let twins = twins_refused(world, &subscription);
    unoccupied(world, &world.subscriptions.book(), &subscription, twins)?;
    let (url, lifecycle_url) = (&subscription.notification_url, &subscription.lifecycle_url);
    let validation = Validation {
        world,
        mailbox: &subscription.mailbox,
    };
    validation.run(url, lifecycle_url.as_deref()).await?;
    let mut book = world.subscriptions.book();
    // Somebody may have been quicker while the probes were out.
    unoccupied(world, &book, &subscription, twins)?;
    let context = format!("{}/v1.0/$metadata#subscriptions/$entity", call.base);
    let view = book.insert(subscription).view(Some(context), true);
    let answer = Answer::json(StatusCode::CREATED, &view);
    drop(book);
    world.delivery.look_again();
    Ok(answer)
}

/// What is asked for, if all of it is in order so far.
fn checked(world: &World, call: &Call, caller: &Caller) -> Result<Subscription, Refusal> {
    let wish = body::read(&call.body)?;
    validation::acceptable(world, "notificationUrl", &wish.notification_url)?;
    if let Some(url) = &wish.lifecycle_url {
        validation::acceptable(world, "lifecycleNotificationUrl", url)?;
    }
    let resource = resource::parse(&wish.resource).map_err(|bad| scope::bad_resource(&bad))?;
    if wish.rich() && !resource.selects {
        return Err(body::invalid(
            "A subscription with resource data must carry $select in its resource.".into(),
        ));
    }
    let filter = filter(&resource)?;
    let now = world.clock.now();
    let expires =
        expiry::grant(wish.expires, now, ceiling(world, wish.rich())).map_err(body::unfit)?;
    let watched = scope::watched(world, caller, &resource)?;
    Ok(record(
        world,
        call,
        caller,
        wish,
        Granted {
            watched,
            filter,
            expires,
            now,
        },
    ))
}

fn filter(resource: &Resource) -> Result<Option<Filter>, Refusal> {
    let Some(text) = &resource.filter else {
        return Ok(None);
    };
    let unknown = || {
        Refusal::new(
            400,
            "ErrorInvalidUrlQueryFilter",
            "The query filter contains one or more invalid nodes.",
        )
    };
    Filter::read(text).map(Some).ok_or_else(unknown)
}

/// The ceiling in force, in minutes.
pub(super) fn ceiling(world: &World, rich: bool) -> u64 {
    let usual = if rich {
        expiry::RICH_CEILING_MINUTES
    } else {
        expiry::CEILING_MINUTES
    };
    world
        .faults
        .now()
        .subscription
        .reject_above_minutes
        .unwrap_or(usual)
}

/// Whether a twin is refused this time; asked once for each create.
fn twins_refused(world: &World, subscription: &Subscription) -> bool {
    let rate = world
        .faults
        .now()
        .subscription
        .conflict409
        .unwrap_or(Rate(1.0));
    let object = format!("{} {}", subscription.app, subscription.mailbox);
    world.faults.strikes("conflict409", &object, rate)
}

/// Refuses a twin (409) and one subscription too many for the mailbox (403) [facts 1.5, 1.6; recorded 1.5].
fn unoccupied(
    world: &World,
    book: &Book,
    subscription: &Subscription,
    twins_refused: bool,
) -> Result<(), Refusal> {
    let now = world.clock.now();
    if let Some(twin) = book.twin(subscription, now).filter(|_| twins_refused) {
        let message = format!(
            "Subscription Id {} already exists for the requested combination",
            twin.id
        );
        return Err(Refusal::new(409, "ObjectIdentifierInUse", message).inner());
    }
    let room = book.has_room(&subscription.mailbox, now);
    room.map_err(|limit| Refusal::new(403, "ExtensionError", limit.to_string()).inner())
}

/// What was worked out before the record is written.
struct Granted {
    watched: Watched,
    filter: Option<Filter>,
    expires: Timestamp,
    now: Timestamp,
}

fn record(
    world: &World,
    call: &Call,
    caller: &Caller,
    wish: Wish,
    granted: Granted,
) -> Subscription {
    let cell = granted.watched.cell;
    Subscription {
        id: world.fresh("subscription").guid(),
        no: 0,
        app: caller.app.clone(),
        creator_id: scope::creator_id(world, caller),
        tenant: caller.tenant.clone(),
        resource: wish.resource,
        mailbox: cell.address.clone(),
        user_id: cell.user_id.clone(),
        folder: granted.watched.folder,
        filter: granted.filter,
        wanted: wish.wanted,
        notification_url: wish.notification_url,
        lifecycle_url: wish.lifecycle_url,
        client_state: wish.client_state,
        tls_version: wish.tls_version,
        include_resource_data: wish.include_resource_data,
        encryption_certificate: wish.encryption_certificate,
        encryption_certificate_id: wish.encryption_certificate_id,
        notification_url_app_id: wish.notification_url_app_id,
        immutable_ids: call.wants_immutable_ids(),
        personal: cell.kind == MailboxKind::Personal,
        created: granted.now,
        expires: granted.expires,
        authority: scope::authority(caller),
        next_check: granted.now + CHALLENGE_EVERY,
    }
}
