//! `PATCH /v1.0/subscriptions/{id}`: a new expiry or a new notification URL; either also reauthorizes [facts 1.5].

use std::sync::Arc;

use http::StatusCode;

use super::quota::Kind;
use super::validation::{self, Validation};
use super::{Subscription, body, create, not_found, race_undone, redirected, scope, within_quota};
use crate::answer::{Answer, Outcome, Refusal};
use crate::delivery::challenge_every;
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
    if let Some(moved) = redirected(world, &known.mailbox, "PATCH") {
        return Ok(moved);
    }
    fails_for_a_while(world, &known.mailbox)?;
    let rich = known.include_resource_data == Some(true);
    let expires = renewal
        .expires
        .map(|asked| create::grant(world, asked, rich, "Update"))
        .transpose()?;
    let validation = Validation {
        world,
        mailbox: &known.mailbox,
    };
    if let Some(url) = probed(world, &known, renewal.notification_url.as_ref()) {
        validation.run(&url, None).await?;
    }
    let now = world.clock.now();
    let pause = challenge_every(world);
    let mut book = world.subscriptions.book();
    let subscription = book.get_mut(id, now).ok_or_else(not_found)?;
    let mut renewed = subscription.clone();
    renewed.expires = expires.unwrap_or(renewed.expires);
    if let Some(url) = renewal.notification_url {
        renewed.notification_url = url;
    }
    renewed.reauthorize(scope::authority(caller), now, pause);
    renewed.renewed = Some(now);
    let context = format!("{}/v1.0/$metadata#subscriptions/$entity", call.base);
    let answer = Answer::json(StatusCode::OK, &renewed.view(Some(context), true));
    if Subscription::races(known.reauthorized, now) && race_undone(world, &known.mailbox) {
        return Ok(answer.struck(Some("raceUndone")));
    }
    *subscription = renewed;
    drop(book);
    world.delivery.release(id, now);
    Ok(answer)
}

/// Which URL is probed: a new one, unless that is trusted; the old one where renewals probe.
fn probed(world: &World, known: &Subscription, new: Option<&String>) -> Option<String> {
    let Some(url) = new else {
        return probes_on_renew(world, &known.mailbox).then(|| known.notification_url.clone());
    };
    let rate = world.faults.now().validation.trust_new_url;
    let trusted = world.faults.strikes("trustNewUrl", url, rate);
    (!trusted).then(|| url.clone())
}

/// Failures of renewals that pass: a 503 without `Retry-After`, or a 400 whose message no capture shows [facts 1.7; recorded 1.7].
fn fails_for_a_while(world: &World, mailbox: &str) -> Result<(), Refusal> {
    let rate = world.faults.now().subscription.renew_fails;
    let Some(draw) = world.faults.strike("renewFails", mailbox, rate) else {
        return Ok(());
    };
    let refusal = if draw.finish().is_multiple_of(2) {
        scope::extension_error("Update", 503, "ServiceUnavailable", "")
    } else {
        Refusal::new(400, "ErrorInvalidParameter", "The parameter is invalid.").inner()
    };
    Err(refusal.struck("renewFails"))
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
