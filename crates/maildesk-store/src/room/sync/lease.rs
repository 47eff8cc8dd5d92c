//! Leases: claimed one mailbox at a time, most urgent first, and fenced by their epoch.

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, NodeId};

use crate::contract::{Bell, Lease, Result, StoreError};
use crate::db::{Db, Engine, Tx, Write, args};
use crate::room::turn;

/// SQL: mailbox `b` may be worked on at `$1`.
macro_rules! free {
    () => {
        "b.removed_at IS NULL AND b.reachable = 1 AND b.sync_until <= $1 AND b.not_before <= $1"
    };
}

macro_rules! tiers {
    ($lock:literal) => {
        [
            concat!(
                "SELECT b.id FROM stamp s JOIN mailbox b ON b.id = s.mailbox_id
                 WHERE s.due_at IS NOT NULL AND s.due_at <= $1 AND ",
                free!(),
                " ORDER BY s.due_at LIMIT 1",
                $lock
            ),
            concat!(
                "SELECT b.id FROM mailbox b WHERE b.intent_due_at IS NOT NULL
                   AND b.intent_due_at <= $1 AND ",
                free!(),
                " ORDER BY b.intent_due_at LIMIT 1",
                $lock
            ),
            concat!(
                "SELECT b.id FROM mailbox b WHERE b.sweep_due_at <= $1 AND ",
                free!(),
                " ORDER BY b.sweep_due_at LIMIT 1",
                $lock
            ),
            concat!(
                "SELECT b.id FROM mailbox b WHERE b.backlog_due_at IS NOT NULL
                   AND b.backlog_due_at <= $1 AND ",
                free!(),
                " ORDER BY b.backlog_due_at LIMIT 1",
                $lock
            ),
        ]
    };
}

/// Stamps, intents, sweeps, backlog: each a walk along its index that ends at the first free one.
pub(in crate::room) const TIERS: [&str; 4] = tiers!("");
const TIERS_POSTGRES: [&str; 4] = tiers!(" FOR NO KEY UPDATE OF b SKIP LOCKED");

pub(super) async fn claim(
    db: &Db,
    node: &NodeId,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Lease>> {
    // SQLite: a look without the writer's turn, since most of the time nothing is due.
    if db.engine() == Engine::Sqlite && !anything_due(db, now).await? {
        return Ok(None);
    }
    let mut tx = db.write(Write::Swift).await?;
    let tiers = match db.engine() {
        Engine::Sqlite => TIERS,
        Engine::Postgres => TIERS_POSTGRES,
    };
    for tier in tiers {
        let Some(row) = tx.one(tier, args![now]).await? else {
            continue;
        };
        let mailbox = MailboxId(row.int("id")?);
        let row = tx
            .one(
                "UPDATE mailbox SET sync_owner = $2, sync_epoch = sync_epoch + 1, sync_until = $3
                 WHERE id = $1 RETURNING sync_epoch",
                args![mailbox, node, until],
            )
            .await?;
        let epoch = row.map_or(Ok(0), |row| row.int("sync_epoch"))?;
        tx.commit().await?;
        return Ok(Some(Lease {
            mailbox,
            node: node.clone(),
            epoch,
        }));
    }
    Ok(None)
}

async fn anything_due(db: &Db, now: Timestamp) -> Result<bool> {
    let mut conn = db.read().await?;
    for tier in TIERS {
        if conn.one(tier, args![now]).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a write under a lease finds out about its mailbox.
pub(in crate::room) struct Held {
    pub(in crate::room) tx: Tx,
    pub(super) connected_at: Option<Timestamp>,
}

/// Begins a write under the lease, holding the mailbox's row; refused when another node has taken
/// the mailbox, or it was removed.
pub(in crate::room) async fn write(db: &Db, lease: &Lease, kind: Write) -> Result<Held> {
    let mut tx = db.write(kind).await?;
    // Not FOR UPDATE: that would stop the webhook, whose rows refer to this one.
    let sql = tx.engine().pick(
        "SELECT connected_at FROM mailbox
         WHERE id = $1 AND sync_owner = $2 AND sync_epoch = $3 AND removed_at IS NULL",
        "SELECT connected_at FROM mailbox
         WHERE id = $1 AND sync_owner = $2 AND sync_epoch = $3 AND removed_at IS NULL
         FOR NO KEY UPDATE",
    );
    let row = tx
        .one(sql, args![lease.mailbox, &lease.node, lease.epoch])
        .await?
        .ok_or(StoreError::LeaseLost)?;
    let connected_at = row.opt_time("connected_at")?;
    Ok(Held { tx, connected_at })
}

pub(super) async fn renew(db: &Db, lease: &Lease, until: Timestamp) -> Result<()> {
    let mut tx = write(db, lease, Write::Swift).await?.tx;
    let sql = "UPDATE mailbox SET sync_until = $2 WHERE id = $1";
    tx.run(sql, args![lease.mailbox, until]).await?;
    tx.commit().await
}

pub(super) async fn release(db: &Db, lease: &Lease) -> Result<()> {
    let mut tx = write(db, lease, Write::Swift).await?.tx;
    turn::refresh(&mut tx, lease.mailbox, None).await?;
    let sql = "UPDATE mailbox SET sync_owner = NULL, sync_until = 0 WHERE id = $1";
    tx.run(sql, args![lease.mailbox]).await?;
    tx.ring(Bell::Work);
    tx.commit().await
}

pub(super) async fn end_all(db: &Db) -> Result<()> {
    let mut tx = db.write(Write::Swift).await?;
    let sync = "UPDATE mailbox SET sync_owner = NULL, sync_until = 0 WHERE sync_owner IS NOT NULL";
    tx.run(sync, args![]).await?;
    let push = "UPDATE push SET owner = NULL, until_at = 0 WHERE owner IS NOT NULL";
    tx.run(push, args![]).await?;
    let alerts = "UPDATE alert_setting SET owner = NULL, until_at = 0, next_at = 0";
    tx.run(alerts, args![]).await?;
    tx.ring(Bell::Work);
    tx.ring(Bell::Push);
    tx.commit().await
}

/// The first moment at which some mailbox is both due and free.
pub(super) async fn next_due_at(db: &Db) -> Result<Option<Timestamp>> {
    let sql = db.engine().pick(
        "SELECT MIN(MAX(b.not_before, b.sync_until, MIN(COALESCE(s.due_at, b.sweep_due_at),
           COALESCE(b.intent_due_at, b.sweep_due_at), COALESCE(b.backlog_due_at, b.sweep_due_at),
           b.sweep_due_at))) AS due
         FROM mailbox b JOIN stamp s ON s.mailbox_id = b.id
         WHERE b.removed_at IS NULL AND b.reachable = 1",
        "SELECT MIN(GREATEST(b.not_before, b.sync_until, LEAST(s.due_at, b.intent_due_at,
           b.backlog_due_at, b.sweep_due_at))) AS due
         FROM mailbox b JOIN stamp s ON s.mailbox_id = b.id
         WHERE b.removed_at IS NULL AND b.reachable = 1",
    );
    let row = db.one(sql, args![]).await?;
    row.map_or(Ok(None), |row| row.opt_time("due"))
}
