//! The app registration, its credentials and its alarm.

use async_trait::async_trait;
use maildesk_model::clock::Timestamp;
use maildesk_model::cloud::Cloud;
use maildesk_model::id::{MailboxId, UserId};
use maildesk_model::journal::JournalKind;
use maildesk_model::mailbox::Trouble;
use maildesk_model::microsoft::{AppCredential, CREDENTIALS_MAX, CredentialKind};

use super::turn;
use crate::SqlStore;
use crate::contract::{
    AppChange, AppNotice, AppStore, Bell, Consented, KeptApp, KeptCredential, Result, StoreError,
};
use crate::db::{Note, Row, Tx, Write, args};
use crate::mail::people;
use crate::seal::{Place, Sealer};

const VALUE: &str = "microsoft_credential.value";

fn credential(sealer: &Sealer, row: &Row) -> Result<KeptCredential> {
    let client_id = row.text("client_id")?;
    let place = Place {
        column: VALUE,
        row: &client_id,
    };
    Ok(KeptCredential {
        id: row.int("id")?,
        credential: AppCredential {
            kind: row.named("kind", CredentialKind::from_name)?,
            value: sealer.open(place, &row.bytes("value")?)?,
            expires_at: row.opt_time("expires_at")?,
        },
        added_at: row.time("added_at")?,
    })
}

#[async_trait]
impl AppStore for SqlStore {
    async fn microsoft_app(&self) -> Result<KeptApp> {
        // One statement, so that a change between two reads cannot mix two registrations.
        let sql = "SELECT a.version, a.client_id AS app_id, a.tenant, a.cloud,
                     c.id, c.client_id, c.kind, c.value, c.expires_at, c.added_at
                   FROM microsoft_app a LEFT JOIN microsoft_credential c ON 1 = 1
                   WHERE a.id = 1 ORDER BY c.id DESC";
        let rows = self.db.all(sql, args![]).await?;
        let app = rows.first().ok_or_else(missing)?;
        let credentials = rows
            .iter()
            .filter(|row| matches!(row.opt_int("id"), Ok(Some(_))))
            .map(|row| credential(&self.sealer, row));
        Ok(KeptApp {
            version: app.int("version")?,
            client_id: app.text("app_id")?,
            tenant: app.text("tenant")?,
            cloud: app.named("cloud", Cloud::from_name)?,
            credentials: credentials.collect::<Result<_>>()?,
        })
    }

    async fn set_microsoft_app(&self, change: &AppChange, at: Timestamp) -> Result<()> {
        let mut tx = self.db.write(Write::Durable).await?;
        let changed = tx
            .run(
                "UPDATE microsoft_app SET version = version + 1, client_id = $2, tenant = $3,
                   cloud = $4 WHERE id = 1 AND version = $1",
                args![
                    change.seen,
                    &change.client_id,
                    &change.tenant,
                    change.cloud.name()
                ],
            )
            .await?;
        if changed == 0 {
            return Err(StoreError::Conflict(
                "somebody else has changed the Microsoft app meanwhile",
            ));
        }
        let sql = "DELETE FROM microsoft_credential WHERE client_id <> $1";
        tx.run(sql, args![&change.client_id]).await?;
        if let Some(add) = &change.add {
            self.add_credential(&mut tx, &change.client_id, add, at)
                .await?;
        }
        try_again(&mut tx, at).await?;
        tx.commit().await
    }

