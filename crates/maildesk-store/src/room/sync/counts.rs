//! Graph's counts of folders beside our own (S11). What is noted from one comparison to the next is
//! sync's affair: a memo for each mailbox.

use maildesk_model::id::{FolderId, MailboxId};

use super::lease;
use crate::contract::{CountsKept, Differing, Lease, Result};
use crate::db::{Conn, Db, Tx, Write, args};

/// Folders that differ, handed out at once.
const DIFFERING_MAX: i64 = 500;

fn key(mailbox: MailboxId) -> String {
    format!("sync.counts.{mailbox}")
}

pub(super) async fn kept(conn: &mut Conn, mailbox: MailboxId) -> Result<CountsKept> {
    let sql = "SELECT value FROM memo WHERE key = $1";
    let noted = conn.one(sql, args![key(mailbox)]).await?;
    let rows = conn
        .all(
            "SELECT id, g_total - total AS total, g_unread - unread AS unread,
               total AS held, unread AS held_unread FROM folder
             WHERE mailbox_id = $1 AND gone_at IS NULL AND cursor_state = 'done'
               AND (g_total <> total OR g_unread <> unread) ORDER BY id LIMIT $2",
            args![mailbox, DIFFERING_MAX],
        )
        .await?;
    let differing = rows.iter().map(|row| {
        Ok(Differing {
            folder: FolderId(row.int("id")?),
            total: row.int("total")?,
            unread: row.int("unread")?,
            held: row.int("held")?,
            held_unread: row.int("held_unread")?,
        })
    });
    Ok(CountsKept {
        noted: noted.map(|row| row.text("value")).transpose()?,
        differing: differing.collect::<Result<_>>()?,
    })
}

pub(super) async fn note(db: &Db, lease: &Lease, noted: &str) -> Result<()> {
    let mut tx = lease::write(db, lease, Write::Swift).await?.tx;
    let sql = "INSERT INTO memo (key, value) VALUES ($1, $2)
               ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    tx.run(sql, args![key(lease.mailbox), noted]).await?;
    tx.commit().await
}

/// With the mailbox goes what was noted.
pub(super) async fn forget(tx: &mut Tx, mailbox: MailboxId) -> Result<()> {
    let sql = "DELETE FROM memo WHERE key = $1";
    tx.run(sql, args![key(mailbox)]).await.map(drop)
}
