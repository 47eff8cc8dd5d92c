//! Hints the store writes itself: messages it was told of but cannot make a row of yet.

use std::time::Duration;

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, MessageId};
use maildesk_model::stamp::Trigger;

use crate::contract::{Result, StoreError};
use crate::db::{Tx, args};

/// How often a message in an unknown folder is read again before it is left to the first listing
/// of that folder, which brings it in any case.
const FOLDER_TRIES: i64 = 6;

/// Why a message could not be taken in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Unready {
    /// A sparse item of a message that is not here.
    Sparse,
    /// It lies in a folder that is not here: `(folder's remote id, our row of the message)`.
    Folder(String, Option<MessageId>),
}

/// Hints these messages on the mailbox's stamp, so that they are read whole.
pub(crate) async fn write(
    tx: &mut Tx,
    mailbox: MailboxId,
    unready: &[(String, Unready)],
    at: Timestamp,
) -> Result<()> {
    if unready.is_empty() {
        return Ok(());
    }
    let version = tx
        .one(
            "UPDATE stamp SET version = version + 1,
               cause = CASE WHEN due_at IS NULL THEN $2 ELSE cause END
             WHERE mailbox_id = $1 RETURNING version",
            args![mailbox, Trigger::CatchUp.name()],
        )
        .await?
        .ok_or_else(|| StoreError::Corrupt("a mailbox has no stamp".into()))?
        .int("version")?;
    for (remote_id, why) in unready {
        match why {
            Unready::Sparse => hint_now(tx, mailbox, remote_id, version, at).await?,
            Unready::Folder(folder, message) => {
                let tried = hint_later(tx, mailbox, remote_id, folder, version, at).await?;
                if tried >= FOLDER_TRIES {
                    give_up(tx, mailbox, remote_id, *message, at).await?;
                }
            }
        }
    }
    Ok(())
}

async fn hint_now(
    tx: &mut Tx,
    mailbox: MailboxId,
    remote_id: &str,
    version: i64,
    at: Timestamp,
) -> Result<()> {
    tx.run(
        "INSERT INTO hint (mailbox_id, remote_id, version, hinted_at, due_at)
         VALUES ($1, $2, $3, $4, $4)
         ON CONFLICT (mailbox_id, remote_id) DO UPDATE
         SET version = excluded.version, due_at = excluded.due_at, wants_folder = NULL",
        args![mailbox, remote_id, version, at],
    )
    .await
    .map(drop)
}

/// Read again later, or as soon as the folder is there. Answers how often that was tried.
async fn hint_later(
    tx: &mut Tx,
    mailbox: MailboxId,
    remote_id: &str,
    folder: &str,
    version: i64,
    at: Timestamp,
) -> Result<i64> {
    let tried = tx
        .one(
            "SELECT attempts FROM hint WHERE mailbox_id = $1 AND remote_id = $2",
            args![mailbox, remote_id],
        )
        .await?
        .map_or(Ok(0), |row| row.int("attempts"))?;
    let wait = Duration::from_secs(2 << tried.clamp(0, 10));
    tx.run(
        "INSERT INTO hint (mailbox_id, remote_id, version, hinted_at, due_at, attempts, wants_folder)
         VALUES ($1, $2, $3, $4, $5, 1, $6)
         ON CONFLICT (mailbox_id, remote_id) DO UPDATE SET version = excluded.version,
           due_at = excluded.due_at, attempts = hint.attempts + 1, wants_folder = excluded.wants_folder",
        args![mailbox, remote_id, version, at, at.plus(wait), folder],
    )
    .await?;
    Ok(tried + 1)
}

/// The folder is out of scope, as far as anybody can tell. If it comes into scope, its first
/// listing brings the message; if the message has a row, it is looked for like a lost one.
async fn give_up(
    tx: &mut Tx,
    mailbox: MailboxId,
    remote_id: &str,
    message: Option<MessageId>,
    at: Timestamp,
) -> Result<()> {
    tx.run(
        "DELETE FROM hint WHERE mailbox_id = $1 AND remote_id = $2",
        args![mailbox, remote_id],
    )
    .await?;
    if let Some(message) = message {
        tx.run(
            "UPDATE message SET missing_since = $2 WHERE id = $1 AND missing_since IS NULL",
            args![message, at],
        )
        .await?;
    }
    Ok(())
}

/// A folder came: what waited for it is due now.
pub(crate) async fn folder_came(
    tx: &mut Tx,
    mailbox: MailboxId,
    folder: &str,
    at: Timestamp,
) -> Result<()> {
    tx.run(
        "UPDATE hint SET due_at = $3, wants_folder = NULL, attempts = 0
         WHERE mailbox_id = $1 AND wants_folder = $2",
        args![mailbox, folder, at],
    )
    .await
    .map(drop)
}
