//! Stamps: what the webhook and everybody else with a hint writes.

use async_trait::async_trait;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, SubscriptionId};
use maildesk_model::secret::Secret;
use maildesk_model::stamp::Stamping;
use maildesk_model::subscription::Told;

use super::Result;

/// A subscription as the webhook needs it.
#[derive(Clone, Debug)]
pub struct KnownSubscription {
    /// Our key.
    pub id: SubscriptionId,
    /// The mailbox it watches.
    pub mailbox: MailboxId,
    /// What a genuine notification carries.
    pub client_state: Secret,
}

/// What became of the notifications of one subscription in one POST.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotificationTally {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// Genuine ones, lifecycle included.
    pub accepted: i64,
    /// Without a `clientState`.
    pub silent: i64,
    /// With a wrong one.
    pub forged: i64,
    /// Lifecycle ones among the accepted.
    pub lifecycle: i64,
    /// What those said, each once.
    pub told: Vec<Told>,
    /// When they came.
    pub at: Timestamp,
}

/// Writing stamps. These calls are short and wait for no import and no backup (P4).
#[async_trait]
pub trait StampStore {
    /// The subscriptions among `remote_ids` that are ours, live or retiring. Reads only; never
    /// waits for a writer.
    async fn known_subscriptions(
        &self,
        remote_ids: &[String],
    ) -> Result<Vec<(String, KnownSubscription)>>;

    /// Writes stamps durably (they survive kill -9): each mailbox's stamp becomes due at once, its
    /// version grows, hinted ids are added (beyond [`STAMP_IDS_MAX`] it means "all"), the first
    /// hint time of an id is kept. A mailbox that is gone is skipped. Rings [`Bell::Work`].
    /// What lifecycle notifications said waits for [`PushStore`](super::PushStore); it rings
    /// [`Bell::Push`](super::Bell::Push).
    ///
    /// [`STAMP_IDS_MAX`]: maildesk_model::stamp::STAMP_IDS_MAX
    /// [`Bell::Work`]: super::Bell::Work
    async fn stamp(&self, stampings: &[Stamping], tallies: &[NotificationTally]) -> Result<()>;

    /// How many stamps are due now: the gauge `maildesk_stamps_due`.
    async fn stamps_due(&self, now: Timestamp) -> Result<i64>;
}
