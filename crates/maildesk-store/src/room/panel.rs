//! The push panel: read from the store alone, never from Graph.

use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::MailboxId;
use maildesk_model::push::{Latency, NotificationCounts, PushEvent, PushPanel, PushState, Spread};
use maildesk_model::stamp::Trigger;

use super::{visible, who};
use crate::contract::Result;
use crate::db::{Conn, Row, args};
use crate::mail::people;

/// Things that happened, as many as the panel shows.
const EVENTS_SHOWN: i64 = 10;
/// The arrivals that latency is measured from (P5).
const ARRIVALS_MEASURED: i64 = 100;

pub(super) async fn read(
    conn: &mut Conn,
    viewer: Viewer,
    mailbox: MailboxId,
) -> Result<Option<PushPanel>> {
    let sql = concat!(
        "SELECT p.*, t.accepted, t.silent, t.forged, t.lifecycle, t.last_notification_at,
           s.remote_id, s.expires_at, s.looked_at, b.last_sync_at, b.last_sync_trigger,
           (SELECT COUNT(*) FROM subscription r WHERE r.mailbox_id = b.id AND r.state = 'retiring')
             AS leaving
         FROM mailbox b JOIN push p ON p.mailbox_id = b.id
           JOIN push_tally t ON t.mailbox_id = b.id
           LEFT JOIN subscription s ON s.mailbox_id = b.id AND s.state = 'active'
         WHERE b.id = $3 AND ",
        visible!(),
        " ORDER BY s.id DESC LIMIT 1"
    );
    let Some(row) = conn.one(sql, who(viewer, args![mailbox])).await? else {
        return Ok(None);
    };
    let checked_at = row.opt_time("checked_at")?;
    let reasons = people::to_troubles(&row.text("reasons")?)?;
    Ok(Some(PushPanel {
        mailbox,
        state: row.named("state", PushState::from_name)?,
        ready: checked_at.is_some() && reasons.is_empty(),
        checked_at,
        reasons,
        trouble: people::to_opt_trouble(row.opt_text("trouble")?)?,
        next_at: row.opt_time("next_at")?,
        subscription: row.opt_text("remote_id")?,
        expires_at: row.opt_time("expires_at")?,
        looked_at: row.opt_time("looked_at")?,
        leaving: row.int("leaving")?,
        last_notification_at: row.opt_time("last_notification_at")?,
        last_sync: last_sync(&row)?,
        counts: counts(&row)?,
        events: events(conn, mailbox).await?,
        latency: latency(conn, mailbox).await?,
    }))
}

fn last_sync(row: &Row) -> Result<Option<(Timestamp, Option<Trigger>)>> {
    let Some(at) = row.opt_time("last_sync_at")? else {
        return Ok(None);
    };
    let trigger = row.opt_text("last_sync_trigger")?;
    Ok(Some((at, trigger.as_deref().and_then(Trigger::from_name))))
}

fn counts(row: &Row) -> Result<NotificationCounts> {
    Ok(NotificationCounts {
        accepted: row.int("accepted")?,
        silent: row.int("silent")?,
        forged: row.int("forged")?,
        lifecycle: row.int("lifecycle")?,
    })
}

async fn events(conn: &mut Conn, mailbox: MailboxId) -> Result<Vec<PushEvent>> {
    let sql = "SELECT at, kind, detail, times FROM push_event WHERE mailbox_id = $1
               ORDER BY id DESC LIMIT $2";
    let rows = conn.all(sql, args![mailbox, EVENTS_SHOWN]).await?;
    rows.iter()
        .map(|row| {
            Ok(PushEvent {
                at: row.time("at")?,
                kind: row.text("kind")?,
                detail: row.text("detail")?,
                times: row.int("times")?,
            })
        })
        .collect()
}

async fn latency(conn: &mut Conn, mailbox: MailboxId) -> Result<Latency> {
    let sql = "SELECT received_at, announced_at, stored_at, shown_at FROM arrival
               WHERE mailbox_id = $1 ORDER BY stored_at DESC LIMIT $2";
    let rows = conn.all(sql, args![mailbox, ARRIVALS_MEASURED]).await?;
    let mut whole = Vec::new();
    let (mut notified, mut stored, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for row in &rows {
        let (received_at, stored_at) = (row.time("received_at")?, row.time("stored_at")?);
        let (announced_at, shown_at) = (row.opt_time("announced_at")?, row.opt_time("shown_at")?);
        whole.push(shown_at.unwrap_or(stored_at).since(received_at));
        // A notification that came after the mail was here brought nothing.
        if let Some(announced_at) = announced_at.filter(|at| *at <= stored_at) {
            notified.push(announced_at.since(received_at));
            stored.push(stored_at.since(announced_at));
        }
        shown.extend(shown_at.map(|at| at.since(stored_at)));
    }
    Ok(Latency {
        samples: whole.len() as i64,
        announced: notified.len() as i64,
        whole: Spread::of(whole),
        notified: Spread::of(notified),
        stored: Spread::of(stored),
        shown: Spread::of(shown),
    })
}
