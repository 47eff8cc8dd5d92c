//! Disconnecting a mailbox and connecting it again.
//!
//! The order of locks is that of removal: the mailbox, its push row, its stamp, its subscriptions,
//! and its connection last.

use maildesk_model::clock::Timestamp;
use maildesk_model::id::MailboxId;
use maildesk_model::journal::JournalKind;
use maildesk_model::mailbox::{Connection, MailboxState, Trouble};
use maildesk_model::stamp::Trigger;

use super::mailboxes::stamp_all;
use super::{orphans, turn, watch};
use crate::contract::{Bell, Result, StoreError};
use crate::db::{Note, Tx, args};
use crate::mail::{folders, people};

/// Disconnects; nothing happens to a mailbox that is disconnected already.
pub(super) async fn disconnect(tx: &mut Tx, mailbox: MailboxId, at: Timestamp) -> Result<()> {
    // A new epoch, so that whoever syncs it now can write nothing more.
    let sql = "UPDATE mailbox SET disconnected_at = $2, state = $3, trouble = $4, reachable = 0,
                 sync_epoch = sync_epoch + 1, sync_owner = NULL, sync_until = 0
               WHERE id = $1 AND removed_at IS NULL AND disconnected_at IS NULL";
    let trouble = people::from_trouble(&Trouble::disconnected());
    let state = MailboxState::Reconnect.name();
    if tx.run(sql, args![mailbox, at, state, trouble]).await? == 0 {
        return Ok(());
    }
    wake_push(tx, mailbox, at).await?;
    turn::refresh(tx, mailbox, None).await?;
    let sql = "UPDATE subscription SET state = 'retiring'
               WHERE mailbox_id = $1 AND state <> 'retiring'";
    tx.run(sql, args![mailbox]).await?;
    orphans::look(tx, mailbox).await?;
    drop_tokens(tx, mailbox).await?;
    // Who began to sign in before this was decided begins again, knowing it.
    let sql = "DELETE FROM sign_in WHERE mailbox_id = $1";
    tx.run(sql, args![mailbox]).await?;
    tx.note(Note::mailbox(JournalKind::MailboxUpdated, mailbox), at);
    Ok(())
}

/// Connects a mailbox of the organisation again. False: it is none.
pub(super) async fn connect_again(tx: &mut Tx, mailbox: MailboxId, at: Timestamp) -> Result<bool> {
    let sql = "SELECT connection, disconnected_at FROM mailbox WHERE id = $1";
    let row = tx.one(sql, args![mailbox]).await?;
    let row = row.ok_or_else(|| StoreError::Corrupt("a mailbox has no row".into()))?;
    if row.named("connection", Connection::from_name)? != Connection::GraphApplication {
        return Ok(false);
    }
    if row.opt_int("disconnected_at")?.is_some() && go_on(tx, mailbox, at).await? {
        catch_up(tx, mailbox, at).await?;
    }
    Ok(true)
}

/// The mailbox goes on where it was, unless it is one that Graph is not asked for. False when it is
/// not there.
pub(super) async fn go_on(tx: &mut Tx, mailbox: MailboxId, at: Timestamp) -> Result<bool> {
    let state = if folders::all_listed(tx, mailbox).await? {
        MailboxState::Active
    } else {
        MailboxState::Importing
    };
    let found = tx
        .run(
            "UPDATE mailbox SET state = $2, trouble = NULL, not_before = 0, failures = 0,
               reachable = CASE WHEN connection = $4 THEN 0 ELSE 1 END,
               connected_at = COALESCE(connected_at, $3), disconnected_at = NULL
             WHERE id = $1 AND removed_at IS NULL",
            args![mailbox, state.name(), at, Connection::ImapSmtp.name()],
        )
        .await?;
    if found > 0 {
        wake_push(tx, mailbox, at).await?;
    }
    Ok(found > 0)
}

/// After [`go_on`]: everything is due, and people see it.
pub(super) async fn catch_up(tx: &mut Tx, mailbox: MailboxId, at: Timestamp) -> Result<()> {
    stamp_all(tx, mailbox, Trigger::Manual, at).await?;
    turn::refresh(tx, mailbox, Some(at)).await?;
    watch::renew_soon(tx, mailbox).await?;
    tx.note(Note::mailbox(JournalKind::MailboxUpdated, mailbox), at);
    Ok(())
}

/// Forgets the tokens of a disconnected mailbox that has no subscription left to delete, nor to look
/// for. The new version keeps a refresh that is still under way from storing others.
pub(super) async fn drop_tokens(tx: &mut Tx, mailbox: MailboxId) -> Result<()> {
    tx.run(
        "UPDATE connection SET refresh_token = NULL, access_token = NULL, access_until = NULL,
           scope = NULL, version = version + 1, refresh_owner = NULL, refresh_until = 0
         WHERE mailbox_id = $1
           AND EXISTS (SELECT 1 FROM mailbox b WHERE b.id = $1 AND b.disconnected_at IS NOT NULL)
           AND NOT EXISTS (SELECT 1 FROM subscription s WHERE s.mailbox_id = $1)
           AND NOT EXISTS (SELECT 1 FROM memo WHERE key = $2)",
        args![mailbox, orphans::key(mailbox)],
    )
    .await
    .map(drop)
}

/// Push looks now, and counts anew: what it waited for was for a person to mend.
async fn wake_push(tx: &mut Tx, mailbox: MailboxId, at: Timestamp) -> Result<()> {
    let sql = "UPDATE push SET next_at = $2, failures = 0 WHERE mailbox_id = $1";
    tx.run(sql, args![mailbox, at]).await?;
    tx.ring(Bell::Push);
    Ok(())
}
