//! From a change of a mailbox to the notifications that its subscribers get, faults included.

use std::time::Duration;

use jiff::Timestamp;

use super::outbox::{Entry, Outbox};
use super::payload::{ChangeItem, ChangeType, Item, ResourceData};
use super::{Part, mishap};
use crate::fault::FaultRoom;
use crate::mailbox::Change;
use crate::subscription::{Subscription, expiry, seen_through};

/// The time between the notification of an arrival and the updates that follow it.
const STORM_STEP: Duration = Duration::from_millis(200);

/// How long changes are collected to see whether they make a bulk.
const BULK_SPAN: Duration = Duration::from_secs(1);

/// Queues the notifications of one change for one subscription.
pub(super) fn queue(
    outbox: &mut Outbox,
    subscription: &Subscription,
    change: &Change,
    part: Part,
    faults: &FaultRoom,
    now: Timestamp,
) {
    let filter = subscription.filter.as_ref();
    let seen = seen_through(filter, change.kind, change.was, change.is);
    let Some(kind) = seen.filter(|kind| subscription.wanted.has(*kind)) else {
        return;
    };
    let mailbox = format!("{} {}", subscription.app, subscription.mailbox);
    let object = format!("{mailbox} {} {}", change.immutable_id, kind.name());
    let later = match part {
        Part::Storm(number) => STORM_STEP * number,
        Part::Arrival | Part::Edit => Duration::ZERO,
    };
    let secret = mishap::secret(faults, &object, subscription.client_state.as_ref());
    let entry = entry(subscription, change, kind, secret, now);
    let bulk = faults.now().notifications.bulk_missed;
    let url = &subscription.notification_url;
    for due in mishap::dues(faults, &object, now + later) {
        if part == Part::Edit && bulk.on() {
            let fatal = || faults.strikes("bulkMissed", &mailbox, bulk);
            outbox.put_bulk(url, entry.clone(), due, now + BULK_SPAN, fatal);
        } else {
            outbox.put(url, entry.clone(), due, now);
        }
    }
}

fn entry(
    subscription: &Subscription,
    change: &Change,
    kind: ChangeType,
    secret: Option<String>,
    now: Timestamp,
) -> Entry {
    let message_id = if subscription.immutable_ids {
        &change.immutable_id
    } else {
        &change.default_id
    };
    let resource_data = ResourceData::message(&subscription.user_id, message_id, &change.etag);
    let item = ChangeItem {
        subscription_id: subscription.id.clone(),
        subscription_expiration_date_time: expiry::wire(subscription.expires, "+00:00"),
        change_type: kind,
        resource: resource_data.path().to_owned(),
        resource_data,
        client_state: secret,
        tenant_id: subscription.notified_tenant().to_owned(),
    };
    Entry {
        subscription: subscription.id.clone(),
        mailbox: subscription.mailbox.clone(),
        message: Some(change.immutable_id.clone()),
        item: Item::Change(Box::new(item)),
        queued: now,
    }
}
