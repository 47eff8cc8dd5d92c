//! A store of connections in memory, with the promises of the contract and a few switches.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use maildesk_model::mailbox::{Connection, MailboxState, Trouble};
use maildesk_model::{MailboxId, NodeId, Timestamp};
use maildesk_store::StoreError;
use maildesk_store::contract::{ConnectionRow, ConnectionStore, KeptTokens, Result, SignIn};

#[derive(Default)]
pub(crate) struct Shelf {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    rows: HashMap<i64, ConnectionRow>,
    claims: HashMap<i64, (NodeId, Timestamp)>,
    sign_ins: HashMap<[u8; 32], (SignIn, Timestamp)>,
    memos: HashMap<String, String>,
    troubles: HashMap<i64, Trouble>,
    fail_storing: bool,
    stored: usize,
}

impl Shelf {
    pub(crate) fn put(&self, mailbox: MailboxId, kind: Connection, address: &str) {
        let row = ConnectionRow {
            mailbox,
            kind,
            address: address.to_owned(),
            state: MailboxState::Connecting,
            tokens: None,
            graph_user: None,
            version: 1,
        };
        self.inner.lock().unwrap().rows.insert(mailbox.0, row);
    }

    pub(crate) fn change(&self, mailbox: MailboxId, change: impl FnOnce(&mut ConnectionRow)) {
        change(self.inner.lock().unwrap().rows.get_mut(&mailbox.0).unwrap());
    }

    pub(crate) fn row(&self, mailbox: MailboxId) -> ConnectionRow {
        self.inner.lock().unwrap().rows[&mailbox.0].clone()
    }

    pub(crate) fn trouble(&self, mailbox: MailboxId) -> Option<Trouble> {
        self.inner.lock().unwrap().troubles.get(&mailbox.0).cloned()
    }

    pub(crate) fn memo_of(&self, key: &str) -> String {
        let inner = self.inner.lock().unwrap();
        inner.memos.get(key).cloned().unwrap_or_default()
    }

    /// The next attempt to store tokens fails as if the database were away.
    pub(crate) fn fail_storing_once(&self) {
        self.inner.lock().unwrap().fail_storing = true;
    }

    /// How often tokens were stored.
    pub(crate) fn stored(&self) -> usize {
        self.inner.lock().unwrap().stored
    }

    pub(crate) fn is_claimed(&self, mailbox: MailboxId) -> bool {
        self.inner.lock().unwrap().claims.contains_key(&mailbox.0)
    }

    /// Another node takes the right to refresh.
    pub(crate) fn claim_by_other(&self, mailbox: MailboxId, until: Timestamp) {
        let other = NodeId("other".to_owned());
        self.inner
            .lock()
            .unwrap()
            .claims
            .insert(mailbox.0, (other, until));
    }
}

#[async_trait]
impl ConnectionStore for Shelf {
    async fn connection(&self, mailbox: MailboxId) -> Result<Option<ConnectionRow>> {
        Ok(self.inner.lock().unwrap().rows.get(&mailbox.0).cloned())
    }

    async fn claim_refresh(
        &self,
        mailbox: MailboxId,
        node: &NodeId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool> {
        let mut inner = self.inner.lock().unwrap();
        let taken = inner
            .claims
            .get(&mailbox.0)
            .is_some_and(|(owner, until)| owner != node && *until > now);
        if !taken {
            inner.claims.insert(mailbox.0, (node.clone(), until));
        }
        Ok(!taken)
    }

    async fn store_tokens(
        &self,
        mailbox: MailboxId,
        version: i64,
        tokens: &KeptTokens,
        _at: Timestamp,
    ) -> Result<()> {
        let mut inner = self.inner.lock().unwrap();
        if std::mem::take(&mut inner.fail_storing) {
            return Err(StoreError::Unavailable("away".into()));
        }
        let row = inner.rows.get_mut(&mailbox.0).unwrap();
        if row.version != version {
            return Err(StoreError::Conflict("tokens were stored meanwhile"));
        }
        row.tokens = Some(tokens.clone());
        row.version += 1;
        inner.claims.remove(&mailbox.0);
        inner.stored += 1;
        Ok(())
    }

    async fn release_refresh(&self, mailbox: MailboxId, node: &NodeId) -> Result<()> {
        let mut inner = self.inner.lock().unwrap();
        if inner
            .claims
            .get(&mailbox.0)
            .is_some_and(|(owner, _)| owner == node)
        {
            inner.claims.remove(&mailbox.0);
        }
        Ok(())
    }

    async fn begin_sign_in(
        &self,
        state_hash: &[u8; 32],
        sign_in: &SignIn,
        until: Timestamp,
    ) -> Result<()> {
        let mut inner = self.inner.lock().unwrap();
        inner.sign_ins.insert(*state_hash, (sign_in.clone(), until));
        Ok(())
    }

    async fn take_sign_in(&self, state_hash: &[u8; 32], now: Timestamp) -> Result<Option<SignIn>> {
        let taken = self.inner.lock().unwrap().sign_ins.remove(state_hash);
        Ok(taken
            .filter(|(_, until)| *until > now)
            .map(|(sign_in, _)| sign_in))
    }

    async fn complete_sign_in(
        &self,
        mailbox: MailboxId,
        graph_user: &str,
        tokens: &KeptTokens,
        _at: Timestamp,
    ) -> Result<bool> {
        let mut inner = self.inner.lock().unwrap();
        let row = inner.rows.get_mut(&mailbox.0).unwrap();
        if row
            .graph_user
            .as_deref()
            .is_some_and(|known| known != graph_user)
        {
            return Ok(false);
        }
        row.graph_user = Some(graph_user.to_owned());
        row.tokens = Some(tokens.clone());
        row.version += 1;
        row.state = MailboxState::Importing;
        inner.troubles.remove(&mailbox.0);
        Ok(true)
    }

    async fn need_sign_in(
        &self,
        mailbox: MailboxId,
        trouble: &Trouble,
        _at: Timestamp,
    ) -> Result<()> {
        let mut inner = self.inner.lock().unwrap();
        inner.rows.get_mut(&mailbox.0).unwrap().state = MailboxState::Reconnect;
        inner.troubles.insert(mailbox.0, trouble.clone());
        Ok(())
    }

    async fn set_memo(&self, key: &str, value: &str) -> Result<()> {
        let mut inner = self.inner.lock().unwrap();
        inner.memos.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    async fn memo(&self, key: &str) -> Result<Option<String>> {
        Ok(self.inner.lock().unwrap().memos.get(key).cloned())
    }
}
