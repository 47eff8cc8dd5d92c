//! All subscriptions that exist, found by id and by mailbox.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::quota::Quotas;
use super::record::Subscription;

/// Active subscriptions that one mailbox may have, over all apps [facts 1.6].
pub(crate) const PER_MAILBOX: usize = 1_000;

/// The subscriptions and the meters of their API.
#[derive(Default)]
pub(crate) struct Book {
    /// By order of creation.
    all: BTreeMap<u64, Subscription>,
    by_id: HashMap<String, u64>,
    /// Lower-case address of the mailbox → its subscriptions in order of creation.
    by_mailbox: HashMap<String, Vec<u64>>,
    pub(crate) quotas: Quotas,
}

/// Why a subscription is not taken in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Full {
    /// The mailbox has as many as it may. The message names the limit, as documented; its words are our own.
    #[error(
        "Operation: Create; Exception: [Status Code: Forbidden; Reason: The limit of {PER_MAILBOX} subscriptions per mailbox has been reached.]"
    )]
    Mailbox,
}

impl Book {
    /// The twin of a subscription, should it exist.
    pub(crate) fn twin(&self, of: &Subscription, now: Timestamp) -> Option<&Subscription> {
        self.of_mailbox(&of.mailbox)
            .find(|other| other.lives(now) && other.is_twin_of(of))
    }

    /// Whether the mailbox may have one more.
    pub(crate) fn has_room(&self, mailbox: &str, now: Timestamp) -> Result<(), Full> {
        if self
            .of_mailbox(mailbox)
            .filter(|other| other.lives(now))
            .count()
            < PER_MAILBOX
        {
            Ok(())
        } else {
            Err(Full::Mailbox)
        }
    }

    /// Takes one in; it gets the next number.
    pub(crate) fn insert(&mut self, mut subscription: Subscription) -> &Subscription {
        let no = self.all.last_key_value().map_or(1, |(last, _)| last + 1);
        subscription.no = no;
        self.by_id.insert(subscription.id.clone(), no);
        self.by_mailbox
            .entry(subscription.mailbox.to_lowercase())
            .or_default()
            .push(no);
        self.all.entry(no).or_insert(subscription)
    }

    /// One by id, unless it has expired.
    pub(crate) fn get(&self, id: &str, now: Timestamp) -> Option<&Subscription> {
        self.by_id
            .get(id)
            .and_then(|no| self.all.get(no))
            .filter(|subscription| subscription.lives(now))
    }

    /// One by id, to change it.
    pub(crate) fn get_mut(&mut self, id: &str, now: Timestamp) -> Option<&mut Subscription> {
        self.by_id
            .get(id)
            .and_then(|no| self.all.get_mut(no))
            .filter(|subscription| subscription.lives(now))
    }

    /// Takes one out.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Subscription> {
        let no = self.by_id.remove(id)?;
        let removed = self.all.remove(&no)?;
        let mailbox = removed.mailbox.to_lowercase();
        if let Some(numbers) = self.by_mailbox.get_mut(&mailbox) {
            numbers.retain(|other| *other != no);
            if numbers.is_empty() {
                self.by_mailbox.remove(&mailbox);
            }
        }
        Some(removed)
    }

    /// Those that watch a mailbox, in order of creation.
    pub(crate) fn of_mailbox(&self, mailbox: &str) -> impl Iterator<Item = &Subscription> {
        let numbers = self
            .by_mailbox
            .get(&mailbox.to_lowercase())
            .map(Vec::as_slice)
            .unwrap_or_default();
        numbers.iter().filter_map(|no| self.all.get(no))
    }

    /// All, in order of creation.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Subscription> {
        self.all.values()
    }

    /// All, to change them.
    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = &mut Subscription> {
        self.all.values_mut()
    }
}
