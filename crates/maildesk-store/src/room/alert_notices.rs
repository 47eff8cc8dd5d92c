//! What is to be told, by which way, and how far that is.

use std::time::Duration;

use maildesk_model::alert::{AlertWay, Notice, Telling, WayState};
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{AlertId, MailboxId, NoticeId};

use super::alerts;
use crate::contract::{NoticeOutcome, Result, StoreError};
use crate::db::{Conn, Row, Tx, args};
use crate::mail::people;

/// Alerts of one notice; more than that are told with the next.
const LINES_MAX: i64 = 1000;

/// Notices written in the last hour, of the way that has most.
pub(super) async fn last_hour(conn: &mut Conn, now: Timestamp) -> Result<i64> {
    // Not those of a clock that was ahead, which would count for as long as it was.
    let sql = "SELECT COUNT(*) AS n FROM alert_notice WHERE created_at > $1 AND created_at <= $2
               GROUP BY way ORDER BY n DESC LIMIT 1";
    let since = now.minus(Duration::from_hours(1));
    let row = conn.one(sql, args![since, now]).await?;
    row.map_or(Ok(0), |row| row.int("n"))
}

/// One notice for each way, and the alerts are told.
pub(super) async fn write(
    tx: &mut Tx,
    tell: &[(AlertId, Telling)],
    ways: &[AlertWay],
    at: Timestamp,
) -> Result<()> {
    let tell = &tell[..tell.len().min(LINES_MAX as usize)];
    for way in ways {
        let sql = "INSERT INTO alert_notice (way, created_at, due_at) VALUES ($1, $2, $2)
                   RETURNING id";
        let row = tx.one(sql, args![way.name(), at]).await?;
        let row = row.ok_or_else(|| StoreError::Corrupt("a notice has no key".to_owned()))?;
        let notice = row.int("id")?;
        for (alert, telling) in tell {
            tx.run(
                "INSERT INTO alert_line (notice_id, alert_id, telling) VALUES ($1, $2, $3)",
                args![notice, *alert, telling.name()],
            )
            .await?;
        }
    }
    for (alert, telling) in tell {
        let sql = match telling {
            Telling::Resolved => "UPDATE alert SET end_told = 1 WHERE id = $1 AND $2 > 0",
            _ => "UPDATE alert SET told_at = $2, told_level = level WHERE id = $1",
        };
        tx.run(sql, args![*alert, at]).await?;
    }
    Ok(())
}

/// The oldest that waits, of each way.
pub(super) async fn next(conn: &mut Conn, now: Timestamp) -> Result<Vec<Notice>> {
    let mut notices = Vec::new();
    let hour_ago = now.minus(Duration::from_hours(1));
    for way in AlertWay::ALL {
        let sql = "SELECT n.*, (SELECT COUNT(*) FROM alert_notice t
                     WHERE t.way = $1 AND t.taken = 1 AND t.settled_at > $2 AND t.settled_at <= $3)
                     AS gone_out
                   FROM alert_notice n WHERE n.way = $1 AND n.settled_at IS NULL
                   ORDER BY n.id LIMIT 1";
        if let Some(row) = conn.one(sql, args![way.name(), hour_ago, now]).await? {
            notices.push(notice(conn, way, &row).await?);
        }
    }
    Ok(notices)
}

async fn notice(conn: &mut Conn, way: AlertWay, row: &Row) -> Result<Notice> {
    let id = NoticeId(row.int("id")?);
    let sql = "SELECT a.*, l.telling FROM alert_line l JOIN alert a ON a.id = l.alert_id
               WHERE l.notice_id = $1 ORDER BY a.id LIMIT $2";
    let lines = conn.all(sql, args![id, LINES_MAX]).await?;
    let lines = lines.iter().map(|line| {
        let telling = line.named("telling", Telling::from_name)?;
        Ok((alerts::alert(line)?, telling))
    });
    Ok(Notice {
        id,
        way,
        created_at: row.time("created_at")?,
        due_at: row.time("due_at")?,
        tries: row.int("tries")?,
        doubts: row.int("doubts")?,
        gone_out: row.int("gone_out")?,
        lines: lines.collect::<Result<_>>()?,
    })
}

/// What came of an attempt.
pub(super) async fn settle(
    tx: &mut Tx,
    id: NoticeId,
    outcome: &NoticeOutcome,
    at: Timestamp,
) -> Result<()> {
    let (sql, values) = match outcome {
        NoticeOutcome::Taken { sender } => (
            "UPDATE alert_notice SET tries = tries + 1, trouble = NULL, settled_at = $2, taken = 1,
               sender_id = $3 WHERE id = $1 AND settled_at IS NULL",
            args![id, at, *sender],
        ),
        NoticeOutcome::Again {
            due_at,
            trouble,
            is_doubtful,
        } => (
            "UPDATE alert_notice SET tries = tries + 1, due_at = $2, trouble = $3,
               doubts = doubts + $4 WHERE id = $1 AND settled_at IS NULL",
            args![
                id,
                *due_at,
                people::from_trouble(trouble),
                i64::from(*is_doubtful)
            ],
        ),
        NoticeOutcome::Doubtful { trouble } => (
            "UPDATE alert_notice SET tries = tries + 1, doubts = doubts + 1, trouble = $3,
               settled_at = $2, taken = 1, sender_id = NULL
             WHERE id = $1 AND settled_at IS NULL",
            args![id, at, people::from_trouble(trouble)],
        ),
        NoticeOutcome::GivenUp { trouble } => (
            "UPDATE alert_notice SET tries = tries + 1, trouble = $3, settled_at = $2
             WHERE id = $1 AND settled_at IS NULL",
            args![id, at, people::from_trouble(trouble)],
        ),
    };
    let is_settled = tx.run(sql, values).await? > 0;
    if is_settled && matches!(outcome, NoticeOutcome::GivenUp { .. }) {
        untell(tx, id).await?;
    }
    Ok(())
}