    async fn remove_app_credential(&self, id: i64, at: Timestamp) -> Result<bool> {
        let mut tx = self.db.write(Write::Durable).await?;
        // First, since it is the lock: of two who each remove one, the second sees one left.
        let sql = "UPDATE microsoft_app SET version = version + 1 WHERE id = 1";
        tx.run(sql, args![]).await?;
        let sql = "DELETE FROM microsoft_credential WHERE id = $1";
        if tx.run(sql, args![id]).await? == 0 {
            return Ok(false);
        }
        let sql = "SELECT COUNT(*) AS n FROM microsoft_credential";
        let left = tx.one(sql, args![]).await?.ok_or_else(missing)?.int("n")?;
        if left == 0 {
            return Err(StoreError::Conflict("this is the only credential"));
        }
        try_again(&mut tx, at).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn set_app_alarm(&self, alarm: Option<&Trouble>) -> Result<()> {
        let mut tx = self.db.write(Write::Swift).await?;
        let sql = "UPDATE microsoft_app SET alarm = $1 WHERE id = 1";
        tx.run(sql, args![alarm.map(people::from_trouble)]).await?;
        tx.commit().await
    }

    async fn app_notice(&self) -> Result<AppNotice> {
        let sql = "SELECT a.alarm,
                     CASE WHEN EXISTS (SELECT 1 FROM microsoft_credential c
                       WHERE c.expires_at IS NULL) THEN NULL
                     ELSE (SELECT MAX(c.expires_at) FROM microsoft_credential c) END AS expires_at
                   FROM microsoft_app a WHERE a.id = 1";
        let row = self.db.one(sql, args![]).await?.ok_or_else(missing)?;
        Ok(AppNotice {
            alarm: people::to_opt_trouble(row.opt_text("alarm")?)?,
            expires_at: row.opt_time("expires_at")?,
        })
    }

    async fn begin_consent(
        &self,
        state_hash: &[u8; 32],
        user: UserId,
        until: Timestamp,
    ) -> Result<()> {
        let mut tx = self.db.write(Write::Swift).await?;
        tx.run(
            "INSERT INTO consent_request (state_hash, user_id, until_at) VALUES ($1, $2, $3)",
            args![state_hash, user, until],
        )
        .await?;
        tx.commit().await
    }

    async fn end_consent(
        &self,
        state_hash: &[u8; 32],
        tenant: Option<&str>,
        at: Timestamp,
    ) -> Result<bool> {
        let mut tx = self.db.write(Write::Durable).await?;
        let sql = "DELETE FROM consent_request WHERE state_hash = $1 RETURNING until_at";
        let row = tx.one(sql, args![state_hash]).await?;
        let row = row.map(|row| row.time("until_at")).transpose()?;
        let counts = row.is_some_and(|until| until > at);
        if let (true, Some(tenant)) = (counts, tenant) {
            let sql = "UPDATE microsoft_app SET consented_at = $1, consented_tenant = $2
                       WHERE id = 1";
            tx.run(sql, args![at, tenant]).await?;
            try_again(&mut tx, at).await?;
        }
        tx.commit().await?;
        Ok(counts)
    }

    async fn consented(&self) -> Result<Option<Consented>> {
        let sql = "SELECT consented_at, consented_tenant FROM microsoft_app WHERE id = 1";
        let row = self.db.one(sql, args![]).await?.ok_or_else(missing)?;
        let tenant = row.opt_text("consented_tenant")?.unwrap_or_default();
        let at = row.opt_time("consented_at")?;
        Ok(at.map(|at| Consented { at, tenant }))
    }
}

impl SqlStore {
    async fn add_credential(
        &self,
        tx: &mut Tx,
        client_id: &str,
        add: &AppCredential,
        at: Timestamp,
    ) -> Result<()> {
        let sql = "SELECT COUNT(*) AS n FROM microsoft_credential";
        let kept = tx.one(sql, args![]).await?.ok_or_else(missing)?.int("n")?;
        if usize::try_from(kept).is_ok_and(|kept| kept >= CREDENTIALS_MAX) {
            return Err(StoreError::Conflict("there are two credentials already"));
        }
        let place = Place {
            column: VALUE,
            row: client_id,
        };
        tx.run(
            "INSERT INTO microsoft_credential (client_id, kind, value, expires_at, added_at)
             VALUES ($1, $2, $3, $4, $5)",
            args![
                client_id,
                add.kind.name(),
                self.sealer.seal(place, &add.value),
                add.expires_at,
                at
            ],
        )
        .await
        .map(drop)
    }
}

/// What an app that did not work has held up is due now: mailboxes in trouble, and push.
async fn try_again(tx: &mut Tx, at: Timestamp) -> Result<()> {
    let waiting = tx
        .all(
            "SELECT id FROM mailbox
             WHERE removed_at IS NULL AND reachable = 1 AND trouble IS NOT NULL",
            args![],
        )
        .await?;
    for row in &waiting {
        let mailbox = MailboxId(row.int("id")?);
        tx.run(
            "UPDATE mailbox SET not_before = 0, failures = 0, next_sweep_at = $2 WHERE id = $1",
            args![mailbox, at],
        )
        .await?;
        turn::refresh(tx, mailbox, Some(at)).await?;
        tx.note(Note::mailbox(JournalKind::MailboxUpdated, mailbox), at);
    }
    let sql = "UPDATE push SET next_at = $1, failures = 0 WHERE wanted = 1 AND state <> 'active'";
    tx.run(sql, args![at]).await?;
    tx.ring(Bell::Work);
    tx.ring(Bell::Push);
    Ok(())
}

fn missing() -> StoreError {
    StoreError::Corrupt("the row of the Microsoft app is missing".to_owned())
}
