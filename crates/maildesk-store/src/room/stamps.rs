//! Stamps: short writes that wait for no import (P4).
//!
//! On PostgreSQL they lock the stamp, never the mailbox row that a sync holds; whoever locks both
//! takes the mailbox first. Stamps, hints, arrivals, subscriptions, tallies, lifecycle notices: always in
//! this order, and arrivals among themselves in that of [`arrivals::lock`].

use async_trait::async_trait;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, SubscriptionId};
use maildesk_model::stamp::{STAMP_IDS_MAX, Stamping, Trigger};

use crate::SqlStore;
use crate::contract::{Bell, KnownSubscription, NotificationTally, Result, StampStore};
use crate::db::{Tx, Value, Write, args};
use crate::room::arrivals;
use crate::room::push::open_client_state;

/// Graph's ids have about 150 characters. A much longer one is not kept (PostgreSQL could not index
/// it) but means "all".
const ID_BYTES_MAX: usize = 1024;

#[async_trait]
impl StampStore for SqlStore {
    async fn known_subscriptions(
        &self,
        remote_ids: &[String],
    ) -> Result<Vec<(String, KnownSubscription)>> {
        let ids: Vec<Value> = remote_ids.iter().map(Value::from).collect();
        let mut conn = self.db.read_for_stamps().await?;
        let rows = conn
            .all_in(
                "SELECT id, remote_id, mailbox_id, client_state FROM subscription
                 WHERE state IN ('active', 'retiring') AND remote_id IN (LIST)",
                args![],
                &ids,
            )
            .await?;
        rows.iter()
            .map(|row| {
                let id = SubscriptionId(row.int("id")?);
                let known = KnownSubscription {
                    id,
                    mailbox: MailboxId(row.int("mailbox_id")?),
                    client_state: open_client_state(&self.sealer, id, row)?,
                };
                Ok((row.text("remote_id")?, known))
            })
            .collect()
    }

    async fn stamp(&self, stampings: &[Stamping], tallies: &[NotificationTally]) -> Result<()> {
        let mut stampings: Vec<&Stamping> = stampings
            .iter()
            .filter(|one| one.all || !one.messages.is_empty())
            .collect();
        // The same order everywhere, or two webhooks could wait for each other.
        stampings.sort_by_key(|one| one.mailbox);
        let mut tallies: Vec<&NotificationTally> = tallies.iter().collect();
        tallies.sort_by_key(|tally| tally.subscription);
        if stampings.is_empty() && tallies.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.write(Write::Stamp).await?;
        for stamping in stampings {
            write(&mut tx, stamping).await?;
        }
        for tally in tallies {
            count(&mut tx, tally).await?;
        }
        tx.commit().await
    }

    async fn stamps_due(&self, now: Timestamp) -> Result<i64> {
        let sql = "SELECT COUNT(*) AS due FROM stamp WHERE due_at IS NOT NULL AND due_at <= $1";
        let row = self.db.one(sql, args![now]).await?;
        row.map_or(Ok(0), |row| row.int("due"))
    }
}

/// Writes one stamp, unless its mailbox is gone.
pub(super) async fn write(tx: &mut Tx, stamping: &Stamping) -> Result<()> {
    let row = tx
        .one(
            "UPDATE stamp SET version = version + 1,
               cause = CASE WHEN due_at IS NULL THEN $2 ELSE cause END
             WHERE mailbox_id = $1 AND EXISTS (SELECT 1 FROM mailbox b
               WHERE b.id = $1 AND b.removed_at IS NULL)
             RETURNING version",
            args![stamping.mailbox, stamping.trigger.name()],
        )
        .await?;
    let Some(row) = row else { return Ok(()) };
    let version = row.int("version")?;
    let overflows = hint(tx, stamping, version).await?;
    let all = stamping.all || overflows;
    let announced = overflows && stamping.trigger == Trigger::Push;
    // Due at once, but not while Microsoft asked us to wait, nor while somebody has to sign in.
    tx.run(
        "UPDATE stamp SET
           all_version = CASE WHEN $3 = 1 THEN version ELSE all_version END,
           overflow_at = CASE WHEN $4 = 1 AND overflow_at IS NULL THEN $2 ELSE overflow_at END,
           due_at = (SELECT CASE WHEN b.reachable = 0 THEN NULL
               WHEN stamp.due_at IS NOT NULL AND stamp.due_at <= $2
                 AND stamp.due_at >= b.not_before THEN stamp.due_at
               WHEN b.not_before > $2 THEN b.not_before ELSE $2 END
             FROM mailbox b WHERE b.id = stamp.mailbox_id)
         WHERE mailbox_id = $1",
        args![stamping.mailbox, stamping.at, all, announced],
    )
    .await?;
    tx.ring(Bell::Work);
    Ok(())
}

