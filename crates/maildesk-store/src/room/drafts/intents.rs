//! The intents of a draft: at most one waits to save it, and one to send it.

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{DraftId, IntentId, MailboxId, UserId};
use maildesk_model::intent::{Lane, Want};
use maildesk_model::mailbox::Trouble;

use crate::contract::{Bell, Result, SAVE_AFTER, SAVE_WITHIN, StoreError};
use crate::db::{Conn, Tx, args};
use crate::mail::people;
use crate::room::{intents, wants};

/// The waiting intent of a draft and a kind.
pub(super) async fn waiting(
    conn: &mut Conn,
    draft: DraftId,
    kind: &'static str,
) -> Result<Option<IntentId>> {
    let sql = "SELECT id FROM intent WHERE draft_id = $1 AND kind = $2 AND state = 'waiting'
               ORDER BY id LIMIT 1";
    let row = conn.one(sql, args![draft, kind]).await?;
    Ok(row.map(|row| row.int("id")).transpose()?.map(IntentId))
}

/// Writes an intent that is due at `due`.
pub(super) async fn write(
    tx: &mut Tx,
    mailbox: MailboxId,
    user: UserId,
    want: &Want,
    due: Timestamp,
    at: Timestamp,
) -> Result<IntentId> {
    let row = tx
        .one(
            "INSERT INTO intent (mailbox_id, lane, user_id, kind, draft_id, state, not_before,
               created_at)
             VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7) RETURNING id",
            args![
                mailbox,
                want.lane().name(),
                user,
                intents::kind(want),
                want.draft(),
                due,
                at
            ],
        )
        .await?;
    let row = row.ok_or_else(|| StoreError::Corrupt("an inserted row has no key".into()))?;
    wants::ring(tx, mailbox, Lane::Sync, due).await?;
    Ok(IntentId(row.int("id")?))
}

/// Has the draft saved at Graph: at once, or when its author pauses. An intent that waits already
/// is moved; one that failed keeps the time Microsoft asked for.
pub(super) async fn save(
    tx: &mut Tx,
    mailbox: MailboxId,
    user: UserId,
    draft: DraftId,
    at_once: bool,
    at: Timestamp,
) -> Result<()> {
    let pause = if at_once { at } else { at.plus(SAVE_AFTER) };
    let Some(known) = waiting(tx, draft, "save_draft").await? else {
        let want = Want::SaveDraft { draft };
        return write(tx, mailbox, user, &want, pause, at).await.map(drop);
    };
    let row = tx
        .one(
            "UPDATE intent SET not_before = CASE WHEN attempts > 0 THEN not_before
               WHEN created_at + $3 < $2 THEN created_at + $3 ELSE $2 END
             WHERE id = $1 RETURNING not_before",
            args![known, pause, SAVE_WITHIN.as_micros() as i64],
        )
        .await?;
    let due = row.map_or(Ok(pause), |row| row.time("not_before"))?;
    wants::ring(tx, mailbox, Lane::Sync, due).await
}

/// Settles one intent as done.
pub(super) async fn settle(
    tx: &mut Tx,
    draft: DraftId,
    intent: IntentId,
    at: Timestamp,
) -> Result<()> {
    let sql = "UPDATE intent SET state = 'done', settled_at = $3
               WHERE id = $1 AND draft_id = $2 AND state = 'waiting'";
    tx.run(sql, args![intent, draft, at]).await.map(drop)
}

/// Settles every waiting intent of a draft: as done, or as refused.
pub(super) async fn settle_all(
    tx: &mut Tx,
    draft: DraftId,
    refused: Option<&Trouble>,
    at: Timestamp,
) -> Result<()> {
    let state = if refused.is_some() { "refused" } else { "done" };
    tx.run(
        "UPDATE intent SET state = $2, trouble = $3, settled_at = $4
         WHERE draft_id = $1 AND state = 'waiting'",
        args![draft, state, refused.map(people::from_trouble), at],
    )
    .await?;
    tx.ring(Bell::Intent);
    Ok(())
}
