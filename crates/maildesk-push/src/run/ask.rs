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
        let error = match call(session.clone()).await {
            Ok(value) => return Ok(Ok(value)),
            Err(GraphError::TokenRejected { .. }) => match self.another_session(&session).await? {
                Err(failed) => return Ok(Err(failed)),
                Ok(another) => match call(another).await {
                    Ok(value) => return Ok(Ok(value)),
                    Err(error) => error,
                },
            },
            Err(error) => error,
        };
        self.heed(&error).await?;
        Ok(Err(Failed::Graph(error)))
    }

    pub(super) async fn another_session(
        &self,
        rejected: &Session,
    ) -> Result<Result<Session, Failed>, StoreError> {
        let (connect, mailbox) = (&self.shared.connect, self.lease.mailbox);
        let another = connect.access_after_rejection(mailbox, Lane::Push, rejected);
        sorted(another.await)
    }

    /// Writes down that somebody must sign in, if that is what Graph said.
    pub(super) async fn heed(&self, error: &GraphError) -> Result<(), StoreError> {
        if !matches!(error, GraphError::SignInAgain { .. }) {
            return Ok(());
        }
        let (connect, mailbox) = (&self.shared.connect, self.lease.mailbox);
        match connect.sign_in_needed(mailbox, error).await {
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
