//! People: users, sessions, API tokens, system parameters, the audit log.

use std::time::Duration;

use async_trait::async_trait;
use maildesk_model::access::{Role, Viewer};
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, UserId};

use crate::SqlStore;
use crate::contract::{
    ApiTokenRow, Appearance, AuditEntry, AuditQuery, Bell, DarkMail, MarkRead, NewSession, NewUser,
    PeopleStore, PictureSender, Result, Session, StoreError, User, UserChange,
};
use crate::db::{Row, Sql, Tx, Write, args};

/// How often the use of an API token is noted: knowing the minute is enough.
const NOTE_USE_EVERY: Duration = Duration::from_mins(1);

/// Senders of pictures that are listed for a person.
const PICTURE_SENDERS_MAX: i64 = 1000;

fn user(row: &Row) -> Result<User> {
    Ok(User {
        id: UserId(row.int("id")?),
        email: row.text("email")?,
        name: row.text("name")?,
        role: row.named("role", Role::from_name)?,
        disabled_at: row.opt_time("disabled_at")?,
        created_at: row.time("created_at")?,
        time_zone: row.text("time_zone")?,
        shortcuts: row.truth("shortcuts")?,
        mark_read: row.named("mark_read", MarkRead::from_name)?,
        dark_mail: row.named("dark_mail", DarkMail::from_name)?,
        appearance: row.named("appearance", Appearance::from_name)?,
        sign_answers: row.truth("sign_answers")?,
        groups_messages: row.truth("groups_messages")?,
    })
}

/// Bytes that were kept as a SHA-256.
fn hash(row: &Row) -> Result<[u8; 32]> {
    let bytes = row.bytes("hash")?;
    let bytes = bytes.try_into();
    bytes.map_err(|_| StoreError::Corrupt("a hash has not 32 bytes".to_owned()))
}

/// Makes sure that somebody is left who can administer. Called in the transaction that changed a
/// person; its locks let of two changes at once only one count.
async fn keep_an_administrator(tx: &mut Tx) -> Result<()> {
    let left = tx
        .one(
            r#"SELECT id FROM "user" WHERE role = 'administrator' AND disabled_at IS NULL LIMIT 1"#,
            args![],
        )
        .await?;
    left.map(drop).ok_or(StoreError::Conflict(
        "this is the last administrator who can sign in",
    ))
}

/// Whether this person is an administrator who can sign in; from here until the transaction ends
/// nobody else can change that of anybody.
async fn administers(tx: &mut Tx, id: UserId) -> Result<bool> {
    // SQLite has one writer anyway; on PostgreSQL every change of this kind takes the same rows.
    tx.run(
        r#"UPDATE "user" SET role = role WHERE role = 'administrator'"#,
        args![],
    )
    .await?;
    let sql = r#"SELECT id FROM "user"
                 WHERE id = $1 AND role = 'administrator' AND disabled_at IS NULL"#;
    Ok(tx.one(sql, args![id]).await?.is_some())
}

fn viewer(row: &Row) -> Result<Viewer> {
    Ok(Viewer {
        user: UserId(row.int("id")?),
        role: row.named("role", Role::from_name)?,
    })
}

async fn insert(tx: &mut Tx, user: NewUser) -> Result<UserId> {
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
    Ok(UserId(row.int("id")?))
}

async fn end_sessions(tx: &mut Tx, user: UserId, keep: Option<&[u8; 32]>) -> Result<()> {
    let sql = "DELETE FROM session WHERE user_id = $1 AND hash <> $2";
    // No hash is all zeros: what would hash to it nobody knows.
    tx.run(sql, args![user, keep.unwrap_or(&[0; 32])])
        .await
        .map(drop)
}

/// Where there is no administrator yet there is no row to lock: a memo stands in for it.
async fn first_administrator_only(tx: &mut Tx) -> Result<()> {
    tx.run(
        "INSERT INTO memo (key, value) VALUES ('first.administrator', '')
         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        args![],
    )
    .await
    .map(drop)
}

