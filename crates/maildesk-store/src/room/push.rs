//! Push: its own leases, subscription rows, readiness.
//!
//! The push row is locked first, then the stamp, then the subscription.

use std::time::Duration;

use async_trait::async_trait;
use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{IntentId, MailboxId, NodeId, SubscriptionId};
use maildesk_model::intent::Lane;
use maildesk_model::journal::JournalKind;
use maildesk_model::mailbox::{Connection, MailboxState};
use maildesk_model::push::{PushPanel, PushState};
use maildesk_model::secret::Secret;
use maildesk_model::stamp::Trigger;
use maildesk_model::subscription::{Subscription, SubscriptionState, Told};

use super::mailboxes::stamp_all;
use super::{disconnect, intents, orphans, panel, push_lease, push_note, watch};
use crate::SqlStore;
use crate::contract::{
    Bell, IntentOutcome, Lease, PushNote, PushStore, PushWork, Result, StoreError,
};
use crate::db::{Conn, Note, Row, Tx, Write, args};
use crate::mail::people;
use crate::seal::{Place, Sealer};

/// Intents of the push lane handed out at once.
const INTENTS_MAX: i64 = 20;

/// Opens the secret of a subscription row.
pub(crate) fn open_client_state(sealer: &Sealer, id: SubscriptionId, row: &Row) -> Result<Secret> {
    sealer.open(
        client_state_of(&id.0.to_string()),
        &row.bytes("client_state")?,
    )
}

const fn client_state_of(row: &str) -> Place<'_> {
    Place {
        column: "subscription.client_state",
        row,
    }
}

fn subscription(sealer: &Sealer, row: &Row) -> Result<Subscription> {
    let id = SubscriptionId(row.int("id")?);
    Ok(Subscription {
        id,
        mailbox: MailboxId(row.int("mailbox_id")?),
        remote_id: row.opt_text("remote_id")?,
        state: row.named("state", SubscriptionState::from_name)?,
        client_state: open_client_state(sealer, id, row)?,
        base_url: row.text("base_url")?,
        created_at: row.time("created_at")?,
        expires_at: row.opt_time("expires_at")?,
        granted_minutes: row.int("granted_minutes")?,
        patched_at: row.opt_time("patched_at")?,
        failures: row.int("failures")?,
        last_notification_at: row.opt_time("last_notification_at")?,
        looked_at: row.opt_time("looked_at")?,
        look_not_before: row.opt_time("look_not_before")?,
    })
}

impl SqlStore {
    /// Begins a write under the push lease; refused when another node has taken the mailbox.
    async fn push_write(&self, lease: &Lease) -> Result<Tx> {
        let mut tx = self.db.write(Write::Swift).await?;
        push_lease::hold(&mut tx, lease).await?;
        Ok(tx)
    }

    /// Changes one subscription of the claimed mailbox.
    async fn change_subscription(
        &self,
        lease: &Lease,
        id: SubscriptionId,
        sql: &'static str,
        more: Vec<crate::db::Value>,
    ) -> Result<()> {
        let mut tx = self.push_write(lease).await?;
        let mut values = args![id, lease.mailbox];
        values.extend(more);
        tx.run(sql, values).await?;
        tx.commit().await
    }
}

