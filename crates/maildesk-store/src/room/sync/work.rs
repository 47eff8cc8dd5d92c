//! What is due for a claimed mailbox, read in one go.

use maildesk_model::clock::Timestamp;
use maildesk_model::folder::WellKnown;
use maildesk_model::id::{FolderId, MailboxId, MessageId};
use maildesk_model::intent::Lane;
use maildesk_model::mailbox::{Connection, MailboxState};
use maildesk_model::parameter;
use maildesk_model::stamp::{STAMP_IDS_MAX, Trigger};

use crate::contract::{
    Cursor, FolderKey, FolderSync, Hint, Missing, Result, Stamp, StoreError, SyncMailbox, Work,
};
use crate::db::{Conn, Row, Value, args};
use crate::room::{intents, unless_zero};

/// Intents and lost messages handed out at once; what is left comes with the next look.
const AT_ONCE: i64 = 20;

const FOLDER: &str = "SELECT id, remote_id, well_known, cursor_state, cursor_link, visited_at
    FROM folder";

pub(in crate::room) const MISSING: &str = "SELECT id, remote_id FROM message
    WHERE mailbox_id = $1 AND missing_since IS NOT NULL ORDER BY missing_since LIMIT $2";
pub(in crate::room) const BODY_GAP: &str = "SELECT received_at FROM message
    WHERE mailbox_id = $1 AND body_state = 0 ORDER BY received_at DESC LIMIT 1";
pub(in crate::room) const BODYLESS: &str = "SELECT remote_id FROM message
    WHERE mailbox_id = $1 AND body_state = 0 AND received_at = $2 ORDER BY id LIMIT $3";

pub(super) async fn read(conn: &mut Conn, mailbox: MailboxId, now: Timestamp) -> Result<Work> {
    let unlisted = "cursor_state <> 'done' AND cursor_state <> 'round'
        ORDER BY rank, g_total DESC, id LIMIT 1";
    let unfinished = "cursor_state <> 'done' AND cursor_state = 'round' ORDER BY rank LIMIT 1";
    Ok(Work {
        mailbox: sync_mailbox(conn, mailbox).await?,
        stamp: stamp(conn, mailbox, now).await?,
        intents: intents::due(conn, mailbox, Lane::Sync, now, AT_ONCE).await?,
        missing: missing(conn, mailbox).await?,
        unlisted: one_folder(conn, mailbox, unlisted, args![]).await?,
        unfinished: one_folder(conn, mailbox, unfinished, args![]).await?,
        body_gap: body_gap(conn, mailbox).await?,
    })
}

async fn sync_mailbox(conn: &mut Conn, mailbox: MailboxId) -> Result<SyncMailbox> {
    let row = conn
        .one(
            "SELECT b.*, (SELECT COUNT(*) FROM folder f
               WHERE f.mailbox_id = b.id AND f.gone_at IS NULL) AS folder_count,
               (SELECT value FROM parameter WHERE key = $2) AS bodies_days
             FROM mailbox b WHERE b.id = $1 AND b.removed_at IS NULL",
            args![mailbox, parameter::SYNC_BODIES_DAYS],
        )
        .await?
        .ok_or(StoreError::LeaseLost)?;
    Ok(SyncMailbox {
        id: mailbox,
        address: row.text("address")?,
        connection: row.named("connection", Connection::from_name)?,
        state: row.named("state", MailboxState::from_name)?,
        not_before: unless_zero(row.int("not_before")?),
        failures: row.int("failures")?,
        connected_at: row.opt_time("connected_at")?,
        next_sweep_at: row.opt_time("next_sweep_at")?,
        folders_link: row.opt_text("folders_link")?,
        select_version: row.int("select_version")?,
        folder_count: row.int("folder_count")?,
        bodies_days: parameter::days(row.opt_text("bodies_days")?.as_deref()),
        bodies_from: row.opt_time("bodies_from")?,
    })
}

