//! Leases on the push of a mailbox: claimed when something is due, or borrowed for a call of another room.

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, NodeId};

use super::watch;
use crate::contract::{Lease, Result, StoreError};
use crate::db::{Db, Tx, Write, args};

/// The ways a mailbox's push is due: somebody waits, its time has come, or Microsoft has told
/// something. Removed mailboxes are due too, until their subscriptions are deleted.
///
/// A claim moves `next_at` to the end of its lease: whoever dies leaves the mailbox due, and whoever
/// finishes can tell by it that nobody has woken push meanwhile.
const CLAIM: [(&str, &str); 3] = [
    (
        "SELECT p.mailbox_id FROM push p JOIN mailbox b ON b.id = p.mailbox_id
         WHERE p.intent_due_at IS NOT NULL AND p.intent_due_at <= $1 AND p.until_at <= $1
           AND b.removed_at IS NULL
         ORDER BY p.intent_due_at LIMIT 1",
        "SELECT p.mailbox_id FROM push p JOIN mailbox b ON b.id = p.mailbox_id
         WHERE p.intent_due_at IS NOT NULL AND p.intent_due_at <= $1 AND p.until_at <= $1
           AND b.removed_at IS NULL
         ORDER BY p.intent_due_at LIMIT 1 FOR NO KEY UPDATE OF p SKIP LOCKED",
    ),
    (
        "SELECT p.mailbox_id FROM push p
         WHERE p.next_at IS NOT NULL AND p.next_at <= $1 AND p.until_at <= $1
         ORDER BY p.next_at LIMIT 1",
        "SELECT p.mailbox_id FROM push p
         WHERE p.next_at IS NOT NULL AND p.next_at <= $1 AND p.until_at <= $1
         ORDER BY p.next_at LIMIT 1 FOR NO KEY UPDATE OF p SKIP LOCKED",
    ),
    (
        "SELECT p.mailbox_id FROM lifecycle_notice n JOIN push p ON p.mailbox_id = n.mailbox_id
         WHERE n.seen = 0 AND n.at <= $1 AND p.until_at <= $1 ORDER BY n.at LIMIT 1",
        "SELECT p.mailbox_id FROM lifecycle_notice n JOIN push p ON p.mailbox_id = n.mailbox_id
         WHERE n.seen = 0 AND n.at <= $1 AND p.until_at <= $1
         ORDER BY n.at LIMIT 1 FOR NO KEY UPDATE OF p SKIP LOCKED",
    ),
];

pub(super) async fn claim(
    db: &Db,
    node: &NodeId,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Lease>> {
    // A look without the writer's turn: most of the time nothing is due.
    let mut conn = db.read().await?;
    let mut due = false;
    for (sql, _) in CLAIM {
        due = due || conn.one(sql, args![now]).await?.is_some();
    }
    drop(conn);
    if !due {
        return Ok(None);
    }
    let mut tx = db.write(Write::Swift).await?;
    for (sqlite, postgres) in CLAIM {
        let sql = tx.engine().pick(sqlite, postgres);
        if let Some(row) = tx.one(sql, args![now]).await? {
            let mailbox = MailboxId(row.int("mailbox_id")?);
            let row = tx
                .one(
                    "UPDATE push SET owner = $2, epoch = epoch + 1, until_at = $3, next_at = $3
                     WHERE mailbox_id = $1 RETURNING epoch",
                    args![mailbox, node, until],
                )
                .await?;
            let epoch = row.map_or(Ok(0), |row| row.int("epoch"))?;
            watch::see_notices(&mut tx, mailbox).await?;
            tx.commit().await?;
            return Ok(Some(lease(mailbox, node, epoch)));
        }
    }
    Ok(None)
}

pub(super) async fn borrow(
    db: &Db,
    mailbox: MailboxId,
    node: &NodeId,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Lease>> {
    let mut tx = db.write(Write::Swift).await?;
    let sql = "UPDATE push SET owner = $2, epoch = epoch + 1, until_at = $4
               WHERE mailbox_id = $1 AND until_at <= $3 AND EXISTS (SELECT 1 FROM mailbox b
                 WHERE b.id = $1 AND b.removed_at IS NULL AND b.disconnected_at IS NULL
                   AND b.not_before <= $3)
               RETURNING epoch";
    let row = tx.one(sql, args![mailbox, node, now, until]).await?;
    tx.commit().await?;
    row.map(|row| Ok(lease(mailbox, node, row.int("epoch")?)))
        .transpose()
}

pub(super) async fn leave_alone(db: &Db, lease: &Lease, not_before: Timestamp) -> Result<()> {
    let mut tx = db.write(Write::Swift).await?;
    // Everybody takes the mailbox first, then push. Claiming looks at this itself, so nothing else
    // has to be computed anew.
    let sql = "UPDATE mailbox SET not_before = $2 WHERE id = $1 AND not_before < $2";
    tx.run(sql, args![lease.mailbox, not_before]).await?;
    hold(&mut tx, lease).await?;
    tx.commit().await
}

/// Makes sure that the lease is held, until the transaction ends.
pub(super) async fn hold(tx: &mut Tx, lease: &Lease) -> Result<()> {
    let sql = tx.engine().pick(
        "SELECT mailbox_id FROM push WHERE mailbox_id = $1 AND owner = $2 AND epoch = $3",
        "SELECT mailbox_id FROM push WHERE mailbox_id = $1 AND owner = $2 AND epoch = $3
         FOR NO KEY UPDATE",
    );
    let held = tx
        .one(sql, args![lease.mailbox, &lease.node, lease.epoch])
        .await?;
    held.map(drop).ok_or(StoreError::LeaseLost)
}

fn lease(mailbox: MailboxId, node: &NodeId, epoch: i64) -> Lease {
    let node = node.clone();
    Lease {
        mailbox,
        node,
        epoch,
    }
}
