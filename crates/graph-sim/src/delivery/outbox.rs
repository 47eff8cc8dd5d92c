//! What waits to be delivered: parcels by due time, what is held back until a token is fresh again, and how each endpoint stands.
//!
//! This is the whole memory of the delivery and decides everything; nothing here sends or waits. Parcels never wait for each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use jiff::Timestamp;

use super::backoff;
use super::endpoint::{Admission, Endpoint, Reception, Standing};
use super::payload::Item;
use super::rules::Rules;

/// Notifications for one URL that become due within the same span travel in one POST.
const TOGETHER: Duration = Duration::from_millis(20);

/// The most notifications that wait. Beyond it they are lost, and their subscribers hear `missed`.
const MOST_WAITING: usize = 200_000;

/// More messages than this changed at once are a bulk change [facts 5.1b].
const BULK: usize = 25;

/// One notification for one subscription.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) subscription: String,
    /// Address of the mailbox, for the journal.
    pub(crate) mailbox: String,
    /// The message concerned; none for a lifecycle notification, which is neither held back nor thrown away.
    pub(crate) message: Option<String>,
    pub(crate) item: Item,
    pub(crate) queued: Timestamp,
    /// The faults that struck it, for the journal.
    pub(crate) faults: Vec<&'static str>,
}

/// Why a subscription must hear `missed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Loss {
    /// Too much waited, or an endpoint did not take it in four hours, or was in the drop state.
    Undelivered,
    /// A bulk change, by a fault.
    Bulk,
}

/// What goes out in one POST.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    pub(crate) url: String,
    pub(crate) entries: Vec<Entry>,
    /// Attempts that failed so far.
    pub(crate) failed: u32,
    first_tried: Option<Timestamp>,
    probe: bool,
}

/// How it stands with the subscription that a notification belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subscriber {
    /// Deliver.
    Listening,
    /// The token behind it is dead: hold back.
    Paused,
    /// It does not exist any more.
    Gone,
}

/// Changes collected to see whether they make a bulk.
#[derive(Debug)]
struct Bulk {
    ends: Timestamp,
    url: String,
    fatal: bool,
    entries: Vec<(Timestamp, Entry)>,
}

/// Everything that waits.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    parcels: BTreeMap<(Timestamp, u64), Parcel>,
    /// Parcels that were never tried and still have room, by due time and URL.
    open: HashMap<(Timestamp, String), u64>,
    /// By subscription, with their URLs.
    held: BTreeMap<String, Vec<(String, Entry)>>,
    bulks: BTreeMap<String, Bulk>,
    endpoints: HashMap<String, Endpoint>,
    /// Subscriptions whose notifications a dropped endpoint lost; they hear of it when it is well again.
    thrown_away: HashMap<String, BTreeSet<String>>,
    /// Subscriptions that must hear `missed`.
    lost: BTreeMap<String, Loss>,
    /// URLs and mailboxes of what a silenced endpoint did not get, for the journal.
    unsent: Vec<(String, String)>,
    /// What holds for every endpoint.
    rules: Rules,
    last: u64,
    waiting: usize,
}

impl Outbox {
    /// From now on these rules hold.
    pub(crate) fn follow(&mut self, rules: Rules) {
        self.rules = rules;
    }

    /// How long a parcel may take.
    pub(crate) fn patience(&self, parcel: &Parcel) -> Duration {
        self.rules.patience(parcel.failed)
    }

    /// An endpoint was validated, which ends its silence.
    pub(crate) fn welcome(&mut self, url: &str) {
        let silenced = |endpoint: &Endpoint| endpoint.standing() == Standing::Silenced;
        if self.endpoints.get(place(url)).is_some_and(silenced) {
            self.endpoints.remove(place(url));
        }
    }

