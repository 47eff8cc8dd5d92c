//! Deleting the rows of removed mailboxes, in batches that keep nobody waiting.

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, MessageId};

use super::counts;
use crate::contract::Result;
use crate::db::{Db, Tx, Value, Write, args};
use crate::mail::{labelled, search};
use crate::room::orphans;

/// Removed mailboxes looked at in one call.
const MAILBOXES_AT_ONCE: i64 = 20;

/// What goes after the messages, each up to the limit: `$1` is the mailbox, `$2` the limit.
const REST: [&str; 13] = [
    "DELETE FROM signature WHERE mailbox_id = $1 AND user_id IN
       (SELECT user_id FROM signature WHERE mailbox_id = $1 LIMIT $2)",
    "DELETE FROM common_signature WHERE mailbox_id IN
       (SELECT mailbox_id FROM common_signature WHERE mailbox_id = $1 LIMIT $2)",
    "DELETE FROM draft_chunk WHERE (file_id, at) IN
       (SELECT c.file_id, c.at FROM draft d JOIN draft_file f ON f.draft_id = d.id
          JOIN draft_chunk c ON c.file_id = f.id WHERE d.mailbox_id = $1 LIMIT $2)",
    "DELETE FROM correspondent WHERE id IN
       (SELECT id FROM correspondent WHERE mailbox_id = $1 LIMIT $2)",
    "DELETE FROM draft WHERE id IN (SELECT id FROM draft WHERE mailbox_id = $1 LIMIT $2)",
    "DELETE FROM category WHERE mailbox_id = $1 AND name IN
       (SELECT name FROM category WHERE mailbox_id = $1 LIMIT $2)",
    "DELETE FROM conversation WHERE id IN
       (SELECT id FROM conversation WHERE mailbox_id = $1 LIMIT $2)",
    "DELETE FROM folder WHERE id IN (SELECT id FROM folder WHERE mailbox_id = $1 LIMIT $2)",
    "DELETE FROM intent WHERE id IN (SELECT id FROM intent WHERE mailbox_id = $1 LIMIT $2)",
    "DELETE FROM arrival WHERE message_id IN
       (SELECT message_id FROM arrival WHERE mailbox_id = $1 LIMIT $2)",
    "DELETE FROM hint WHERE mailbox_id = $1 AND remote_id IN
       (SELECT remote_id FROM hint WHERE mailbox_id = $1 LIMIT $2)",
    "DELETE FROM push_event WHERE id IN
       (SELECT id FROM push_event WHERE mailbox_id = $1 LIMIT $2)",
    "DELETE FROM lifecycle_notice WHERE mailbox_id = $1 AND subscription_id IN
       (SELECT subscription_id FROM lifecycle_notice WHERE mailbox_id = $1 LIMIT $2)",
];

pub(super) async fn sweep(db: &Db, limit: i64) -> Result<bool> {
    let sql = "SELECT id FROM mailbox WHERE removed_at IS NOT NULL ORDER BY removed_at LIMIT $1";
    let removed = db.all(sql, args![MAILBOXES_AT_ONCE]).await?;
    let mut left = limit.max(1);
    for row in &removed {
        let mailbox = MailboxId(row.int("id")?);
        let mut tx = db.write(Write::Bulk).await?;
        left -= delete(&mut tx, mailbox, left).await?;
        tx.commit().await?;
        if left <= 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Deletes up to `limit` rows of one mailbox, and its own row when nothing else is left, not even
/// a subscription that is still to be deleted at Graph, nor to be looked for there.
async fn delete(tx: &mut Tx, mailbox: MailboxId, limit: i64) -> Result<i64> {
    let mut deleted = messages(tx, mailbox, limit).await?;
    for sql in REST {
        if deleted >= limit {
            return Ok(deleted);
        }
        deleted += tx
            .run(sql, args![mailbox, limit - deleted])
            .await?
            .cast_signed();
    }
    if deleted < limit {
        counts::forget(tx, mailbox).await?;
        tx.run(
            "DELETE FROM mailbox WHERE id = $1 AND removed_at IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM subscription s WHERE s.mailbox_id = $1)
               AND NOT EXISTS (SELECT 1 FROM memo WHERE key = $2)",
            args![mailbox, orphans::key(mailbox)],
        )
        .await?;
    }
    Ok(deleted)
}

async fn messages(tx: &mut Tx, mailbox: MailboxId, limit: i64) -> Result<i64> {
    let sql = "SELECT id, received_at FROM message WHERE mailbox_id = $1 LIMIT $2";
    let rows = tx.all(sql, args![mailbox, limit]).await?;
    let keys = rows
        .iter()
        .map(|row| Ok((row.time("received_at")?, MessageId(row.int("id")?))))
        .collect::<Result<Vec<(Timestamp, MessageId)>>>()?;
    search::forget(tx, &keys).await?;
    let ids: Vec<Value> = keys.iter().map(|(_, id)| Value::from(*id)).collect();
    labelled::forget(tx, &ids).await?;
    tx.run_in("DELETE FROM message WHERE id IN (LIST)", args![], &ids)
        .await?;
    Ok(keys.len() as i64)
}
