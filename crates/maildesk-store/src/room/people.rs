//! People: users, sessions, API tokens, system parameters, the audit log.

use std::time::Duration;

use async_trait::async_trait;
use maildesk_model::access::{Role, Viewer};
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, UserId};

use crate::SqlStore;
use crate::contract::{AuditEntry, Bell, NewUser, PeopleStore, Result, StoreError, User};
use crate::db::{Row, Write, args};

/// How often the use of an API token is noted: knowing the minute is enough.
const NOTE_USE_EVERY: Duration = Duration::from_mins(1);

fn user(row: &Row) -> Result<User> {
    Ok(User {
        id: UserId(row.int("id")?),
        email: row.text("email")?,
        name: row.text("name")?,
        role: row.named("role", Role::from_name)?,
        disabled_at: row.opt_time("disabled_at")?,
        created_at: row.time("created_at")?,
    })
}

fn viewer(row: &Row) -> Result<Viewer> {
    Ok(Viewer {
        user: UserId(row.int("id")?),
        role: row.named("role", Role::from_name)?,
    })
}

#[async_trait]
impl PeopleStore for SqlStore {
    async fn add_user(&self, user: NewUser) -> Result<UserId> {
        let mut tx = self.db.write(Write::Swift).await?;
        let row = tx
            .one(
                r#"INSERT INTO "user" (email, name, role, password_hash, created_at)
                   VALUES ($1, $2, $3, $4, $5) ON CONFLICT (email) DO NOTHING RETURNING id"#,
                args![
                    user.email.to_lowercase(),
                    user.name,
                    user.role.name(),
                    user.password_hash,
                    user.at
                ],
            )
            .await?;
        let row = row.ok_or(StoreError::Conflict(
            "a user with this address is there already",
        ))?;
        let id = UserId(row.int("id")?);
        tx.commit().await?;
        Ok(id)
    }

    async fn users(&self, limit: i64) -> Result<Vec<User>> {
        let sql = r#"SELECT * FROM "user" ORDER BY email LIMIT $1"#;
        let rows = self.db.all(sql, args![limit]).await?;
        rows.iter().map(user).collect()
    }

    async fn user(&self, id: UserId) -> Result<Option<User>> {
        let sql = r#"SELECT * FROM "user" WHERE id = $1"#;
        let row = self.db.one(sql, args![id]).await?;
        row.as_ref().map(user).transpose()
    }

    async fn user_by_email(&self, email: &str) -> Result<Option<(User, Option<String>)>> {
        let sql = r#"SELECT * FROM "user" WHERE email = $1"#;
        let row = self.db.one(sql, args![email.to_lowercase()]).await?;
        row.map(|row| Ok((user(&row)?, row.opt_text("password_hash")?)))
            .transpose()
    }

    async fn set_password(&self, id: UserId, hash: &str, _at: Timestamp) -> Result<bool> {
        let mut tx = self.db.write(Write::Swift).await?;
        let sql = r#"UPDATE "user" SET password_hash = $2 WHERE id = $1"#;
        let found = tx.run(sql, args![id, hash]).await? > 0;
        tx.run("DELETE FROM session WHERE user_id = $1", args![id])
            .await?;
        tx.commit().await?;
        Ok(found)
    }

    async fn set_disabled(&self, id: UserId, disabled: bool, at: Timestamp) -> Result<bool> {
        let mut tx = self.db.write(Write::Swift).await?;
        let sql = r#"UPDATE "user" SET disabled_at = $2 WHERE id = $1"#;
        let found = tx.run(sql, args![id, disabled.then_some(at)]).await? > 0;
        if disabled {
            tx.run("DELETE FROM session WHERE user_id = $1", args![id])
                .await?;
            tx.run("DELETE FROM api_token WHERE user_id = $1", args![id])
                .await?;
        }
        tx.commit().await?;
        Ok(found)
    }

    async fn add_api_token(
        &self,
        user: UserId,
        label: &str,
        hash: &[u8; 32],
        at: Timestamp,
    ) -> Result<()> {
        let mut tx = self.db.write(Write::Swift).await?;
        tx.run(
            "INSERT INTO api_token (hash, user_id, label, created_at) VALUES ($1, $2, $3, $4)",
            args![hash, user, label, at],
        )
        .await?;
        tx.commit().await
    }

