//! `POST /v1.0/subscriptions`: checks everything, validates the URLs, and only then takes the subscription in.

use std::sync::Arc;

use http::StatusCode;
use jiff::Timestamp;

use super::body::{self, Secrecy, Wish};
use super::expiry::Unfit;
use super::filter::Filter;
use super::quota::Kind;
use super::record::Subscription;
use super::resource::{self, Resource};
use super::scope::{self, Watched};
use super::validation::{self, Validation};
use super::{Book, expiry, within_quota};
use crate::answer::{Answer, Outcome, Refusal};
use crate::delivery::challenge_every;
use crate::fault::Rate;
use crate::graph::{Call, Caller};
use crate::world::{MailboxKind, World};

pub(super) async fn create(world: &Arc<World>, call: &Call, caller: &Caller) -> Outcome {
    within_quota(world, caller, Kind::Write)?;
    let (subscription, by_user_id) = checked(world, call, caller)?;
    fails_for_a_while(world, &subscription)?;
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
    let twin = book.twin(&subscription, world.clock.now()).is_some();
    let struck = if twin {
        Some("conflict409")
    } else {
        by_user_id.then_some("byUserId")
    };
    let context = format!("{}/v1.0/$metadata#subscriptions/$entity", call.base);
    let view = book.insert(subscription).view(Some(context), true);
    let answer = Answer::json(StatusCode::CREATED, &view).struck(struck);
    drop(book);
    world.delivery.look_again();
    Ok(answer)
}

/// What is asked for, if all of it is in order so far, and whether its resource is shown otherwise than it was given.
fn checked(world: &World, call: &Call, caller: &Caller) -> Result<(Subscription, bool), Refusal> {
    let wish = body::read(&call.body, secrecy(world, caller))?;
    validation::acceptable(world, "notificationUrl", &wish.notification_url)?;
    if let Some(url) = &wish.lifecycle_url {
        validation::acceptable(world, "lifecycleNotificationUrl", url)?;
    }
    let resource = resource::parse(&wish.resource).map_err(|bad| scope::bad_resource(&bad))?;
    let fits = resource.check(wish.rich());
    fits.map_err(|bad| scope::bad_resource(&bad))?;
    let filter = filter(&resource)?;
    let expires = grant(world, wish.expires, wish.rich(), "Create")?;
    let watched = scope::watched(world, caller, &resource)?;
    scope::served(world, caller, &watched.cell)?;
    let resource = shown_resource(world, &resource, &wish.resource, &watched);
    let by_user_id = resource != wish.resource;
    let granted = Granted {
        watched,
        filter,
        expires,
        resource,
        now: world.clock.now(),
    };
    Ok((record(world, call, caller, wish, granted), by_user_id))
}

/// What is asked of a `clientState` [facts 1.1].
fn secrecy(world: &World, caller: &Caller) -> Secrecy {
    let switches = &world.faults.now().subscription;
    let longest = switches.client_state_max.map(|longest| longest as usize);
    let required = switches.client_state_required;
    Secrecy {
        required: world
            .faults
            .strikes("clientStateRequired", &caller.app, required),
        longest: longest.unwrap_or(body::LONGEST_CLIENT_STATE),
    }
}

/// The resource as answers show it: as it was given, or with the user's id [facts 1.3].
fn shown_resource(world: &World, resource: &Resource, given: &str, watched: &Watched) -> String {
    let rate = world.faults.now().subscription.by_user_id;
    if world
        .faults
        .strikes("byUserId", &watched.cell.address, rate)
    {
        resource.of_user(&watched.cell.user_id, given)
    } else {
        given.to_owned()
    }
}

/// Failures of creates that pass [facts 1.7].
fn fails_for_a_while(world: &World, subscription: &Subscription) -> Result<(), Refusal> {
    let rate = world.faults.now().subscription.create_fails;
    let object = format!("{} {}", subscription.app, subscription.mailbox);
    let Some(draw) = world.faults.strike("createFails", &object, rate) else {
        return Ok(());
    };
    let refusal = if draw.finish().is_multiple_of(2) {
        let message = "Operation: Create; Exception: [A task was canceled.]";
        Refusal::new(500, "ExtensionError", message).inner()
    } else {
        let reason = "Request has been quarantined by condition.";
        scope::extension_error("Create", 500, "InternalServerError", reason)
    };
    Err(refusal.struck("createFails"))
}

/// The expiry that is granted for the one asked, or the refusal in one of the two sentences that were seen [facts 1.2].
pub(super) fn grant(
    world: &World,
    asked: Timestamp,
    rich: bool,
    operation: &str,
) -> Result<Timestamp, Refusal> {
    let now = world.clock.now();
    expiry::grant(asked, now, ceiling(world, rich)).map_err(|unfit| {
        let rate = world.faults.now().subscription.other_ceiling_words;
        match unfit {
            Unfit::TooLong(minutes)
                if world.faults.strikes("otherCeilingWords", operation, rate) =>
            {
                let reason = expiry::beyond(asked, now, minutes);
                scope::extension_error(operation, 400, "BadRequest", &reason)
                    .struck("otherCeilingWords")
            }
            _ => body::unfit(unfit),
        }
    })
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
fn ceiling(world: &World, rich: bool) -> u64 {
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
    resource: String,
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
        resource: granted.resource,
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
        next_check: granted.now + challenge_every(world),
        renewed: None,
        reauthorized: None,
        withdrawn: None,
    }
}