/// The version is read before the hints: one that comes in between is newer, and stays due.
async fn stamp(conn: &mut Conn, mailbox: MailboxId, now: Timestamp) -> Result<Option<Stamp>> {
    let sql = "SELECT version, all_version, cause FROM stamp WHERE mailbox_id = $1";
    let Some(row) = conn.one(sql, args![mailbox]).await? else {
        return Ok(None);
    };
    let hints = conn
        .all(
            "SELECT h.remote_id, h.version, h.hinted_at, h.attempts, m.g_folder_id FROM hint h
               LEFT JOIN message m ON m.mailbox_id = h.mailbox_id AND m.remote_id = h.remote_id
             WHERE h.mailbox_id = $1 AND h.due_at <= $2
             ORDER BY h.hinted_at, h.remote_id LIMIT $3",
            args![mailbox, now, STAMP_IDS_MAX as i64],
        )
        .await?
        .iter()
        .map(|row| {
            Ok(Hint {
                remote_id: row.text("remote_id")?,
                version: row.int("version")?,
                announced_at: row.time("hinted_at")?,
                attempts: row.int("attempts")?,
                known_folder: row.opt_int("g_folder_id")?.map(FolderId),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let all = row.opt_int("all_version")?.is_some();
    if !all && hints.is_empty() {
        return Ok(None);
    }
    Ok(Some(Stamp {
        version: row.int("version")?,
        all,
        trigger: row.named("cause", Trigger::from_name)?,
        hints,
    }))
}

async fn missing(conn: &mut Conn, mailbox: MailboxId) -> Result<Vec<Missing>> {
    let rows = conn.all(MISSING, args![mailbox, AT_ONCE]).await?;
    rows.iter()
        .map(|row| {
            Ok(Missing {
                id: MessageId(row.int("id")?),
                remote_id: row.text("remote_id")?,
            })
        })
        .collect()
}

async fn body_gap(conn: &mut Conn, mailbox: MailboxId) -> Result<Option<Timestamp>> {
    let row = conn.one(BODY_GAP, args![mailbox]).await?;
    row.map(|row| row.time("received_at")).transpose()
}

fn folder_sync(row: &Row) -> Result<FolderSync> {
    let well_known = row.opt_text("well_known")?;
    let link = row.opt_text("cursor_link")?;
    let link = || {
        link.clone()
            .ok_or_else(|| StoreError::Corrupt("a cursor has no link".into()))
    };
    let cursor = match row.text("cursor_state")?.as_str() {
        "start" => Cursor::Start,
        "listing" => Cursor::Listing(link()?),
        "round" => Cursor::Round { next: link()? },
        _ => Cursor::Done(link()?),
    };
    Ok(FolderSync {
        id: FolderId(row.int("id")?),
        remote_id: row.text("remote_id")?,
        well_known: well_known.as_deref().and_then(WellKnown::from_name),
        cursor,
        visited_at: row.opt_time("visited_at")?,
    })
}

async fn one_folder(
    conn: &mut Conn,
    mailbox: MailboxId,
    rest: &str,
    more: Vec<Value>,
) -> Result<Option<FolderSync>> {
    let sql = format!("{FOLDER} WHERE mailbox_id = $1 AND gone_at IS NULL AND {rest}");
    let mut values = args![mailbox];
    values.extend(more);
    let row = conn.one(crate::db::Sql(sql), values).await?;
    row.as_ref().map(folder_sync).transpose()
}

pub(super) async fn folder(
    conn: &mut Conn,
    mailbox: MailboxId,
    which: FolderKey<'_>,
) -> Result<Option<FolderSync>> {
    match which {
        FolderKey::Id(id) => one_folder(conn, mailbox, "id = $2", args![id]).await,
        FolderKey::Remote(id) => one_folder(conn, mailbox, "remote_id = $2", args![id]).await,
        FolderKey::WellKnown(known) => {
            one_folder(conn, mailbox, "well_known = $2", args![known.name()]).await
        }
    }
}

/// Folders whose counts differ from what Graph said since they were visited, then the longest
/// unvisited. A difference that a visit did not mend waits until Graph's counts move again, so
/// that it keeps no other folder waiting.
pub(super) async fn stalest(
    conn: &mut Conn,
    mailbox: MailboxId,
    limit: i64,
) -> Result<Vec<FolderSync>> {
    let sql = format!(
        "{FOLDER} WHERE mailbox_id = $1 AND gone_at IS NULL AND cursor_state IN ('done', 'round')
         ORDER BY CASE WHEN (g_total <> total OR g_unread <> unread)
             AND counts_at >= COALESCE(visited_at, 0) THEN 0 ELSE 1 END,
           COALESCE(visited_at, 0), id LIMIT $2"
    );
    let rows = conn.all(crate::db::Sql(sql), args![mailbox, limit]).await?;
    rows.iter().map(folder_sync).collect()
}

pub(super) async fn known(
    conn: &mut Conn,
    mailbox: MailboxId,
    remote_ids: &[String],
) -> Result<Vec<String>> {
    let ids: Vec<Value> = remote_ids.iter().map(Value::from).collect();
    let sql = "SELECT remote_id FROM message WHERE mailbox_id = $1 AND remote_id IN (LIST)";
    let rows = conn.all_in(sql, args![mailbox], &ids).await?;
    rows.iter().map(|row| row.text("remote_id")).collect()
}

pub(super) async fn bodyless(
    conn: &mut Conn,
    mailbox: MailboxId,
    received_at: Timestamp,
    limit: i64,
) -> Result<Vec<String>> {
    let at = received_at.floor_to_second();
    let rows = conn.all(BODYLESS, args![mailbox, at, limit]).await?;
    rows.iter().map(|row| row.text("remote_id")).collect()
}