/// Nothing goes out by this way any more.
pub(super) async fn give_up(tx: &mut Tx, way: AlertWay, at: Timestamp) -> Result<()> {
    let sql = "UPDATE alert_notice SET settled_at = $2, trouble = NULL
               WHERE way = $1 AND settled_at IS NULL RETURNING id";
    let given_up = tx.all(sql, args![way.name(), at]).await?;
    for row in &given_up {
        untell(tx, NoticeId(row.int("id")?)).await?;
    }
    Ok(())
}

/// What waits for this way is tried at once.
pub(super) async fn try_now(tx: &mut Tx, way: AlertWay, at: Timestamp) -> Result<()> {
    let sql = "UPDATE alert_notice SET due_at = $2 WHERE way = $1 AND settled_at IS NULL";
    tx.run(sql, args![way.name(), at]).await.map(drop)
}

/// What a notice that was given up was to tell counts as not told, unless another one has told it or
/// is going to.
async fn untell(tx: &mut Tx, notice: NoticeId) -> Result<()> {
    // Nobody has heard of the alert at all: it is new again, or over without a word.
    let never_told = "UPDATE alert SET told_at = NULL, told_level = 0, end_told = 0
        WHERE id IN (SELECT alert_id FROM alert_line WHERE notice_id = $1)
          AND EXISTS (SELECT 1 FROM alert_line l JOIN alert_notice n ON n.id = l.notice_id
            WHERE l.alert_id = alert.id AND l.telling <> 'resolved'
              AND n.settled_at IS NOT NULL AND n.taken = 0)
          AND NOT EXISTS (SELECT 1 FROM alert_line l JOIN alert_notice n ON n.id = l.notice_id
            WHERE l.alert_id = alert.id AND (n.taken = 1 OR n.settled_at IS NULL))";
    let end = "UPDATE alert SET end_told = 0
        WHERE id IN (SELECT alert_id FROM alert_line
            WHERE notice_id = $1 AND telling = 'resolved')
          AND NOT EXISTS (SELECT 1 FROM alert_line l JOIN alert_notice n ON n.id = l.notice_id
            WHERE l.alert_id = alert.id AND l.telling = 'resolved'
              AND (n.taken = 1 OR n.settled_at IS NULL))";
    let worse = "UPDATE alert SET told_level = 0
        WHERE id IN (SELECT alert_id FROM alert_line
            WHERE notice_id = $1 AND telling = 'worse')
          AND NOT EXISTS (SELECT 1 FROM alert_line l JOIN alert_notice n ON n.id = l.notice_id
            WHERE l.alert_id = alert.id AND (n.taken = 1 OR n.settled_at IS NULL)
              AND n.created_at >= (SELECT g.created_at FROM alert_notice g WHERE g.id = $1))";
    for sql in [never_told, end, worse] {
        tx.run(sql, args![notice]).await?;
    }
    Ok(())
}

/// How each way is doing.
pub(super) async fn states(conn: &mut Conn) -> Result<Vec<WayState>> {
    let mut states = Vec::new();
    for way in AlertWay::ALL {
        let sql = "SELECT n.settled_at, b.id AS sender FROM alert_notice n
                     LEFT JOIN mailbox b ON b.id = n.sender_id AND b.removed_at IS NULL
                   WHERE n.way = $1 AND n.taken = 1 ORDER BY n.id DESC LIMIT 1";
        let told = conn.one(sql, args![way.name()]).await?;
        let sql = "SELECT COUNT(*) AS n FROM alert_notice WHERE way = $1 AND settled_at IS NULL";
        let waiting = conn.one(sql, args![way.name()]).await?;
        // The last one that was given up counts until something is taken again, and so does the doubt
        // about the last that may have been.
        let sql = "SELECT trouble FROM alert_notice
                   WHERE way = $1 AND trouble IS NOT NULL AND id >= COALESCE(
                     (SELECT MAX(t.id) FROM alert_notice t WHERE t.way = $1 AND t.taken = 1), 0)
                   ORDER BY id LIMIT 1";
        let trouble = conn.one(sql, args![way.name()]).await?;
        let trouble = trouble.map_or(Ok(None), |row| row.opt_text("trouble"))?;
        let sender = told
            .as_ref()
            .map_or(Ok(None), |row| row.opt_int("sender"))?;
        states.push(WayState {
            way,
            told_at: told.map_or(Ok(None), |row| row.opt_time("settled_at"))?,
            sender: sender.map(MailboxId),
            waiting: waiting.map_or(Ok(0), |row| row.int("n"))?,
            trouble: people::to_opt_trouble(trouble)?,
        });
    }
    Ok(states)
}
