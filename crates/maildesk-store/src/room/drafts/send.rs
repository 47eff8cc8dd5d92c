//! Sending a draft, and taking that back while it can be.

use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::draft::{Draft, DraftFile, DraftState};
use maildesk_model::id::{DraftId, IntentId};
use maildesk_model::intent::Want;
use maildesk_model::mailbox::Trouble;

use super::{intents, row};
use crate::contract::{Bell, DraftRefusal, Drafted, Result};
use crate::db::{Db, Note, Tx, Write, args};
use crate::mail::people;

pub(super) async fn send(
    db: &Db,
    viewer: Viewer,
    id: DraftId,
    send_at: Timestamp,
    at: Timestamp,
) -> Result<Drafted<IntentId>> {
    // Its author is told that it is on its way, so it is kept as a token is.
    let mut tx = db.write(Write::Durable).await?;
    let held = match row::hold(&mut tx, viewer, id).await? {
        Ok(held) => held,
        Err(refused) => return Ok(Err(refused)),
    };
    if held.state == DraftState::Sending
        && let Some(known) = intents::waiting(&mut tx, id, "send_draft").await?
    {
        return Ok(Ok(known));
    }
    let written = row::written(&mut tx, viewer, id).await;
    if held.state != DraftState::Writing {
        return Ok(Err(DraftRefusal::NotWriting));
    }
    if let Some(refused) = lacks(&written?) {
        return Ok(Err(refused));
    }
    let intent = begin(&mut tx, viewer, &held, id, send_at, at).await?;
    tx.commit().await?;
    Ok(Ok(intent))
}

fn lacks(draft: &Draft) -> Option<DraftRefusal> {
    if draft.text.recipients() == 0 {
        return Some(DraftRefusal::Nobody);
    }
    let complete = draft.files.iter().all(DraftFile::is_complete);
    (!complete).then_some(DraftRefusal::Incomplete)
}

/// Writes the intent. Until its time comes Graph's copy is brought up to date, so that nothing is
/// left to do then but to send it.
pub(super) async fn begin(
    tx: &mut Tx,
    viewer: Viewer,
    held: &row::Held,
    id: DraftId,
    send_at: Timestamp,
    at: Timestamp,
) -> Result<IntentId> {
    tx.run(
        "UPDATE draft SET state = 'sending', send_at = $2, trouble = NULL, updated_at = $3,
           asked_at = NULL, accepted_at = NULL, looks = 0, lost_at = NULL WHERE id = $1",
        args![id, send_at, at],
    )
    .await?;
    if held.is_unsaved() && send_at > at {
        intents::save(tx, held.mailbox, viewer.user, id, true, at).await?;
    }
    tx.note(Note::draft(held.mailbox, id, viewer.user), at);
    let want = Want::SendDraft { draft: id };
    intents::write(tx, held.mailbox, viewer.user, &want, send_at, at).await
}

pub(super) async fn take_back(
    db: &Db,
    viewer: Viewer,
    id: DraftId,
    why: &Trouble,
    at: Timestamp,
) -> Result<Drafted<Draft>> {
    let mut tx = db.write(Write::Durable).await?;
    let held = match row::hold(&mut tx, viewer, id).await? {
        Ok(held) => held,
        Err(refused) => return Ok(Err(refused)),
    };
    match held.state {
        DraftState::Writing => return row::written(&mut tx, viewer, id).await.map(Ok),
        DraftState::Sending if held.asked_at.is_none() => {}
        DraftState::Sending | DraftState::Sent => return Ok(Err(DraftRefusal::TooLate)),
        DraftState::Discarded => return Ok(Err(DraftRefusal::Unknown)),
    }
    let sql = "UPDATE draft SET state = 'writing', send_at = NULL, updated_at = $2 WHERE id = $1";
    tx.run(sql, args![id, at]).await?;
    tx.run(
        "UPDATE intent SET state = 'refused', trouble = $2, settled_at = $3
         WHERE draft_id = $1 AND kind = 'send_draft' AND state = 'waiting'",
        args![id, people::from_trouble(why), at],
    )
    .await?;
    tx.ring(Bell::Intent);
    if held.is_unsaved() {
        intents::save(&mut tx, held.mailbox, viewer.user, id, false, at).await?;
    }
    tx.note(Note::draft(held.mailbox, id, viewer.user), at);
    let draft = row::written(&mut tx, viewer, id).await?;
    tx.commit().await?;
    Ok(Ok(draft))
}
