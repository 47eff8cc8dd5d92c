//! Attachments on their way here, beside the mailbox's other work: a large file takes its time, and
//! mail must not wait for it.
//!
//! They belong to a visit and are fenced by its lease; when the visit breaks off, the intents are
//! rows still and the next visit begins them anew.

use std::collections::{HashSet, VecDeque};

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};
use maildesk_connect::ConnectError;
use maildesk_graph::{GraphError, retry};
use maildesk_model::id::IntentId;
use maildesk_model::intent::{Intent, Lane, Want};
use maildesk_store::StoreError;
use maildesk_store::contract::{IntentOutcome, Lease, Work};

use crate::Shared;
use crate::plan::intent::{Why, is_refusal, refusal};
use crate::run::{self, Failure};

/// Downloads of a mailbox at a time. Its lane has three calls (connect's gates), and one must stay
/// for everything else.
const AT_ONCE: usize = 2;

/// The downloads of one visit.
pub(crate) struct Downloads<'v> {
    shared: &'v Shared,
    lease: &'v Lease,
    /// Every intent that is waiting here or under way.
    taken: HashSet<IntentId>,
    waiting: VecDeque<Intent>,
    under_way: FuturesUnordered<BoxFuture<'v, (IntentId, Result<(), StoreError>)>>,
}

impl<'v> Downloads<'v> {
    pub(crate) fn new(shared: &'v Shared, lease: &'v Lease) -> Self {
        Self {
            shared,
            lease,
            taken: HashSet::new(),
            waiting: VecDeque::new(),
            under_way: FuturesUnordered::new(),
        }
    }

    /// Takes the downloads out of what is due, and begins those that are new.
    pub(crate) fn take(&mut self, work: &mut Work) {
        let is_download = |intent: &mut Intent| matches!(intent.want, Want::FetchAttachment { .. });
        for intent in work.intents.extract_if(.., is_download) {
            if self.taken.insert(intent.id) {
                self.waiting.push_back(intent);
            }
        }
        self.begin();
    }

    /// Whether none is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// Waits until one has ended; for ever, when there is none.
    pub(crate) async fn one_ended(&mut self) -> Result<(), StoreError> {
        let Some((id, ended)) = self.under_way.next().await else {
            return std::future::pending().await;
        };
        self.taken.remove(&id);
        self.begin();
        ended
    }

    fn begin(&mut self) {
        while self.under_way.len() < AT_ONCE
            && let Some(intent) = self.waiting.pop_front()
        {
            let (shared, lease, id) = (self.shared, self.lease, intent.id);
            let download = async move { (id, download(shared, lease, &intent).await) };
            self.under_way.push(Box::pin(download));
        }
    }
}

/// Fetches one attachment and settles its intent.
async fn download(shared: &Shared, lease: &Lease, intent: &Intent) -> Result<(), StoreError> {
    let outcome = match attempt(shared, lease, intent).await {
        Ok(outcome) => outcome,
        Err(Failure::Store(why)) => return Err(why),
        Err(Failure::Graph(error)) if is_refusal(&error) => IntentOutcome::Refused(error.trouble()),
        Err(Failure::Graph(error)) => again(shared, intent, &error),
        // The mailbox's other work finds the same, and writes down what a person must do.
        Err(Failure::Connect(_)) => {
            IntentOutcome::RetryAt(shared.clock.now().plus(shared.settings.interval))
        }
    };
    let at = shared.clock.now();
    let store = &shared.store;
    store.settle_intent(lease, intent.id, &outcome, at).await
}

async fn attempt(shared: &Shared, lease: &Lease, intent: &Intent) -> run::Result<IntentOutcome> {
    let target = shared.store.intent_target(lease, intent.id).await?;
    let Some(target) = target else {
        return Ok(IntentOutcome::Refused(refusal(Why::AttachmentGone)));
    };
    let session = shared.connect.access(lease.mailbox, Lane::Sync).await;
    let session = session.map_err(connect_failed)?;
    match run::fetch_attachment(shared, lease, &session, &target).await {
        Err(Failure::Graph(GraphError::TokenRejected { .. })) => {
            let connect = &shared.connect;
            let fresh = connect
                .access_after_rejection(lease.mailbox, Lane::Sync, &session)
                .await
                .map_err(connect_failed)?;
            run::fetch_attachment(shared, lease, &fresh, &target).await
        }
        ended => ended,
    }
}

fn connect_failed(why: ConnectError) -> Failure {
    match why {
        ConnectError::Store(why) => Failure::Store(why),
        why => Failure::Connect(why),
    }
}

fn again(shared: &Shared, intent: &Intent, error: &GraphError) -> IntentOutcome {
    let attempt = u32::try_from(intent.attempts + 1).unwrap_or(u32::MAX);
    let wait = retry::after(error, attempt, shared.entropy.fraction()).wait();
    let wait = wait.unwrap_or(shared.settings.interval);
    IntentOutcome::RetryAt(shared.clock.now().plus(wait))
}
