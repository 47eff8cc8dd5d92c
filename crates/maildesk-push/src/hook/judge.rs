//! Judges who sent each notification, and stamps the mailboxes of the genuine ones.

use std::collections::{BTreeMap, HashMap};

use maildesk_graph::notification::{Lifecycle, Notification, Notifications, What};
use maildesk_model::stamp::{Stamping, Trigger};
use maildesk_model::subscription::{Sender, judge};
use maildesk_model::{MailboxId, SubscriptionId, Timestamp};
use maildesk_store::StoreError;
use maildesk_store::contract::{KnownSubscription, NotificationTally};

use super::{HookParts, count};

/// Keeps what the genuine ones hint at: one read, and one transaction if there is anything.
pub(super) async fn keep(
    parts: &HookParts,
    notifications: &Notifications,
) -> Result<(), StoreError> {
    let mut ids: Vec<String> = notifications
        .items
        .iter()
        .map(|item| item.subscription.clone())
        .collect();
    ids.sort();
    ids.dedup();
    if ids.is_empty() {
        return Ok(());
    }
    let known: HashMap<String, KnownSubscription> = parts
        .store
        .known_subscriptions(&ids)
        .await?
        .into_iter()
        .collect();
    let mut desk = Desk {
        now: parts.clock.now(),
        stampings: BTreeMap::new(),
        tallies: BTreeMap::new(),
        dropped: 0,
    };
    for item in &notifications.items {
        desk.take(item, known.get(&item.subscription));
    }
    if desk.dropped > 0 {
        tracing::debug!(
            count = desk.dropped,
            "notifications were dropped: unknown, forged or without a secret"
        );
    }
    if desk.tallies.is_empty() {
        return Ok(());
    }
    let stampings: Vec<Stamping> = desk.stampings.into_values().collect();
    let tallies: Vec<NotificationTally> = desk.tallies.into_values().collect();
    parts.store.stamp(&stampings, &tallies).await
}

struct Desk {
    now: Timestamp,
    stampings: BTreeMap<MailboxId, Stamping>,
    tallies: BTreeMap<SubscriptionId, NotificationTally>,
    dropped: u64,
}

impl Desk {
    fn take(&mut self, item: &Notification, known: Option<&KnownSubscription>) {
        let Some(known) = known else {
            self.dropped += 1;
            count("unknown", 1);
            return;
        };
        let came = item
            .client_state
            .as_ref()
            .map(maildesk_model::Secret::expose);
        let sender = judge(&known.client_state, came);
        let tally = self
            .tallies
            .entry(known.id)
            .or_insert_with(|| NotificationTally {
                subscription: known.id,
                accepted: 0,
                silent: 0,
                forged: 0,
                lifecycle: 0,
                at: self.now,
            });
        match sender {
            Sender::Genuine => {
                tally.accepted += 1;
                tally.lifecycle += i64::from(matches!(item.what, What::Lifecycle(_)));
                count("accepted", 1);
                self.stamp(known.mailbox, &item.what);
            }
            Sender::Silent => {
                tally.silent += 1;
                self.dropped += 1;
                count("no_secret", 1);
            }
            Sender::Forged => {
                tally.forged += 1;
                self.dropped += 1;
                count("forged", 1);
            }
        }
    }

    fn stamp(&mut self, mailbox: MailboxId, what: &What) {
        if matches!(what, What::Lifecycle(Lifecycle::Unknown)) {
            return;
        }
        let now = self.now;
        let stamping = self.stampings.entry(mailbox).or_insert_with(|| Stamping {
            mailbox,
            messages: Vec::new(),
            all: false,
            trigger: Trigger::Push,
            at: now,
        });
        match what {
            What::Change {
                message: Some(message),
                ..
            } => {
                if !stamping.messages.contains(message) {
                    stamping.messages.push(message.clone());
                }
            }
            What::Change { message: None, .. } => stamping.all = true,
            What::Lifecycle(_) => {
                stamping.all = true;
                stamping.trigger = Trigger::CatchUp;
            }
        }
    }
}
