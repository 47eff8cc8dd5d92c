//! Intent rows: read, settled, and what their settling means for the message they are about.

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{AttachmentId, DraftId, IntentId, MailboxId, MessageId, UserId};
use maildesk_model::intent::{Intent, IntentState, Lane, Want};

use crate::contract::{Bell, IntentOutcome, Result, StoreError};
use crate::db::{Conn, Row, Tx, args};
use crate::mail::{overlay, people};

/// The name of what is wanted, in the database.
pub(super) const fn kind(want: &Want) -> &'static str {
    match want {
        Want::Change { .. } => "change",
        Want::Delete { .. } => "delete",
        Want::FetchAttachment { .. } => "fetch_attachment",
        Want::FetchBody { .. } => "fetch_body",
        Want::SaveDraft { .. } => "save_draft",
        Want::SendDraft { .. } => "send_draft",
        Want::DiscardDraft { .. } => "discard_draft",
        Want::RegisterPush => "register_push",
        Want::TurnOffPush => "turn_off_push",
        Want::CheckPush => "check_push",
    }
}

fn want(row: &Row) -> Result<Want> {
    let broken = || StoreError::Corrupt("an intent does not say what it is about".into());
    let message = || row.opt_int("message_id")?.map(MessageId).ok_or_else(broken);
    let draft = || row.opt_int("draft_id")?.map(DraftId).ok_or_else(broken);
    Ok(match row.text("kind")?.as_str() {
        "change" => Want::Change {
            message: message()?,
            change: overlay::change(row)?,
        },
        "delete" => Want::Delete {
            message: message()?,
        },
        "fetch_body" => Want::FetchBody {
            message: message()?,
        },
        "fetch_attachment" => Want::FetchAttachment {
            attachment: row
                .opt_int("attachment_id")?
                .map(AttachmentId)
                .ok_or_else(broken)?,
        },
        "save_draft" => Want::SaveDraft { draft: draft()? },
        "send_draft" => Want::SendDraft { draft: draft()? },
        "discard_draft" => Want::DiscardDraft { draft: draft()? },
        "register_push" => Want::RegisterPush,
        "turn_off_push" => Want::TurnOffPush,
        "check_push" => Want::CheckPush,
        _ => return Err(broken()),
    })
}

/// Reads an intent row.
pub(super) fn intent(row: &Row) -> Result<Intent> {
    let state = match row.text("state")?.as_str() {
        "waiting" => IntentState::Waiting,
        "done" => IntentState::Done,
        _ => IntentState::Refused(people::to_trouble(
            &row.opt_text("trouble")?.unwrap_or_default(),
        )?),
    };
    Ok(Intent {
        id: IntentId(row.int("id")?),
        mailbox: MailboxId(row.int("mailbox_id")?),
        user: row.opt_int("user_id")?.map(UserId),
        want: want(row)?,
        state,
        attempts: row.int("attempts")?,
        not_before: row.time("not_before")?,
        created_at: row.time("created_at")?,
    })
}

/// Waiting intents of a lane whose time has come, oldest first.
pub(super) async fn due(
    conn: &mut Conn,
    mailbox: MailboxId,
    lane: Lane,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Intent>> {
    let rows = conn
        .all(
            "SELECT * FROM intent WHERE mailbox_id = $1 AND lane = $2 AND state = 'waiting'
               AND not_before <= $3 ORDER BY id LIMIT $4",
            args![mailbox, lane.name(), now, limit],
        )
        .await?;
    rows.iter().map(intent).collect()
}

/// A waiting intent of the mailbox; `None` when it is settled already or was never there.
pub(super) async fn waiting(
    conn: &mut Conn,
    mailbox: MailboxId,
    id: IntentId,
) -> Result<Option<Intent>> {
    let sql = "SELECT * FROM intent WHERE id = $1 AND mailbox_id = $2 AND state = 'waiting'";
    let row = conn.one(sql, args![id, mailbox]).await?;
    row.as_ref().map(intent).transpose()
}

/// Writes the outcome on the intent row; settling twice changes nothing.
pub(super) async fn settle(
    tx: &mut Tx,
    mailbox: MailboxId,
    id: IntentId,
    outcome: &IntentOutcome,
    at: Timestamp,
) -> Result<()> {
    let (state, trouble) = match outcome {
        IntentOutcome::RetryAt(then) => {
            let sql = "UPDATE intent SET attempts = attempts + 1, not_before = $3
                       WHERE id = $1 AND mailbox_id = $2 AND state = 'waiting'";
            return tx.run(sql, args![id, mailbox, *then]).await.map(drop);
        }
        IntentOutcome::GoOnAt(then) => {
            let sql = "UPDATE intent SET attempts = 0, not_before = $3
                       WHERE id = $1 AND mailbox_id = $2 AND state = 'waiting'";
            return tx.run(sql, args![id, mailbox, *then]).await.map(drop);
        }
        IntentOutcome::Done(_) | IntentOutcome::Deleted => ("done", None),
        IntentOutcome::Refused(trouble) => ("refused", Some(people::from_trouble(trouble))),
    };
    tx.run(
        "UPDATE intent SET attempts = attempts + 1, state = $3, trouble = $4, settled_at = $5
         WHERE id = $1 AND mailbox_id = $2 AND state = 'waiting'",
        args![id, mailbox, state, trouble, at],
    )
    .await?;
    tx.ring(Bell::Intent);
    Ok(())
}

/// Recomputes when the push lane's next intent is due.
pub(super) async fn refresh_push(tx: &mut Tx, mailbox: MailboxId) -> Result<()> {
    tx.run(
        "UPDATE push SET intent_due_at = (SELECT MIN(i.not_before) FROM intent i
           WHERE i.mailbox_id = $1 AND i.lane = 'push' AND i.state = 'waiting')
         WHERE mailbox_id = $1",
        args![mailbox],
    )
    .await
    .map(drop)
}
