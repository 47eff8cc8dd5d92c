//! Tokens, sign-ins under way, and small things remembered.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, NodeId, UserId};
use maildesk_model::journal::JournalKind;
use maildesk_model::mailbox::{Connection, MailboxState, Trouble};

use super::{disconnect, orphans, turn, watch};
use crate::SqlStore;
use crate::contract::{
    Bell, ConnectionRow, ConnectionStore, KeptTokens, Result, SignIn, StoreError,
};
use crate::db::{Note, Row, Value, Write, args};
use crate::mail::people;
use crate::seal::{Place, Sealer};

const REFRESH: &str = "connection.refresh_token";
const ACCESS: &str = "connection.access_token";
const VERIFIER: &str = "sign_in.verifier";

/// Tokens of a removed mailbox are still wanted while a subscription of it is to be deleted, or to be
/// looked for.
const READ: &str = "SELECT c.*, b.address, b.connection, b.state, b.disconnected_at,
      (SELECT version FROM microsoft_app WHERE id = 1) AS app_version FROM connection c
    JOIN mailbox b ON b.id = c.mailbox_id
    WHERE c.mailbox_id = $1 AND (b.removed_at IS NULL
      OR EXISTS (SELECT 1 FROM subscription s WHERE s.mailbox_id = b.id)
      OR EXISTS (SELECT 1 FROM memo WHERE key = $2))";

fn tokens(sealer: &Sealer, row: &Row, mailbox: &str) -> Result<Option<KeptTokens>> {
    let sealed = (
        row.opt_bytes("refresh_token")?,
        row.opt_bytes("access_token")?,
        row.opt_time("access_until")?,
        row.opt_text("scope")?,
    );
    let (Some(refresh), Some(access), Some(access_until), Some(scope)) = sealed else {
        return Ok(None);
    };
    let open = |column, sealed: &[u8]| {
        let place = Place {
            column,
            row: mailbox,
        };
        sealer.open(place, sealed)
    };
    Ok(Some(KeptTokens {
        refresh: open(REFRESH, &refresh)?,
        access: open(ACCESS, &access)?,
        access_until,
        scope,
    }))
}

impl SqlStore {
    /// The columns of tokens, sealed: refresh, access, its end, scope.
    fn sealed_tokens(&self, mailbox: MailboxId, tokens: &KeptTokens) -> Vec<Value> {
        let row = mailbox.0.to_string();
        let seal = |column, secret| {
            let place = Place { column, row: &row };
            self.sealer.seal(place, secret)
        };
        args![
            seal(REFRESH, &tokens.refresh),
            seal(ACCESS, &tokens.access),
            tokens.access_until,
            &tokens.scope
        ]
    }
}

#[async_trait]
impl ConnectionStore for SqlStore {
    async fn connection(&self, mailbox: MailboxId) -> Result<Option<ConnectionRow>> {
        let values = args![mailbox, orphans::key(mailbox)];
        let Some(row) = self.db.one(READ, values).await? else {
            return Ok(None);
        };
        Ok(Some(ConnectionRow {
            mailbox,
            kind: row.named("connection", Connection::from_name)?,
            address: row.text("address")?,
            state: row.named("state", MailboxState::from_name)?,
            disconnected: row.opt_int("disconnected_at")?.is_some(),
            tokens: tokens(&self.sealer, &row, &mailbox.0.to_string())?,
            graph_user: row.opt_text("graph_user")?,
            version: row.int("version")?,
            app_version: row.int("app_version")?,
        }))
    }

