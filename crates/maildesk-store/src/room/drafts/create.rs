//! Beginning a draft.

use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::draft::{Draft, DraftKind, FILES_MAX, OPEN_MAX};
use maildesk_model::id::{DraftId, MessageId};

use super::row;
use crate::contract::{DraftRefusal, Drafted, NewDraft, Result, StoreError};
use crate::db::{Conn, Db, Tx, Write, args};
use crate::mail::{body, kept, people};
use crate::room::wants;

pub(super) async fn create(
    db: &Db,
    viewer: Viewer,
    draft: &NewDraft,
    at: Timestamp,
) -> Result<Drafted<Draft>> {
    let mut tx = db.write(Write::Swift).await?;
    let id = match insert(&mut tx, viewer, draft, at).await? {
        Ok(id) => id,
        Err(refused) => return Ok(Err(refused)),
    };
    let made = row::written(&mut tx, viewer, id).await?;
    tx.commit().await?;
    Ok(Ok(made))
}

/// Writes the draft of this person. Nothing goes to Graph before its author has changed something.
pub(super) async fn insert(
    tx: &mut Tx,
    viewer: Viewer,
    draft: &NewDraft,
    at: Timestamp,
) -> Result<Drafted<DraftId>> {
    if !wants::lock_mailbox(tx, viewer, draft.mailbox).await? {
        return Ok(Err(DraftRefusal::Unknown));
    }
    let origin = match draft.origin {
        None => None,
        Some(id) => match kept::by_id(tx, id).await? {
            Some(kept) if kept.mailbox == draft.mailbox && kept.shown.folder.is_some() => {
                Some(kept)
            }
            _ => return Ok(Err(DraftRefusal::Unknown)),
        },
    };
    if has_enough(tx, viewer).await? {
        return Ok(Err(DraftRefusal::TooMany));
    }
    let text = &draft.text;
    let quoted = draft.quoted.as_deref().map(body::pack).transpose()?;
    let row = tx
        .one(
            "INSERT INTO draft (mailbox_id, user_id, kind, origin_id, origin_remote_id, recipients,
               cc, bcc, subject, body, quotes, quoted, importance, state, created_at, updated_at,
               marker)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'writing', $14, $14,
               $15) RETURNING id",
            args![
                draft.mailbox,
                viewer.user,
                draft.kind.name(),
                draft.origin,
                origin.map(|kept| kept.remote_id),
                people::from_addresses(&text.to),
                people::from_addresses(&text.cc),
                people::from_addresses(&text.bcc),
                &text.subject,
                &text.body,
                text.quotes,
                quoted,
                text.importance.name(),
                at,
                &draft.marker
            ],
        )
        .await?;
    let row = row.ok_or_else(|| StoreError::Corrupt("an inserted row has no key".into()))?;
    let id = DraftId(row.int("id")?);
    if let (DraftKind::Forward, Some(origin)) = (draft.kind, draft.origin) {
        take_files_along(tx, id, origin, false).await?;
    }
    Ok(Ok(id))
}

/// Drafts of one person, put aside or not; so many that only a program reaches them.
const KEPT_MAX: i64 = 1000;

async fn has_enough(tx: &mut Tx, viewer: Viewer) -> Result<bool> {
    let sql = "SELECT COUNT(*) AS kept FROM draft
               WHERE user_id = $1 AND state IN ('writing', 'sending')";
    let row = tx.one(sql, args![viewer.user]).await?;
    let kept = row.map_or(Ok(0), |row| row.int("kept"))?;
    Ok(kept >= KEPT_MAX || row::count(tx, viewer, "").await? >= OPEN_MAX as i64)
}

/// The files of a message become those of a draft; they lie at Microsoft and go along from there.
/// `known`: the draft's copy is the message itself, so that Graph's ids of them are known.
pub(super) async fn take_files_along(
    conn: &mut Conn,
    draft: DraftId,
    message: MessageId,
    known: bool,
) -> Result<()> {
    conn.run(
        "INSERT INTO draft_file (draft_id, name, content_type, size, received, is_here, remote_id)
         SELECT $1, t.name, t.content_type, t.size, 0, 0,
           CASE WHEN $3 = 1 THEN t.remote_id ELSE NULL END
         FROM attachment t WHERE t.message_id = $2 AND t.is_inline = 0 ORDER BY t.id LIMIT $4",
        args![draft, message, known, FILES_MAX as i64],
    )
    .await
    .map(drop)
}
