//! Asks Graph whether it still has a subscription, and replaces one that is there and announces
//! nothing (P7); and answers that some was missed (P13).

use maildesk_graph::{GraphError, Session};
use maildesk_model::Timestamp;
use maildesk_model::subscription::Subscription;
use maildesk_store::StoreError;
use maildesk_store::contract::PushWork;

use super::failure::Failed;
use super::round::{Round, as_person};
use crate::plan::refusal::{self, Again, Call};
use crate::words;

impl Round<'_> {
    /// Looks once. Gone: the row goes, and the plan creates a new one, which makes everything due.
    pub(super) async fn look(
        &self,
        work: &PushWork,
        live: &Subscription,
    ) -> Result<(), StoreError> {
        let Some(remote_id) = &live.remote_id else {
            return Ok(());
        };
        let asked = match self.session().await? {
            Ok(session) => {
                let read = async |session: Session| session.subscription(remote_id).await;
                self.ask(session, read).await?
            }
            Err(failed) => Err(failed),
        };
        match asked {
            Ok(reply) => {
                let end = reply.value.expires_at;
                if end.is_some_and(|end| end <= self.now()) {
                    return self.found_gone(work, live).await;
                }
                self.found_alive(work, live, end).await
            }
            Err(Failed::Graph(GraphError::NotFound { .. })) => self.found_gone(work, live).await,
            Err(failed) => self.could_not_look(work, live, &failed).await,
        }
    }

    async fn found_alive(
        &self,
        work: &PushWork,
        live: &Subscription,
        end: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let store = &self.shared.store;
        store.looked_at(self.lease, live.id, end, now).await?;
        if work.unannounced.is_empty() {
            return Ok(());
        }
        self.tell(
            words::UNANNOUNCED,
            "The schedule found new mail that Microsoft had not announced, although it still has the subscription.",
        )
        .await
    }

    pub(super) async fn found_gone(
        &self,
        work: &PushWork,
        live: &Subscription,
    ) -> Result<(), StoreError> {
        let store = &self.shared.store;
        store.forget_subscription(self.lease, live.id).await?;
        if !work.unannounced.is_empty() {
            self.tell(
                words::UNANNOUNCED,
                "The schedule found new mail that Microsoft had not announced.",
            )
            .await?;
        }
        self.tell(
            words::GONE,
            "Microsoft does not have the subscription any more; a new one is created.",
        )
        .await
    }

    async fn could_not_look(
        &self,
        work: &PushWork,
        live: &Subscription,
        failed: &Failed,
    ) -> Result<(), StoreError> {
        self.log(
            "Microsoft could not be asked for a subscription",
            &failed.trouble(),
        );
        let refusal = failed.refusal().unmended();
        let then = refusal::consequence(Call::Read, refusal, as_person(work));
        let (store, now) = (&self.shared.store, self.now());
        if let Again::After(wait) = then.again {
            let not_before = now.plus(wait);
            return store.look_later(self.lease, live.id, not_before).await;
        }
        store.looked_at(self.lease, live.id, None, now).await
    }

    /// Creates one in the place of a silent one. That it was tried is written first: whatever comes
    /// of it, it is not done again for a day.
    pub(super) async fn replace(&self, work: &PushWork) -> Result<(), StoreError> {
        let now = self.now();
        self.shared.store.note_replacing(self.lease, now).await?;
        self.tell(
            words::REPLACED,
            "Microsoft announces no mail although it has the subscription; it is replaced.",
        )
        .await?;
        self.create(work, false).await.map(drop)
    }

    /// Everything is due.
    pub(super) async fn catch_up(&self) -> Result<(), StoreError> {
        let now = self.now();
        self.shared.store.catch_up(self.lease, now).await?;
        self.tell(
            words::MISSED,
            "Microsoft could not deliver some notifications; everything is looked through.",
        )
        .await
    }
}
