//! `PATCH /v1.0/subscriptions/{id}`: a new expiry or a new notification URL; either also reauthorizes [facts 1.5].

use std::sync::Arc;

use http::StatusCode;

use super::quota::Kind;
use super::validation::{self, Validation};
use super::{body, create, expiry, not_found, scope, within_quota};
use crate::answer::{Answer, Outcome};
use crate::delivery::CHALLENGE_EVERY;
use crate::fault::Rate;
use crate::graph::{Call, Caller};
use crate::world::World;

pub(super) async fn renew(world: &Arc<World>, call: &Call, caller: &Caller, id: &str) -> Outcome {
    within_quota(world, caller, Kind::Write)?;
    let known = scope::find(&world.subscriptions.book(), world, caller, id, "Update")?.clone();
    let renewal = body::read_renewal(&call.body)?;
    if let Some(url) = &renewal.notification_url {
        validation::acceptable(world, "notificationUrl", url)?;
    }
    let rich = known.include_resource_data == Some(true);
    let expires = renewal
        .expires
        .map(|asked| expiry::grant(asked, world.clock.now(), create::ceiling(world, rich)))
        .transpose()
        .map_err(body::unfit)?;
    let validation = Validation {
        world,
        mailbox: &known.mailbox,
    };
    let probed = renewal.notification_url.clone();
    let probed = probed
        .or_else(|| probes_on_renew(world, &known.mailbox).then(|| known.notification_url.clone()));
    if let Some(url) = probed {
        validation.run(&url, None).await?;
    }
    let now = world.clock.now();
    let mut book = world.subscriptions.book();
    let subscription = book.get_mut(id, now).ok_or_else(not_found)?;
    subscription.expires = expires.unwrap_or(subscription.expires);
    if let Some(url) = renewal.notification_url {
        subscription.notification_url = url;
    }
    subscription.reauthorize(scope::authority(caller), now, CHALLENGE_EVERY);
    let context = format!("{}/v1.0/$metadata#subscriptions/$entity", call.base);
    let answer = Answer::json(StatusCode::OK, &subscription.view(Some(context), true));
    drop(book);
    world.delivery.release(id, now);
    Ok(answer)
}

/// Whether renewing and reauthorizing probe the endpoint again: not documented, but recorded, so they do unless switched off [facts 2; recorded 2].
pub(super) fn probes_on_renew(world: &World, mailbox: &str) -> bool {
    let rate = world
        .faults
        .now()
        .subscription
        .probe_on_renew
        .unwrap_or(Rate(1.0));
    world.faults.strikes("probeOnRenew", mailbox, rate)
}
