//! Folders: taken in, listed, begun anew, and reconciled after a listing from scratch.

use std::collections::{HashMap, HashSet};

use maildesk_model::clock::Timestamp;
use maildesk_model::folder::WellKnown;
use maildesk_model::id::{FolderId, MailboxId, MessageId};
use maildesk_model::journal::JournalKind;

use super::{end, lease};
use crate::contract::{Cursor, FolderChanges, Lease, RemoteFolder, Result};
use crate::db::{Conn, Db, Note, Row, Tx, Value, Write, args};
use crate::mail::hints;

/// As many messages as one transaction marks missing.
const RECONCILE_AT_ONCE: i64 = 500;

/// What a listing from scratch did not have, newest first.
pub(in crate::room) const UNSEEN: &str = "SELECT received_at, id FROM message
    WHERE folder_id = $1 AND seen_generation < $2 AND missing_since IS NULL
      AND (received_at, id) < ($3, $4)
    ORDER BY received_at DESC, id DESC LIMIT $5";

/// A folder row, as far as changes are compared with it.
struct Kept {
    id: FolderId,
    remote_id: String,
    parent: Option<String>,
    name: String,
    well_known: Option<WellKnown>,
    counts: (i64, i64),
    is_gone: bool,
}

fn kept(row: &Row) -> Result<Kept> {
    let well_known = row.opt_text("well_known")?;
    Ok(Kept {
        id: FolderId(row.int("id")?),
        remote_id: row.text("remote_id")?,
        parent: row.opt_text("parent_remote_id")?,
        name: row.text("name")?,
        well_known: well_known.as_deref().and_then(WellKnown::from_name),
        counts: (row.int("g_unread")?, row.int("g_total")?),
        is_gone: row.opt_int("gone_at")?.is_some(),
    })
}

/// The order of import: as [`WellKnown::ALL`] has them, all others after.
fn rank(well_known: Option<WellKnown>) -> i64 {
    let place = WellKnown::ALL
        .iter()
        .position(|known| Some(*known) == well_known);
    place.unwrap_or(WellKnown::ALL.len()) as i64
}

pub(super) async fn apply(
    db: &Db,
    lease: &Lease,
    changes: &FolderChanges,
    at: Timestamp,
) -> Result<()> {
    let mut tx = lease::write(db, lease, Write::Swift).await?.tx;
    let mailbox = lease.mailbox;
    let sql = "SELECT * FROM folder WHERE mailbox_id = $1";
    let rows = tx.all(sql, args![mailbox]).await?;
    let known = rows
        .iter()
        .map(|row| kept(row).map(|kept| (kept.remote_id.clone(), kept)))
        .collect::<Result<HashMap<_, _>>>()?;
    for folder in &changes.changed {
        match known.get(&folder.remote_id) {
            Some(kept) => change(&mut tx, mailbox, kept, folder, at).await?,
            None => add(&mut tx, mailbox, folder, at).await?,
        }
    }
    let named: HashSet<&str> = changes.changed.iter().map(|one| &*one.remote_id).collect();
    let removed: HashSet<&str> = changes.removed.iter().map(|id| &**id).collect();
    for kept in known.values().filter(|kept| !kept.is_gone) {
        let id = kept.remote_id.as_str();
        if !named.contains(id) && (changes.whole || removed.contains(id)) {
            lose(&mut tx, mailbox, kept.id, at).await?;
        }
    }
    if let Some(link) = &changes.link {
        let sql = "UPDATE mailbox SET folders_link = $2 WHERE id = $1";
        tx.run(sql, args![mailbox, link]).await?;
    }
    let begun = tx
        .run(
            "UPDATE mailbox SET state = 'importing' WHERE id = $1 AND state = 'connecting'",
            args![mailbox],
        )
        .await?;
    let expects = expect(&mut tx, mailbox).await?;
    if begun > 0 || expects {
        tx.note(Note::mailbox(JournalKind::MailboxUpdated, mailbox), at);
    }
    end::settle_state(&mut tx, mailbox, at).await?;
    tx.commit().await
}

fn note(tx: &mut Tx, mailbox: MailboxId, folder: FolderId, at: Timestamp) {
    let note = Note {
        kind: JournalKind::FolderUpdated,
        mailbox,
        message: None,
        folder: Some(folder),
        draft: None,
    };
    tx.note(note, at);
}

