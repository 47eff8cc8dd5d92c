//! Deletes what notifies us and nobody here knows (P16). As the organisation one list holds the
//! subscriptions of every mailbox, so one mailbox asks for all, once a day. As a person a list holds
//! that person's alone and is asked for only where one is likely: after a 409, and when the mailbox
//! is disconnected or removed, because after that nobody can ask any more.

use std::collections::HashSet;
use std::time::Duration;

use maildesk_graph::{GraphError, RemoteSubscription, Session};
use maildesk_model::Timestamp;
use maildesk_model::mailbox::Connection;
use maildesk_store::StoreError;
use maildesk_store::contract::PushWork;

use super::failure::Failed;
use super::round::Round;
use crate::plan::orphans::Book;
use crate::plan::refusal::Refusal;
use crate::readiness::Failure;
use crate::urls::notification_url;

/// Where the book of the organisation is kept.
const MEMO: &str = "push.orphans";
/// Pages of a list that are looked at.
const PAGES_MAX: usize = 20;

impl Round<'_> {
    /// Looks for orphans, if it is time and this mailbox can list them. When to look again for this
    /// mailbox's sake.
    pub(super) async fn look_for_orphans(
        &self,
        work: &PushWork,
    ) -> Result<Option<Timestamp>, StoreError> {
        match work.connection {
            Connection::GraphApplication => self.look_for_all(work).await.map(|()| None),
            Connection::GraphDelegated => self.look_as_person(work).await,
            Connection::ImapSmtp => Ok(None),
        }
    }

    /// From now on a person's mailbox looks for them, as soon as the round comes to rest.
    pub(super) async fn begin_to_look_for_orphans(
        &self,
        work: &PushWork,
    ) -> Result<(), StoreError> {
        if work.connection != Connection::GraphDelegated || work.orphans.is_some() {
            return Ok(());
        }
        let noted = Book::default().write();
        let store = &self.shared.store;
        store.note_orphans(self.lease, Some(&noted)).await
    }

    async fn look_for_all(&self, work: &PushWork) -> Result<(), StoreError> {
        let can_list = self.shared.settings.enabled
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
        let book = match self.look_once(&book).await? {
            Ok(book) => book,
            Err((book, failed)) => book.failed(asked_to_wait(&failed), self.now()),
        };
        store.set_memo(MEMO, &book.write()).await
    }

    async fn look_as_person(&self, work: &PushWork) -> Result<Option<Timestamp>, StoreError> {
        let Some(noted) = &work.orphans else {
            return Ok(None);
        };
        let book = Book::read(noted);
        // What is known goes first, and has its own time.
        let is_going = work.disconnected || work.removed;
        if is_going && !work.subscriptions.is_empty() {
            return Ok(None);
        }
        if book.due_at > self.now() {
            return Ok(Some(book.due_at));
        }
        let book = match self.look_once(&book).await? {
            Ok(book) => Some(book).filter(Book::has_suspects),
            // Nobody is going to sign in for this, and tokens are not kept in vain.
            Err((_, failed)) if is_going && failed.kind() == Failure::Token => None,
            Err((book, failed)) => {
                let book = book.failed(asked_to_wait(&failed), self.now());
                Some(book).filter(|book| !book.is_given_up(is_going))
            }
        };
        let noted = book.as_ref().map(Book::write);
        let store = &self.shared.store;
        store.note_orphans(self.lease, noted.as_deref()).await?;
        Ok(book.map(|book| book.due_at))
    }

    /// Lists once, and deletes those that the list shows to be orphans; the book after it, and what
    /// failed.
    async fn look_once(&self, book: &Book) -> Result<Result<Book, (Book, Failed)>, StoreError> {
        let listed = match self.session().await? {
            Ok(session) => self.listed(session).await?,
            Err(failed) => Err(failed),
        };
        match listed {
            Ok(listed) => self.clear_orphans(book, &listed).await,
            Err(failed) => {
                self.log("subscriptions could not be listed", &failed.trouble());
                Ok(Err((book.clone(), failed)))
            }
        }
    }

    /// Those that cannot be deleted stay suspects.
    async fn clear_orphans(
        &self,
        book: &Book,
        listed: &[RemoteSubscription],
    ) -> Result<Result<Book, (Book, Failed)>, StoreError> {
        let ids: Vec<String> = listed.iter().map(|one| one.id.clone()).collect();
        let known = self.shared.store.known_subscriptions(&ids).await?;
        let known: HashSet<String> = known.into_iter().map(|(id, _)| id).collect();
        let ours = notification_url(&self.base_url);
        let (orphans, mut after) = book.judge(listed, &ours, &known, self.now());
        let mut last = None;
        for id in orphans {
            match self.delete_orphan(&id).await? {
                Ok(()) => tracing::info!("a subscription that nobody here knows was deleted"),
                Err(failed) => {
                    let trouble = failed.trouble();
                    self.log("an unknown subscription could not be deleted", &trouble);
                    after.stays(book, &id);
                    last = Some(failed);
                }
            }
        }
        Ok(match last {
            Some(failed) => Err((after, failed)),
            None => Ok(after),
        })
    }

    async fn delete_orphan(&self, id: &str) -> Result<Result<(), Failed>, StoreError> {
        let session = match self.session().await? {
            Ok(session) => session,
            Err(failed) => return Ok(Err(failed)),
        };
        let delete = async |session: Session| session.delete_subscription(id).await;
        Ok(match self.ask(session, delete).await? {
            Ok(_) | Err(Failed::Graph(GraphError::NotFound { .. })) => Ok(()),
            Err(failed) => Err(failed),
        })
    }

    /// All subscriptions of the app that this token may list.
    pub(super) async fn listed(
        &self,
        session: Session,
    ) -> Result<Result<Vec<RemoteSubscription>, Failed>, StoreError> {
        self.ask(session, async |session: Session| list(&session).await)
            .await
    }
}

async fn list(session: &Session) -> Result<Vec<RemoteSubscription>, GraphError> {
    let mut all = Vec::new();
    let mut next = None;
    for _ in 0..PAGES_MAX {
        let page = session.subscriptions(next.as_ref()).await?.value;
        all.extend(page.items);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    Ok(all)
}

fn asked_to_wait(failed: &Failed) -> Duration {
    match failed.refusal() {
        Refusal::Later(asked) => asked,
        _ => Duration::ZERO,
    }
}
