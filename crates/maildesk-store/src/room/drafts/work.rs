//! A draft as the runner sees it, read in one go.

use maildesk_model::id::{DraftFileId, DraftId, MailboxId};
use maildesk_model::secret::Secret;

use super::row;
use crate::contract::{DraftWork, FileWork, Result};
use crate::db::{Conn, Row, args};
use crate::mail::body;
use crate::seal::{Place, Sealer};

/// Where the address of an upload is sealed.
pub(super) const SESSION: &str = "draft_file.session";

pub(super) async fn read(
    conn: &mut Conn,
    sealer: &Sealer,
    mailbox: MailboxId,
    id: DraftId,
) -> Result<Option<DraftWork>> {
    let sql = format!("{} WHERE d.id = $1 AND d.mailbox_id = $2", row::READ);
    let row = conn.one(crate::db::Sql(sql), args![id, mailbox]).await?;
    let Some(row) = row else { return Ok(None) };
    let sql = "SELECT * FROM draft_file WHERE draft_id = $1 ORDER BY id";
    let rows = conn.all(sql, args![id]).await?;
    let files = rows
        .iter()
        .map(|row| file(row, sealer))
        .collect::<Result<Vec<_>>>()?;
    let mut draft = row::draft(&row)?;
    let seen = files.iter().filter(|file| !file.removed);
    draft.files = seen.map(|file| file.file.clone()).collect();
    let quoted = row.opt_bytes("quoted")?;
    Ok(Some(DraftWork {
        draft,
        quoted: quoted.as_deref().map(body::unpack).transpose()?,
        edits: row.int("edits")?,
        saved_edits: row.int("saved_edits")?,
        saved_at: row.opt_time("saved_at")?,
        copy_at: row.opt_time("copy_at")?,
        marker: row.text("marker")?,
        origin: row.opt_text("origin_remote_id")?,
        creating_at: row.opt_time("creating_at")?,
        remote_id: row.opt_text("remote_id")?,
        files_listed: row.truth("files_listed")?,
        files,
        asked_at: row.opt_time("asked_at")?,
        accepted_at: row.opt_time("accepted_at")?,
        looks: row.int("looks")?,
        lost_at: row.opt_time("lost_at")?,
    }))
}

fn file(row: &Row, sealer: &Sealer) -> Result<FileWork> {
    let file = row::file(row)?;
    let sealed = row.opt_bytes("session")?;
    let session = sealed.map(|sealed| open(sealer, file.id, &sealed));
    Ok(FileWork {
        removed: row.truth("removed")?,
        remote_id: row.opt_text("remote_id")?,
        asked: row.truth("asked")?,
        session: session.transpose()?,
        sent: row.int("sent")?,
        file,
    })
}

fn open(sealer: &Sealer, file: DraftFileId, sealed: &[u8]) -> Result<Secret> {
    let row = file.0.to_string();
    let place = Place {
        column: SESSION,
        row: &row,
    };
    sealer.open(place, sealed)
}