/// The audit log along the index of what it is confined to. A value that says nothing is compared with
/// itself, so that every statement has the same ones.
fn audit_sql(query: &AuditQuery) -> String {
    let user = query.user.map_or("$6 = 0", |_| "user_id = $6");
    let mailbox = query.mailbox.map_or("$7 = 0", |_| "mailbox_id = $7");
    format!(
        "SELECT * FROM audit
         WHERE (at, id) < ($1, $2) AND at >= $3 AND action >= $4 AND action < $5
           AND {user} AND {mailbox}
         ORDER BY at DESC, id DESC LIMIT $8"
    )
}

#[async_trait]
impl PeopleStore for SqlStore {
    async fn has_administrator(&self) -> Result<bool> {
        let sql = r#"SELECT id FROM "user" WHERE role = 'administrator' AND disabled_at IS NULL
                     LIMIT 1"#;
        Ok(self.db.one(sql, args![]).await?.is_some())
    }

    async fn add_first_administrator(&self, user: NewUser) -> Result<Option<UserId>> {
        let mut tx = self.db.write(Write::Swift).await?;
        first_administrator_only(&mut tx).await?;
        if keep_an_administrator(&mut tx).await.is_ok() {
            return Ok(None);
        }
        let id = insert(&mut tx, user).await?;
        tx.commit().await?;
        Ok(Some(id))
    }

