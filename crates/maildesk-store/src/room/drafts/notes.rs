//! What the runner notes about a draft, and how its work ends. Everything is fenced by its lease.

mod listed;

use maildesk_model::clock::Timestamp;
use maildesk_model::draft::DraftState;
use maildesk_model::id::{DraftFileId, DraftId, IntentId, UserId};
use maildesk_model::mailbox::Trouble;
use maildesk_model::secret::Secret;

use super::work::SESSION;
use super::{intents, pieces, row};
use crate::contract::{Bell, DraftEnd, DraftNote, Lease, Result, SAVE_AFTER};
use crate::db::{Db, Note, Tx, Write, args};
use crate::mail::people;
use crate::room::sync::lease;
use crate::seal::{Place, Sealer};

pub(super) async fn note(
    db: &Db,
    sealer: &Sealer,
    lease: &Lease,
    id: DraftId,
    note: &DraftNote,
    at: Timestamp,
) -> Result<bool> {
    // What is about to be asked must not be forgotten, or it would be asked twice.
    let kind = if matches!(note, DraftNote::Asking) {
        Write::Durable
    } else {
        Write::Swift
    };
    let mut tx = lease::write(db, lease, kind).await?.tx;
    let Some(held) = row::held(&mut tx, lease.mailbox, id).await? else {
        return Ok(false);
    };
    let fits = match note {
        DraftNote::FileAsked(file) => file_asked(&mut tx, id, *file).await?,
        DraftNote::FileUpload(file, upload) => {
            let upload = upload.as_ref();
            file_upload(&mut tx, sealer, id, *file, upload).await?
        }
        DraftNote::FileThere(file, remote_id) => file_there(&mut tx, id, *file, remote_id).await?,
        DraftNote::FileGone(file) => file_gone(&mut tx, id, *file).await?,
        DraftNote::Vanished => vanished(&mut tx, id).await?,
        DraftNote::Listed(attachments) => {
            listed::take(&mut tx, id, attachments).await?;
            true
        }
        other => of_draft(&mut tx, id, other, at).await?,
    };
    if fits {
        if shows(note) {
            tell(&mut tx, &held, id, at).await?;
        }
        tx.commit().await?;
    }
    Ok(fits)
}

/// Whether the author sees a difference.
const fn shows(note: &DraftNote) -> bool {
    matches!(
        note,
        DraftNote::Saved { .. }
            | DraftNote::Listed(_)
            | DraftNote::Asking
            | DraftNote::NotAsked
            | DraftNote::Told(_)
    )
}

async fn tell(tx: &mut Tx, held: &row::Held, id: DraftId, at: Timestamp) -> Result<()> {
    let sql = "SELECT user_id FROM draft WHERE id = $1";
    if let Some(row) = tx.one(sql, args![id]).await? {
        let author = UserId(row.int("user_id")?);
        tx.note(Note::draft(held.mailbox, id, author), at);
    }
    Ok(())
}

async fn of_draft(tx: &mut Tx, id: DraftId, note: &DraftNote, at: Timestamp) -> Result<bool> {
    let (sql, values) = match note {
        DraftNote::Creating => (
            "UPDATE draft SET creating_at = $2
             WHERE id = $1 AND remote_id IS NULL AND state IN ('writing', 'sending')",
            args![id, at],
        ),
        DraftNote::NotCreated => (
            "UPDATE draft SET creating_at = NULL WHERE id = $1 AND remote_id IS NULL",
            args![id],
        ),
        DraftNote::Created(remote_id) => (
            "UPDATE draft SET remote_id = $2, creating_at = NULL, saved_edits = 0, saved_at = NULL,
               files_listed = CASE WHEN kind = 'forward' THEN 0 ELSE 1 END
             WHERE id = $1 AND (remote_id IS NULL OR remote_id = $2)",
            args![id, remote_id],
        ),
        DraftNote::Saved { edits, at } => (
            "UPDATE draft SET saved_edits = $2, saved_at = $3 WHERE id = $1",
            args![id, *edits, *at],
        ),
        DraftNote::Asking => (
            "UPDATE draft SET asked_at = $2, accepted_at = NULL, looks = 0, lost_at = NULL
             WHERE id = $1 AND state = 'sending'",
            args![id, at],
        ),
        DraftNote::NotAsked => (
            "UPDATE draft SET asked_at = NULL, looks = 0, lost_at = NULL
             WHERE id = $1 AND state = 'sending' AND accepted_at IS NULL",
            args![id],
        ),
        DraftNote::Accepted => (
            "UPDATE draft SET accepted_at = $2, looks = 0, lost_at = NULL
             WHERE id = $1 AND state = 'sending'",
            args![id, at],
        ),
        DraftNote::Looked { known: true } => (
            "UPDATE draft SET looks = looks + 1, lost_at = NULL WHERE id = $1",
            args![id],
        ),
        DraftNote::Looked { known: false } => (
            "UPDATE draft SET looks = looks + 1, lost_at = COALESCE(lost_at, $2) WHERE id = $1",
            args![id, at],
        ),
        DraftNote::Told(trouble) => (
            "UPDATE draft SET trouble = $2 WHERE id = $1",
            args![id, people::from_trouble(trouble)],
        ),
        DraftNote::Vanished
        | DraftNote::Listed(_)
        | DraftNote::FileAsked(_)
        | DraftNote::FileUpload(..)
        | DraftNote::FileThere(..)
        | DraftNote::FileGone(_) => return Ok(false),
    };
    Ok(tx.run(sql, values).await? > 0)
}