    async fn viewer_by_api_token(&self, hash: &[u8; 32], at: Timestamp) -> Result<Option<Viewer>> {
        let row = self
            .db
            .one(
                r#"SELECT u.id, u.role, t.used_at FROM api_token t JOIN "user" u ON u.id = t.user_id
                   WHERE t.hash = $1 AND u.disabled_at IS NULL"#,
                args![hash],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let used_at = row.opt_time("used_at")?;
        if used_at.is_none_or(|used_at| at >= used_at.plus(NOTE_USE_EVERY)) {
            let mut tx = self.db.write(Write::Swift).await?;
            tx.run(
                "UPDATE api_token SET used_at = $2 WHERE hash = $1",
                args![hash, at],
            )
            .await?;
            tx.commit().await?;
        }
        viewer(&row).map(Some)
    }

    async fn add_session(
        &self,
        user: UserId,
        hash: &[u8; 32],
        csrf: &str,
        at: Timestamp,
        until: Timestamp,
    ) -> Result<()> {
        let mut tx = self.db.write(Write::Swift).await?;
        tx.run(
            "INSERT INTO session (hash, user_id, csrf, created_at, until_at)
             VALUES ($1, $2, $3, $4, $5)",
            args![hash, user, csrf, at, until],
        )
        .await?;
        tx.commit().await
    }

    async fn viewer_by_session(
        &self,
        hash: &[u8; 32],
        at: Timestamp,
    ) -> Result<Option<(Viewer, String)>> {
        let row = self
            .db
            .one(
                r#"SELECT u.id, u.role, s.csrf FROM session s JOIN "user" u ON u.id = s.user_id
                   WHERE s.hash = $1 AND s.until_at > $2 AND u.disabled_at IS NULL"#,
                args![hash, at],
            )
            .await?;
        row.map(|row| Ok((viewer(&row)?, row.text("csrf")?)))
            .transpose()
    }

    async fn end_session(&self, hash: &[u8; 32]) -> Result<()> {
        let mut tx = self.db.write(Write::Swift).await?;
        tx.run("DELETE FROM session WHERE hash = $1", args![hash])
            .await?;
        tx.commit().await
    }

    async fn parameter(&self, key: &str) -> Result<Option<String>> {
        let sql = "SELECT value FROM parameter WHERE key = $1";
        let row = self.db.one(sql, args![key]).await?;
        row.map(|row| row.text("value")).transpose()
    }

    async fn parameters(&self) -> Result<Vec<(String, String)>> {
        let sql = "SELECT key, value FROM parameter ORDER BY key";
        let rows = self.db.all(sql, args![]).await?;
        rows.iter()
            .map(|row| Ok((row.text("key")?, row.text("value")?)))
            .collect()
    }

    async fn set_parameter(&self, key: &str, value: &str, at: Timestamp) -> Result<()> {
        let mut tx = self.db.write(Write::Swift).await?;
        tx.run(
            "INSERT INTO parameter (key, value, changed_at) VALUES ($1, $2, $3)
             ON CONFLICT (key) DO UPDATE
             SET value = excluded.value, changed_at = excluded.changed_at",
            args![key, value, at],
        )
        .await?;
        tx.ring(Bell::Push);
        tx.commit().await
    }

    async fn set_first_parameter(&self, key: &str, value: &str, at: Timestamp) -> Result<()> {
        let mut tx = self.db.write(Write::Swift).await?;
        tx.run(
            "INSERT INTO parameter (key, value, changed_at) VALUES ($1, $2, $3)
             ON CONFLICT (key) DO NOTHING",
            args![key, value, at],
        )
        .await?;
        tx.ring(Bell::Push);
        tx.commit().await
    }

    async fn audit(&self, entry: AuditEntry) -> Result<()> {
        let mut tx = self.db.write(Write::Swift).await?;
        tx.run(
            "INSERT INTO audit (at, user_id, action, mailbox_id, detail)
             VALUES ($1, $2, $3, $4, $5)",
            args![
                entry.at,
                entry.user,
                entry.action,
                entry.mailbox,
                entry.detail
            ],
        )
        .await?;
        tx.commit().await
    }

    async fn audit_log(&self, before: Timestamp, limit: i64) -> Result<Vec<AuditEntry>> {
        let rows = self
            .db
            .all(
                "SELECT * FROM audit WHERE at < $1 ORDER BY at DESC, id DESC LIMIT $2",
                args![before, limit],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(AuditEntry {
                    at: row.time("at")?,
                    user: row.opt_int("user_id")?.map(UserId),
                    action: row.text("action")?,
                    mailbox: row.opt_int("mailbox_id")?.map(MailboxId),
                    detail: row.text("detail")?,
                })
            })
            .collect()
    }
}
