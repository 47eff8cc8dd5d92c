//! Judges the notifications of many POSTs against what is registered, and sums up what is to be
//! written: one stamp and one tally for each mailbox and subscription, however many hints. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};

use maildesk_graph::notification::{Lifecycle, Notification, What};
use maildesk_model::stamp::{STAMP_IDS_MAX, Stamping, Trigger};
use maildesk_model::subscription::{Sender, Told, judge};
use maildesk_model::{MailboxId, Secret, SubscriptionId, Timestamp};
use maildesk_store::contract::{KnownSubscription, NotificationTally};

use super::drops::Dropped;

/// What is registered, by Graph's id.
pub(super) type Known = HashMap<String, KnownSubscription>;

/// What many POSTs come to.
#[derive(Default)]
pub(super) struct Sorted {
    hints: BTreeMap<MailboxId, Hints>,
    catch_ups: BTreeMap<MailboxId, Timestamp>,
    tallies: BTreeMap<SubscriptionId, NotificationTally>,
}

/// What one POST comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Count {
    /// Genuine ones.
    pub(super) accepted: u64,
    /// Whether anything of it is to be stamped.
    pub(super) stamps: bool,
    /// The others.
    pub(super) dropped: Dropped,
}

struct Hints {
    messages: Vec<String>,
    seen: HashSet<String>,
    all: bool,
    at: Timestamp,
}

impl Hints {
    fn add(&mut self, message: Option<String>) {
        let Some(message) = message else {
            self.all = true;
            return;
        };
        // One more than a stamp keeps tells the store that there were more.
        if self.messages.len() <= STAMP_IDS_MAX && self.seen.insert(message.clone()) {
            self.messages.push(message);
        }
    }
}

impl Sorted {
    /// Adds the notifications of one POST that came at `at`.
    pub(super) fn add(
        &mut self,
        notifications: Vec<Notification>,
        known: &Known,
        at: Timestamp,
    ) -> Count {
        let mut count = Count::default();
        for one in notifications {
            let Some(subscription) = known.get(&one.subscription) else {
                count.dropped.unknown += 1;
                continue;
            };
            let came = one.client_state.as_ref().map(Secret::expose);
            let sender = judge(&subscription.client_state, came);
            self.tally(subscription.id, sender, &one.what, at);
            match sender {
                Sender::Silent => count.dropped.silent += 1,
                Sender::Forged => count.dropped.forged += 1,
                Sender::Genuine => {
                    count.accepted += 1;
                    count.stamps |= self.stamp(subscription.mailbox, one.what, at);
                }
            }
        }
        count
    }

    fn tally(&mut self, id: SubscriptionId, sender: Sender, what: &What, at: Timestamp) {
        let tally = self.tallies.entry(id).or_insert(NotificationTally {
            subscription: id,
            accepted: 0,
            silent: 0,
            forged: 0,
            lifecycle: 0,
            told: Vec::new(),
            at,
        });
        tally.at = tally.at.max(at);
        match sender {
            Sender::Silent => tally.silent += 1,
            Sender::Forged => tally.forged += 1,
            Sender::Genuine => {
                tally.accepted += 1;
                tally.lifecycle += i64::from(matches!(what, What::Lifecycle(_)));
                if let Some(told) = told(what).filter(|told| !tally.told.contains(told)) {
                    tally.told.push(told);
                }
            }
        }
    }

    /// Notes what is due; false for a lifecycle event nobody knows yet, which is ignored.
    fn stamp(&mut self, mailbox: MailboxId, what: What, at: Timestamp) -> bool {
        match what {
            What::Lifecycle(Lifecycle::Unknown) => return false,
            // What these ask for is push's to do; everything is due once it has.
            What::Lifecycle(Lifecycle::ReauthorizationRequired | Lifecycle::Missed) => {}
            What::Lifecycle(Lifecycle::SubscriptionRemoved) => {
                let first = self.catch_ups.entry(mailbox).or_insert(at);
                *first = at.min(*first);
            }
            What::Change { message, .. } => {
                let hints = self.hints.entry(mailbox).or_insert_with(|| Hints {
                    messages: Vec::new(),
                    seen: HashSet::new(),
                    all: false,
                    at,
                });
                hints.at = at.min(hints.at);
                hints.add(message);
            }
        }
        true
    }

    /// What is to be written. Hints come before catch-ups, so that a stamp is called after the
    /// notification that began it.
    pub(super) fn finish(self) -> (Vec<Stamping>, Vec<NotificationTally>) {
        let hints = self.hints.into_iter().map(|(mailbox, hints)| Stamping {
            mailbox,
            messages: hints.messages,
            all: hints.all,
            trigger: Trigger::Push,
            at: hints.at,
        });
        let catch_ups = self.catch_ups.into_iter().map(|(mailbox, at)| Stamping {
            mailbox,
            messages: Vec::new(),
            all: true,
            trigger: Trigger::CatchUp,
            at,
        });
        let stampings = hints.chain(catch_ups).collect();
        (stampings, self.tallies.into_values().collect())
    }
}

