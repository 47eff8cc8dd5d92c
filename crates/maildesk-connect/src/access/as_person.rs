//! A person's tokens: kept in the store, refreshed by one node at a time, rotated in one
//! transaction before the new token is used (C3).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maildesk_graph::{Login, LoginError, Tokens};
use maildesk_model::{MailboxId, Secret, Timestamp};
use maildesk_store::StoreError;
use maildesk_store::contract::{ConnectionRow, KeptTokens};

use super::as_organisation::MARGIN;
use super::{Freshness, SCOPES_AS_A_PERSON, waits_for_sign_in};
use crate::Connect;
use crate::client::Client;
use crate::error::{self, ConnectError};

/// How long a node may take over a refresh before another one may try. A node that died in the
/// middle delays its mailbox this long and no longer; if it lives and is merely slow, the version
/// of the row keeps its late answer from overwriting the newer one.
const CLAIM: Duration = Duration::from_secs(45);
/// How often to look whether another node's refresh has ended.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// As many looks as cover a claim.
const LOOKS_MAX: u32 = 200;

/// The refreshes that run in this process: one lock for each mailbox.
#[derive(Debug, Default)]
pub(crate) struct Refreshing(Mutex<HashMap<MailboxId, Arc<tokio::sync::Mutex<()>>>>);

impl Refreshing {
    fn of(&self, mailbox: MailboxId) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self
            .0
            .lock()
            .expect("nothing panics while it holds this lock");
        Arc::clone(locks.entry(mailbox).or_default())
    }
}

impl Connect {
    pub(super) async fn token_of_person(
        &self,
        client: &Client,
        row: ConnectionRow,
        freshness: Freshness<'_>,
    ) -> Result<Secret, ConnectError> {
        if let Some(token) = self.good(&row, freshness, row.version)? {
            return Ok(token);
        }
        let lock = self.shared.refreshing.of(row.mailbox);
        let _one_at_a_time = lock.lock().await;
        for _ in 0..LOOKS_MAX {
            let current = self.row(row.mailbox).await?;
            if let Some(token) = self.good(&current, freshness, row.version)? {
                return Ok(token);
            }
            self.check_app(client)?;
            let now = self.shared.clock.now();
            let claimed = self
                .shared
                .store
                .claim_refresh(
                    row.mailbox,
                    &self.shared.settings.node,
                    now,
                    now.plus(CLAIM),
                )
                .await?;
            if claimed {
                return self
                    .refresh_claimed(client, row.mailbox, freshness, row.version)
                    .await;
            }
            self.shared.clock.sleep(LOOK_EVERY).await;
        }
        Err(ConnectError::Later {
            retry_after: None,
            trouble: error::trouble(
                "refresh_under_way",
                "Another node is still refreshing this mailbox's sign-in.",
                "Nothing to do: MailDesk tries again by itself.",
            ),
        })
    }

    /// The stored token, if it will do. `seen` is the row's version when the token was wanted: a
    /// newer row holds a token that is new enough for everybody who asked before.
    fn good(
        &self,
        row: &ConnectionRow,
        freshness: Freshness<'_>,
        seen: i64,
    ) -> Result<Option<Secret>, ConnectError> {
        let Some(tokens) = &row.tokens else {
            return Err(ConnectError::NotSignedIn);
        };
        if waits_for_sign_in(row) {
            return Err(ConnectError::SignInAgain(error::trouble(
                "sign_in_again",
                "Microsoft wants somebody to sign in to this mailbox again.",
                "Reconnect the mailbox: its owner has to sign in to Microsoft once more.",
            )));
        }
        let now = self.shared.clock.now();
        let good = match freshness {
            Freshness::Usable => tokens.access_until > now.plus(MARGIN) || row.version > seen,
            Freshness::NotThis(rejected) => !rejected.matches(tokens.access.expose()),
            Freshness::New => row.version > seen,
        };
        Ok((good && tokens.access_until > now).then(|| tokens.access.clone()))
    }

