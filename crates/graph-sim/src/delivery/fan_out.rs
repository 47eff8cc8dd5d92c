//! From a change of a mailbox to the notifications that its subscribers get, faults included.

use std::time::Duration;

use jiff::Timestamp;

use super::outbox::{Entry, Outbox};
use super::payload::{ChangeItem, ChangeType, Item, ResourceData};
use super::{Part, mishap};
use crate::journal::{Note, Side};
use crate::mailbox::Change;
use crate::subscription::{Subscription, expiry, seen_through};
use crate::world::World;

/// The time between the notification of an arrival and the updates that follow it.
const STORM_STEP: Duration = Duration::from_millis(200);

/// How long changes are collected to see whether they make a bulk.
const BULK_SPAN: Duration = Duration::from_secs(1);

/// What happened, and what is asked about it.
pub(super) struct News<'a> {
    pub(super) change: &'a Change,
    pub(super) part: Part,
    /// An id that looks like one of the mailbox's and that nobody finds.
    pub(super) nobodys_id: &'a str,
    pub(super) now: Timestamp,
}

/// Queues the notifications of one change for one subscription.
pub(super) fn queue(world: &World, outbox: &mut Outbox, subscription: &Subscription, news: &News) {
    let (change, now, faults) = (news.change, news.now, &world.faults);
    let filter = subscription.filter.as_ref();
    let seen = seen_through(filter, change.kind, change.was, change.is);
    let Some(kind) = seen.filter(|kind| subscription.wanted.has(*kind)) else {
        return;
    };
    let mailbox = format!("{} {}", subscription.app, subscription.mailbox);
    let object = format!("{mailbox} {} {}", change.immutable_id, kind.name());
    let switches = &faults.now().notifications;
    let url = &subscription.notification_url;
    if subscription.paused(now) && faults.strikes("pauseLoses", &object, switches.pause_loses) {
        return write_down(world, url, &subscription.mailbox, "pauseLoses", now);
    }
    let later = match news.part {
        Part::Storm(number) => STORM_STEP * number,
        Part::Arrival | Part::Edit => Duration::ZERO,
    };
    let entry = entry(world, subscription, news, kind, &object);
    let whole = kind == ChangeType::Created && subscription.folder.is_none();
    if whole && faults.strikes("ghost", &object, switches.ghost) {
        outbox.put(url, ghost(&entry, news.nobodys_id), now, now);
    }
    let ways = mishap::ways(faults, &object, now + later);
    if ways.is_empty() {
        write_down(world, url, &subscription.mailbox, "drop", now);
    }
    let bulk = switches.bulk_missed;
    for way in ways {
        let mut entry = entry.clone();
        entry.faults.extend(way.faults);
        if news.part == Part::Edit && bulk.on() {
            let fatal = || faults.strikes("bulkMissed", &mailbox, bulk);
            outbox.put_bulk(url, entry, way.due, now + BULK_SPAN, fatal);
        } else {
            outbox.put(url, entry, way.due, now);
        }
    }
}

fn entry(
    world: &World,
    subscription: &Subscription,
    news: &News,
    kind: ChangeType,
    object: &str,
) -> Entry {
    let change = news.change;
    let message_id = if subscription.immutable_ids {
        &change.immutable_id
    } else {
        &change.default_id
    };
    let mut struck = Vec::new();
    if subscription
        .folder
        .is_some_and(|watched| watched != change.folder)
    {
        struck.push("subFolders");
    }
    let secret = subscription.client_state.as_ref();
    let resource_data = ResourceData::message(&subscription.user_id, message_id, &change.etag);
    let mut item = ChangeItem {
        subscription_id: subscription.id.clone(),
        subscription_expiration_date_time: expiry::wire(subscription.expires, "+00:00"),
        change_type: kind,
        resource: resource_data.path().to_owned(),
        resource_data,
        client_state: mishap::secret(&world.faults, object, secret, &mut struck),
        tenant_id: mishap::tenant(&world.faults, subscription, &mut struck),
        rare: None,
    };
    if mishap::other_forms(&world.faults, object, &mut item) {
        struck.push("otherForms");
    }
    Entry {
        subscription: subscription.id.clone(),
        mailbox: subscription.mailbox.clone(),
        message: Some(change.immutable_id.clone()),
        item: Item::Change(Box::new(item)),
        queued: news.now,
        faults: struck,
    }
}

/// The same notification about a message that is nowhere to be found.
fn ghost(entry: &Entry, id: &str) -> Entry {
    let mut ghost = entry.clone();
    ghost.faults.push("ghost");
    ghost.message = Some(id.to_owned());
    if let Item::Change(item) = &mut ghost.item {
        item.resource_data = item.resource_data.but_of(id);
        item.resource_data.path().clone_into(&mut item.resource);
    }
    ghost
}

/// A notification that never leaves is told to the journal.
pub(super) fn write_down(world: &World, url: &str, mailbox: &str, fault: &str, now: Timestamp) {
    world.journal.write(Note {
        at: now,
        side: Side::Notification,
        method: "POST".to_owned(),
        path: url.to_owned(),
        mailbox: Some(mailbox.to_owned()),
        status: 0,
        ms: 0,
        fault: Some(fault.to_owned()),
    });
}
