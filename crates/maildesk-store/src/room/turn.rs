//! Whose turn it is: the times claiming looks at, recomputed from the rows whenever what is due
//! for a mailbox may have changed.
//!
//! They are an index, not the truth: claiming checks lease, wait and sign-in again, so a time that
//! is too early costs a look and one that is too late cannot be (a stamp sets its own).

use maildesk_model::clock::Timestamp;
use maildesk_model::id::MailboxId;

use crate::contract::{Bell, Result};
use crate::db::{Engine, Tx, args};

/// Recomputes when the mailbox's stamp, intents, sweep and backlog are due. `at` is when the
/// backlog begins to wait for its next turn; `None` keeps its place.
pub(super) async fn refresh(tx: &mut Tx, mailbox: MailboxId, at: Option<Timestamp>) -> Result<()> {
    stamp(tx, mailbox).await?;
    let row = tx
        .one(
            "SELECT b.not_before, b.next_sweep_at, b.backlog_due_at, s.due_at AS stamp_due_at,
               (SELECT MIN(i.not_before) FROM intent i WHERE i.mailbox_id = b.id
                 AND i.lane = 'sync' AND i.state = 'waiting') AS intent_at,
               CASE WHEN EXISTS (SELECT 1 FROM folder f WHERE f.mailbox_id = b.id
                   AND f.gone_at IS NULL AND f.cursor_state <> 'done')
                 OR EXISTS (SELECT 1 FROM folder f WHERE f.mailbox_id = b.id AND f.reconciling = 1)
                 OR EXISTS (SELECT 1 FROM message m WHERE m.mailbox_id = b.id AND m.body_state = 0)
                 OR EXISTS (SELECT 1 FROM message m WHERE m.mailbox_id = b.id
                   AND m.missing_since IS NOT NULL)
                 THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS backlog
             FROM mailbox b JOIN stamp s ON s.mailbox_id = b.id WHERE b.id = $1",
            args![mailbox],
        )
        .await?;
    let Some(row) = row else { return Ok(()) };
    let not_before = row.int("not_before")?;
    let sweep = row.opt_int("next_sweep_at")?.unwrap_or(0).max(not_before);
    let intent = row.opt_int("intent_at")?.map(|due| due.max(not_before));
    let waits_since = match at {
        Some(at) => at.as_micros(),
        None => row.opt_int("backlog_due_at")?.unwrap_or(0),
    };
    let backlog = row.truth("backlog")?.then(|| waits_since.max(not_before));
    tx.run(
        "UPDATE mailbox SET sweep_due_at = $2, intent_due_at = $3, backlog_due_at = $4
         WHERE id = $1",
        args![mailbox, sweep, intent, backlog],
    )
    .await?;
    if row.opt_int("stamp_due_at")?.is_some() || intent.is_some() || backlog.is_some() {
        tx.ring(Bell::Work);
    }
    Ok(())
}

/// The time the mailbox's stamp is due: now if it says "all", else with its first hint; never while
/// somebody has to sign in.
async fn stamp(tx: &mut Tx, mailbox: MailboxId) -> Result<()> {
    lock_stamp(tx, mailbox).await?;
    let row = tx
        .one(
            "SELECT b.reachable, b.not_before, s.all_version, s.due_at,
               (SELECT MIN(h.due_at) FROM hint h WHERE h.mailbox_id = b.id) AS hint_at
             FROM mailbox b JOIN stamp s ON s.mailbox_id = b.id
             WHERE b.id = $1 AND b.removed_at IS NULL",
            args![mailbox],
        )
        .await?;
    let Some(row) = row else { return Ok(()) };
    let all = match row.opt_int("all_version")? {
        Some(_) => Some(row.opt_int("due_at")?.unwrap_or(0)),
        None => None,
    };
    let due = match (all, row.opt_int("hint_at")?) {
        (Some(all), Some(hint)) => Some(all.min(hint)),
        (all, hint) => all.or(hint),
    };
    let not_before = row.int("not_before")?;
    let due = due
        .filter(|_| row.truth("reachable").unwrap_or(false))
        .map(|due| due.max(not_before));
    tx.run(
        "UPDATE stamp SET due_at = $2 WHERE mailbox_id = $1",
        args![mailbox, due],
    )
    .await
    .map(drop)
}

/// Waits for a webhook that is writing on the same stamp, so that what it wrote is seen. SQLite's
/// transactions wait for each other as it is.
pub(super) async fn lock_stamp(tx: &mut Tx, mailbox: MailboxId) -> Result<()> {
    if tx.engine() == Engine::Postgres {
        let sql = "SELECT mailbox_id FROM stamp WHERE mailbox_id = $1 FOR UPDATE";
        tx.one(sql, args![mailbox]).await?;
    }
    Ok(())
}
