//! Writing down what a person wants, and showing its effect in the same transaction.

use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{AttachmentId, IntentId, MailboxId, MessageId};
use maildesk_model::intent::{Change, Lane, Want};
use maildesk_model::journal::JournalKind;

use super::{intents, visible, who};
use crate::contract::{Bell, Result, StoreError};
use crate::db::{Note, Tx, Value, args};
use crate::mail::kept::{self, Kept};
use crate::mail::ledger::Ledger;
use crate::mail::overlay::{self, Laid};
use crate::mail::people;

/// Writes an intent. `None`: what it is about does not exist for this person.
pub(super) async fn write(
    tx: &mut Tx,
    viewer: Viewer,
    mailbox: MailboxId,
    want: &Want,
    at: Timestamp,
) -> Result<Option<IntentId>> {
    // What becomes of a draft is decided in its own room.
    if want.draft().is_some() || !lock_mailbox(tx, viewer, mailbox).await? {
        return Ok(None);
    }
    let about = match want.message() {
        Some(id) => match kept::by_id(tx, id).await? {
            Some(kept) if kept.mailbox == mailbox && kept.shown.folder.is_some() => Some(kept),
            _ => return Ok(None),
        },
        None => None,
    };
    if let Want::FetchAttachment { attachment } = want
        && !has_attachment(tx, mailbox, *attachment).await?
    {
        return Ok(None);
    }
    if let Want::Change { change, .. } = want
        && !has_target(tx, mailbox, change).await?
    {
        return Ok(None);
    }
    if let Some(known) = same_fetch(tx, mailbox, want).await? {
        return Ok(Some(known));
    }
    let id = insert(tx, viewer, mailbox, want, at).await?;
    if let Some(before) = about
        && matches!(want, Want::Change { .. } | Want::Delete { .. })
    {
        show(tx, &before, at).await?;
    }
    ring(tx, mailbox, want.lane(), at).await?;
    Ok(Some(id))
}

/// Whoever changes what is shown of a mailbox holds its row, so that a sync on another node and a
/// click cannot count past each other. False: it does not exist for this person.
pub(super) async fn lock_mailbox(tx: &mut Tx, viewer: Viewer, mailbox: MailboxId) -> Result<bool> {
    let sql = tx.engine().pick(
        concat!(
            "SELECT b.id FROM mailbox b WHERE b.id = $3 AND ",
            visible!()
        ),
        concat!(
            "SELECT b.id FROM mailbox b WHERE b.id = $3 AND ",
            visible!(),
            " FOR NO KEY UPDATE OF b"
        ),
    );
    Ok(tx.one(sql, who(viewer, args![mailbox])).await?.is_some())
}

async fn has_attachment(tx: &mut Tx, mailbox: MailboxId, id: AttachmentId) -> Result<bool> {
    let sql = "SELECT t.id FROM attachment t JOIN message m ON m.id = t.message_id
               WHERE t.id = $1 AND m.mailbox_id = $2 AND m.folder_id IS NOT NULL";
    Ok(tx.one(sql, args![id, mailbox]).await?.is_some())
}

async fn has_target(tx: &mut Tx, mailbox: MailboxId, change: &Change) -> Result<bool> {
    let Some(folder) = change.folder else {
        return Ok(true);
    };
    let sql = "SELECT id FROM folder WHERE id = $1 AND mailbox_id = $2 AND gone_at IS NULL";
    Ok(tx.one(sql, args![folder, mailbox]).await?.is_some())
}

/// Two people who open the same mail want the same thing: one intent serves both.
async fn same_fetch(tx: &mut Tx, mailbox: MailboxId, want: &Want) -> Result<Option<IntentId>> {
    let (sql, about): (_, i64) = match want {
        Want::FetchBody { message } => (
            "SELECT id FROM intent WHERE mailbox_id = $1 AND message_id = $2
               AND kind = 'fetch_body' AND state = 'waiting' ORDER BY id LIMIT 1",
            message.0,
        ),
        Want::FetchAttachment { attachment } => (
            "SELECT id FROM intent WHERE mailbox_id = $1 AND attachment_id = $2
               AND kind = 'fetch_attachment' AND state = 'waiting' ORDER BY id LIMIT 1",
            attachment.0,
        ),
        _ => return Ok(None),
    };
    let row = tx.one(sql, args![mailbox, about]).await?;
    Ok(row.map(|row| row.int("id")).transpose()?.map(IntentId))
}