async fn vanished(tx: &mut Tx, id: DraftId) -> Result<bool> {
    let sql = "DELETE FROM draft_file WHERE draft_id = $1 AND (is_here = 0 OR removed = 1)";
    tx.run(sql, args![id]).await?;
    let sql = "UPDATE draft_file SET remote_id = NULL, asked = 0, session = NULL, sent = 0
               WHERE draft_id = $1";
    tx.run(sql, args![id]).await?;
    let sql = "UPDATE draft SET remote_id = NULL, creating_at = NULL, saved_edits = 0,
                 saved_at = NULL, files_listed = 1 WHERE id = $1";
    Ok(tx.run(sql, args![id]).await? > 0)
}

/// A file of the copy changes, and with it the copy: when Graph says that was is not known.
async fn touch(tx: &mut Tx, id: DraftId) -> Result<()> {
    let sql = "UPDATE draft SET saved_at = NULL WHERE id = $1";
    tx.run(sql, args![id]).await.map(drop)
}

async fn file_asked(tx: &mut Tx, id: DraftId, file: DraftFileId) -> Result<bool> {
    let sql = "UPDATE draft_file SET asked = 1 WHERE id = $1 AND draft_id = $2 AND removed = 0";
    let fits = tx.run(sql, args![file, id]).await? > 0;
    if fits {
        touch(tx, id).await?;
    }
    Ok(fits)
}

async fn file_upload(
    tx: &mut Tx,
    sealer: &Sealer,
    id: DraftId,
    file: DraftFileId,
    upload: Option<&(Secret, i64)>,
) -> Result<bool> {
    let row = file.0.to_string();
    let place = Place {
        column: SESSION,
        row: &row,
    };
    let sealed = upload.map(|(url, _)| sealer.seal(place, url));
    let sent = upload.map_or(0, |(_, sent)| *sent);
    let sql = "UPDATE draft_file SET session = $3, sent = $4
               WHERE id = $1 AND draft_id = $2 AND removed = 0";
    Ok(tx.run(sql, args![file, id, sealed, sent]).await? > 0)
}

async fn file_there(tx: &mut Tx, id: DraftId, file: DraftFileId, remote_id: &str) -> Result<bool> {
    // Also where its author has taken it away meanwhile: then it is to be taken away there too.
    let sql = "UPDATE draft_file SET remote_id = $3, asked = 0, session = NULL
               WHERE id = $1 AND draft_id = $2";
    let fits = tx.run(sql, args![file, id, remote_id]).await? > 0;
    if fits {
        touch(tx, id).await?;
    }
    Ok(fits)
}

async fn file_gone(tx: &mut Tx, id: DraftId, file: DraftFileId) -> Result<bool> {
    let sql = "DELETE FROM draft_file WHERE id = $1 AND draft_id = $2 AND removed = 1";
    tx.run(sql, args![file, id]).await?;
    touch(tx, id).await?;
    Ok(true)
}

pub(super) async fn end(
    db: &Db,
    lease: &Lease,
    id: DraftId,
    intent: IntentId,
    end: &DraftEnd,
    at: Timestamp,
) -> Result<()> {
    let mut tx = lease::write(db, lease, Write::Swift).await?.tx;
    let Some(held) = row::held(&mut tx, lease.mailbox, id).await? else {
        intents::settle(&mut tx, id, intent, at).await?;
        return tx.commit().await;
    };
    match end {
        DraftEnd::Saved if held.is_unsaved() && held.state != DraftState::Discarded => {
            // It was changed while it was saved: what is left has its time.
            let sql = "UPDATE intent SET attempts = 0, not_before = $3
                       WHERE id = $1 AND draft_id = $2 AND state = 'waiting'";
            tx.run(sql, args![intent, id, at.plus(SAVE_AFTER)]).await?;
        }
        DraftEnd::Saved => intents::settle(&mut tx, id, intent, at).await?,
        DraftEnd::Sent => over(&mut tx, id, DraftState::Sent, at).await?,
        DraftEnd::Discarded => over(&mut tx, id, DraftState::Discarded, at).await?,
        DraftEnd::Refused(_) if held.state == DraftState::Discarded => {
            over(&mut tx, id, DraftState::Discarded, at).await?;
        }
        DraftEnd::Refused(trouble) => refused(&mut tx, id, trouble, at).await?,
    }
    if !matches!(end, DraftEnd::Saved) {
        tell(&mut tx, &held, id, at).await?;
    }
    tx.ring(Bell::Intent);
    tx.commit().await
}

/// Nothing more is to be done for it.
async fn over(tx: &mut Tx, id: DraftId, state: DraftState, at: Timestamp) -> Result<()> {
    let sql = "UPDATE draft SET state = $2, trouble = NULL, settled_at = $3, updated_at = $3,
                 quoted = NULL WHERE id = $1 AND settled_at IS NULL";
    tx.run(sql, args![id, state.name(), at]).await?;
    pieces::forget(tx, id).await?;
    let sql = "UPDATE draft_file SET session = NULL WHERE draft_id = $1 AND session IS NOT NULL";
    tx.run(sql, args![id]).await?;
    intents::settle_all(tx, id, None, at).await
}

async fn refused(tx: &mut Tx, id: DraftId, trouble: &Trouble, at: Timestamp) -> Result<()> {
    tx.run(
        "UPDATE draft SET state = 'writing', trouble = $2, send_at = NULL, asked_at = NULL,
           accepted_at = NULL, looks = 0, lost_at = NULL, updated_at = $3
         WHERE id = $1 AND state IN ('writing', 'sending')",
        args![id, people::from_trouble(trouble), at],
    )
    .await?;
    intents::settle_all(tx, id, Some(trouble), at).await
}
