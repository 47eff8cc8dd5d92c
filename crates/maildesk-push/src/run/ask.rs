//! Asks Graph, with a token that works: a call whose token is rejected is made once more with
//! another one.

use std::future::Future;

use maildesk_connect::ConnectError;
use maildesk_graph::{GraphError, Session};
use maildesk_model::intent::Lane;
use maildesk_store::StoreError;

use super::failure::Failed;
use super::round::Round;

impl Round<'_> {
    /// A session with whatever token is at hand.
    pub(super) async fn session(&self) -> Result<Result<Session, Failed>, StoreError> {
        let connect = &self.shared.connect;
        sorted(connect.access(self.lease.mailbox, Lane::Push).await)
    }

    /// A session with a token that is issued now: a subscription delivers as long as the token of
    /// its last renewal lives (facts.md 4).
    pub(super) async fn fresh_session(&self) -> Result<Result<Session, Failed>, StoreError> {
        let connect = &self.shared.connect;
        sorted(connect.access_renewed(self.lease.mailbox, Lane::Push).await)
    }

    /// Makes a call that changes nothing when it is made twice.
    pub(super) async fn ask<T, C: Future<Output = Result<T, GraphError>>>(
        &self,
        session: Session,
        call: impl Fn(Session) -> C,
    ) -> Result<Result<T, Failed>, StoreError> {
        match call(session.clone()).await {
            Ok(value) => return Ok(Ok(value)),
            Err(GraphError::TokenRejected { .. }) => {}
            Err(error) => return self.failed(&session, error).await.map(Err),
        }
        let another = match self.another_session(&session).await? {
            Ok(another) => another,
            Err(failed) => return Ok(Err(failed)),
        };
        match call(another.clone()).await {
            Ok(value) => Ok(Ok(value)),
            Err(error @ GraphError::TokenRejected { .. }) => {
                self.rejected_again(&another, error).await.map(Err)
            }
            Err(error) => self.failed(&another, error).await.map(Err),
        }
    }

    pub(super) async fn another_session(
        &self,
        rejected: &Session,
    ) -> Result<Result<Session, Failed>, StoreError> {
        let (connect, mailbox) = (&self.shared.connect, self.lease.mailbox);
        let another = connect.access_after_rejection(mailbox, Lane::Push, rejected);
        sorted(another.await)
    }

    /// The failure that `error` is. If Graph said that somebody must sign in, that is written down.
    pub(super) async fn failed(
        &self,
        session: &Session,
        error: GraphError,
    ) -> Result<Failed, StoreError> {
        if matches!(error, GraphError::SignInAgain { .. }) {
            self.sign_in_needed(session, &error).await?;
        }
        Ok(Failed::Graph(error))
    }

    /// Graph did not accept a token that was issued because it had refused one before. A third
    /// would do no better (one for another audience, say): somebody must sign in.
    pub(super) async fn rejected_again(
        &self,
        session: &Session,
        error: GraphError,
    ) -> Result<Failed, StoreError> {
        self.sign_in_needed(session, &error).await?;
        Ok(Failed::TokenAgain(error))
    }

    async fn sign_in_needed(
        &self,
        session: &Session,
        error: &GraphError,
    ) -> Result<(), StoreError> {
        let (connect, mailbox) = (&self.shared.connect, self.lease.mailbox);
        match connect.sign_in_needed(mailbox, session, error).await {
            Err(ConnectError::Store(error)) => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// Our own store's trouble ends the round; everything else is an answer.
fn sorted(session: Result<Session, ConnectError>) -> Result<Result<Session, Failed>, StoreError> {
    match session {
        Ok(session) => Ok(Ok(session)),
        Err(ConnectError::Store(error)) => Err(error),
        Err(error) => Ok(Err(Failed::Connect(error))),
    }
}