async fn add(tx: &mut Tx, mailbox: MailboxId, folder: &RemoteFolder, at: Timestamp) -> Result<()> {
    let row = tx
        .one(
            "INSERT INTO folder (mailbox_id, remote_id, parent_remote_id, name, well_known, rank,
               g_unread, g_total, counts_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (mailbox_id, remote_id) DO NOTHING RETURNING id",
            args![
                mailbox,
                &folder.remote_id,
                folder.parent.as_ref(),
                &folder.name,
                folder.well_known.map(WellKnown::name),
                rank(folder.well_known),
                folder.unread,
                folder.total,
                at
            ],
        )
        .await?;
    // The same folder twice in one answer is no conflict: the next delta brings what changed.
    let Some(row) = row else { return Ok(()) };
    hints::folder_came(tx, mailbox, &folder.remote_id, at).await?;
    note(tx, mailbox, FolderId(row.int("id")?), at);
    Ok(())
}

async fn change(
    tx: &mut Tx,
    mailbox: MailboxId,
    kept: &Kept,
    folder: &RemoteFolder,
    at: Timestamp,
) -> Result<()> {
    let well_known = folder.well_known.or(kept.well_known);
    let looks_same = !kept.is_gone
        && kept.name == folder.name
        && kept.parent == folder.parent
        && kept.well_known == well_known;
    let counts_same = kept.counts == (folder.unread, folder.total);
    if looks_same && counts_same {
        return Ok(());
    }
    tx.run(
        "UPDATE folder SET parent_remote_id = $2, name = $3, well_known = $4, rank = $5,
           g_unread = $6, g_total = $7,
           counts_at = CASE WHEN g_unread <> $6 OR g_total <> $7 THEN $8 ELSE counts_at END
         WHERE id = $1",
        args![
            kept.id,
            folder.parent.as_ref(),
            &folder.name,
            well_known.map(WellKnown::name),
            rank(well_known),
            folder.unread,
            folder.total,
            at
        ],
    )
    .await?;
    if kept.is_gone {
        // It is back: what is in it now is not known any more.
        let sql = "UPDATE folder SET gone_at = NULL, cursor_state = 'start', cursor_link = NULL,
                   generation = generation + 1, reconciling = 0 WHERE id = $1";
        tx.run(sql, args![kept.id]).await?;
        hints::folder_came(tx, mailbox, &folder.remote_id, at).await?;
    }
    if !looks_same {
        note(tx, mailbox, kept.id, at);
    }
    Ok(())
}

/// Graph does not have the folder any more. Its messages are looked for one by one; until they are
/// found the row stays, unlisted, because they are still shown in it.
async fn lose(tx: &mut Tx, mailbox: MailboxId, folder: FolderId, at: Timestamp) -> Result<()> {
    tx.run(
        "UPDATE folder SET gone_at = $2, generation = generation + 1, reconciling = 1
         WHERE id = $1",
        args![folder, at],
    )
    .await?;
    note(tx, mailbox, folder, at);
    Ok(())
}

/// Recomputes how many messages Graph says there are; true when that changed.
async fn expect(tx: &mut Tx, mailbox: MailboxId) -> Result<bool> {
    let row = tx
        .one(
            "SELECT CAST(COALESCE(SUM(g_total), 0) AS BIGINT) AS total FROM folder
             WHERE mailbox_id = $1 AND gone_at IS NULL",
            args![mailbox],
        )
        .await?;
    let total = row.map_or(Ok(0), |row| row.int("total"))?;
    let sql = "UPDATE mailbox SET expected = $2 WHERE id = $1 AND expected <> $2";
    Ok(tx.run(sql, args![mailbox, total]).await? > 0)
}

/// Writes how far a folder's listing is. The end of a listing from scratch leaves what it did not
/// have to be reconciled.
pub(super) async fn set_cursor(
    tx: &mut Tx,
    mailbox: MailboxId,
    folder: FolderId,
    cursor: &Cursor,
    at: Timestamp,
) -> Result<()> {
    let (state, link) = match cursor {
        Cursor::Start => ("start", None),
        Cursor::Listing(next) => ("listing", Some(next)),
        Cursor::Round { next } => ("round", Some(next)),
        Cursor::Done(delta) => ("done", Some(delta)),
    };
    tx.run(
        "UPDATE folder SET
           reconciling = CASE WHEN $3 = 'done' AND generation > 0
             AND cursor_state IN ('start', 'listing') THEN 1 ELSE reconciling END,
           visited_at = CASE WHEN $3 = 'done' THEN $5 ELSE visited_at END,
           cursor_state = $3, cursor_link = $4
         WHERE id = $1 AND mailbox_id = $2 AND gone_at IS NULL",
        args![folder, mailbox, state, link, at],
    )
    .await
    .map(drop)
}

