//! What push needs: its own leases, subscription rows, readiness and the panel.

use std::time::Duration;

use async_trait::async_trait;
use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{IntentId, MailboxId, NodeId, SubscriptionId};
use maildesk_model::intent::Intent;
use maildesk_model::mailbox::{Connection, MailboxState, Trouble};
use maildesk_model::push::{PushEvent, PushPanel, PushState};
use maildesk_model::secret::Secret;
use maildesk_model::subscription::{Subscription, Told};

use super::{IntentOutcome, Lease, Result};

/// What push knows of a claimed mailbox.
#[derive(Clone, Debug)]
pub struct PushWork {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// Its mail address.
    pub address: String,
    /// How it is reached.
    pub connection: Connection,
    /// How it is doing.
    pub state: MailboxState,
    /// The mailbox is being removed: retire everything.
    pub removed: bool,
    /// The mailbox is disconnected: retire everything, and remember what is wanted.
    pub disconnected: bool,
    /// Whether somebody wants push here.
    pub wanted: bool,
    /// What the panel says now.
    pub push_state: PushState,
    /// Tries that failed in a row.
    pub failures: i64,
    /// When readiness was last checked.
    pub checked_at: Option<Timestamp>,
    /// What the last check found.
    pub reasons: Vec<Trouble>,
    /// All rows of this mailbox, oldest first.
    pub subscriptions: Vec<Subscription>,
    /// What Microsoft told of them and has not been answered.
    pub notices: Vec<Notice>,
    /// The newest messages of the last day that arrived while a subscription was live and that no
    /// notification announced, oldest first; ten at most.
    pub unannounced: Vec<Unannounced>,
    /// When a silent subscription was last replaced.
    pub replaced_at: Option<Timestamp>,
    /// When everything was last fetched because Microsoft said that some was missed.
    pub caught_up_at: Option<Timestamp>,
    /// What was noted of subscriptions of this mailbox that nobody here knows; `None`: nobody looks
    /// for any.
    pub orphans: Option<String>,
    /// Intents of the push lane that are due, oldest first.
    pub intents: Vec<Intent>,
}

/// A lifecycle notification that is still to be answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Notice {
    /// Of which subscription.
    pub subscription: SubscriptionId,
    /// What it says.
    pub told: Told,
    /// When the last one that says so came.
    pub at: Timestamp,
}

/// A message that came without a notification.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unannounced {
    /// When Microsoft received it, by our clock.
    pub received_at: Timestamp,
    /// When a sync stored it.
    pub stored_at: Timestamp,
}

/// What push writes down about a mailbox. `None` keeps what is stored.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct PushNote {
    /// Whether push is wanted.
    pub wanted: Option<bool>,
    /// What the panel says.
    pub state: Option<PushState>,
    /// What readiness found, and when.
    pub readiness: Option<(Vec<Trouble>, Timestamp)>,
    /// What the last try failed with; `Some(None)` clears it.
    pub trouble: Option<Option<Trouble>>,
    /// Tries that failed in a row; no more than are stored when something woke push since the claim,
    /// which may have mended what the last one failed at.
    pub failures: Option<i64>,
    /// When to look again, as the last act of a round; `Some(None)`: only when something happens.
    /// Whatever woke push since the claim comes first, since the plan may be older.
    pub next_at: Option<Option<Timestamp>>,
    /// Something for the panel's list.
    pub event: Option<PushEvent>,
}

