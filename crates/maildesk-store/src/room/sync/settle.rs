//! Carrying intents out: what they are about, and what their outcome means for the message.

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{AttachmentId, FolderId, IntentId, MailboxId, MessageId};
use maildesk_model::intent::{Intent, Want};
use maildesk_model::message::{AttachmentKind, RemoteMessage};

use super::{lease, messages};
use crate::contract::{Incoming, IntentOutcome, IntentTarget, Lease, Result, Source};
use crate::db::{Conn, Db, Tx, Write, args};
use crate::mail::arrive::Since;
use crate::mail::intake::Intake;
use crate::mail::{fold, kept, overlay};
use crate::room::{intents, wants};

pub(super) async fn target(
    conn: &mut Conn,
    mailbox: MailboxId,
    id: IntentId,
) -> Result<Option<IntentTarget>> {
    let Some(intent) = intents::waiting(conn, mailbox, id).await? else {
        return Ok(None);
    };
    match &intent.want {
        Want::FetchAttachment { attachment } => attachment_target(conn, mailbox, *attachment).await,
        Want::Change { message, change } => {
            let folder = match change.folder {
                Some(folder) => Some(folder_target(conn, mailbox, folder).await?),
                None => None,
            };
            // The folder it was to be moved to is gone: so is what the intent is about.
            if folder == Some(None) {
                return Ok(None);
            }
            message_target(conn, mailbox, *message, folder.flatten()).await
        }
        Want::Delete { message } | Want::FetchBody { message } => {
            message_target(conn, mailbox, *message, None).await
        }
        Want::SaveDraft { .. }
        | Want::SendDraft { .. }
        | Want::DiscardDraft { .. }
        | Want::RegisterPush
        | Want::TurnOffPush
        | Want::CheckPush => Ok(None),
    }
}

async fn message_target(
    conn: &mut Conn,
    mailbox: MailboxId,
    message: MessageId,
    folder: Option<String>,
) -> Result<Option<IntentTarget>> {
    let sql = "SELECT remote_id FROM message WHERE id = $1 AND mailbox_id = $2";
    let row = conn.one(sql, args![message, mailbox]).await?;
    row.map(|row| {
        Ok(IntentTarget {
            message: row.text("remote_id")?,
            folder,
            attachment: None,
        })
    })
    .transpose()
}

async fn folder_target(
    conn: &mut Conn,
    mailbox: MailboxId,
    folder: FolderId,
) -> Result<Option<String>> {
    let sql = "SELECT remote_id FROM folder WHERE id = $1 AND mailbox_id = $2 AND gone_at IS NULL";
    let row = conn.one(sql, args![folder, mailbox]).await?;
    row.map(|row| row.text("remote_id")).transpose()
}

async fn attachment_target(
    conn: &mut Conn,
    mailbox: MailboxId,
    id: AttachmentId,
) -> Result<Option<IntentTarget>> {
    let row = conn
        .one(
            "SELECT m.remote_id, t.remote_id AS attachment_id, t.kind
             FROM attachment t JOIN message m ON m.id = t.message_id
             WHERE t.id = $1 AND m.mailbox_id = $2",
            args![id, mailbox],
        )
        .await?;
    row.map(|row| {
        let kind = row.named("kind", AttachmentKind::from_name)?;
        Ok(IntentTarget {
            message: row.text("remote_id")?,
            folder: None,
            attachment: Some((id, row.text("attachment_id")?, kind)),
        })
    })
    .transpose()
}

pub(super) async fn settle(
    db: &Db,
    lease: &Lease,
    id: IntentId,
    outcome: &IntentOutcome,
    at: Timestamp,
) -> Result<()> {
    let mut tx = lease::write(db, lease, Write::Swift).await?.tx;
    let Some(intent) = intents::waiting(&mut tx, lease.mailbox, id).await? else {
        return Ok(());
    };
    intents::settle(&mut tx, lease.mailbox, id, outcome, at).await?;
    if let Some(message) = intent.want.message() {
        let deleted = matches!(outcome, IntentOutcome::Deleted)
            || matches!(
                (&intent.want, outcome),
                (Want::Delete { .. }, IntentOutcome::Done(_))
            );
        match outcome {
            _ if deleted => forget(&mut tx, lease.mailbox, message, at).await?,
            IntentOutcome::Done(answer) => {
                done(&mut tx, &intent, message, answer.as_deref(), at).await?;
            }
            IntentOutcome::Refused(_) => show_again(&mut tx, message, at).await?,
            IntentOutcome::Deleted | IntentOutcome::RetryAt(_) | IntentOutcome::GoOnAt(_) => {}
        }
    }
    tx.commit().await
}

async fn forget(tx: &mut Tx, mailbox: MailboxId, id: MessageId, at: Timestamp) -> Result<()> {
    match kept::by_id(tx, id).await? {
        Some(kept) => messages::forget_kept(tx, mailbox, &[kept], at).await,
        None => Ok(()),
    }
}

/// The overlay of a refused intent goes; what was before is shown again.
async fn show_again(tx: &mut Tx, id: MessageId, at: Timestamp) -> Result<()> {
    match kept::by_id(tx, id).await? {
        Some(kept) => wants::show(tx, &kept, at).await,
        None => Ok(()),
    }
}

/// Graph did it: what was wanted is Graph's word now, and so is what it answered; intents that
/// still wait stay laid over it.
async fn done(
    tx: &mut Tx,
    intent: &Intent,
    message: MessageId,
    answer: Option<&RemoteMessage>,
    at: Timestamp,
) -> Result<()> {
    let Some(before) = kept::by_id(tx, message).await? else {
        return Ok(());
    };
    if let Want::Change { change, .. } = &intent.want {
        let mut told = before.clone();
        overlay::fold(&mut told.graph, change);
        kept::rewrite(tx, &before, &told).await?;
        wants::show(tx, &told, at).await?;
    }
    let Some(answer) = answer else { return Ok(()) };
    let prepared = fold::one(Incoming {
        message: RemoteMessage {
            remote_id: before.remote_id.clone(),
            ..answer.clone()
        },
        text: None,
    })?;
    let since = Since {
        connected_at: None,
        skew_micros: 0,
        at,
    };
    let mut intake = Intake::new(tx, before.mailbox, since, Source::Live);
    intake.take(&[prepared], &[], None).await?;
    let ledger = intake.ledger;
    ledger.post(tx, at).await
}
