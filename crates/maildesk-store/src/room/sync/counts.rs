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

/// Folders whose counts differ from Graph's, with what Graph gave of overlaid messages in the place of
/// what is shown of them: an intent that waits for days makes no difference.
const DIFFERING: &str = "SELECT * FROM (
    SELECT f.id, f.g_total, f.g_unread, f.total + COALESCE(o.total, 0) AS held,
      f.unread + COALESCE(o.unread, 0) AS held_unread
    FROM folder f LEFT JOIN (
      SELECT folder_id, CAST(SUM(total) AS BIGINT) AS total,
        CAST(SUM(unread) AS BIGINT) AS unread FROM (
        SELECT folder_id, -1 AS total, -(1 - is_read) AS unread FROM message
        WHERE mailbox_id = $1 AND overlaid = 1 AND folder_id IS NOT NULL
        UNION ALL
        SELECT g_folder_id, 1, 1 - g_is_read FROM message
        WHERE mailbox_id = $1 AND overlaid = 1) AS laid
      GROUP BY folder_id) AS o ON o.folder_id = f.id
    WHERE f.mailbox_id = $1 AND f.gone_at IS NULL AND f.cursor_state = 'done') AS counted
  WHERE g_total <> held OR g_unread <> held_unread ORDER BY id LIMIT $2";

pub(super) async fn kept(conn: &mut Conn, mailbox: MailboxId) -> Result<CountsKept> {
    let sql = "SELECT value FROM memo WHERE key = $1";
    let noted = conn.one(sql, args![key(mailbox)]).await?;
    let rows = conn.all(DIFFERING, args![mailbox, DIFFERING_MAX]).await?;
    let differing = rows.iter().map(|row| {
        let (held, held_unread) = (row.int("held")?, row.int("held_unread")?);
        Ok(Differing {
            folder: FolderId(row.int("id")?),
            total: row.int("g_total")? - held,
            unread: row.int("g_unread")? - held_unread,
            held,
            held_unread,
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