/// Everything push does to the store. Writes are fenced by the push lease, which is its own: push
/// and sync of one mailbox do not wait for each other.
#[async_trait]
pub trait PushStore {
    /// Claims a mailbox whose push is due: waiting intents first, then by time, then those of which
    /// Microsoft has told something. It is due again at `until` should the claimant never rest.
    async fn claim_push(
        &self,
        node: &NodeId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>>;

    /// When the next one is due by time; `None`: never.
    async fn next_push_at(&self, now: Timestamp) -> Result<Option<Timestamp>>;

    /// What is known of the claimed mailbox.
    async fn push_work(&self, lease: &Lease, now: Timestamp) -> Result<PushWork>;

    /// Claims the push of one mailbox for a call that is no part of it: whoever calls Graph for a
    /// mailbox holds a lease on it, so that the calls at once stay what they may be over all nodes.
    /// `None`: its push is being worked on, Graph asked to leave the mailbox alone until later, or it is
    /// removed or disconnected. When push looks next stays as it is.
    async fn borrow_push(
        &self,
        mailbox: MailboxId,
        node: &NodeId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>>;

    /// Graph asked to leave the mailbox alone until then: nobody begins to ask it for anything before.
    async fn leave_alone(&self, lease: &Lease, not_before: Timestamp) -> Result<()>;

    /// Keeps the lease longer.
    async fn renew_push_lease(&self, lease: &Lease, until: Timestamp) -> Result<()>;

    /// Gives it back.
    async fn release_push(&self, lease: &Lease) -> Result<()>;

    /// Makes push look at every mailbox (a parameter or the setting changed): the first now, each
    /// other one `apart` later than the one before, unless it is due sooner.
    async fn wake_push(&self, now: Timestamp, apart: Duration) -> Result<()>;

    /// Writes a pending row before the call that creates it. [`LeaseLost`](super::StoreError::LeaseLost)
    /// when the mailbox was disconnected meanwhile: the tokens may be gone before it could be
    /// deleted.
    async fn add_subscription(
        &self,
        lease: &Lease,
        client_state: &Secret,
        base_url: &str,
        at: Timestamp,
    ) -> Result<SubscriptionId>;

    /// Graph created it: id and expiry are stored, the former active one becomes retiring, and a
    /// stamp "all" is written, since notifications may have come before the id was known.
    async fn activate_subscription(
        &self,
        lease: &Lease,
        id: SubscriptionId,
        remote_id: &str,
        expires_at: Timestamp,
        granted_minutes: i64,
        at: Timestamp,
    ) -> Result<()>;

    /// Notes that a PATCH is about to be sent, before it is (P12).
    async fn note_patch(&self, lease: &Lease, id: SubscriptionId, at: Timestamp) -> Result<()>;

    /// Graph has it, and it ends then: nobody need ask again for a while.
    async fn looked_at(
        &self,
        lease: &Lease,
        id: SubscriptionId,
        expires_at: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<()>;

    /// Graph could not say whether it has it, and is left alone about it until then, whatever
    /// happens meanwhile.
    async fn look_later(
        &self,
        lease: &Lease,
        id: SubscriptionId,
        not_before: Timestamp,
    ) -> Result<()>;

    /// It is about to be replaced for its silence, which is done once a day at most.
    async fn note_replacing(&self, lease: &Lease, at: Timestamp) -> Result<()>;

    /// Makes everything due because Microsoft said that notifications were missed, and answers
    /// those notices.
    async fn catch_up(&self, lease: &Lease, at: Timestamp) -> Result<()>;

    /// Graph renewed it at `at`. What it asked for by then is answered; if it had asked, a sync of
    /// everything is due.
    async fn renewed(
        &self,
        lease: &Lease,
        id: SubscriptionId,
        expires_at: Timestamp,
        granted_minutes: i64,
        at: Timestamp,
    ) -> Result<()>;

    /// It is to be deleted at Graph.
    async fn retire_subscription(&self, lease: &Lease, id: SubscriptionId) -> Result<()>;

    /// It is gone at Graph, or was never created. With the last one of a disconnected mailbox its
    /// tokens go, unless somebody still looks for those nobody knows.
    async fn forget_subscription(&self, lease: &Lease, id: SubscriptionId) -> Result<()>;

    /// Counts a failure to renew or to delete; there were `at_least` so many in a row.
    async fn subscription_failed(
        &self,
        lease: &Lease,
        id: SubscriptionId,
        at_least: i64,
    ) -> Result<()>;

    /// Keeps what is noted of subscriptions of this mailbox that nobody here knows. `None`: nobody
    /// looks for any more; with that the tokens of a disconnected mailbox go, unless a subscription
    /// is left.
    async fn note_orphans(&self, lease: &Lease, noted: Option<&str>) -> Result<()>;

    /// Writes down how push is doing; the journal learns of it when something a person sees
    /// changed.
    async fn note_push(&self, lease: &Lease, note: &PushNote, at: Timestamp) -> Result<()>;

    /// Settles an intent of the push lane. Rings [`Bell::Intent`](super::Bell::Intent).
    async fn settle_push_intent(
        &self,
        lease: &Lease,
        intent: IntentId,
        outcome: &IntentOutcome,
        at: Timestamp,
    ) -> Result<()>;

    /// The panel of a mailbox, if this person may see the mailbox.
    async fn push_panel(&self, viewer: Viewer, mailbox: MailboxId) -> Result<Option<PushPanel>>;

    /// The secret of the live subscription. `None`: no mailbox for this person. Who may ask is
    /// checked by the caller, and audited.
    async fn push_secret(
        &self,
        viewer: Viewer,
        mailbox: MailboxId,
    ) -> Result<Option<Option<Secret>>>;

    /// Subscriptions of ours that Microsoft has, or had when it was last heard of them: those of
    /// removed mailboxes too.
    async fn subscriptions_left(&self) -> Result<i64>;

    /// Every subscription's state and expiry, by mailbox: the gauges. At most `limit`.
    async fn subscription_gauges(
        &self,
        limit: i64,
    ) -> Result<Vec<(MailboxId, PushState, Option<Timestamp>)>>;
}