    /// Refreshes, with the claim in hand, and gives the claim back whatever happens.
    async fn refresh_claimed(
        &self,
        client: &Client,
        mailbox: MailboxId,
        freshness: Freshness<'_>,
        seen: i64,
    ) -> Result<Secret, ConnectError> {
        let store = &self.shared.store;
        match self
            .refresh_under_claim(client, mailbox, freshness, seen)
            .await
        {
            // Storing the tokens gave the claim back in the same transaction.
            Ok(Refreshed::Now(token)) => Ok(token),
            Ok(Refreshed::Before(token)) => {
                let node = &self.shared.settings.node;
                store.release_refresh(mailbox, node).await?;
                Ok(token)
            }
            Err(error) => {
                let node = &self.shared.settings.node;
                if let Err(lost) = store.release_refresh(mailbox, node).await {
                    tracing::debug!(error = %lost, "a refresh claim could not be given back and will expire");
                }
                Err(error)
            }
        }
    }

    async fn refresh_under_claim(
        &self,
        client: &Client,
        mailbox: MailboxId,
        freshness: Freshness<'_>,
        seen: i64,
    ) -> Result<Refreshed, ConnectError> {
        // Once more: whoever held the claim before may have stored new tokens between our look
        // and our claim.
        let row = self.row(mailbox).await?;
        if let Some(token) = self.good(&row, freshness, seen)? {
            return Ok(Refreshed::Before(token));
        }
        let old = row.tokens.clone().ok_or(ConnectError::NotSignedIn)?;
        let tokens = match refresh(client.login()?, &old.refresh).await {
            Ok(tokens) => tokens,
            Err(error) => return self.refused(client, &row, &error).await,
        };
        self.note_acceptance(client).await?;
        let kept = kept(tokens, Some(old), self.shared.clock.now());
        let kept = kept.ok_or(ConnectError::NotSignedIn)?;
        let stored = self
            .shared
            .store
            .store_tokens(mailbox, row.version, &kept, self.shared.clock.now())
            .await;
        match stored {
            Ok(()) => Ok(Refreshed::Now(kept.access)),
            Err(StoreError::Conflict(_)) => self.newer(mailbox).await,
            Err(error) => Err(error.into()),
        }
    }

    /// The tokens of somebody who has signed in meanwhile.
    async fn newer(&self, mailbox: MailboxId) -> Result<Refreshed, ConnectError> {
        let row = self.row(mailbox).await?;
        let tokens = row.tokens.ok_or(ConnectError::NotSignedIn)?;
        Ok(Refreshed::Before(tokens.access))
    }

    /// Writes down what a refused refresh of the tokens of `row` means, and says it; unless newer
    /// ones are there.
    async fn refused(
        &self,
        client: &Client,
        row: &ConnectionRow,
        error: &LoginError,
    ) -> Result<Refreshed, ConnectError> {
        self.note_refusal(client, error).await?;
        let meaning = error::of_login(error);
        if let ConnectError::SignInAgain(trouble) = &meaning {
            let written = self.write_sign_in_needed(row, trouble, error.claims());
            if !written.await? {
                return self.newer(row.mailbox).await;
            }
            tracing::warn!(mailbox.id = %row.mailbox, error = %error, "a mailbox waits for a sign-in");
        }
        Err(meaning)
    }
}

/// A token that will do, by whose doing.
enum Refreshed {
    /// Ours, just stored.
    Now(Secret),
    /// Somebody else's, stored before.
    Before(Secret),
}

/// Refreshes; a refusal that strikes good tokens now and then is asked about once more.
async fn refresh(login: &Login, token: &Secret) -> Result<Tokens, LoginError> {
    match login.refresh(token, &SCOPES_AS_A_PERSON).await {
        Err(error) if error.may_be_sporadic() => login.refresh(token, &SCOPES_AS_A_PERSON).await,
        other => other,
    }
}

/// Tokens as they are kept. What the answer leaves out stays as it was; `None` if there is no
/// refresh token at all, neither new nor old.
pub(crate) fn kept(tokens: Tokens, old: Option<KeptTokens>, now: Timestamp) -> Option<KeptTokens> {
    let (old_refresh, old_scope) = old.map(|old| (old.refresh, old.scope)).unzip();
    Some(KeptTokens {
        refresh: tokens.refresh.or(old_refresh)?,
        access: tokens.access,
        access_until: now.plus(tokens.expires_in),
        scope: tokens
            .scope
            .map(|scope| scope.to_string())
            .or(old_scope)
            .unwrap_or_default(),
    })
}
