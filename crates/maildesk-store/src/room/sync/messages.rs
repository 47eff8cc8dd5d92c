//! Message batches, and messages that are gone.

use maildesk_model::clock::Timestamp;
use maildesk_model::id::MailboxId;
use maildesk_model::journal::JournalKind;

use super::{end, folders, lease};
use crate::contract::{Applied, Cursor, Incoming, Lease, MessageBatch, Result, Source, StoreError};
use crate::db::{Db, Note, Tx, Value, Write, args};
use crate::mail::arrive::Since;
use crate::mail::fold::{self, Prepared};
use crate::mail::intake::Intake;
use crate::mail::kept::{self, BODY_AWAITED, BODY_NONE, Kept};
use crate::mail::ledger::Ledger;
use crate::mail::{labelled, search};
use crate::room::drafts;

/// Larger batches queue behind those somebody waits for.
const SWIFT_MAX: usize = 16;
/// More bodies than this are packed on a thread of their own.
const BODIES_INLINE: usize = 4;

pub(super) async fn apply(db: &Db, lease: &Lease, batch: &MessageBatch) -> Result<Applied> {
    let prepared = prepare(&batch.changed).await?;
    let few = batch.changed.len() + batch.removed.len() <= SWIFT_MAX;
    let kind = match batch.source {
        Source::Live if few => Write::Swift,
        Source::Live | Source::Listing => Write::Bulk,
    };
    let held = lease::write(db, lease, kind).await?;
    let mut tx = held.tx;
    let since = Since {
        connected_at: held.connected_at,
        skew_micros: batch.skew_micros,
        at: batch.at,
    };
    let cursor = batch.cursor.as_ref();
    let mut intake = Intake::new(&mut tx, lease.mailbox, since, batch.source);
    intake
        .take(&prepared, &batch.removed, cursor.map(|(folder, _)| *folder))
        .await?;
    let (mut applied, ledger) = (intake.applied, intake.ledger);
    let has_progress = ledger.has_progress();
    ledger.post(&mut tx, batch.at).await?;
    let mut listed = false;
    if let Some((folder, cursor)) = cursor {
        folders::set_cursor(&mut tx, lease.mailbox, *folder, cursor, batch.at).await?;
        listed = matches!(cursor, Cursor::Done(_));
    }
    if listed {
        applied.became_active = end::settle_state(&mut tx, lease.mailbox, batch.at).await?;
    }
    if has_progress && batch.source == Source::Listing {
        let note = Note::mailbox(JournalKind::MailboxUpdated, lease.mailbox);
        tx.note(note, batch.at);
    }
    tx.commit().await?;
    if listed {
        applied.missing += folders::reconcile(db, lease, batch.at).await?;
    }
    Ok(applied)
}

async fn prepare(changed: &[Incoming]) -> Result<Vec<Prepared>> {
    let changed = changed.to_vec();
    let bodies = changed.iter().filter(|one| one.message.body.is_some());
    if bodies.count() <= BODIES_INLINE {
        return fold::prepare(changed);
    }
    tokio::task::spawn_blocking(move || fold::prepare(changed))
        .await
        .map_err(|error| StoreError::Unavailable(Box::new(error)))?
}

pub(super) async fn forget(
    db: &Db,
    lease: &Lease,
    remote_ids: &[String],
    at: Timestamp,
) -> Result<()> {
    let mut tx = lease::write(db, lease, Write::Swift).await?.tx;
    let ids: Vec<Value> = remote_ids.iter().map(Value::from).collect();
    let kept = kept::by_remote(&mut tx, lease.mailbox, &ids).await?;
    let kept: Vec<Kept> = kept.into_values().collect();
    forget_kept(&mut tx, lease.mailbox, &kept, at).await?;
    tx.commit().await
}

/// Takes rows away, with everything that hangs on them.
pub(super) async fn forget_kept(
    tx: &mut Tx,
    mailbox: MailboxId,
    kept: &[Kept],
    at: Timestamp,
) -> Result<()> {
    let mut ledger = Ledger::new(mailbox);
    let mut worded = Vec::with_capacity(kept.len());
    let mut ids = Vec::with_capacity(kept.len());
    for one in kept {
        worded.push((one.said.received_at, one.id));
        ids.push(Value::from(one.id));
        ledger.moved(Some(one.standing()), None);
        ledger.bodies(-i64::from(one.body_state != BODY_AWAITED));
        if let Some(folder) = one.shown.folder {
            let note = Note {
                kind: JournalKind::MessageDeleted,
                mailbox,
                message: Some(one.id),
                folder: Some(folder),
                draft: None,
            };
            tx.note(note, at);
        }
    }
    drafts::gone(tx, mailbox, &ids, at).await?;
    search::forget(tx, &worded).await?;
    labelled::forget(tx, &ids).await?;
    tx.run_in("DELETE FROM message WHERE id IN (LIST)", args![], &ids)
        .await?;
    ledger.post(tx, at).await
}

pub(super) async fn no_body(
    db: &Db,
    lease: &Lease,
    received_at: Timestamp,
    at: Timestamp,
) -> Result<()> {
    let mut tx = lease::write(db, lease, Write::Swift).await?.tx;
    let second = received_at.floor_to_second();
    let given_up = tx
        .run(
            "UPDATE message SET body_state = $4
             WHERE mailbox_id = $1 AND received_at = $2 AND body_state = $3",
            args![lease.mailbox, second, BODY_AWAITED, BODY_NONE],
        )
        .await?;
    let mut ledger = Ledger::new(lease.mailbox);
    ledger.bodies(given_up as i64);
    ledger.post(&mut tx, at).await?;
    tx.commit().await
}
