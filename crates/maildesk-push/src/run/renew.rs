//! Prolongs a subscription (P12): one PATCH with a fresh token, its time written down before it is
//! sent.

use maildesk_graph::{GraphError, Session};
use maildesk_model::subscription::Subscription;
use maildesk_store::StoreError;
use maildesk_store::contract::{PushNote, PushWork};

use super::create::granted_minutes;
use super::failure::Failed;
use super::round::{Round, as_person};
use crate::plan::life;
use crate::plan::refusal::{self, Call};
use crate::words;

impl Round<'_> {
    /// Renews once, whatever comes of it; the next try is the plan's to time.
    pub(super) async fn renew(
        &self,
        work: &PushWork,
        live: &Subscription,
    ) -> Result<(), StoreError> {
        let Some(remote_id) = &live.remote_id else {
            return self
                .shared
                .store
                .forget_subscription(self.lease, live.id)
                .await;
        };
        let store = &self.shared.store;
        let began = self.now();
        store.note_patch(self.lease, live.id, began).await?;
        let session = match self.fresh_session().await? {
            Ok(session) => session,
            Err(failed) => return self.renewal_failed(work, live, &failed).await,
        };
        let minutes = self.life().await?;
        let asked = self.now().plus(life::span(minutes));
        match session.renew_subscription(remote_id, asked).await {
            Ok(reply) => {
                let end = reply.value.expires_at.unwrap_or(asked);
                let granted = granted_minutes(end, self.now());
                store
                    .renewed(self.lease, live.id, end, granted, began)
                    .await?;
                self.renewed().await
            }
            Err(GraphError::NotFound { .. }) => self.found_gone(work, live).await,
            Err(error) => {
                if let GraphError::TooLong { max_minutes, .. } = error {
                    self.shorten_life(minutes, max_minutes).await?;
                }
                let failed = match error {
                    GraphError::TokenRejected { .. } => {
                        match self.token_rejected(&session, remote_id, error).await? {
                            Failed::Graph(GraphError::NotFound { .. }) => {
                                return self.found_gone(work, live).await;
                            }
                            failed => failed,
                        }
                    }
                    error => self.failed(&session, error).await?,
                };
                self.renewal_failed(work, live, &failed).await
            }
        }
    }

    /// The token of a renewal was issued for it and is not accepted. Another renewal must not follow
    /// within ten minutes (P12), so whether any token is accepted is found out by reading.
    async fn token_rejected(
        &self,
        session: &Session,
        remote_id: &str,
        error: GraphError,
    ) -> Result<Failed, StoreError> {
        let another = match self.another_session(session).await? {
            Ok(another) => another,
            Err(failed) => return Ok(failed),
        };
        match another.subscription(remote_id).await {
            Err(again @ GraphError::TokenRejected { .. }) => {
                self.rejected_again(&another, again).await
            }
            Err(gone @ GraphError::NotFound { .. }) => Ok(Failed::Graph(gone)),
            Ok(_) | Err(_) => Ok(Failed::Graph(error)),
        }
    }

    async fn renewed(&self) -> Result<(), StoreError> {
        self.note(PushNote {
            failures: Some(0),
            trouble: Some(None),
            event: Some(self.event(words::RENEWED, "The subscription was renewed.")),
            ..PushNote::default()
        })
        .await
    }

    async fn renewal_failed(
        &self,
        work: &PushWork,
        live: &Subscription,
        failed: &Failed,
    ) -> Result<(), StoreError> {
        let store = &self.shared.store;
        let then = refusal::consequence(Call::Renew, failed.refusal(), as_person(work));
        let failures = then.again.failures_after(live.failures);
        store
            .subscription_failed(self.lease, live.id, failures)
            .await?;
        let trouble = failed.trouble();
        self.log("a subscription could not be renewed", &trouble);
        let is_news = words::is_news(live.failures + 1);
        let detail = format!("{}: {}", trouble.code, trouble.message);
        self.note(PushNote {
            state: then.shown.state(),
            trouble: Some(Some(trouble)),
            event: is_news.then(|| self.event(words::RENEWAL_FAILED, &detail)),
            ..PushNote::default()
        })
        .await
    }
}
