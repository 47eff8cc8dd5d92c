//! Deletes at Microsoft what is not wanted any more (P14, P16).

use std::time::Duration;

use maildesk_graph::GraphError;
use maildesk_model::subscription::Subscription;
use maildesk_store::StoreError;
use maildesk_store::contract::PushWork;

use super::failure::Failed;
use super::round::{Round, as_person};
use crate::plan::refusal::{self, Call, Refusal};
use crate::readiness::Failure;
use crate::words;

/// What became of a deletion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Deleted {
    /// It is gone.
    Gone,
    /// Not now; the next try may well succeed, after what Microsoft asks to wait.
    Later(Duration),
    /// Microsoft will not, as things are. It is tried a few times more and then left to its end.
    Refused,
}

impl Round<'_> {
    /// Tries once in this round.
    pub(super) async fn delete(
        &mut self,
        work: &PushWork,
        row: &Subscription,
    ) -> Result<Deleted, StoreError> {
        self.done.deleted.push(row.id);
        let store = &self.shared.store;
        let Some(remote_id) = &row.remote_id else {
            store.forget_subscription(self.lease, row.id).await?;
            return Ok(Deleted::Gone);
        };
        let failed = match self.session().await? {
            Err(failed) => failed,
            Ok(session) => {
                let asked = self.ask(session, |session| async move {
                    session.delete_subscription(remote_id).await
                });
                match asked.await? {
                    Ok(_) | Err(Failed::Graph(GraphError::NotFound { .. })) => {
                        store.forget_subscription(self.lease, row.id).await?;
                        self.tell(words::REMOVED, "A subscription was deleted at Microsoft.")
                            .await?;
                        return Ok(Deleted::Gone);
                    }
                    Err(failed) => failed,
                }
            }
        };
        if failed.kind() == Failure::Token && self.work().await?.disconnected {
            // Nobody is going to sign in for this, and tokens are not kept in vain.
            store.forget_subscription(self.lease, row.id).await?;
            self.tell(words::GIVEN_UP, words::ENDS_BY_ITSELF).await?;
            return Ok(Deleted::Gone);
        }
        let refusal = failed.refusal().unmended();
        let then = refusal::consequence(Call::Delete, refusal, as_person(work));
        let failures = then.again.failures_after(row.failures);
        store
            .subscription_failed(self.lease, row.id, failures)
            .await?;
        let trouble = failed.trouble();
        self.log("a subscription could not be deleted", &trouble);
        if words::is_news(row.failures + 1) {
            let detail = format!("{}: {}", trouble.code, trouble.message);
            self.tell(words::REMOVAL_FAILED, &detail).await?;
        }
        Ok(match refusal {
            Refusal::Later(asked) => Deleted::Later(asked),
            _ => Deleted::Refused,
        })
    }
}
