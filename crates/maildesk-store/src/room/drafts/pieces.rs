//! The bytes of files: pieces that begin at a byte each, so that none is ever rewritten.

use bytes::{Bytes, BytesMut};
use maildesk_model::id::{DraftFileId, DraftId, MailboxId};

use crate::contract::Result;
use crate::db::{Conn, args};

/// The size of a piece, and so of what one row holds.
const PIECE_MAX: usize = 256 << 10;

/// Writes bytes that begin at `offset`.
pub(super) async fn write(
    conn: &mut Conn,
    file: DraftFileId,
    offset: i64,
    bytes: &[u8],
) -> Result<()> {
    let mut at = offset;
    for piece in bytes.chunks(PIECE_MAX) {
        let sql = "INSERT INTO draft_chunk (file_id, at, bytes) VALUES ($1, $2, $3)";
        conn.run(sql, args![file, at, piece]).await?;
        at += piece.len() as i64;
    }
    Ok(())
}

/// Reads at most `len` bytes from `offset` on.
pub(super) async fn read(
    conn: &mut Conn,
    mailbox: MailboxId,
    file: DraftFileId,
    offset: i64,
    len: i64,
) -> Result<Bytes> {
    let rows = conn
        .all(
            "SELECT c.at, c.bytes FROM draft_chunk c JOIN draft_file f ON f.id = c.file_id
               JOIN draft d ON d.id = f.draft_id
             WHERE c.file_id = $1 AND d.mailbox_id = $2 AND c.at > $3 AND c.at < $4 ORDER BY c.at",
            args![file, mailbox, offset - PIECE_MAX as i64, offset + len],
        )
        .await?;
    let mut all = BytesMut::new();
    for row in &rows {
        let (at, piece) = (row.int("at")?, row.bytes("bytes")?);
        let skip = usize::try_from(offset - at).unwrap_or(0).min(piece.len());
        all.extend_from_slice(&piece[skip..]);
    }
    all.truncate(usize::try_from(len).unwrap_or(0));
    Ok(all.freeze())
}

/// Takes the bytes of all files of a draft away.
pub(super) async fn forget(conn: &mut Conn, draft: DraftId) -> Result<()> {
    let sql = "DELETE FROM draft_chunk
               WHERE file_id IN (SELECT id FROM draft_file WHERE draft_id = $1)";
    conn.run(sql, args![draft]).await.map(drop)
}