    async fn add_user(&self, user: NewUser) -> Result<UserId> {
        let mut tx = self.db.write(Write::Swift).await?;
        let id = insert(&mut tx, user).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn users(&self, limit: i64) -> Result<Vec<User>> {
        let sql = r#"SELECT * FROM "user" ORDER BY email LIMIT $1"#;
        let rows = self.db.all(sql, args![limit]).await?;
        rows.iter().map(user).collect()
    }

    async fn administrators(&self, limit: i64) -> Result<Vec<User>> {
        let sql = r#"SELECT * FROM "user" WHERE role = 'administrator' AND disabled_at IS NULL
                     ORDER BY email LIMIT $1"#;
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

    async fn change_user(&self, id: UserId, change: &UserChange) -> Result<bool> {
        let mut tx = self.db.write(Write::Swift).await?;
        let administered = administers(&mut tx, id).await?;
        let found = tx
            .run(
                r#"UPDATE "user" SET name = COALESCE($2, name), role = COALESCE($3, role),
                   time_zone = COALESCE($4, time_zone), shortcuts = COALESCE($5, shortcuts),
                   mark_read = COALESCE($6, mark_read),
                   dark_mail = COALESCE($7, dark_mail),
                   sign_answers = COALESCE($8, sign_answers),
                   groups_messages = COALESCE($9, groups_messages),
                   appearance = COALESCE($10, appearance) WHERE id = $1"#,
                args![
                    id,
                    change.name.clone(),
                    change.role.map(Role::name),
                    change.time_zone.clone(),
                    change.shortcuts,
                    change.mark_read.map(MarkRead::name),
                    change.dark_mail.map(DarkMail::name),
                    change.sign_answers,
                    change.groups_messages,
                    change.appearance.map(Appearance::name)
                ],
            )
            .await?
            > 0;
        if administered && change.role == Some(Role::User) {
            keep_an_administrator(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(found)
    }

    async fn set_password(&self, id: UserId, hash: &str, keep: Option<&[u8; 32]>) -> Result<bool> {
        let mut tx = self.db.write(Write::Swift).await?;
        let sql = r#"UPDATE "user" SET password_hash = $2 WHERE id = $1"#;
        let found = tx.run(sql, args![id, hash]).await? > 0;
        end_sessions(&mut tx, id, keep).await?;
        tx.run("DELETE FROM password_link WHERE user_id = $1", args![id])
            .await?;
        tx.commit().await?;
        Ok(found)
    }

    async fn add_password_link(
        &self,
        user: UserId,
        hash: &[u8; 32],
        until: Timestamp,
    ) -> Result<()> {
        let mut tx = self.db.write(Write::Swift).await?;
        tx.run("DELETE FROM password_link WHERE user_id = $1", args![user])
            .await?;
        tx.run(
            "INSERT INTO password_link (hash, user_id, until_at) VALUES ($1, $2, $3)",
            args![hash, user, until],
        )
        .await?;
        tx.commit().await
    }

    async fn password_link(&self, hash: &[u8; 32], now: Timestamp) -> Result<Option<UserId>> {
        let row = self
            .db
            .one(
                r#"SELECT u.id FROM password_link l JOIN "user" u ON u.id = l.user_id
                   WHERE l.hash = $1 AND l.until_at > $2 AND u.disabled_at IS NULL"#,
                args![hash, now],
            )
            .await?;
        row.map(|row| Ok(UserId(row.int("id")?))).transpose()
    }

    async fn set_disabled(&self, id: UserId, disabled: bool, at: Timestamp) -> Result<bool> {
        let mut tx = self.db.write(Write::Swift).await?;
        let administered = administers(&mut tx, id).await?;
        let sql = r#"UPDATE "user" SET disabled_at = $2 WHERE id = $1"#;
        let found = tx.run(sql, args![id, disabled.then_some(at)]).await? > 0;
        if disabled {
            if administered {
                keep_an_administrator(&mut tx).await?;
            }
            end_sessions(&mut tx, id, None).await?;
            for sql in [
                "DELETE FROM api_token WHERE user_id = $1",
                "DELETE FROM password_link WHERE user_id = $1",
            ] {
                tx.run(sql, args![id]).await?;
            }
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

    async fn api_tokens(&self, user: UserId) -> Result<Vec<ApiTokenRow>> {
        let sql = "SELECT * FROM api_token WHERE user_id = $1 ORDER BY created_at DESC, hash
                   LIMIT 200";
        let rows = self.db.all(sql, args![user]).await?;
        rows.iter()
            .map(|row| {
                Ok(ApiTokenRow {
                    hash: hash(row)?,
                    label: row.text("label")?,
                    created_at: row.time("created_at")?,
                    used_at: row.opt_time("used_at")?,
                })
            })
            .collect()
    }

    async fn end_api_token(&self, user: UserId, hash: &[u8; 32]) -> Result<bool> {
        let mut tx = self.db.write(Write::Swift).await?;
        let sql = "DELETE FROM api_token WHERE user_id = $1 AND hash = $2";
        let found = tx.run(sql, args![user, hash]).await? > 0;
        tx.commit().await?;
        Ok(found)
    }

    async fn add_picture_sender(&self, user: UserId, address: &str, at: Timestamp) -> Result<()> {
        let sql = "INSERT INTO picture_sender (user_id, address, added_at) VALUES ($1, $2, $3)
                   ON CONFLICT (user_id, address) DO NOTHING";
        let mut tx = self.db.write(Write::Swift).await?;
        tx.run(sql, args![user, address.to_lowercase(), at]).await?;
        tx.commit().await
    }

    async fn end_picture_sender(&self, user: UserId, address: &str) -> Result<bool> {
        let sql = "DELETE FROM picture_sender WHERE user_id = $1 AND address = $2";
        let mut tx = self.db.write(Write::Swift).await?;
        let found = tx.run(sql, args![user, address.to_lowercase()]).await? > 0;
        tx.commit().await?;
        Ok(found)
    }

    async fn is_picture_sender(&self, user: UserId, address: &str) -> Result<bool> {
        let sql = "SELECT user_id FROM picture_sender WHERE user_id = $1 AND address = $2";
        let row = self.db.one(sql, args![user, address.to_lowercase()]);
        Ok(row.await?.is_some())
    }

    async fn picture_senders(&self, user: UserId) -> Result<Vec<PictureSender>> {
        let sql = "SELECT address, added_at FROM picture_sender WHERE user_id = $1
                   ORDER BY address LIMIT $2";
        let rows = self.db.all(sql, args![user, PICTURE_SENDERS_MAX]).await?;
        let rows = rows.iter().map(|row| {
            Ok(PictureSender {
                address: row.text("address")?,
                added_at: row.time("added_at")?,
            })
        });
        rows.collect()
    }

    async fn add_session(&self, session: NewSession) -> Result<()> {
        let mut tx = self.db.write(Write::Swift).await?;
        tx.run(
            "INSERT INTO session
             (hash, user_id, csrf, created_at, seen_at, until_at, ends_at, browser, address)
             VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8)",
            args![
                &session.hash,
                session.user,
                session.csrf,
                session.at,
                session.until,
                session.ends_at,
                session.browser,
                session.address
            ],
        )
        .await?;
        tx.run(
            "DELETE FROM session WHERE until_at <= $1",
            args![session.at],
        )
        .await?;
        tx.commit().await
    }

    async fn viewer_by_session(
        &self,
        hash: &[u8; 32],
        at: Timestamp,
        until: Timestamp,
    ) -> Result<Option<(Viewer, String)>> {
        let row = self
            .db
            .one(
                r#"SELECT u.id, u.role, s.csrf, s.seen_at, s.ends_at
                   FROM session s JOIN "user" u ON u.id = s.user_id
                   WHERE s.hash = $1 AND s.until_at > $2 AND u.disabled_at IS NULL"#,
                args![hash, at],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        if at >= row.time("seen_at")?.plus(NOTE_USE_EVERY) {
            let until = until.min(row.time("ends_at")?);
            let mut tx = self.db.write(Write::Swift).await?;
            tx.run(
                "UPDATE session SET seen_at = $2, until_at = $3 WHERE hash = $1",
                args![hash, at, until],
            )
            .await?;
            tx.commit().await?;
        }
        Ok(Some((viewer(&row)?, row.text("csrf")?)))
    }

    async fn sessions(&self, user: UserId, at: Timestamp) -> Result<Vec<Session>> {
        let sql = "SELECT * FROM session WHERE user_id = $1 AND until_at > $2
                   ORDER BY seen_at DESC, created_at DESC, hash LIMIT 200";
        let rows = self.db.all(sql, args![user, at]).await?;
        rows.iter()
            .map(|row| {
                Ok(Session {
                    hash: hash(row)?,
                    created_at: row.time("created_at")?,
                    seen_at: row.time("seen_at")?,
                    browser: row.text("browser")?,
                    address: row.text("address")?,
                })
            })
            .collect()
    }

    async fn end_sessions(&self, user: UserId, keep: Option<&[u8; 32]>) -> Result<()> {
        let mut tx = self.db.write(Write::Swift).await?;
        end_sessions(&mut tx, user, keep).await?;
        tx.commit().await
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

    async fn audit_log(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>> {
        let top = (Timestamp::from_micros(i64::MAX), i64::MAX);
        let mut below = query.after.unwrap_or(top);
        if let Some(before) = query.before {
            below = below.min((before, 0));
        }
        let from = query.from.unwrap_or(Timestamp::from_micros(i64::MIN));
        let beginning = query.action.clone().unwrap_or_default();
        // Actions are plain ASCII words, so the end of the range is one beyond the last letter.
        let beyond = format!("{beginning}~");
        let (user, mailbox) = (
            query.user.unwrap_or(UserId(0)),
            query.mailbox.unwrap_or(MailboxId(0)),
        );
        let values = args![
            below.0,
            below.1,
            from,
            beginning,
            beyond,
            user,
            mailbox,
            query.limit
        ];
        let rows = self.db.all(Sql(audit_sql(query)), values).await?;
        rows.iter()
            .map(|row| {
                Ok(AuditEntry {
                    id: row.int("id")?,
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