    /// Takes in a notification for a URL, due at an instant if the endpoint is well.
    pub(crate) fn put(&mut self, url: &str, entry: Entry, due: Timestamp, now: Timestamp) {
        if entry.message.is_none() {
            return self.pack(url, entry, due);
        }
        if self.waiting >= MOST_WAITING {
            self.lost.insert(entry.subscription, Loss::Undelivered);
            return;
        }
        match self
            .endpoints
            .get(place(url))
            .map_or(Admission::Now, |endpoint| endpoint.admit(now, &self.rules))
        {
            Admission::Silence => self.unsent.push((url.to_owned(), entry.mailbox)),
            Admission::Now => self.pack(url, entry, due),
            Admission::After(instant) => self.pack(url, entry, due.max(instant)),
            Admission::Discard => {
                self.thrown_away
                    .entry(place(url).to_owned())
                    .or_default()
                    .insert(entry.subscription);
            }
        }
    }

    /// Takes in a notification that may be part of a bulk change. What is collected until `ends` is delivered then,
    /// or only missed when it was too much; `fatal` is asked once for each collection whether that can happen.
    pub(crate) fn put_bulk(
        &mut self,
        url: &str,
        entry: Entry,
        due: Timestamp,
        ends: Timestamp,
        fatal: impl FnOnce() -> bool,
    ) {
        let bulk = self
            .bulks
            .entry(entry.subscription.clone())
            .or_insert_with(|| Bulk {
                ends,
                url: url.to_owned(),
                fatal: fatal(),
                entries: Vec::new(),
            });
        bulk.entries.push((due, entry));
    }

    fn pack(&mut self, url: &str, entry: Entry, due: Timestamp) {
        let due = rounded_up(due);
        self.waiting += 1;
        let key = (due, url.to_owned());
        if let Some(parcel) = self
            .open
            .get(&key)
            .and_then(|no| self.parcels.get_mut(&(due, *no)))
            && parcel.entries.len() < self.rules.most_per_post
        {
            return parcel.entries.push(entry);
        }
        self.last += 1;
        self.open.insert(key, self.last);
        let parcel = Parcel {
            url: url.to_owned(),
            entries: vec![entry],
            failed: 0,
            first_tried: None,
            probe: false,
        };
        self.parcels.insert((due, self.last), parcel);
    }

