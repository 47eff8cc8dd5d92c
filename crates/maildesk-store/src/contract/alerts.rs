//! Alerts: what they are decided from, how far each is told, and where they go.

use async_trait::async_trait;
use maildesk_model::access::Viewer;
use maildesk_model::alert::{
    Alert, AlertKind, AlertSender, AlertSettings, AlertWay, Notice, Telling, WayState,
};
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{AlertId, MailboxId, NodeId, NoticeId};
use maildesk_model::mailbox::{MailboxState, Trouble};
use maildesk_model::push::PushState;

use super::{AppNotice, Result};

/// The right to work on the alerts of the installation until it expires or is taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertLease {
    /// Who holds it.
    pub node: NodeId,
    /// Grows with every claim; writes with an older one are refused.
    pub epoch: i64,
}

/// What alerts are decided from.
#[derive(Clone, Debug)]
pub struct AlertFacts {
    /// The mailboxes that are not well, by key.
    pub mailboxes: Vec<MailboxFacts>,
    /// There are more of them than were read: that one is not listed says nothing then.
    pub is_cut: bool,
    /// How the app is doing.
    pub app: AppNotice,
    /// Alerts that stand, and those whose end is still to be told, by key.
    pub alerts: Vec<Alert>,
    /// By which ways they are told.
    pub ways: Vec<AlertWay>,
    /// Notices written in the last hour, of the way that has most.
    pub told_last_hour: i64,
}

/// A mailbox that is not well, and is not disconnected by an administrator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MailboxFacts {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// What people call it.
    pub name: String,
    /// How it is doing.
    pub state: MailboxState,
    /// What is wrong with it.
    pub trouble: Option<Trouble>,
    /// How its push is doing; `Off` where nobody wants it.
    pub push: PushState,
    /// What the last registration or renewal failed with.
    pub push_trouble: Option<Trouble>,
    /// Notifications came, and none of them carried a secret.
    pub without_secret: bool,
}

/// What is to be written down about alerts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AlertChange {
    /// Something is seen for the first time.
    Begin {
        /// What.
        kind: AlertKind,
        /// Of which mailbox.
        mailbox: Option<MailboxId>,
        /// What people call it.
        name: String,
        /// How bad it is.
        level: i64,
        /// What to say.
        trouble: Trouble,
        /// Whether it is an alert at once.
        opened: bool,
    },
    /// It stands (again), and this is what is to be said of it now. When it is less bad than people
    /// were told, it counts as told at that level only.
    Stand {
        /// Which.
        id: AlertId,
        /// What people call the mailbox now.
        name: String,
        /// How bad it is now.
        level: i64,
        /// What to say now.
        trouble: Trouble,
    },
    /// It has stood long enough to be an alert.
    Open(AlertId),
    /// Nothing is wrong any more; it ends if that lasts.
    Clear(AlertId),
    /// It is over.
    End(AlertId),
    /// It is over before it was one.
    Drop(AlertId),
}

/// What came of an attempt to tell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoticeOutcome {
    /// It was taken.
    Taken {
        /// The mailbox it was sent from.
        sender: Option<MailboxId>,
    },
    /// It was not, as far as is known; again then.
    Again {
        /// When.
        due_at: Timestamp,
        /// Why it was not taken.
        trouble: Trouble,
        /// It may have been taken all the same.
        is_doubtful: bool,
    },
    /// It may have been, and so may an earlier try: it counts as taken.
    Doubtful {
        /// Why nobody knows.
        trouble: Trouble,
    },
    /// It was not, and is not tried again.
    GivenUp {
        /// Why it was not taken.
        trouble: Trouble,
    },
}

/// Alerts. Whoever works on them holds the one lease of the installation.
#[async_trait]
pub trait AlertStore {
    /// Claims the work on alerts when it is time to look. `None`: not now, or another node has it. No
    /// pause is as long as a lease: a next look after `until` was set by a clock that was ahead, and
    /// is now.
    async fn claim_alerts(
        &self,
        node: &NodeId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<AlertLease>>;

    /// Gives the work back; the next look is at `next_at`.
    async fn release_alerts(&self, lease: &AlertLease, next_at: Timestamp) -> Result<()>;

    /// What alerts are decided from; a thousand mailboxes at most.
    async fn alert_facts(&self, now: Timestamp) -> Result<AlertFacts>;

    /// Writes changes down, and what is to be told: one notice for each of `ways` that is still set.
    /// All of it is one transaction, so nothing is noted as told without a notice that tells it, and
    /// durable when something is told. A second alert of the same kind and mailbox is not begun while
    /// one stands.
    async fn save_alerts(
        &self,
        lease: &AlertLease,
        changes: &[AlertChange],
        tell: &[(AlertId, Telling)],
        ways: &[AlertWay],
        at: Timestamp,
    ) -> Result<()>;

    /// The oldest notice that waits, of each way: they go out in order.
    async fn next_notices(&self, now: Timestamp) -> Result<Vec<Notice>>;

    /// Writes down what came of an attempt; counts it. What a notice that is given up was to tell
    /// counts as not told, unless another notice has told it or is going to.
    async fn settle_notice(
        &self,
        lease: &AlertLease,
        id: NoticeId,
        outcome: &NoticeOutcome,
        at: Timestamp,
    ) -> Result<()>;

    /// Where alerts go.
    async fn alert_settings(&self) -> Result<AlertSettings>;

    /// Sets where alerts go. What waits for a way that is not set any more is given up, as by
    /// [`AlertStore::settle_notice`]; what waits for one that is set in another way now is due at once.
    async fn set_alert_settings(&self, settings: &AlertSettings, at: Timestamp) -> Result<()>;

    /// Mailboxes that mails might be sent from, the best first; at most `limit`, and the chosen one
    /// whatever has become of it.
    async fn alert_senders(&self, limit: i64) -> Result<Vec<AlertSender>>;

    /// Alerts for a person who administers: those that stand, the longest first, with what is watched
    /// and was not opened yet; then those that ended, the latest first; at most `limit` of each. For
    /// everybody else there are none.
    async fn alerts(&self, viewer: Viewer, limit: i64) -> Result<Vec<Alert>>;

    /// How each way is doing.
    async fn way_states(&self) -> Result<Vec<WayState>>;

    /// How many alerts stand, of each kind that has some.
    async fn alert_gauges(&self) -> Result<Vec<(AlertKind, i64)>>;
}