    async fn claim_refresh(
        &self,
        mailbox: MailboxId,
        node: &NodeId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool> {
        let mut tx = self.db.write(Write::Swift).await?;
        let claimed = tx
            .run(
                "UPDATE connection SET refresh_owner = $2, refresh_until = $4
                 WHERE mailbox_id = $1
                   AND (refresh_owner IS NULL OR refresh_owner = $2 OR refresh_until <= $3)",
                args![mailbox, node, now, until],
            )
            .await?;
        tx.commit().await?;
        Ok(claimed > 0)
    }

    async fn store_tokens(
        &self,
        mailbox: MailboxId,
        version: i64,
        tokens: &KeptTokens,
        _at: Timestamp,
    ) -> Result<()> {
        let mut tx = self.db.write(Write::Durable).await?;
        let mut values = args![mailbox, version];
        values.extend(self.sealed_tokens(mailbox, tokens));
        let stored = tx
            .run(
                "UPDATE connection SET refresh_token = $3, access_token = $4, access_until = $5,
                   scope = $6, version = version + 1, refresh_owner = NULL, refresh_until = 0
                 WHERE mailbox_id = $1 AND version = $2",
                values,
            )
            .await?;
        if stored == 0 {
            return Err(StoreError::Conflict("newer tokens were stored meanwhile"));
        }
        tx.commit().await
    }

    async fn release_refresh(&self, mailbox: MailboxId, node: &NodeId) -> Result<()> {
        let mut tx = self.db.write(Write::Swift).await?;
        tx.run(
            "UPDATE connection SET refresh_owner = NULL, refresh_until = 0
             WHERE mailbox_id = $1 AND refresh_owner = $2",
            args![mailbox, node],
        )
        .await?;
        tx.commit().await
    }

    async fn begin_sign_in(
        &self,
        state_hash: &[u8; 32],
        sign_in: &SignIn,
        until: Timestamp,
    ) -> Result<()> {
        let place = Place {
            column: VERIFIER,
            row: &named_by(state_hash),
        };
        let verifier = self.sealer.seal(place, &sign_in.verifier);
        let mut tx = self.db.write(Write::Swift).await?;
        tx.run(
            "INSERT INTO sign_in
             (state_hash, mailbox_id, user_id, verifier, cookie_hash, redirect_uri, until_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            args![
                state_hash,
                sign_in.mailbox,
                sign_in.user,
                verifier,
                &sign_in.cookie_hash,
                &sign_in.redirect_uri,
                until
            ],
        )
        .await?;
        tx.commit().await
    }

    async fn take_sign_in(&self, state_hash: &[u8; 32], now: Timestamp) -> Result<Option<SignIn>> {
        let mut tx = self.db.write(Write::Durable).await?;
        let sql = "DELETE FROM sign_in WHERE state_hash = $1
                   RETURNING mailbox_id, user_id, verifier, cookie_hash, redirect_uri, until_at";
        let row = tx.one(sql, args![state_hash]).await?;
        tx.commit().await?;
        let Some(row) = row else { return Ok(None) };
        if row.time("until_at")? <= now {
            return Ok(None);
        }
        let place = Place {
            column: VERIFIER,
            row: &named_by(state_hash),
        };
        let cookie_hash = row.bytes("cookie_hash")?;
        Ok(Some(SignIn {
            mailbox: MailboxId(row.int("mailbox_id")?),
            user: UserId(row.int("user_id")?),
            verifier: self.sealer.open(place, &row.bytes("verifier")?)?,
            cookie_hash: cookie_hash
                .try_into()
                .map_err(|_| StoreError::Corrupt("a cookie hash is not 32 bytes".into()))?,
            redirect_uri: row.text("redirect_uri")?,
        }))
    }

    async fn complete_sign_in(
        &self,
        mailbox: MailboxId,
        graph_user: &str,
        tokens: &KeptTokens,
        at: Timestamp,
    ) -> Result<bool> {
        let mut tx = self.db.write(Write::Durable).await?;
        if !disconnect::go_on(&mut tx, mailbox, at).await? {
            return Ok(false);
        }
        let mut values = args![mailbox, graph_user];
        values.extend(self.sealed_tokens(mailbox, tokens));
        let stored = tx
            .run(
                "UPDATE connection SET graph_user = $2, refresh_token = $3, access_token = $4,
                   access_until = $5, scope = $6, version = version + 1, refresh_owner = NULL,
                   refresh_until = 0
                 WHERE mailbox_id = $1 AND (graph_user IS NULL OR graph_user = $2)",
                values,
            )
            .await?;
        if stored == 0 {
            return Ok(false);
        }
        disconnect::catch_up(&mut tx, mailbox, at).await?;
        watch::signed_in(&mut tx, mailbox, at).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn need_sign_in(
        &self,
        mailbox: MailboxId,
        version: i64,
        trouble: &Trouble,
        at: Timestamp,
    ) -> Result<()> {
        let mut tx = self.db.write(Write::Swift).await?;
        // A sign-in holds the mailbox's row first and a refresh the connection's, so the version read
        // behind both is the last word.
        let sql = tx.engine().pick(
            "SELECT id FROM mailbox WHERE id = $1",
            "SELECT id FROM mailbox WHERE id = $1 FOR NO KEY UPDATE",
        );
        tx.one(sql, args![mailbox]).await?;
        let sql = tx.engine().pick(
            "SELECT version FROM connection WHERE mailbox_id = $1 AND version = $2",
            "SELECT version FROM connection WHERE mailbox_id = $1 AND version = $2
             FOR NO KEY UPDATE",
        );
        if tx.one(sql, args![mailbox, version]).await?.is_none() {
            return Err(StoreError::Conflict("newer tokens were stored meanwhile"));
        }
        let trouble = people::from_trouble(trouble);
        // As the organisation nobody signs in: it heals by being tried again.
        let changed = tx
            .run(
                "UPDATE mailbox SET state = $2, trouble = $3,
                   reachable = CASE WHEN connection = $4 THEN reachable ELSE 0 END
                 WHERE id = $1 AND removed_at IS NULL AND disconnected_at IS NULL
                   AND (state <> $2 OR trouble IS NULL OR trouble <> $3)",
                args![
                    mailbox,
                    MailboxState::Reconnect.name(),
                    trouble,
                    Connection::GraphApplication.name()
                ],
            )
            .await?;
        if changed > 0 {
            tx.run(
                "UPDATE push SET next_at = $2 WHERE mailbox_id = $1",
                args![mailbox, at],
            )
            .await?;
            turn::refresh(&mut tx, mailbox, None).await?;
            tx.note(Note::mailbox(JournalKind::MailboxUpdated, mailbox), at);
            tx.ring(Bell::Push);
        }
        tx.commit().await
    }

    async fn set_memo(&self, key: &str, value: &str) -> Result<()> {
        let mut tx = self.db.write(Write::Swift).await?;
        tx.run(
            "INSERT INTO memo (key, value) VALUES ($1, $2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            args![key, value],
        )
        .await?;
        tx.commit().await
    }

    async fn memo(&self, key: &str) -> Result<Option<String>> {
        let sql = "SELECT value FROM memo WHERE key = $1";
        let row = self.db.one(sql, args![key]).await?;
        row.map(|row| row.text("value")).transpose()
    }
}

/// A hash as the row key that its secret is bound to.
fn named_by(hash: &[u8; 32]) -> String {
    STANDARD.encode(hash)
}