/// What a lifecycle notification says, if it is one that is known.
const fn told(what: &What) -> Option<Told> {
    match what {
        What::Lifecycle(Lifecycle::ReauthorizationRequired) => Some(Told::Reauthorize),
        What::Lifecycle(Lifecycle::SubscriptionRemoved) => Some(Told::Removed),
        What::Lifecycle(Lifecycle::Missed) => Some(Told::Missed),
        What::Lifecycle(Lifecycle::Unknown) | What::Change { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000)
    }

    fn known() -> Known {
        let one = |id: i64, mailbox: i64| KnownSubscription {
            id: SubscriptionId(id),
            mailbox: MailboxId(mailbox),
            client_state: Secret::new("hush"),
        };
        [("a".to_owned(), one(1, 10)), ("b".to_owned(), one(2, 20))].into()
    }

    fn sent(subscription: &str, secret: Option<&str>, what: What) -> Notification {
        Notification {
            subscription: subscription.to_owned(),
            client_state: secret.map(Secret::new),
            expires_at: None,
            tenant: None,
            what,
        }
    }

    fn change(message: &str) -> What {
        What::Change {
            change: None,
            message: Some(message.to_owned()),
        }
    }

    #[test]
    fn only_who_knows_the_secret_stamps() {
        let mut sorted = Sorted::default();
        let count = sorted.add(
            vec![
                sent("a", Some("hush"), change("m1")),
                sent("a", Some("hush!"), change("m2")),
                sent("a", None, change("m3")),
                sent("c", Some("hush"), change("m4")),
            ],
            &known(),
            at(5),
        );
        let dropped = Dropped {
            unknown: 1,
            forged: 1,
            silent: 1,
            unread: 0,
        };
        assert_eq!(
            (count.accepted, count.stamps, count.dropped),
            (1, true, dropped)
        );
        let (stampings, tallies) = sorted.finish();
        assert_eq!(stampings.len(), 1);
        assert_eq!(stampings[0].messages, ["m1"]);
        let tally = &tallies[0];
        assert_eq!((tally.accepted, tally.forged, tally.silent), (1, 1, 1));
    }

    #[test]
    fn a_hundred_hints_are_one_stamping_with_the_earliest_time() {
        let mut sorted = Sorted::default();
        for n in 0..100 {
            let message = change(&format!("m{}", n % 3));
            let at = at(100 - n);
            sorted.add(vec![sent("a", Some("hush"), message)], &known(), at);
        }
        let (stampings, tallies) = sorted.finish();
        assert_eq!(stampings.len(), 1);
        assert_eq!((stampings[0].messages.len(), stampings[0].all), (3, false));
        assert_eq!((stampings[0].at, tallies[0].at), (at(1), at(100)));
        assert_eq!(tallies[0].accepted, 100);
    }

    #[test]
    fn more_ids_than_a_stamp_keeps_are_told_by_one_more() {
        let mut sorted = Sorted::default();
        let many = (0..1000).map(|n| sent("a", Some("hush"), change(&n.to_string())));
        sorted.add(many.collect(), &known(), at(1));
        let (stampings, _) = sorted.finish();
        assert_eq!(stampings[0].messages.len(), STAMP_IDS_MAX + 1);
    }

    #[test]
    fn lifecycle_notifications_catch_up_and_unknown_ones_are_counted_only() {
        let mut sorted = Sorted::default();
        let count = sorted.add(
            vec![
                sent("a", Some("hush"), What::Lifecycle(Lifecycle::Missed)),
                sent("a", Some("hush"), What::Lifecycle(Lifecycle::Missed)),
                sent(
                    "a",
                    Some("hush"),
                    What::Lifecycle(Lifecycle::SubscriptionRemoved),
                ),
                sent("b", Some("hush"), What::Lifecycle(Lifecycle::Unknown)),
                sent("a", Some("hush"), change("m1")),
                sent("b", Some("no"), What::Lifecycle(Lifecycle::Missed)),
            ],
            &known(),
            at(1),
        );
        assert_eq!((count.accepted, count.dropped.forged), (5, 1));
        let (stampings, tallies) = sorted.finish();
        let shown: Vec<_> = stampings
            .iter()
            .map(|one| (one.mailbox.0, one.trigger, one.all))
            .collect();
        assert_eq!(
            shown,
            [(10, Trigger::Push, false), (10, Trigger::CatchUp, true)]
        );
        let lifecycle: Vec<_> = tallies.iter().map(|one| one.lifecycle).collect();
        assert_eq!(lifecycle, [3, 1]);
        let told: Vec<_> = tallies.into_iter().map(|one| one.told).collect();
        assert_eq!(told, [vec![Told::Missed, Told::Removed], vec![]]);
    }

    #[test]
    fn a_hint_without_an_id_means_everything() {
        let mut sorted = Sorted::default();
        let what = What::Change {
            change: None,
            message: None,
        };
        sorted.add(vec![sent("a", Some("hush"), what)], &known(), at(1));
        assert!(sorted.finish().0[0].all);
    }
}