/// Adds the hinted ids; true when there are more than a stamp keeps.
async fn hint(tx: &mut Tx, stamping: &Stamping, version: i64) -> Result<bool> {
    let mut ids: Vec<&String> = stamping.messages.iter().collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(false);
    }
    let sql = "SELECT remote_id FROM hint WHERE mailbox_id = $1";
    let known = tx.all(sql, args![stamping.mailbox]).await?;
    let known = known
        .iter()
        .map(|row| row.text("remote_id"))
        .collect::<Result<Vec<_>>>()?;
    let room = STAMP_IDS_MAX.saturating_sub(known.len());
    let count = ids.len();
    ids.retain(|id| id.len() <= ID_BYTES_MAX);
    let is_strange = ids.len() < count;
    let (again, new): (Vec<&String>, Vec<&String>) =
        ids.into_iter().partition(|id| known.contains(id));
    let overflows = is_strange || new.len() > room;
    let at = stamping.at;
    let notified = (stamping.trigger == Trigger::Push).then_some(at);
    let rows = again
        .into_iter()
        .chain(new.into_iter().take(room))
        .map(|id| args![stamping.mailbox, id, version, at, notified, at])
        .collect();
    tx.insert(
        "INSERT INTO hint (mailbox_id, remote_id, version, hinted_at, notified_at, due_at) VALUES",
        "ON CONFLICT (mailbox_id, remote_id) DO UPDATE SET version = excluded.version,
           notified_at = COALESCE(hint.notified_at, excluded.notified_at),
           due_at = excluded.due_at, attempts = 0",
        rows,
    )
    .await?;
    if notified.is_some() {
        announce(tx, stamping.mailbox, &stamping.messages, at).await?;
    }
    Ok(overflows)
}

/// Notes the notification of messages that were stored before it came.
async fn announce(tx: &mut Tx, mailbox: MailboxId, ids: &[String], at: Timestamp) -> Result<()> {
    let ids: Vec<Value> = ids.iter().map(Value::from).collect();
    let rows = tx.all_in(UNANNOUNCED, args![mailbox], &ids).await?;
    let ids = arrivals::lock(tx, &rows).await?;
    let sql = "UPDATE arrival SET announced_at = $1
               WHERE announced_at IS NULL AND message_id IN (LIST)";
    tx.run_in(sql, args![at], &ids).await.map(drop)
}

/// Arrivals that nothing has announced yet.
pub(super) const UNANNOUNCED: &str = "SELECT mailbox_id, message_id FROM arrival
     WHERE mailbox_id = $1 AND announced_at IS NULL AND remote_id IN (LIST)";

async fn count(tx: &mut Tx, tally: &NotificationTally) -> Result<()> {
    let genuine = tally.accepted > 0;
    let row = tx
        .one(
            "UPDATE subscription SET last_notification_at =
               CASE WHEN $2 = 1 THEN $3 ELSE last_notification_at END
             WHERE id = $1 RETURNING mailbox_id",
            args![tally.subscription, genuine, tally.at],
        )
        .await?;
    let Some(row) = row else { return Ok(()) };
    tx.run(
        "UPDATE push_tally SET accepted = accepted + $2, silent = silent + $3,
           forged = forged + $4, lifecycle = lifecycle + $5,
           last_notification_at = CASE WHEN $6 = 1 THEN $7 ELSE last_notification_at END
         WHERE mailbox_id = $1",
        args![
            row.int("mailbox_id")?,
            tally.accepted,
            tally.silent,
            tally.forged,
            tally.lifecycle,
            genuine,
            tally.at
        ],
    )
    .await?;
    told(tx, tally, MailboxId(row.int("mailbox_id")?)).await
}

/// Keeps what lifecycle notifications said, until push has answered them.
async fn told(tx: &mut Tx, tally: &NotificationTally, mailbox: MailboxId) -> Result<()> {
    if tally.told.is_empty() {
        return Ok(());
    }
    let rows = tally
        .told
        .iter()
        .map(|told| args![tally.subscription, told.name(), mailbox, tally.at])
        .collect();
    tx.insert(
        "INSERT INTO lifecycle_notice (subscription_id, kind, mailbox_id, at) VALUES",
        "ON CONFLICT (subscription_id, kind) DO UPDATE SET at = excluded.at, seen = 0",
        rows,
    )
    .await?;
    tx.ring(Bell::Push);
    Ok(())
}
