//! Clears away a twin: Graph allows one subscription for each app, resource and kind of change, and
//! answers 409 to the second (facts.md 1.5).
//!
//! Only what is ours is deleted. Two installations may share an app (a trial beside the real one),
//! and if each deleted the other's they would do so for ever (P16).

use maildesk_graph::{GraphError, RemoteSubscription, Session};
use maildesk_model::mailbox::Connection;
use maildesk_store::StoreError;
use maildesk_store::contract::PushWork;

use super::failure::Failed;
use super::round::Round;
use crate::former;
use crate::urls::notification_url;
use crate::words;

/// What became of a twin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Twin {
    /// It is gone; there is room.
    Cleared,
    /// It belongs to somebody else.
    Foreign,
}

type Outcome<T> = Result<Result<T, Failed>, StoreError>;

impl Round<'_> {
    /// Deletes the twin Graph named, or looks for it where it named none.
    pub(super) async fn clear_twin(
        &self,
        work: &PushWork,
        session: &Session,
        existing: Option<&str>,
    ) -> Outcome<Twin> {
        let Some(id) = existing else {
            return self.clear_listed(work, session).await;
        };
        if is_known(work, id) {
            return self.delete_twin(work, session, id).await;
        }
        let bases = former::base_urls(&*self.shared.store).await?;
        match session.subscription(id).await {
            Ok(reply) if is_ours(&bases, &reply.value) => self.delete_twin(work, session, id).await,
            Ok(_) => Ok(Ok(Twin::Foreign)),
            // It has ended meanwhile.
            Err(GraphError::NotFound { .. }) => Ok(Ok(Twin::Cleared)),
            Err(error) => Ok(Err(Failed::Graph(error))),
        }
    }

    /// Finds it in the list. Lists are scarce, and as the organisation one holds the subscriptions
    /// of every mailbox, with no word which is whose.
    async fn clear_listed(&self, work: &PushWork, session: &Session) -> Outcome<Twin> {
        if work.connection != Connection::GraphDelegated {
            return Ok(Ok(Twin::Foreign));
        }
        let listed = match self.listed(session.clone()).await? {
            Ok(listed) => listed,
            Err(failed) => return Ok(Err(failed)),
        };
        let bases = former::base_urls(&*self.shared.store).await?;
        let mut found = Twin::Foreign;
        for one in &listed {
            if is_known(work, &one.id) || is_ours(&bases, one) {
                match self.delete_twin(work, session, &one.id).await? {
                    Ok(cleared) => found = cleared,
                    Err(failed) => return Ok(Err(failed)),
                }
            }
        }
        Ok(Ok(found))
    }

    /// Deletes it at Microsoft, then our row of it: the other way round a crash would leave a
    /// subscription that nobody knows.
    async fn delete_twin(&self, work: &PushWork, session: &Session, id: &str) -> Outcome<Twin> {
        match session.delete_subscription(id).await {
            Ok(_) | Err(GraphError::NotFound { .. }) => {}
            Err(error) => return Ok(Err(Failed::Graph(error))),
        }
        let row = work
            .subscriptions
            .iter()
            .find(|row| row.remote_id.as_deref() == Some(id));
        if let Some(row) = row {
            let store = &self.shared.store;
            store.forget_subscription(self.lease, row.id).await?;
            self.tell(
                words::REMOVED,
                "Microsoft allows no second subscription beside the former one, which was therefore deleted first.",
            )
            .await?;
        }
        Ok(Ok(Twin::Cleared))
    }
}

fn is_known(work: &PushWork, id: &str) -> bool {
    work.subscriptions
        .iter()
        .any(|row| row.remote_id.as_deref() == Some(id))
}

/// Whether it notifies this installation, at its address of now or a former one: then it is the fruit
/// of a call whose answer was lost.
fn is_ours(base_urls: &[String], remote: &RemoteSubscription) -> bool {
    let mut urls = base_urls.iter().map(|base| notification_url(base));
    urls.any(|url| url == remote.notification_url)
}