#[async_trait]
impl PushStore for SqlStore {
    async fn claim_push(
        &self,
        node: &NodeId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>> {
        push_lease::claim(&self.db, node, now, until).await
    }

    async fn borrow_push(
        &self,
        mailbox: MailboxId,
        node: &NodeId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>> {
        push_lease::borrow(&self.db, mailbox, node, now, until).await
    }

    async fn leave_alone(&self, lease: &Lease, not_before: Timestamp) -> Result<()> {
        push_lease::leave_alone(&self.db, lease, not_before).await
    }

    async fn next_push_at(&self, _now: Timestamp) -> Result<Option<Timestamp>> {
        let row = self
            .db
            .one(
                "SELECT MIN(CASE WHEN until_at > due THEN until_at ELSE due END) AS due FROM (
                   SELECT next_at AS due, until_at FROM push WHERE next_at IS NOT NULL
                   UNION ALL
                   SELECT intent_due_at, until_at FROM push WHERE intent_due_at IS NOT NULL
                   UNION ALL
                   SELECT n.at, p.until_at FROM lifecycle_notice n
                     JOIN push p ON p.mailbox_id = n.mailbox_id WHERE n.seen = 0) AS d",
                args![],
            )
            .await?;
        row.map_or(Ok(None), |row| row.opt_time("due"))
    }

    async fn push_work(&self, lease: &Lease, now: Timestamp) -> Result<PushWork> {
        let mut conn = self.db.read().await?;
        let row = conn
            .one(
                "SELECT b.address, b.connection, b.state AS mailbox_state, b.removed_at,
                   b.disconnected_at, p.*
                 FROM push p JOIN mailbox b ON b.id = p.mailbox_id WHERE p.mailbox_id = $1",
                args![lease.mailbox],
            )
            .await?
            .ok_or(StoreError::LeaseLost)?;
        let subscriptions = subscriptions(&mut conn, &self.sealer, lease.mailbox).await?;
        let intents = intents::due(&mut conn, lease.mailbox, Lane::Push, now, INTENTS_MAX).await?;
        let notices = watch::notices(&mut conn, lease.mailbox).await?;
        let unannounced = watch::unannounced(&mut conn, lease.mailbox, now).await?;
        let orphans = orphans::noted(&mut conn, lease.mailbox).await?;
        Ok(PushWork {
            mailbox: lease.mailbox,
            address: row.text("address")?,
            connection: row.named("connection", Connection::from_name)?,
            state: row.named("mailbox_state", MailboxState::from_name)?,
            removed: row.opt_int("removed_at")?.is_some(),
            disconnected: row.opt_int("disconnected_at")?.is_some(),
            wanted: row.truth("wanted")?,
            push_state: row.named("state", PushState::from_name)?,
            failures: row.int("failures")?,
            checked_at: row.opt_time("checked_at")?,
            reasons: people::to_troubles(&row.text("reasons")?)?,
            subscriptions,
            notices,
            unannounced,
            replaced_at: row.opt_time("replaced_at")?,
            caught_up_at: row.opt_time("caught_up_at")?,
            orphans,
            intents,
        })
    }

    async fn renew_push_lease(&self, lease: &Lease, until: Timestamp) -> Result<()> {
        let mut tx = self.push_write(lease).await?;
        let sql = "UPDATE push SET until_at = $2,
                     next_at = CASE WHEN next_at = until_at THEN $2 ELSE next_at END
                   WHERE mailbox_id = $1";
        tx.run(sql, args![lease.mailbox, until]).await?;
        tx.commit().await
    }

    async fn release_push(&self, lease: &Lease) -> Result<()> {
        let mut tx = self.push_write(lease).await?;
        intents::refresh_push(&mut tx, lease.mailbox).await?;
        let sql = "UPDATE push SET owner = NULL, until_at = 0 WHERE mailbox_id = $1";
        tx.run(sql, args![lease.mailbox]).await?;
        tx.ring(Bell::Push);
        tx.commit().await
    }

    async fn wake_push(&self, now: Timestamp, apart: Duration) -> Result<()> {
        let apart = i64::try_from(apart.as_micros()).unwrap_or(i64::MAX);
        let mut tx = self.db.write(Write::Swift).await?;
        tx.run(
            "UPDATE push SET next_at = turns.at FROM
               (SELECT mailbox_id,
                  $1 + (ROW_NUMBER() OVER (ORDER BY mailbox_id) - 1) * $2 AS at FROM push) AS turns
             WHERE turns.mailbox_id = push.mailbox_id
               AND (push.next_at IS NULL OR push.next_at > turns.at
                 OR push.next_at = push.until_at)",
            args![now, apart],
        )
        .await?;
        tx.ring(Bell::Push);
        tx.commit().await
    }

    async fn add_subscription(
        &self,
        lease: &Lease,
        client_state: &Secret,
        base_url: &str,
        at: Timestamp,
    ) -> Result<SubscriptionId> {
        let mut tx = self.push_write(lease).await?;
        let row = tx
            .one(
                "INSERT INTO subscription (mailbox_id, state, base_url, created_at)
                 SELECT b.id, 'pending', $2, $3 FROM mailbox b
                 WHERE b.id = $1 AND b.disconnected_at IS NULL RETURNING id",
                args![lease.mailbox, base_url, at],
            )
            .await?
            .ok_or(StoreError::LeaseLost)?;
        let id = SubscriptionId(row.int("id")?);
        // The row's key is bound to the secret, so the secret follows it.
        let sealed = self
            .sealer
            .seal(client_state_of(&id.0.to_string()), client_state);
        let sql = "UPDATE subscription SET client_state = $2 WHERE id = $1";
        tx.run(sql, args![id, sealed]).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn activate_subscription(
        &self,
        lease: &Lease,
        id: SubscriptionId,
        remote_id: &str,
        expires_at: Timestamp,
        granted_minutes: i64,
        at: Timestamp,
    ) -> Result<()> {
        let mut tx = self.push_write(lease).await?;
        stamp_all(&mut tx, lease.mailbox, Trigger::CatchUp, at).await?;
        let sql = "UPDATE subscription SET state = 'retiring'
                   WHERE mailbox_id = $1 AND state = 'active' AND id <> $2";
        tx.run(sql, args![lease.mailbox, id]).await?;
        // The mailbox may have been removed or disconnected while Graph answered: then it is to be
        // deleted there.
        tx.run(
            "UPDATE subscription SET remote_id = $3, expires_at = $4, granted_minutes = $5,
               failures = 0, state = CASE WHEN EXISTS (SELECT 1 FROM mailbox b
                 WHERE b.id = $2 AND b.removed_at IS NULL AND b.disconnected_at IS NULL) THEN 'active' ELSE 'retiring' END
             WHERE id = $1 AND mailbox_id = $2",
            args![id, lease.mailbox, remote_id, expires_at, granted_minutes],
        )
        .await?;
        tx.note(Note::mailbox(JournalKind::PushUpdated, lease.mailbox), at);
        tx.commit().await
    }

    async fn note_patch(&self, lease: &Lease, id: SubscriptionId, at: Timestamp) -> Result<()> {
        let sql = "UPDATE subscription SET patched_at = $3 WHERE id = $1 AND mailbox_id = $2";
        self.change_subscription(lease, id, sql, args![at]).await
    }

    async fn looked_at(
        &self,
        lease: &Lease,
        id: SubscriptionId,
        expires_at: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<()> {
        let sql = "UPDATE subscription SET looked_at = $3, expires_at = COALESCE($4, expires_at)
                   WHERE id = $1 AND mailbox_id = $2";
        self.change_subscription(lease, id, sql, args![at, expires_at])
            .await
    }

    async fn look_later(
        &self,
        lease: &Lease,
        id: SubscriptionId,
        not_before: Timestamp,
    ) -> Result<()> {
        let sql = "UPDATE subscription SET look_not_before = $3 WHERE id = $1 AND mailbox_id = $2";
        self.change_subscription(lease, id, sql, args![not_before])
            .await
    }

    async fn note_replacing(&self, lease: &Lease, at: Timestamp) -> Result<()> {
        let mut tx = self.push_write(lease).await?;
        let sql = "UPDATE push SET replaced_at = $2 WHERE mailbox_id = $1";
        tx.run(sql, args![lease.mailbox, at]).await?;
        tx.commit().await
    }

    async fn catch_up(&self, lease: &Lease, at: Timestamp) -> Result<()> {
        let mut tx = self.push_write(lease).await?;
        let sql = "UPDATE push SET caught_up_at = $2 WHERE mailbox_id = $1";
        tx.run(sql, args![lease.mailbox, at]).await?;
        stamp_all(&mut tx, lease.mailbox, Trigger::CatchUp, at).await?;
        watch::answer(&mut tx, lease.mailbox, Told::Missed, at).await?;
        tx.commit().await
    }

    async fn renewed(
        &self,
        lease: &Lease,
        id: SubscriptionId,
        expires_at: Timestamp,
        granted_minutes: i64,
        at: Timestamp,
    ) -> Result<()> {
        let mut tx = self.push_write(lease).await?;
        // Read now and answered last: the hook writes stamps before notices, and whoever took them
        // in another order could wait for it while it waits for them.
        let was_asked = watch::was_asked_to_renew(&mut tx, id, at).await?;
        if was_asked {
            stamp_all(&mut tx, lease.mailbox, Trigger::CatchUp, at).await?;
        }
        tx.run(
            "UPDATE subscription SET expires_at = $3, granted_minutes = $4, failures = 0
             WHERE id = $1 AND mailbox_id = $2",
            args![id, lease.mailbox, expires_at, granted_minutes],
        )
        .await?;
        if was_asked {
            watch::answer(&mut tx, lease.mailbox, Told::Reauthorize, at).await?;
        }
        watch::answer(&mut tx, lease.mailbox, Told::SignedIn, at).await?;
        tx.commit().await
    }

    async fn retire_subscription(&self, lease: &Lease, id: SubscriptionId) -> Result<()> {
        let sql = "UPDATE subscription SET state = 'retiring' WHERE id = $1 AND mailbox_id = $2";
        self.change_subscription(lease, id, sql, args![]).await
    }

    async fn forget_subscription(&self, lease: &Lease, id: SubscriptionId) -> Result<()> {
        let mut tx = self.push_write(lease).await?;
        let sql = "DELETE FROM subscription WHERE id = $1 AND mailbox_id = $2";
        tx.run(sql, args![id, lease.mailbox]).await?;
        watch::forget(&mut tx, id).await?;
        disconnect::drop_tokens(&mut tx, lease.mailbox).await?;
        tx.commit().await
    }

    async fn subscription_failed(
        &self,
        lease: &Lease,
        id: SubscriptionId,
        at_least: i64,
    ) -> Result<()> {
        let sql = "UPDATE subscription SET
                     failures = CASE WHEN failures + 1 < $3 THEN $3 ELSE failures + 1 END
                   WHERE id = $1 AND mailbox_id = $2";
        self.change_subscription(lease, id, sql, args![at_least])
            .await
    }

    async fn note_orphans(&self, lease: &Lease, noted: Option<&str>) -> Result<()> {
        let mut tx = self.push_write(lease).await?;
        orphans::note(&mut tx, lease.mailbox, noted).await?;
        disconnect::drop_tokens(&mut tx, lease.mailbox).await?;
        tx.commit().await
    }

    async fn note_push(&self, lease: &Lease, note: &PushNote, at: Timestamp) -> Result<()> {
        let mut tx = self.push_write(lease).await?;
        if push_note::write(&mut tx, lease.mailbox, note).await? {
            tx.note(Note::mailbox(JournalKind::PushUpdated, lease.mailbox), at);
        }
        tx.commit().await
    }

    async fn settle_push_intent(
        &self,
        lease: &Lease,
        intent: IntentId,
        outcome: &IntentOutcome,
        at: Timestamp,
    ) -> Result<()> {
        let mut tx = self.push_write(lease).await?;
        intents::settle(&mut tx, lease.mailbox, intent, outcome, at).await?;
        intents::refresh_push(&mut tx, lease.mailbox).await?;
        tx.commit().await
    }

    async fn push_panel(&self, viewer: Viewer, mailbox: MailboxId) -> Result<Option<PushPanel>> {
        panel::read(&mut self.db.read().await?, viewer, mailbox).await
    }

    async fn push_secret(
        &self,
        viewer: Viewer,
        mailbox: MailboxId,
    ) -> Result<Option<Option<Secret>>> {
        let mut conn = self.db.read().await?;
        if !super::sees(&mut conn, viewer, mailbox).await? {
            return Ok(None);
        }
        let rows = subscriptions(&mut conn, &self.sealer, mailbox).await?;
        let live = rows
            .into_iter()
            .rfind(|one| one.state == SubscriptionState::Active);
        Ok(Some(live.map(|one| one.client_state)))
    }

    async fn subscriptions_left(&self) -> Result<i64> {
        let sql = "SELECT COUNT(*) AS left_there FROM subscription WHERE remote_id IS NOT NULL";
        let row = self.db.one(sql, args![]).await?;
        row.map_or(Ok(0), |row| row.int("left_there"))
    }

    async fn subscription_gauges(
        &self,
        limit: i64,
    ) -> Result<Vec<(MailboxId, PushState, Option<Timestamp>)>> {
        let rows = self
            .db
            .all(
                "SELECT p.mailbox_id, p.state,
                   (SELECT MAX(s.expires_at) FROM subscription s
                    WHERE s.mailbox_id = p.mailbox_id AND s.state = 'active') AS expires_at
                 FROM push p JOIN mailbox b ON b.id = p.mailbox_id
                 WHERE b.removed_at IS NULL ORDER BY p.mailbox_id LIMIT $1",
                args![limit],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok((
                    MailboxId(row.int("mailbox_id")?),
                    row.named("state", PushState::from_name)?,
                    row.opt_time("expires_at")?,
                ))
            })
            .collect()
    }
}

async fn subscriptions(
    conn: &mut Conn,
    sealer: &Sealer,
    mailbox: MailboxId,
) -> Result<Vec<Subscription>> {
    let sql = "SELECT * FROM subscription WHERE mailbox_id = $1 ORDER BY id";
    let rows = conn.all(sql, args![mailbox]).await?;
    rows.iter().map(|row| subscription(sealer, row)).collect()
}