    /// When something is to be done next.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let parcel = self.parcels.keys().next().map(|(due, _)| *due);
        let bulk = self.bulks.values().map(|bulk| bulk.ends).min();
        let held = self
            .held
            .values()
            .flatten()
            .map(|(_, entry)| entry.queued + backoff::GIVE_UP)
            .min();
        [parcel, bulk, held].into_iter().flatten().min()
    }

    /// Takes out the parcels that are due. What belongs to a paused subscription is held back, what belongs to none is forgotten.
    pub(crate) fn take_due(
        &mut self,
        now: Timestamp,
        subscriber: impl Fn(&str) -> Subscriber,
    ) -> Vec<Parcel> {
        self.end_bulks(now);
        self.forget_held(now, &subscriber);
        let mut due = Vec::new();
        while let Some(first) = self.parcels.first_entry() {
            if first.key().0 > now {
                break;
            }
            let ((at, _), mut parcel) = first.remove_entry();
            self.open.remove(&(at, parcel.url.clone()));
            self.waiting -= parcel.entries.len();
            self.hold_back(&mut parcel, &subscriber);
            if parcel.entries.is_empty() {
                continue;
            }
            if parcel.failed == 0 && parcel.entries.iter().any(|entry| entry.message.is_some()) {
                parcel.probe = self
                    .endpoints
                    .entry(place(&parcel.url).to_owned())
                    .or_default()
                    .leaves(now);
            }
            parcel.first_tried.get_or_insert(now);
            due.push(parcel);
        }
        due
    }

    fn hold_back(&mut self, parcel: &mut Parcel, subscriber: &impl Fn(&str) -> Subscriber) {
        let entries = std::mem::take(&mut parcel.entries);
        for entry in entries {
            match (entry.message.is_some(), subscriber(&entry.subscription)) {
                (false, _) | (true, Subscriber::Listening) => parcel.entries.push(entry),
                (true, Subscriber::Paused) => {
                    self.waiting += 1;
                    self.held
                        .entry(entry.subscription.clone())
                        .or_default()
                        .push((parcel.url.clone(), entry));
                }
                (true, Subscriber::Gone) => {}
            }
        }
    }

    /// Held notifications are given up after four hours, or with their subscription [facts 3.2].
    fn forget_held(&mut self, now: Timestamp, subscriber: &impl Fn(&str) -> Subscriber) {
        let mut kept = 0;
        let mut before = 0;
        self.held.retain(|subscription, entries| {
            before += entries.len();
            let gone = subscriber(subscription) == Subscriber::Gone;
            entries.retain(|(_, entry)| !gone && entry.queued + backoff::GIVE_UP > now);
            kept += entries.len();
            !entries.is_empty()
        });
        self.waiting -= before - kept;
    }

    /// Delivers what was held back for a subscription.
    pub(crate) fn release(&mut self, subscription: &str, now: Timestamp) {
        for (url, entry) in self.held.remove(subscription).unwrap_or_default() {
            self.waiting -= 1;
            self.put(&url, entry, now, now);
        }
    }

    fn end_bulks(&mut self, now: Timestamp) {
        let ended: Vec<_> = self
            .bulks
            .iter()
            .filter(|(_, bulk)| bulk.ends <= now)
            .map(|(subscription, _)| subscription.clone())
            .collect();
        for subscription in ended {
            let Some(bulk) = self.bulks.remove(&subscription) else {
                continue;
            };
            let messages: BTreeSet<_> = bulk
                .entries
                .iter()
                .map(|(_, entry)| entry.message.as_deref())
                .collect();
            if bulk.fatal && messages.len() > BULK {
                self.lost.insert(subscription, Loss::Bulk);
                continue;
            }
            for (due, entry) in bulk.entries {
                self.put(&bulk.url, entry, due, now);
            }
        }
    }

    /// Takes note of what came of a parcel after `took`; what failed is tried again, or given up.
    pub(crate) fn came_back(
        &mut self,
        mut parcel: Parcel,
        reception: Reception,
        took: Duration,
        now: Timestamp,
    ) {
        let endpoint = self
            .endpoints
            .entry(place(&parcel.url).to_owned())
            .or_default();
        endpoint.heard(now, took, parcel.probe, &self.rules);
        endpoint.received(reception, &self.rules);
        let standing = endpoint.standing();
        if standing == Standing::Well {
            let thrown_away = self.thrown_away.remove(place(&parcel.url));
            let lost = thrown_away.unwrap_or_default().into_iter();
            self.lost.extend(lost.map(|id| (id, Loss::Undelivered)));
        }
        if reception == Reception::Taken || standing == Standing::Silenced {
            return;
        }
        parcel.failed += 1;
        parcel.probe = false;
        let first_tried = parcel.first_tried.unwrap_or(now);
        match backoff::next(first_tried, parcel.failed, now, self.rules.first_wait) {
            Some(due) => {
                self.last += 1;
                self.waiting += parcel.entries.len();
                self.parcels.insert((due, self.last), parcel);
            }
            None => self.lost.extend(
                parcel
                    .entries
                    .into_iter()
                    .filter(|entry| entry.message.is_some())
                    .map(|entry| (entry.subscription, Loss::Undelivered)),
            ),
        }
    }

    /// Takes out what a silenced endpoint did not get.
    pub(crate) fn take_unsent(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.unsent)
    }

    /// Takes out the subscriptions that must hear `missed`.
    pub(crate) fn take_lost(&mut self) -> BTreeMap<String, Loss> {
        std::mem::take(&mut self.lost)
    }
}

/// What counts as one endpoint: a URL without its query.
fn place(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

/// Up to the next multiple of [`TOGETHER`], so that neighbours meet.
fn rounded_up(instant: Timestamp) -> Timestamp {
    let step = TOGETHER.as_millis() as i64;
    let up = instant.as_millisecond().div_euclid(step) * step + step;
    Timestamp::from_millisecond(up).unwrap_or(instant)
}

#[cfg(test)]
mod tests;
