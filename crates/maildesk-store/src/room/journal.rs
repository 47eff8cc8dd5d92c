//! Reading the journal, and forgetting what is old.

use std::time::Duration;

use async_trait::async_trait;
use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{DraftId, FolderId, MailboxId, MessageId};
use maildesk_model::journal::{JournalEntry, JournalKind};
use tokio::sync::watch;

use crate::SqlStore;
use crate::contract::{Bell, JournalPage, JournalStore, Result, Shown, StoreError};
use crate::db::{Row, Tx, Value, Write, args};
use crate::room::{arrivals, visible, who};

/// As many rows as one call forgets of each kind.
const FORGET_MAX: i64 = 1000;
/// Arrivals are kept this much longer than journal entries: a quiet mailbox needs months for the
/// hundred its figures are measured from.
const ARRIVALS_LONGER: Duration = Duration::from_hours(90 * 24);
/// So are alerts that have ended.
const ALERTS_LONGER: Duration = Duration::from_hours(30 * 24);
/// So are drafts that were sent or thrown away.
const DRAFTS_LONGER: Duration = Duration::from_hours(23 * 24);
/// So are audit rows.
const AUDIT_LONGER: Duration = Duration::from_hours(400 * 24);

pub(super) const READ: &str = concat!(
    "SELECT j.position, j.at, j.kind, j.mailbox_id, j.message_id, j.folder_id, j.draft_id,
       CASE WHEN (j.user_id IS NULL OR j.user_id = $2) AND EXISTS (SELECT 1 FROM mailbox b WHERE b.id = j.mailbox_id AND ",
    visible!(),
    ") THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS seen
     FROM journal j WHERE j.position > $3 ORDER BY j.position LIMIT $4"
);

const ARRIVAL: &str = concat!(
    "SELECT a.message_id, a.mailbox_id, a.received_at, a.announced_at, a.stored_at, a.shown_at
     FROM arrival a JOIN mailbox b ON b.id = a.mailbox_id
     WHERE a.message_id = $3 AND a.shown_at IS NOT NULL AND ",
    visible!()
);

fn entry(row: &Row) -> Result<JournalEntry> {
    Ok(JournalEntry {
        position: row.int("position")?,
        at: row.time("at")?,
        kind: row.named("kind", JournalKind::from_name)?,
        mailbox: MailboxId(row.int("mailbox_id")?),
        message: row.opt_int("message_id")?.map(MessageId),
        folder: row.opt_int("folder_id")?.map(FolderId),
        draft: row.opt_int("draft_id")?.map(DraftId),
    })
}

#[async_trait]
impl JournalStore for SqlStore {
    fn bell(&self, bell: Bell) -> watch::Receiver<u64> {
        self.db.bells().listen(bell)
    }

    async fn journal_head(&self) -> Result<i64> {
        Ok(self.heads().await?.0)
    }

    async fn journal_after(
        &self,
        viewer: Viewer,
        position: i64,
        limit: i64,
    ) -> Result<JournalPage> {
        let rows = self
            .db
            .all(READ, who(viewer, args![position, limit]))
            .await?;
        // Read after the entries: what was forgotten meanwhile is noticed, and a position that
        // never was (of another database) is no position either.
        let (head, forgotten) = self.heads().await?;
        let mut page = JournalPage {
            entries: Vec::with_capacity(rows.len()),
            read_to: position,
            forgotten: position < forgotten || position > head,
        };
        for row in &rows {
            page.read_to = row.int("position")?;
            if row.truth("seen")? {
                page.entries.push(entry(row)?);
            }
        }
        Ok(page)
    }

    async fn mark_shown(&self, messages: &[MessageId], at: Timestamp) -> Result<Vec<Shown>> {
        let ids: Vec<Value> = messages.iter().map(|id| Value::from(*id)).collect();
        // Most of what is written to screens did not just arrive: no writer is needed to see that.
        let sql = "SELECT mailbox_id, message_id FROM arrival
                   WHERE shown_at IS NULL AND message_id IN (LIST)";
        let unseen = self.db.read().await?.all_in(sql, args![], &ids).await?;
        if unseen.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.db.write(Write::Swift).await?;
        let ids = arrivals::lock(&mut tx, &unseen).await?;
        let rows = tx
            .all_in(
                "UPDATE arrival SET shown_at = $1 WHERE shown_at IS NULL AND message_id IN (LIST)
                 RETURNING message_id, mailbox_id, received_at, announced_at, stored_at, shown_at",
                args![at],
                &ids,
            )
            .await?;
        tx.commit().await?;
        rows.iter().map(shown).collect()
    }

    async fn arrival(&self, viewer: Viewer, message: MessageId) -> Result<Option<Shown>> {
        let row = self.db.one(ARRIVAL, who(viewer, args![message])).await?;
        row.as_ref().map(shown).transpose()
    }

    async fn forget_old(&self, before: Timestamp, keep: i64) -> Result<bool> {
        let mut tx = self.db.write(Write::Bulk).await?;
        let mut more = false;
        for (sql, at) in [
            (
                "DELETE FROM arrival WHERE message_id IN
                   (SELECT message_id FROM arrival WHERE stored_at < $1 LIMIT $2)",
                before.minus(ARRIVALS_LONGER),
            ),
            (
                "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < $1 LIMIT $2)",
                before.minus(AUDIT_LONGER),
            ),
            (
                "DELETE FROM intent WHERE id IN
                   (SELECT id FROM intent WHERE settled_at IS NOT NULL AND settled_at < $1 LIMIT $2)",
                before,
            ),
            (
                "DELETE FROM session WHERE hash IN
                   (SELECT hash FROM session WHERE until_at < $1 LIMIT $2)",
                before,
            ),
            (
                "DELETE FROM sign_in WHERE state_hash IN
                   (SELECT state_hash FROM sign_in WHERE until_at < $1 LIMIT $2)",
                before,
            ),
            (
                "DELETE FROM consent_request WHERE state_hash IN
                   (SELECT state_hash FROM consent_request WHERE until_at < $1 LIMIT $2)",
                before,
            ),
            (
                "DELETE FROM alert_notice WHERE id IN
                   (SELECT id FROM alert_notice WHERE settled_at IS NOT NULL AND created_at < $1 LIMIT $2)",
                before,
            ),
            (
                "DELETE FROM alert WHERE id IN
                   (SELECT id FROM alert WHERE ended_at IS NOT NULL AND ended_at < $1 LIMIT $2)",
                before.minus(ALERTS_LONGER),
            ),
            (
                "DELETE FROM draft WHERE id IN
                   (SELECT id FROM draft WHERE settled_at IS NOT NULL AND settled_at < $1 LIMIT $2)",
                before.minus(DRAFTS_LONGER),
            ),
            (
                "DELETE FROM submission WHERE (user_id, key_hash) IN
                   (SELECT user_id, key_hash FROM submission WHERE created_at < $1 LIMIT $2)",
                before,
            ),
        ] {
            more |= tx.run(sql, args![at, FORGET_MAX]).await? >= FORGET_MAX.unsigned_abs();
        }
        // Last, because it takes the lock of the journal's head.
        more |= forget_entries(&mut tx, before, keep).await?;
        tx.commit().await?;
        Ok(more)
    }
}

impl SqlStore {
    /// The newest position, and the one up to which entries are forgotten.
    async fn heads(&self) -> Result<(i64, i64)> {
        let sql = "SELECT position, forgotten FROM journal_head WHERE id = 1";
        let row = self.db.one(sql, args![]).await?;
        let row = row.ok_or_else(|| StoreError::Corrupt("the journal has no head".into()))?;
        Ok((row.int("position")?, row.int("forgotten")?))
    }
}

fn shown(row: &Row) -> Result<Shown> {
    Ok(Shown {
        message: MessageId(row.int("message_id")?),
        mailbox: MailboxId(row.int("mailbox_id")?),
        received_at: row.time("received_at")?,
        announced_at: row.opt_time("announced_at")?,
        stored_at: row.time("stored_at")?,
        shown_at: row.time("shown_at")?,
    })
}

/// Forgets the oldest entries: those past their time, and those beyond the count.
async fn forget_entries(tx: &mut Tx, before: Timestamp, keep: i64) -> Result<bool> {
    let sql = "SELECT position FROM journal_head WHERE id = 1";
    let head = tx.one(sql, args![]).await?;
    let head = head.map_or(Ok(0), |row| row.int("position"))?;
    let sql = "SELECT position, at FROM journal ORDER BY position LIMIT $1";
    let oldest = tx.all(sql, args![FORGET_MAX]).await?;
    let mut up_to = 0;
    let mut count = 0;
    for row in &oldest {
        let position = row.int("position")?;
        if position > head - keep && row.time("at")? >= before {
            break;
        }
        up_to = position;
        count += 1;
    }
    if count == 0 {
        return Ok(false);
    }
    tx.run("DELETE FROM journal WHERE position <= $1", args![up_to])
        .await?;
    tx.run(
        "UPDATE journal_head SET forgotten = $1 WHERE id = 1",
        args![up_to],
    )
    .await?;
    Ok(count == FORGET_MAX)
}