pub(super) async fn restart(
    db: &Db,
    lease: &Lease,
    folder: FolderId,
    _at: Timestamp,
) -> Result<()> {
    let mut tx = lease::write(db, lease, Write::Swift).await?.tx;
    tx.run(
        "UPDATE folder SET cursor_state = 'start', cursor_link = NULL,
           generation = generation + 1, reconciling = 0
         WHERE id = $1 AND mailbox_id = $2 AND gone_at IS NULL",
        args![folder, lease.mailbox],
    )
    .await?;
    tx.commit().await
}

pub(super) async fn restart_list(db: &Db, lease: &Lease) -> Result<()> {
    let mut tx = lease::write(db, lease, Write::Swift).await?.tx;
    let sql = "UPDATE mailbox SET folders_link = NULL WHERE id = $1";
    tx.run(sql, args![lease.mailbox]).await?;
    tx.commit().await
}

pub(super) async fn set_select_version(db: &Db, lease: &Lease, version: i64) -> Result<()> {
    let mut tx = lease::write(db, lease, Write::Swift).await?.tx;
    let changed = tx
        .run(
            "UPDATE mailbox SET select_version = $2 WHERE id = $1 AND select_version <> $2",
            args![lease.mailbox, version],
        )
        .await?;
    if changed > 0 {
        tx.run(
            "UPDATE folder SET cursor_state = 'start', cursor_link = NULL,
               generation = generation + 1, reconciling = 0
             WHERE mailbox_id = $1 AND gone_at IS NULL",
            args![lease.mailbox],
        )
        .await?;
    }
    tx.commit().await
}

/// Marks what listings from scratch did not have as missing, in bounded transactions. What is left
/// when the program ends is a row, and done at the next look. Answers how many were marked.
pub(super) async fn reconcile(db: &Db, lease: &Lease, at: Timestamp) -> Result<i64> {
    let sql = "SELECT id, generation FROM folder WHERE mailbox_id = $1 AND reconciling = 1";
    let folders = db.all(sql, args![lease.mailbox]).await?;
    let mut marked = 0;
    for row in &folders {
        let (folder, generation) = (FolderId(row.int("id")?), row.int("generation")?);
        let mut after = (Timestamp::from_micros(i64::MAX), MessageId(i64::MAX));
        loop {
            let unseen = unseen(&mut db.read().await?, folder, generation, after).await?;
            let Some(last) = unseen.last().copied() else {
                break;
            };
            marked += mark(db, lease, folder, generation, &unseen, at).await?;
            after = last;
        }
        marked += finish(db, lease, folder, generation, at).await?;
    }
    Ok(marked)
}

async fn unseen(
    conn: &mut Conn,
    folder: FolderId,
    generation: i64,
    after: (Timestamp, MessageId),
) -> Result<Vec<(Timestamp, MessageId)>> {
    let rows = conn
        .all(
            UNSEEN,
            args![folder, generation, after.0, after.1, RECONCILE_AT_ONCE],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.time("received_at")?, MessageId(row.int("id")?))))
        .collect()
}

async fn mark(
    db: &Db,
    lease: &Lease,
    folder: FolderId,
    generation: i64,
    unseen: &[(Timestamp, MessageId)],
    at: Timestamp,
) -> Result<i64> {
    let ids: Vec<Value> = unseen.iter().map(|(_, id)| Value::from(*id)).collect();
    let mut tx = lease::write(db, lease, Write::Bulk).await?.tx;
    let marked = tx
        .run_in(
            "UPDATE message SET missing_since = $1 WHERE g_folder_id = $2
               AND seen_generation < $3 AND missing_since IS NULL AND id IN (LIST)",
            args![at, folder, generation],
            &ids,
        )
        .await?;
    tx.commit().await?;
    Ok(marked.cast_signed())
}

/// The few that are shown elsewhere because intents wait, and then the folder is through.
async fn finish(
    db: &Db,
    lease: &Lease,
    folder: FolderId,
    generation: i64,
    at: Timestamp,
) -> Result<i64> {
    let mut tx = lease::write(db, lease, Write::Bulk).await?.tx;
    let marked = tx
        .run(
            "UPDATE message SET missing_since = $1 WHERE mailbox_id = $2 AND g_folder_id = $3
               AND overlaid = 1 AND seen_generation < $4 AND missing_since IS NULL",
            args![at, lease.mailbox, folder, generation],
        )
        .await?;
    tx.run(
        "UPDATE folder SET reconciling = 0 WHERE id = $1 AND generation = $2",
        args![folder, generation],
    )
    .await?;
    tx.commit().await?;
    Ok(marked.cast_signed())
}
