//! Attachment bytes: chunk rows with a cap, so that a download needs no memory and works on every
//! node.

use bytes::Bytes;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{AttachmentId, MailboxId};

use super::lease;
use crate::contract::{Lease, Result, StoreError};
use crate::db::{Db, Tx, Write, args};

/// The size of a chunk, and so of what is held in memory for one download.
const CHUNK_MAX: usize = 256 << 10;
/// Blobs taken away at once; a transaction stays short whatever the cap was set to.
const EVICT_MAX: i64 = 50;

pub(super) async fn put(
    db: &Db,
    lease: &Lease,
    attachment: AttachmentId,
    n: i64,
    bytes: Bytes,
    at: Timestamp,
) -> Result<()> {
    if bytes.len() > CHUNK_MAX {
        return Err(StoreError::Conflict("a chunk is at most 256 KiB"));
    }
    let mut tx = lease::write(db, lease, Write::Bulk).await?.tx;
    is_of(&mut tx, lease.mailbox, attachment).await?;
    if n == 0 {
        let sql = "DELETE FROM blob WHERE attachment_id = $1";
        tx.run(sql, args![attachment]).await?;
        let sql = "INSERT INTO blob (attachment_id, size, chunks, complete, used_at)
                   VALUES ($1, 0, 0, 0, $2)";
        tx.run(sql, args![attachment, at]).await?;
    }
    tx.run(
        "INSERT INTO blob_chunk (attachment_id, n, bytes) VALUES ($1, $2, $3)
         ON CONFLICT (attachment_id, n) DO UPDATE SET bytes = excluded.bytes",
        args![attachment, n, bytes.to_vec()],
    )
    .await?;
    tx.commit().await
}

async fn is_of(tx: &mut Tx, mailbox: MailboxId, attachment: AttachmentId) -> Result<()> {
    let sql = "SELECT t.id FROM attachment t JOIN message m ON m.id = t.message_id
               WHERE t.id = $1 AND m.mailbox_id = $2";
    let row = tx.one(sql, args![attachment, mailbox]).await?;
    row.map(drop)
        .ok_or(StoreError::Conflict("the attachment is gone"))
}

pub(super) async fn finish(
    db: &Db,
    lease: &Lease,
    attachment: AttachmentId,
    size: i64,
    cap_bytes: i64,
    at: Timestamp,
) -> Result<()> {
    let mut tx = lease::write(db, lease, Write::Swift).await?.tx;
    is_of(&mut tx, lease.mailbox, attachment).await?;
    tx.run(
        "UPDATE blob SET size = $2, complete = 1, used_at = $3,
           chunks = (SELECT COUNT(*) FROM blob_chunk c WHERE c.attachment_id = $1)
         WHERE attachment_id = $1",
        args![attachment, size, at],
    )
    .await?;
    evict(&mut tx, attachment, cap_bytes).await?;
    tx.commit().await
}

/// Takes away what nobody opened for the longest time, until the rest fits; never what was just
/// fetched, even if it alone is too large.
async fn evict(tx: &mut Tx, just_here: AttachmentId, cap_bytes: i64) -> Result<()> {
    let sql = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) AS total FROM blob WHERE complete = 1";
    let row = tx.one(sql, args![]).await?;
    let mut total = row.map_or(Ok(0), |row| row.int("total"))?;
    if total <= cap_bytes {
        return Ok(());
    }
    let sql = "SELECT attachment_id, size FROM blob WHERE complete = 1 AND attachment_id <> $1
               ORDER BY used_at, attachment_id LIMIT $2";
    for row in tx.all(sql, args![just_here, EVICT_MAX]).await? {
        if total <= cap_bytes {
            break;
        }
        total -= row.int("size")?;
        let sql = "DELETE FROM blob WHERE attachment_id = $1";
        tx.run(sql, args![row.int("attachment_id")?]).await?;
    }
    Ok(())
}
