//! The mailbox's state, and the end of a run.

use maildesk_model::clock::Timestamp;
use maildesk_model::id::MailboxId;
use maildesk_model::journal::JournalKind;
use maildesk_model::mailbox::{Connection, MailboxState, Trouble};
use maildesk_model::stamp::Trigger;

use super::lease;
use crate::contract::{Bell, Lease, Result, SyncEnd};
use crate::db::{Db, Note, Tx, Write, args};
use crate::mail::{folders, people};
use crate::room::{push_note, turn, watch};

/// A mailbox whose every folder is listed becomes active. True when it just did.
pub(super) async fn settle_state(tx: &mut Tx, mailbox: MailboxId, at: Timestamp) -> Result<bool> {
    if !folders::all_listed(tx, mailbox).await? {
        return Ok(false);
    }
    let became = tx
        .run(
            "UPDATE mailbox SET state = 'active'
             WHERE id = $1 AND state IN ('importing', 'connecting')
               AND EXISTS (SELECT 1 FROM folder f WHERE f.mailbox_id = $1 AND f.gone_at IS NULL)",
            args![mailbox],
        )
        .await?;
    if became > 0 {
        tell(tx, mailbox, at).await?;
    }
    Ok(became > 0)
}

/// The mailbox's state changed: live views and push learn of it. In a mailbox that is well push
/// counts its failures anew: they may have had the cause that has just gone, and waiting for hours
/// is for what only a person can mend.
async fn tell(tx: &mut Tx, mailbox: MailboxId, at: Timestamp) -> Result<()> {
    tx.run(
        "UPDATE push SET next_at = $2, failures = CASE WHEN EXISTS (SELECT 1 FROM mailbox b
             WHERE b.id = $1 AND b.state IN ($3, $4)) THEN 0 ELSE failures END
         WHERE mailbox_id = $1",
        args![
            mailbox,
            at,
            MailboxState::Active.name(),
            MailboxState::Importing.name()
        ],
    )
    .await?;
    tx.note(Note::mailbox(JournalKind::MailboxUpdated, mailbox), at);
    tx.ring(Bell::Push);
    Ok(())
}

pub(super) async fn set_state(
    db: &Db,
    lease: &Lease,
    state: MailboxState,
    trouble: Option<&Trouble>,
    at: Timestamp,
) -> Result<()> {
    let mut tx = lease::write(db, lease, Write::Swift).await?.tx;
    // As the organisation nobody signs in: it heals by being tried again.
    let changed = tx
        .run(
            "UPDATE mailbox SET state = $2, trouble = $3,
               reachable = CASE WHEN $2 = $4 AND connection <> $5 THEN 0 ELSE 1 END
             WHERE id = $1 AND (state <> $2 OR COALESCE(trouble, '') <> COALESCE($3, ''))",
            args![
                lease.mailbox,
                state.name(),
                trouble.map(people::from_trouble),
                MailboxState::Reconnect.name(),
                Connection::GraphApplication.name()
            ],
        )
        .await?;
    if changed > 0 {
        tell(&mut tx, lease.mailbox, at).await?;
    }
    tx.commit().await
}

pub(super) async fn finish(db: &Db, lease: &Lease, end: &SyncEnd) -> Result<()> {
    let mut tx = lease::write(db, lease, Write::Swift).await?.tx;
    let mailbox = lease.mailbox;
    tx.run(
        "UPDATE mailbox SET next_sweep_at = COALESCE($2, next_sweep_at), not_before = $3,
           failures = CASE WHEN $4 = 1 THEN 0 ELSE failures + 1 END,
           last_sync_at = CASE WHEN $4 = 1 THEN $5 ELSE last_sync_at END,
           last_sync_trigger = CASE WHEN $4 = 1 THEN $6 ELSE last_sync_trigger END,
           sync_owner = NULL, sync_until = 0
         WHERE id = $1",
        args![
            mailbox,
            end.next_sweep_at,
            end.not_before.unwrap_or_default(),
            end.well,
            end.at,
            end.trigger.map(Trigger::name)
        ],
    )
    .await?;
    let healed = end.well && recover(&mut tx, mailbox, end.at).await?;
    // Everybody takes the mailbox first, then push, then the stamp, then subscriptions.
    watch::wake(&mut tx, mailbox, end.at).await?;
    if end.well {
        tx.note(Note::mailbox(JournalKind::MailboxUpdated, mailbox), end.at);
        if push_note::caught_up(&mut tx, mailbox, end.at).await? {
            tx.note(Note::mailbox(JournalKind::PushUpdated, mailbox), end.at);
        }
    }
    clear_gone_folders(&mut tx, mailbox).await?;
    turn::refresh(&mut tx, mailbox, Some(end.at)).await?;
    if healed {
        watch::renew_soon(&mut tx, mailbox).await?;
    }
    tx.commit().await
}

/// A run that ended well ends trouble; a mailbox that waits for a sign-in goes on waiting. Whether
/// there was any.
async fn recover(tx: &mut Tx, mailbox: MailboxId, at: Timestamp) -> Result<bool> {
    let state = if folders::all_listed(tx, mailbox).await? {
        MailboxState::Active
    } else {
        MailboxState::Importing
    };
    let changed = tx
        .run(
            "UPDATE mailbox SET trouble = NULL,
               state = CASE WHEN state = 'active' THEN state ELSE $2 END
             WHERE id = $1 AND reachable = 1
               AND (trouble IS NOT NULL OR (state <> 'active' AND state <> $2))",
            args![mailbox, state.name()],
        )
        .await?;
    if changed > 0 {
        tell(tx, mailbox, at).await?;
    }
    Ok(changed > 0)
}

/// Folders that Graph no longer has go when the last of their messages has been found or forgotten.
async fn clear_gone_folders(tx: &mut Tx, mailbox: MailboxId) -> Result<()> {
    tx.run(
        "DELETE FROM folder WHERE mailbox_id = $1 AND gone_at IS NOT NULL AND reconciling = 0
           AND NOT EXISTS (SELECT 1 FROM message m WHERE m.folder_id = folder.id)
           AND NOT EXISTS (SELECT 1 FROM message m WHERE m.mailbox_id = $1
             AND m.g_folder_id = folder.id AND m.overlaid = 1)",
        args![mailbox],
    )
    .await
    .map(drop)
}
