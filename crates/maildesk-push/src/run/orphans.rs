//! Deletes what notifies us and nobody here knows (P16). As the organisation one list holds the
//! subscriptions of every mailbox, so one mailbox asks for all, once a day.

use std::collections::HashSet;

use maildesk_graph::{GraphError, RemoteSubscription, Session};
use maildesk_model::mailbox::Connection;
use maildesk_store::StoreError;
use maildesk_store::contract::PushWork;

use super::failure::Failed;
use super::round::Round;
use crate::plan::orphans::Book;
use crate::urls::notification_url;

/// Where the book is kept.
const MEMO: &str = "push.orphans";
/// Pages of a list that are looked at.
const PAGES_MAX: usize = 20;

impl Round<'_> {
    /// Looks for orphans, if it is time and this mailbox can list them.
    pub(super) async fn look_for_orphans(&self, work: &PushWork) -> Result<(), StoreError> {
        let can_list = work.connection == Connection::GraphApplication
            && self.shared.settings.enabled
            && !work.subscriptions.is_empty()
            && !self.base_url.is_empty();
        if !can_list {
            return Ok(());
        }
        let store = &self.shared.store;
        let memo = store.memo(MEMO).await?.unwrap_or_default();
        let book = Book::read(&memo);
        let now = self.now();
        if book.due_at > now {
            return Ok(());
        }
        // Written first, so that one node and one mailbox asks.
        store.set_memo(MEMO, &book.asked(now).write()).await?;
        let Ok(session) = self.session().await? else {
            return Ok(());
        };
        let listed = match self.listed(&session).await {
            Ok(listed) => listed,
            Err(failed) => {
                self.log("subscriptions could not be listed", &failed.trouble());
                return Ok(());
            }
        };
        let ids: Vec<String> = listed.iter().map(|one| one.id.clone()).collect();
        let known = store.known_subscriptions(&ids).await?.into_iter();
        let known: HashSet<String> = known.map(|(id, _)| id).collect();
        let ours = notification_url(&self.base_url);
        let (orphans, book) = book.judge(&listed, &ours, &known, self.now());
        for id in orphans {
            match session.delete_subscription(&id).await {
                Ok(_) | Err(GraphError::NotFound { .. }) => {
                    tracing::info!("a subscription that nobody here knows was deleted");
                }
                Err(error) => {
                    self.log(
                        "an unknown subscription could not be deleted",
                        &error.trouble(),
                    );
                }
            }
        }
        store.set_memo(MEMO, &book.write()).await
    }

    /// All subscriptions of the app that this token may list.
    pub(super) async fn listed(
        &self,
        session: &Session,
    ) -> Result<Vec<RemoteSubscription>, Failed> {
        let mut all = Vec::new();
        let mut next = None;
        for _ in 0..PAGES_MAX {
            let page = session.subscriptions(next.as_ref()).await;
            let page = page.map_err(Failed::Graph)?.value;
            all.extend(page.items);
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        Ok(all)
    }
}
