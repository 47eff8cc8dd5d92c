//! The files of a draft: added, handed over in pieces, taken away.

use bytes::Bytes;
use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::draft::{DraftFile, DraftState, FILES_MAX, FILES_MAX_BYTES};
use maildesk_model::id::{DraftFileId, DraftId};

use super::{edit, pieces, row};
use crate::contract::{DraftRefusal, Drafted, NewDraftFile, Result, StoreError};
use crate::db::{Conn, Db, Tx, Write, args};

pub(super) async fn add(
    db: &Db,
    viewer: Viewer,
    id: DraftId,
    new: &NewDraftFile,
    at: Timestamp,
) -> Result<Drafted<DraftFile>> {
    let mut tx = db.write(Write::Swift).await?;
    let held = match hold(&mut tx, viewer, id).await? {
        Ok(held) => held,
        Err(refused) => return Ok(Err(refused)),
    };
    let file = match insert(&mut tx, id, new).await? {
        Ok(file) => file,
        Err(refused) => return Ok(Err(refused)),
    };
    // An empty file is complete as it is.
    edit::changed(&mut tx, viewer, &held, id, at).await?;
    tx.commit().await?;
    Ok(Ok(file))
}

/// Writes the row of a file whose bytes follow.
pub(super) async fn insert(
    conn: &mut Conn,
    draft: DraftId,
    new: &NewDraftFile,
) -> Result<Drafted<DraftFile>> {
    let sql = "SELECT COUNT(*) AS count, CAST(COALESCE(SUM(size), 0) AS BIGINT) AS total
               FROM draft_file WHERE draft_id = $1 AND removed = 0";
    let (count, total) = match conn.one(sql, args![draft]).await? {
        Some(row) => (row.int("count")?, row.int("total")?),
        None => (0, 0),
    };
    if count >= FILES_MAX as i64 {
        return Ok(Err(DraftRefusal::TooMany));
    }
    if total.saturating_add(new.size) > FILES_MAX_BYTES {
        return Ok(Err(DraftRefusal::TooLarge));
    }
    let row = conn
        .one(
            "INSERT INTO draft_file (draft_id, name, content_type, size, is_here)
             VALUES ($1, $2, $3, $4, 1) RETURNING *",
            args![draft, &new.name, &new.content_type, new.size],
        )
        .await?;
    let row = row.ok_or_else(|| StoreError::Corrupt("an inserted row has no key".into()))?;
    row::file(&row).map(Ok)
}

/// Holds a draft whose files may be changed.
async fn hold(tx: &mut Tx, viewer: Viewer, id: DraftId) -> Result<Drafted<row::Held>> {
    let held = row::hold(tx, viewer, id).await?;
    Ok(held.and_then(|held| {
        if held.state == DraftState::Writing {
            Ok(held)
        } else {
            Err(DraftRefusal::NotWriting)
        }
    }))
}

async fn find(conn: &mut Conn, draft: DraftId, id: DraftFileId) -> Result<Option<DraftFile>> {
    let sql = "SELECT * FROM draft_file WHERE id = $1 AND draft_id = $2 AND removed = 0";
    let row = conn.one(sql, args![id, draft]).await?;
    row.as_ref().map(row::file).transpose()
}

pub(super) async fn put(
    db: &Db,
    viewer: Viewer,
    id: DraftId,
    file: DraftFileId,
    offset: i64,
    piece: &Bytes,
    at: Timestamp,
) -> Result<Drafted<DraftFile>> {
    let mut tx = db.write(Write::Bulk).await?;
    let held = match hold(&mut tx, viewer, id).await? {
        Ok(held) => held,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(mut found) = find(&mut tx, id, file).await?.filter(|file| file.is_here) else {
        return Ok(Err(DraftRefusal::Unknown));
    };
    let end = offset.saturating_add(piece.len() as i64);
    if offset != found.received || end > found.size {
        let received = found.received;
        return Ok(Err(DraftRefusal::Elsewhere { received }));
    }
    pieces::write(&mut tx, file, offset, piece).await?;
    let sql = "UPDATE draft_file SET received = $2 WHERE id = $1";
    tx.run(sql, args![file, end]).await?;
    found.received = end;
    if found.is_complete() {
        edit::changed(&mut tx, viewer, &held, id, at).await?;
    }
    tx.commit().await?;
    Ok(Ok(found))
}

pub(super) async fn remove(
    db: &Db,
    viewer: Viewer,
    id: DraftId,
    file: DraftFileId,
    at: Timestamp,
) -> Result<Drafted<()>> {
    let mut tx = db.write(Write::Swift).await?;
    let held = match hold(&mut tx, viewer, id).await? {
        Ok(held) => held,
        Err(refused) => return Ok(Err(refused)),
    };
    if find(&mut tx, id, file).await?.is_none() {
        return Ok(Err(DraftRefusal::Unknown));
    }
    // Where Graph has it, may have it, or will have it with the copy that it is asked to make, the
    // row stays until it is gone there.
    let sql = "UPDATE draft_file SET removed = 1 WHERE id = $1";
    tx.run(sql, args![file]).await?;
    let sql = "DELETE FROM draft_chunk WHERE file_id = $1";
    tx.run(sql, args![file]).await?;
    let sql = "DELETE FROM draft_file
               WHERE id = $1 AND remote_id IS NULL AND asked = 0 AND is_here = 1";
    tx.run(sql, args![file]).await?;
    edit::changed(&mut tx, viewer, &held, id, at).await?;
    tx.commit().await?;
    Ok(Ok(()))
}
