//! One claimed mailbox: what people asked for first, then step by step what the plan says, until it
//! says rest.

use maildesk_model::base_url::BaseUrlRules;
use maildesk_model::mailbox::{Connection, Trouble};
use maildesk_model::push::{PushEvent, PushState};
use maildesk_model::subscription::{Subscription, SubscriptionState};
use maildesk_model::{SubscriptionId, Timestamp};
use maildesk_store::StoreError;
use maildesk_store::contract::{Lease, PushNote, PushWork};
use std::time::Duration;

use super::Shared;
use crate::late;
use crate::plan::{self, Case, Done, Next, Why};
use crate::readiness::Called;
use crate::words;

/// More steps than any plan needs; a round that takes them all goes on a minute later.
const STEPS_MAX: usize = 24;
const GO_ON_AFTER: Duration = Duration::from_mins(1);
/// A plan that says "now" although it says rest must not become a loop.
const REST_MIN: Duration = Duration::from_secs(1);

/// A claimed mailbox and what has been done about it so far.
pub(super) struct Round<'a> {
    pub(super) shared: &'a Shared,
    pub(super) lease: &'a Lease,
    /// The base URL of the webhook when the round began.
    pub(super) base_url: String,
    pub(super) done: Done,
}

impl<'a> Round<'a> {
    pub(super) fn new(shared: &'a Shared, lease: &'a Lease, base_url: String) -> Self {
        Self {
            shared,
            lease,
            base_url,
            done: Done::default(),
        }
    }

    pub(super) async fn run(mut self) -> Result<(), StoreError> {
        let is_time = !self.carry_out_intents().await?;
        let answers_late_at = late::last(&*self.shared.store).await?;
        for _ in 0..STEPS_MAX {
            let work = self.work().await?;
            let reasons = self.reasons(&work, &Called::NotTried).await?;
            let case = Case {
                work: &work,
                enabled: self.shared.settings.enabled,
                base_url: &self.base_url,
                reasons: &reasons,
                is_time,
                answers_late_at,
                done: &self.done,
            };
            let next = plan::next(&case, self.now());
            tracing::debug!(mailbox.id = %work.mailbox, step = ?next, "push");
            if let Next::Rest { state, until } = next {
                let looks_at = self.look_for_orphans(&work).await?;
                let until = until.into_iter().chain(looks_at).min();
                return self.rest(state, until).await;
            }
            self.step(next, &work).await?;
        }
        let again = self.now().plus(GO_ON_AFTER);
        self.note(PushNote {
            next_at: Some(Some(again)),
            ..PushNote::default()
        })
        .await
    }

    async fn step(&mut self, next: Next, work: &PushWork) -> Result<(), StoreError> {
        let store = &self.shared.store;
        match next {
            Next::Forget(id, why) => self.forget(work, id, why).await,
            Next::Retire(id) => store.retire_subscription(self.lease, id).await,
            Next::Delete(id) => self.delete(work, find(work, id)?).await.map(drop),
            Next::Renew(id) => self.renew(work, find(work, id)?).await,
            Next::Create => self.create(work, false).await.map(drop),
            Next::Look(id) => self.look(work, find(work, id)?).await,
            Next::Replace => self.replace(work).await,
            Next::CatchUp => self.catch_up().await,
            Next::Check => self.check(work).await.map(drop),
            Next::Rest { .. } => Ok(()),
        }
    }

    async fn rest(&self, state: PushState, until: Option<Timestamp>) -> Result<(), StoreError> {
        let soonest = self.now().plus(REST_MIN);
        self.note(PushNote {
            state: Some(state),
            next_at: Some(until.map(|until| until.max(soonest))),
            ..PushNote::default()
        })
        .await
    }

    async fn forget(
        &self,
        work: &PushWork,
        id: SubscriptionId,
        why: Why,
    ) -> Result<(), StoreError> {
        let row = find(work, id)?;
        self.shared
            .store
            .forget_subscription(self.lease, id)
            .await?;
        let (kind, detail) = match (why, row.state) {
            (Why::Expired, SubscriptionState::Active) => (
                words::EXPIRED,
                "The subscription ended before it could be renewed.",
            ),
            (Why::Removed, _) => (
                words::GONE,
                "Microsoft has removed the subscription; a new one is created.",
            ),
            (Why::GivenUp, _) => (words::GIVEN_UP, words::ENDS_BY_ITSELF),
            _ => return Ok(()),
        };
        self.tell(kind, detail).await
    }

    /// What is known of the mailbox now.
    pub(super) async fn work(&self) -> Result<PushWork, StoreError> {
        let now = self.now();
        self.shared.store.push_work(self.lease, now).await
    }

    pub(super) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    pub(super) fn rules(&self) -> BaseUrlRules {
        self.shared.settings.rules
    }

    pub(super) async fn note(&self, note: PushNote) -> Result<(), StoreError> {
        let store = &self.shared.store;
        store.note_push(self.lease, &note, self.now()).await
    }

    /// Puts something on the panel's list.
    pub(super) async fn tell(&self, kind: &str, detail: &str) -> Result<(), StoreError> {
        self.note(PushNote {
            event: Some(self.event(kind, detail)),
            ..PushNote::default()
        })
        .await
    }

    pub(super) fn event(&self, kind: &str, detail: &str) -> PushEvent {
        words::event(self.now(), kind, detail)
    }

    /// Says in the log what went wrong; the panel says it to people.
    pub(super) fn log(&self, what: &str, trouble: &Trouble) {
        tracing::warn!(
            mailbox.id = %self.lease.mailbox,
            code = trouble.code,
            "{what}"
        );
    }
}

/// Whether somebody can sign in for the mailbox.
pub(super) fn as_person(work: &PushWork) -> bool {
    work.connection == Connection::GraphDelegated
}

/// The row a plan speaks of.
fn find(work: &PushWork, id: SubscriptionId) -> Result<&Subscription, StoreError> {
    let row = work.subscriptions.iter().find(|row| row.id == id);
    row.ok_or(StoreError::LeaseLost)
}
