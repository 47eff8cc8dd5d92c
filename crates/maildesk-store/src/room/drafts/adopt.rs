//! Going on with a draft that lies in Drafts at Graph.

use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::draft::{Draft, DraftKind, DraftState, DraftText, SUBJECT_MAX};
use maildesk_model::id::{DraftId, MessageId, UserId};

use super::{aside, create, row};
use crate::contract::{DraftRefusal, Drafted, NewDraft, Result};
use crate::db::{Db, Note, Tx, Write, args};
use crate::mail::kept::{self, Kept};
use crate::mail::people;
use crate::room::wants;

pub(super) async fn adopt(
    db: &Db,
    viewer: Viewer,
    message: MessageId,
    body: &str,
    at: Timestamp,
) -> Result<Drafted<Draft>> {
    let mut tx = db.write(Write::Swift).await?;
    let Some(kept) = kept::by_id(&mut tx, message).await? else {
        return Ok(Err(DraftRefusal::Unknown));
    };
    if kept.shown.folder.is_none() || !wants::lock_mailbox(&mut tx, viewer, kept.mailbox).await? {
        return Ok(Err(DraftRefusal::Unknown));
    }
    if !kept.said.is_draft {
        return Ok(Err(DraftRefusal::NoDraft));
    }
    let id = match there_is(&mut tx, viewer, &kept).await? {
        Some(Err(refused)) => return Ok(Err(refused)),
        Some(Ok(id)) => {
            follow(&mut tx, viewer, id, &kept, body, at).await?;
            id
        }
        None => match begin(&mut tx, viewer, &kept, body, at).await? {
            Ok(id) => id,
            Err(refused) => return Ok(Err(refused)),
        },
    };
    aside::put_back(&mut tx, viewer, kept.mailbox, id, at).await?;
    let draft = row::written(&mut tx, viewer, id).await?;
    tx.commit().await?;
    Ok(Ok(draft))
}

/// The draft whose copy the message is.
async fn there_is(tx: &mut Tx, viewer: Viewer, kept: &Kept) -> Result<Option<Drafted<DraftId>>> {
    let sql = "SELECT id, user_id, state FROM draft
               WHERE mailbox_id = $1 AND remote_id = $2 AND settled_at IS NULL";
    let row = tx.one(sql, args![kept.mailbox, &kept.remote_id]).await?;
    let Some(row) = row else { return Ok(None) };
    let state = row.named("state", DraftState::from_name)?;
    Ok(Some(if state == DraftState::Discarded {
        // Its copy is on its way out.
        Err(DraftRefusal::Unknown)
    } else if UserId(row.int("user_id")?) == viewer.user {
        Ok(DraftId(row.int("id")?))
    } else {
        Err(DraftRefusal::Taken)
    }))
}

async fn begin(
    tx: &mut Tx,
    viewer: Viewer,
    kept: &Kept,
    body: &str,
    at: Timestamp,
) -> Result<Drafted<DraftId>> {
    let draft = NewDraft {
        mailbox: kept.mailbox,
        kind: DraftKind::New,
        origin: None,
        text: text(kept, body)?,
        quoted: None,
        marker: String::new(),
    };
    let id = match create::insert(tx, viewer, &draft, at).await? {
        Ok(id) => id,
        Err(refused) => return Ok(Err(refused)),
    };
    let sql = "UPDATE draft SET remote_id = $2, saved_edits = edits, saved_at = $3 WHERE id = $1";
    tx.run(sql, args![id, &kept.remote_id, kept.modified_at])
        .await?;
    create::take_files_along(tx, id, kept.id, true).await?;
    Ok(Ok(id))
}

fn text(kept: &Kept, body: &str) -> Result<DraftText> {
    let said = &kept.said;
    Ok(DraftText {
        to: people::to_addresses(&said.recipients)?,
        cc: people::to_addresses(&said.cc)?,
        bcc: people::to_addresses(&said.bcc)?,
        subject: said.subject.chars().take(SUBJECT_MAX).collect(),
        body: body.to_owned(),
        quotes: false,
        importance: said.importance,
    })
}

/// Where the message was changed in Outlook since and the draft here was not, the draft follows.
async fn follow(
    tx: &mut Tx,
    viewer: Viewer,
    id: DraftId,
    kept: &Kept,
    body: &str,
    at: Timestamp,
) -> Result<()> {
    let Some(held) = row::held(tx, kept.mailbox, id).await? else {
        return Ok(());
    };
    let changed_there = held.saved_at.is_some() && kept.modified_at > held.saved_at;
    if held.state != DraftState::Writing || held.is_unsaved() || !changed_there {
        return Ok(());
    }
    let text = text(kept, body)?;
    tx.run(
        "UPDATE draft SET recipients = $2, cc = $3, bcc = $4, subject = $5, body = $6, quotes = 0,
           importance = $7, version = version + 1, saved_at = $8, updated_at = $9 WHERE id = $1",
        args![
            id,
            people::from_addresses(&text.to),
            people::from_addresses(&text.cc),
            people::from_addresses(&text.bcc),
            &text.subject,
            &text.body,
            text.importance.name(),
            kept.modified_at,
            at
        ],
    )
    .await?;
    // Files that Graph has are its word; those that are still on their way there stay.
    let sql = "DELETE FROM draft_file WHERE draft_id = $1 AND remote_id IS NOT NULL";
    tx.run(sql, args![id]).await?;
    create::take_files_along(tx, id, kept.id, true).await?;
    tx.note(Note::draft(kept.mailbox, id, viewer.user), at);
    Ok(())
}
