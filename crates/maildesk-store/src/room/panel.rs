//! The push panel: read from the store alone, never from Graph.

use std::time::Duration;

use maildesk_model::access::Viewer;
use maildesk_model::id::MailboxId;
use maildesk_model::push::{Latency, NotificationCounts, PushEvent, PushPanel, PushState};

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
           s.remote_id, s.expires_at
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
        subscription: row.opt_text("remote_id")?,
        expires_at: row.opt_time("expires_at")?,
        last_notification_at: row.opt_time("last_notification_at")?,
        counts: counts(&row)?,
        events: events(conn, mailbox).await?,
        latency: latency(conn, mailbox).await?,
    }))
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
    let sql = "SELECT at, kind, detail FROM push_event WHERE mailbox_id = $1
               ORDER BY id DESC LIMIT $2";
    let rows = conn.all(sql, args![mailbox, EVENTS_SHOWN]).await?;
    rows.iter()
        .map(|row| {
            Ok(PushEvent {
                at: row.time("at")?,
                kind: row.text("kind")?,
                detail: row.text("detail")?,
            })
        })
        .collect()
}

async fn latency(conn: &mut Conn, mailbox: MailboxId) -> Result<Latency> {
    let sql = "SELECT received_at, COALESCE(shown_at, stored_at) AS seen_at FROM arrival
               WHERE mailbox_id = $1 ORDER BY stored_at DESC LIMIT $2";
    let rows = conn.all(sql, args![mailbox, ARRIVALS_MEASURED]).await?;
    let ways = rows
        .iter()
        .map(|row| Ok(row.time("seen_at")?.since(row.time("received_at")?)))
        .collect::<Result<Vec<_>>>()?;
    Ok(measure(ways))
}

/// The nearest rank: with twenty samples, the nineteenth is the 95th of a hundred.
fn measure(mut ways: Vec<Duration>) -> Latency {
    ways.sort_unstable();
    let at = |percent: usize| {
        let rank = (ways.len() * percent).div_ceil(100).max(1);
        ways.get(rank - 1).copied()
    };
    Latency {
        p50: at(50),
        p95: at(95),
        samples: ways.len() as i64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        assert_eq!(measure(Vec::new()), Latency::default());
        let ways = (1..=20).rev().map(Duration::from_secs).collect();
        let latency = measure(ways);
        assert_eq!(latency.p50, Some(Duration::from_secs(10)));
        assert_eq!(latency.p95, Some(Duration::from_secs(19)));
        assert_eq!(latency.samples, 20);
    }
}
