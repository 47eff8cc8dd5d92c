//! Changing a draft's text, and throwing a draft away.

use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::draft::{Draft, DraftState};
use maildesk_model::id::{DraftId, MailboxId, UserId};
use maildesk_model::intent::Want;

use super::{aside, intents, pieces, row};
use crate::contract::{DraftChange, DraftRefusal, Drafted, Result};
use crate::db::{Db, Note, Tx, Write, args};
use crate::mail::people;

pub(super) async fn update(
    db: &Db,
    viewer: Viewer,
    id: DraftId,
    change: &DraftChange,
    at: Timestamp,
) -> Result<Drafted<Draft>> {
    let mut tx = db.write(Write::Swift).await?;
    let held = match row::hold(&mut tx, viewer, id).await? {
        Ok(held) => held,
        Err(refused) => return Ok(Err(refused)),
    };
    if held.state != DraftState::Writing {
        return Ok(Err(DraftRefusal::NotWriting));
    }
    let before = row::written(&mut tx, viewer, id).await?;
    if held.version != change.version {
        // The same change again: its answer was lost on the way to the browser.
        return Ok(
            if held.version == change.version + 1 && before.text == change.text {
                Ok(before)
            } else {
                Err(DraftRefusal::Changed)
            },
        );
    }
    if before.text == change.text {
        return Ok(Ok(before));
    }
    let text = &change.text;
    tx.run(
        "UPDATE draft SET recipients = $2, cc = $3, bcc = $4, subject = $5, body = $6, quotes = $7,
           importance = $8, version = version + 1, edits = edits + 1, updated_at = $9
         WHERE id = $1",
        args![
            id,
            people::from_addresses(&text.to),
            people::from_addresses(&text.cc),
            people::from_addresses(&text.bcc),
            &text.subject,
            &text.body,
            text.quotes,
            text.importance.name(),
            at
        ],
    )
    .await?;
    intents::save(&mut tx, held.mailbox, viewer.user, id, false, at).await?;
    aside::put_back(&mut tx, viewer, held.mailbox, id, at).await?;
    tx.note(Note::draft(held.mailbox, id, viewer.user), at);
    let after = row::written(&mut tx, viewer, id).await?;
    tx.commit().await?;
    Ok(Ok(after))
}

/// Notes that something of a draft other than its text has changed, and has Graph follow.
pub(super) async fn changed(
    tx: &mut Tx,
    viewer: Viewer,
    held: &row::Held,
    id: DraftId,
    at: Timestamp,
) -> Result<()> {
    let sql = "UPDATE draft SET edits = edits + 1, updated_at = $2 WHERE id = $1";
    tx.run(sql, args![id, at]).await?;
    intents::save(tx, held.mailbox, viewer.user, id, false, at).await?;
    aside::put_back(tx, viewer, held.mailbox, id, at).await?;
    tx.note(Note::draft(held.mailbox, id, viewer.user), at);
    Ok(())
}

pub(super) async fn discard(
    db: &Db,
    viewer: Viewer,
    id: DraftId,
    at: Timestamp,
) -> Result<Drafted<()>> {
    let mut tx = db.write(Write::Swift).await?;
    let held = match row::hold(&mut tx, viewer, id).await? {
        Ok(held) => held,
        Err(refused) => return Ok(Err(refused)),
    };
    match held.state {
        DraftState::Writing => {}
        DraftState::Discarded => return Ok(Ok(())),
        DraftState::Sending | DraftState::Sent => return Ok(Err(DraftRefusal::NotWriting)),
    }
    let at_graph = held.remote_id.is_some() || held.creating_at.is_some();
    throw_away(&mut tx, held.mailbox, viewer.user, id, at_graph, at).await?;
    if at_graph {
        let want = Want::DiscardDraft { draft: id };
        intents::write(&mut tx, held.mailbox, viewer.user, &want, at, at).await?;
    }
    tx.commit().await?;
    Ok(Ok(()))
}

/// Marks a draft as thrown away; where its copy is still to go, it is settled with that.
pub(super) async fn throw_away(
    tx: &mut Tx,
    mailbox: MailboxId,
    author: UserId,
    id: DraftId,
    at_graph: bool,
    at: Timestamp,
) -> Result<()> {
    let sql = "UPDATE draft SET state = 'discarded', trouble = NULL, updated_at = $2,
                 settled_at = CASE WHEN $3 = 1 THEN NULL ELSE $2 END WHERE id = $1";
    tx.run(sql, args![id, at, at_graph]).await?;
    pieces::forget(tx, id).await?;
    intents::settle_all(tx, id, None, at).await?;
    tx.note(Note::draft(mailbox, id, author), at);
    Ok(())
}
