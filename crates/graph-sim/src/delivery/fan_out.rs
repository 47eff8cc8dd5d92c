//! From a change of a mailbox to the notifications that its subscribers get, faults included.

use std::time::Duration;

use jiff::Timestamp;

use super::Part;
use super::outbox::{Entry, Outbox};
use super::payload::{ChangeItem, ChangeType, Item, ResourceData};
use crate::fault::{FaultRoom, NotificationFaults};
use crate::mailbox::Change;
use crate::subscription::{Subscription, expiry, seen_through};

/// The time between the notification of an arrival and the updates that follow it.
const STORM_STEP: Duration = Duration::from_millis(200);

/// How far behind its original a doubled notification comes.
const DOUBLE_STEP: Duration = Duration::from_millis(100);

/// An overtaken notification comes at least this late, and at most five times as late.
const OVERTAKEN: Duration = Duration::from_millis(500);

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
    let kind = seen_through(filter, change.kind, change.was, change.is)
        .filter(|kind| subscription.wanted.has(*kind));
    let switches = &faults.now().notifications;
    if let Some(kind) = kind {
        Fan {
            subscription,
            change,
            part,
            faults,
            switches,
            now,
        }
        .queue(outbox, kind);
    }
}

/// What all notifications of one change have in common.
struct Fan<'a> {
    subscription: &'a Subscription,
    change: &'a Change,
    part: Part,
    faults: &'a FaultRoom,
    switches: &'a NotificationFaults,
    now: Timestamp,
}

impl Fan<'_> {
    /// Queues the notification, unless a fault loses it.
    fn queue(&self, outbox: &mut Outbox, kind: ChangeType) {
        // Subscription ids follow the order of requests, so decisions hang on what is the same in every run.
        let object = format!(
            "{} {} {} {}",
            self.subscription.app,
            self.subscription.mailbox,
            self.change.immutable_id,
            kind.name()
        );
        if self.faults.strikes("drop", &object, self.switches.drop) {
            return;
        }
        let overtaken = self
            .faults
            .strike("reorder", &object, self.switches.reorder)
            .map_or(Duration::ZERO, |draw| {
                OVERTAKEN * (1 + draw.finish() % 5) as u32
            });
        let later = match self.part {
            Part::Storm(number) => STORM_STEP * number,
            Part::Arrival | Part::Edit => Duration::ZERO,
        };
        let due = self.now + later + overtaken + Duration::from_millis(self.switches.delay_ms);
        let entry = self.entry(kind, &object);
        let url = &self.subscription.notification_url;
        if self.part == Part::Edit && self.switches.bulk_missed.on() {
            let mailbox = format!("{} {}", self.subscription.app, self.subscription.mailbox);
            let strikes = || {
                self.faults
                    .strikes("bulkMissed", &mailbox, self.switches.bulk_missed)
            };
            return outbox.put_bulk(url, entry, due, self.now + BULK_SPAN, strikes);
        }
        if self
            .faults
            .strikes("duplicate", &object, self.switches.duplicate)
        {
            outbox.put(url, entry.clone(), due + DOUBLE_STEP, self.now);
        }
        outbox.put(url, entry, due, self.now);
    }

    fn entry(&self, kind: ChangeType, object: &str) -> Entry {
        let (subscription, change) = (self.subscription, self.change);
        let message_id = if subscription.immutable_ids {
            &change.immutable_id
        } else {
            &change.default_id
        };
        let resource_data = ResourceData::message(&subscription.user_id, message_id, &change.etag);
        let secretless =
            self.faults
                .strikes("nullClientState", object, self.switches.null_client_state);
        let item = ChangeItem {
            subscription_id: subscription.id.clone(),
            subscription_expiration_date_time: expiry::wire(subscription.expires, "+00:00"),
            change_type: kind,
            resource: resource_data.path().to_owned(),
            resource_data,
            client_state: subscription.client_state.clone().filter(|_| !secretless),
            tenant_id: subscription.notified_tenant().to_owned(),
        };
        Entry {
            subscription: subscription.id.clone(),
            mailbox: subscription.mailbox.clone(),
            message: Some(change.immutable_id.clone()),
            item: Item::Change(Box::new(item)),
            queued: self.now,
        }
    }
}
