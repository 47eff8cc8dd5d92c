//! Prolongs a subscription (P12): one PATCH with a fresh token, its time written down before it is
//! sent.

use maildesk_graph::GraphError;
use maildesk_model::mailbox::Trouble;
use maildesk_model::push::PushState;
use maildesk_model::subscription::Subscription;
use maildesk_store::StoreError;
use maildesk_store::contract::PushNote;

use super::create::granted_minutes;
use super::failure::Failed;
use super::round::Round;
use crate::plan::life;
use crate::words;

impl Round<'_> {
    /// Renews once, whatever comes of it; the next try is the plan's to time.
    pub(super) async fn renew(&self, live: &Subscription) -> Result<(), StoreError> {
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
            Err(failed) => return self.renewal_failed(live, &failed.trouble()).await,
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
            Err(GraphError::NotFound { .. }) => {
                store.forget_subscription(self.lease, live.id).await?;
                self.tell(
                    words::GONE,
                    "Microsoft does not know the subscription any more; a new one is created.",
                )
                .await
            }
            Err(error) => {
                if let GraphError::TooLong { max_minutes, .. } = error {
                    self.shorten_life(minutes, max_minutes).await?;
                }
                self.heed(&error).await?;
                let failed = Failed::Graph(error);
                self.renewal_failed(live, &failed.trouble()).await
            }
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
        live: &Subscription,
        trouble: &Trouble,
    ) -> Result<(), StoreError> {
        let store = &self.shared.store;
        store.subscription_failed(self.lease, live.id).await?;
        self.log("a subscription could not be renewed", trouble);
        let is_news = words::is_news(live.failures + 1);
        let detail = format!("{}: {}", trouble.code, trouble.message);
        self.note(PushNote {
            state: Some(PushState::Renewing),
            trouble: Some(Some(trouble.clone())),
            event: is_news.then(|| self.event(words::RENEWAL_FAILED, &detail)),
            ..PushNote::default()
        })
        .await
    }
}
