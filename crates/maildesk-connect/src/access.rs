//! From a mailbox to a session that works now.

mod allow_list;
mod as_organisation;
mod as_person;

use std::sync::Arc;

use maildesk_graph::{GraphError, Session, Who};
use maildesk_model::intent::Lane;
use maildesk_model::mailbox::{Connection, MailboxState, Trouble};
use maildesk_model::{MailboxId, Secret};
use maildesk_store::StoreError;
use maildesk_store::contract::ConnectionRow;

use crate::client::Client;
use crate::error::{self, ConnectError};
use crate::{Connect, sign_in};

pub use allow_list::AllowList;
pub(crate) use as_organisation::AppTokenCell;
pub(crate) use as_person::{Refreshing, kept};

/// What is asked for as a person: the permissions of two-way sync and nothing more (P15).
pub const SCOPES_AS_A_PERSON: [&str; 4] =
    ["Mail.ReadWrite", "Mail.Send", "User.Read", "offline_access"];

/// Which token will do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Freshness<'a> {
    /// Any that lives long enough.
    Usable,
    /// Any but this one, which Graph refused.
    NotThis(&'a Secret),
    /// One that is issued now.
    New,
}

impl Connect {
    /// A session for a mailbox. Take one for each piece of work (a page, an intent) and let it go:
    /// it costs one read of the store while the token is fresh.
    pub async fn access(&self, mailbox: MailboxId, lane: Lane) -> Result<Session, ConnectError> {
        self.session(mailbox, lane, Freshness::Usable).await
    }

    /// A session with a token that is issued now: renewals are made with one, because a
    /// subscription delivers as long as the token of its last renewal lives (facts.md 4).
    pub async fn access_renewed(
        &self,
        mailbox: MailboxId,
        lane: Lane,
    ) -> Result<Session, ConnectError> {
        self.session(mailbox, lane, Freshness::New).await
    }

    /// A session with another token than `rejected`, which Graph did not accept
    /// ([`GraphError::TokenRejected`]). Many calls may be rejected at once; one refresh serves all.
    pub async fn access_after_rejection(
        &self,
        mailbox: MailboxId,
        lane: Lane,
        rejected: &Session,
    ) -> Result<Session, ConnectError> {
        self.session(mailbox, lane, Freshness::NotThis(rejected.token()))
            .await
    }

    async fn session(
        &self,
        mailbox: MailboxId,
        lane: Lane,
        freshness: Freshness<'_>,
    ) -> Result<Session, ConnectError> {
        let (row, client) = self.reach(mailbox).await?;
        if row.disconnected && lane != Lane::Push {
            return Err(ConnectError::SignInAgain(Trouble::disconnected()));
        }
        let (who, token) = match row.kind {
            Connection::ImapSmtp => return Err(error::not_graph()),
            Connection::GraphDelegated => (
                Who::Me,
                self.token_of_person(&client, row, freshness).await?,
            ),
            Connection::GraphApplication => {
                if !self.shared.settings.allowed_addresses.allows(&row.address) {
                    return Err(error::not_allowed());
                }
                let token = self.token_of_organisation(&client, freshness).await?;
                (Who::User(row.address), token)
            }
        };
        let gate = self.shared.gates.of(mailbox, lane);
        Ok(client.graph.session(who, token, gate))
    }

    /// The connection's row.
    pub(crate) async fn row(&self, mailbox: MailboxId) -> Result<ConnectionRow, ConnectError> {
        let row = self.shared.store.connection(mailbox).await?;
        row.ok_or(ConnectError::Gone)
    }

    /// The connection's row and the clients to reach it with, of a cloud whose mail can be synced.
    pub(crate) async fn reach(
        &self,
        mailbox: MailboxId,
    ) -> Result<(ConnectionRow, Arc<Client>), ConnectError> {
        let row = self.row(mailbox).await?;
        let client = self.client(row.app_version).await?;
        if !client.cloud.has_message_delta() {
            return Err(error::no_delta());
        }
        Ok((row, client))
    }

    /// Graph wants a new sign-in for this mailbox ([`GraphError::SignInAgain`], or a rejected
    /// token even after a refresh): the mailbox is set to "reconnect" with Graph's words, and the
    /// claims are kept for the sign-in. As the organisation nobody can sign in, so nothing is
    /// written and the caller reports the error as the mailbox's trouble. Nor is anything written
    /// when another token than that of `session` is kept by now: what Graph says of the old one is
    /// no news.
    pub async fn sign_in_needed(
        &self,
        mailbox: MailboxId,
        session: &Session,
        error: &GraphError,
    ) -> Result<(), ConnectError> {
        let row = self.row(mailbox).await?;
        let kept = row.tokens.as_ref().map(|tokens| &tokens.access);
        let is_kept = kept.is_some_and(|token| session.token().matches(token.expose()));
        if row.kind != Connection::GraphDelegated || !is_kept {
            return Ok(());
        }
        let claims = match error {
            GraphError::SignInAgain { claims, .. } => claims.as_deref(),
            _ => None,
        };
        self.write_sign_in_needed(&row, &error.trouble(), claims)
            .await
            .map(drop)
    }

    /// Sets the mailbox to "reconnect" and keeps the claims for the next sign-in. False, and nothing
    /// is written, when newer tokens than those of `row` are kept by now.
    pub(crate) async fn write_sign_in_needed(
        &self,
        row: &ConnectionRow,
        trouble: &Trouble,
        claims: Option<&str>,
    ) -> Result<bool, ConnectError> {
        let store = &self.shared.store;
        let memo = sign_in::claims_memo(row.mailbox);
        store.set_memo(&memo, claims.unwrap_or_default()).await?;
        let now = self.shared.clock.now();
        let written = store.need_sign_in(row.mailbox, row.version, trouble, now);
        match written.await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict(_)) => {
                store.set_memo(&memo, "").await?;
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether the row says that its tokens are of no use. Those of a disconnected mailbox may still be
/// good: its subscriptions are deleted with them.
pub(crate) const fn waits_for_sign_in(row: &ConnectionRow) -> bool {
    matches!(row.state, MailboxState::Reconnect) && !row.disconnected
}
