//! What push goes by when it watches over a subscription: what Microsoft told of it, and mail that
//! came without a notification.

use std::time::Duration;

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, SubscriptionId};
use maildesk_model::subscription::{Told, UNANNOUNCED_AFTER};

use crate::contract::{Notice, Result, Unannounced};
use crate::db::{Conn, Tx, args};

/// As many unannounced messages as a decision can need.
const UNANNOUNCED_MAX: i64 = 10;
/// Older ones say nothing about now.
const UNANNOUNCED_FOR: Duration = Duration::from_hours(24);
/// A subscription watches what arrives after it was created; Graph's clock and ours may differ.
const SETTLES_MICROS: i64 = 30_000_000;
/// A run that ends now has stored within this time what it stored.
const RUN: Duration = Duration::from_mins(15);

/// Notices of a claimed mailbox have done their part: its push is due by time until it rests.
pub(super) async fn see_notices(tx: &mut Tx, mailbox: MailboxId) -> Result<()> {
    let sql = "UPDATE lifecycle_notice SET seen = 1 WHERE mailbox_id = $1 AND seen = 0";
    tx.run(sql, args![mailbox]).await.map(drop)
}

pub(super) async fn notices(conn: &mut Conn, mailbox: MailboxId) -> Result<Vec<Notice>> {
    let sql = "SELECT subscription_id, kind, at FROM lifecycle_notice
               WHERE mailbox_id = $1 ORDER BY at, subscription_id, kind";
    let rows = conn.all(sql, args![mailbox]).await?;
    rows.iter()
        .map(|row| {
            Ok(Notice {
                subscription: SubscriptionId(row.int("subscription_id")?),
                told: row.named("kind", Told::from_name)?,
                at: row.time("at")?,
            })
        })
        .collect()
}

pub(super) async fn unannounced(
    conn: &mut Conn,
    mailbox: MailboxId,
    now: Timestamp,
) -> Result<Vec<Unannounced>> {
    let rows = conn
        .all(
            "SELECT a.received_at, a.stored_at FROM arrival a
             WHERE a.mailbox_id = $1 AND a.stored_at >= $2 AND a.announced_at IS NULL
               AND a.received_at >= (SELECT MAX(s.created_at) + $3 FROM subscription s
                 WHERE s.mailbox_id = $1 AND s.state = 'active')
             ORDER BY a.stored_at DESC LIMIT $4",
            args![
                mailbox,
                now.minus(UNANNOUNCED_FOR),
                SETTLES_MICROS,
                UNANNOUNCED_MAX
            ],
        )
        .await?;
    rows.iter()
        .rev()
        .map(|row| {
            Ok(Unannounced {
                received_at: row.time("received_at")?,
                stored_at: row.time("stored_at")?,
            })
        })
        .collect()
}

/// After a run: push looks when unannounced mail is old enough to mean something, and at once when
/// a mailbox that was quiet was notified again.
pub(super) async fn wake(tx: &mut Tx, mailbox: MailboxId, at: Timestamp) -> Result<()> {
    tx.run(
        "UPDATE push SET next_at = CASE WHEN state = 'quiet' THEN $2 ELSE $3 END
         WHERE mailbox_id = $1 AND wanted = 1 AND (next_at IS NULL OR next_at > $3 OR next_at = until_at)
           AND ((state = 'quiet' AND EXISTS (SELECT 1 FROM push_tally t
               WHERE t.mailbox_id = $1 AND t.last_notification_at >= $4))
             OR EXISTS (SELECT 1 FROM arrival a
               WHERE a.mailbox_id = $1 AND a.stored_at >= $4 AND a.announced_at IS NULL
                 AND a.received_at >= (SELECT MAX(s.created_at) + $5 FROM subscription s
                   WHERE s.mailbox_id = $1 AND s.state = 'active')))",
        args![mailbox, at, at.plus(UNANNOUNCED_AFTER), at.minus(RUN), SETTLES_MICROS],
    )
    .await
    .map(drop)
}

/// What renewing failed at may be mended: it is tried as soon as two tries may follow each other.
/// One failure stays, because the subscription has not been renewed yet.
pub(super) async fn renew_soon(tx: &mut Tx, mailbox: MailboxId) -> Result<()> {
    let sql = "UPDATE subscription SET failures = 1
               WHERE mailbox_id = $1 AND state = 'active' AND failures > 1";
    tx.run(sql, args![mailbox]).await.map(drop)
}

/// What was told by `at` has been acted on.
pub(super) async fn answer(
    tx: &mut Tx,
    mailbox: MailboxId,
    told: Told,
    at: Timestamp,
) -> Result<()> {
    let sql = "DELETE FROM lifecycle_notice WHERE mailbox_id = $1 AND kind = $2 AND at <= $3";
    tx.run(sql, args![mailbox, told.name(), at]).await.map(drop)
}

/// Somebody has signed in anew: what lives is to be renewed with the new token.
pub(super) async fn signed_in(tx: &mut Tx, mailbox: MailboxId, at: Timestamp) -> Result<()> {
    let sql = "INSERT INTO lifecycle_notice (subscription_id, kind, mailbox_id, at)
               SELECT id, $2, mailbox_id, $3 FROM subscription
               WHERE mailbox_id = $1 AND state = 'active'
               ON CONFLICT (subscription_id, kind) DO UPDATE SET at = excluded.at, seen = 0";
    let values = args![mailbox, Told::SignedIn.name(), at];
    tx.run(sql, values).await.map(drop)
}

pub(super) async fn was_asked_to_renew(
    tx: &mut Tx,
    id: SubscriptionId,
    at: Timestamp,
) -> Result<bool> {
    let sql = "SELECT at FROM lifecycle_notice
               WHERE subscription_id = $1 AND kind = $2 AND at <= $3";
    let asked = tx.one(sql, args![id, Told::Reauthorize.name(), at]).await?;
    Ok(asked.is_some())
}

/// What was told of a subscription that is no more.
pub(super) async fn forget(tx: &mut Tx, id: SubscriptionId) -> Result<()> {
    let sql = "DELETE FROM lifecycle_notice WHERE subscription_id = $1";
    tx.run(sql, args![id]).await.map(drop)
}