async fn insert(
    tx: &mut Tx,
    viewer: Viewer,
    mailbox: MailboxId,
    want: &Want,
    at: Timestamp,
) -> Result<IntentId> {
    let attachment = match want {
        Want::FetchAttachment { attachment } => Some(*attachment),
        _ => None,
    };
    let change = match want {
        Want::Change { change, .. } => change.clone(),
        _ => Change::default(),
    };
    let mut values = args![
        mailbox,
        want.lane().name(),
        viewer.user,
        intents::kind(want),
        want.message(),
        attachment
    ];
    values.extend(change_values(&change));
    values.extend(args![at]);
    let row = tx
        .one(
            "INSERT INTO intent (mailbox_id, lane, user_id, kind, message_id, attachment_id,
               is_read, flag, due_at, categories, folder_id, state, not_before, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'waiting', $12, $12)
             RETURNING id",
            values,
        )
        .await?;
    let row = row.ok_or_else(|| StoreError::Corrupt("an inserted row has no key".into()))?;
    Ok(IntentId(row.int("id")?))
}

fn change_values(change: &Change) -> Vec<Value> {
    args![
        change.is_read,
        change.flag.map(maildesk_model::message::Flag::name),
        change.due,
        change.categories.as_deref().map(people::from_names),
        change.folder
    ]
}

/// Makes the intent due in its lane, and rings for it.
pub(super) async fn ring(tx: &mut Tx, mailbox: MailboxId, lane: Lane, at: Timestamp) -> Result<()> {
    let (sql, bell) = match lane {
        Lane::Sync => (
            "UPDATE mailbox SET intent_due_at = CASE
               WHEN intent_due_at IS NOT NULL AND intent_due_at <= $2 THEN intent_due_at
               WHEN not_before > $2 THEN not_before ELSE $2 END WHERE id = $1",
            Bell::Work,
        ),
        Lane::Push => (
            "UPDATE push SET intent_due_at = CASE
               WHEN intent_due_at IS NOT NULL AND intent_due_at <= $2 THEN intent_due_at
               ELSE $2 END WHERE mailbox_id = $1",
            Bell::Push,
        ),
    };
    tx.run(sql, args![mailbox, at]).await?;
    tx.ring(bell);
    Ok(())
}

/// Recomputes what is shown of a message from Graph's word and the intents that wait now.
pub(super) async fn show(tx: &mut Tx, before: &Kept, at: Timestamp) -> Result<()> {
    let waiting = overlay::waiting(tx, &[Value::from(before.id)]).await?;
    let laid: Vec<Laid> = waiting.into_iter().map(|(_, laid)| laid).collect();
    let mut after = before.clone();
    after.overlaid = !laid.is_empty();
    after.shown = overlay::shown(&before.graph, &laid);
    kept::rewrite(tx, before, &after).await?;
    let mut ledger = Ledger::new(before.mailbox);
    ledger.moved(Some(before.standing()), Some(after.standing()));
    ledger.post(tx, at).await?;
    note_shown(tx, before, &after, at);
    Ok(())
}

/// Tells live views what became of a message: changed, hidden, or back again.
pub(super) fn note_shown(tx: &mut Tx, before: &Kept, after: &Kept, at: Timestamp) {
    if before.looks_like(after) {
        return;
    }
    let (kind, folder) = match after.shown.folder {
        Some(folder) => (JournalKind::MessageUpdated, Some(folder)),
        None => (JournalKind::MessageDeleted, before.shown.folder),
    };
    let note = Note {
        kind,
        mailbox: after.mailbox,
        message: Some(MessageId(after.id.0)),
        folder,
        draft: None,
    };
    tx.note(note, at);
}
