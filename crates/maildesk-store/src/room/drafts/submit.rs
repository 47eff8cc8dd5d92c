//! A mail that a program hands over whole: once, however often it asks.

use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::IntentId;

use super::{create, files, pieces, row, send};
use crate::contract::{DraftRefusal, Drafted, KEY_FOR, Result, Submission};
use crate::db::{Db, Tx, Write, args};
use crate::room::wants;

pub(super) async fn submit(
    db: &Db,
    viewer: Viewer,
    submission: &Submission,
    at: Timestamp,
) -> Result<Drafted<IntentId>> {
    let mut tx = db.write(Write::Durable).await?;
    // Held first, so that the same submission at the same moment waits and then finds this one.
    if !wants::lock_mailbox(&mut tx, viewer, submission.draft.mailbox).await? {
        return Ok(Err(DraftRefusal::Unknown));
    }
    if let Some(known) = known(&mut tx, viewer, submission, at).await? {
        return Ok(known);
    }
    let id = match create::insert(&mut tx, viewer, &submission.draft, at).await? {
        Ok(id) => id,
        Err(refused) => return Ok(Err(refused)),
    };
    if submission.draft.text.recipients() == 0 {
        return Ok(Err(DraftRefusal::Nobody));
    }
    for (new, content) in &submission.files {
        let file = match files::insert(&mut tx, id, new).await? {
            Ok(file) => file,
            Err(refused) => return Ok(Err(refused)),
        };
        if content.len() as i64 != new.size {
            return Ok(Err(DraftRefusal::Incomplete));
        }
        pieces::write(&mut tx, file.id, 0, content).await?;
        let sql = "UPDATE draft_file SET received = size WHERE id = $1";
        tx.run(sql, args![file.id]).await?;
    }
    let held = match row::hold(&mut tx, viewer, id).await? {
        Ok(held) => held,
        Err(refused) => return Ok(Err(refused)),
    };
    let intent = send::begin(&mut tx, viewer, &held, id, at, at).await?;
    remember(&mut tx, viewer, submission, intent, at).await?;
    tx.commit().await?;
    Ok(Ok(intent))
}

/// What became of the key before, while it is remembered.
async fn known(
    tx: &mut Tx,
    viewer: Viewer,
    submission: &Submission,
    at: Timestamp,
) -> Result<Option<Drafted<IntentId>>> {
    let row = tx
        .one(
            "SELECT body_hash, intent_id FROM submission
             WHERE user_id = $1 AND key_hash = $2 AND created_at > $3",
            args![viewer.user, &submission.key_hash, at.minus(KEY_FOR)],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let same = row.bytes("body_hash")? == submission.body_hash;
    let intent = IntentId(row.int("intent_id")?);
    Ok(Some(if same {
        Ok(intent)
    } else {
        Err(DraftRefusal::KeyUsed)
    }))
}

async fn remember(
    tx: &mut Tx,
    viewer: Viewer,
    submission: &Submission,
    intent: IntentId,
    at: Timestamp,
) -> Result<()> {
    tx.run(
        "INSERT INTO submission (user_id, key_hash, body_hash, intent_id, created_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (user_id, key_hash) DO UPDATE SET body_hash = excluded.body_hash,
           intent_id = excluded.intent_id, created_at = excluded.created_at",
        args![
            viewer.user,
            &submission.key_hash,
            &submission.body_hash,
            intent,
            at
        ],
    )
    .await
    .map(drop)
}
