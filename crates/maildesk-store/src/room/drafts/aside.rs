//! Drafts that were put aside: whose copy somebody has moved out of Drafts, here or in Outlook.
//!
//! It is read from where the copy lies, and kept nowhere: taking the move back takes that back too.

use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{DraftId, FolderId, MailboxId, MessageId, UserId};
use maildesk_model::intent::{Change, Want};

use super::edit;
use crate::contract::Result;
use crate::db::{Tx, Value, args};
use crate::room::wants;

/// SQL: whether draft `d` is one that the person of [`who`](crate::room::who) is writing or sending.
/// One that was put aside is neither, unless there is something to tell its author, or to save.
macro_rules! is_open {
    () => {
        "d.user_id = $2 AND d.state IN ('writing', 'sending')
         AND (d.state = 'sending' OR d.trouble IS NOT NULL OR d.edits <> d.saved_edits
           OR NOT EXISTS (
             SELECT 1 FROM message c
               JOIN folder home ON home.mailbox_id = c.mailbox_id AND home.well_known = 'drafts'
             WHERE c.mailbox_id = d.mailbox_id AND c.remote_id = d.remote_id
               AND (c.folder_id IS NULL OR c.folder_id <> home.id)))"
    };
}
pub(super) use is_open;

/// Whoever goes on with what was deleted has it among their drafts again.
pub(super) async fn put_back(
    tx: &mut Tx,
    viewer: Viewer,
    mailbox: MailboxId,
    id: DraftId,
    at: Timestamp,
) -> Result<()> {
    let sql = "SELECT m.id, home.id AS home FROM draft d
                 JOIN message m ON m.mailbox_id = d.mailbox_id AND m.remote_id = d.remote_id
                 JOIN folder f ON f.id = m.folder_id AND f.well_known = 'deleteditems'
                 JOIN folder home ON home.mailbox_id = d.mailbox_id AND home.well_known = 'drafts'
               WHERE d.id = $1 AND d.state = 'writing' AND m.is_draft = 1";
    let Some(row) = tx.one(sql, args![id]).await? else {
        return Ok(());
    };
    let want = Want::Change {
        message: MessageId(row.int("id")?),
        change: Change {
            folder: Some(FolderId(row.int("home")?)),
            ..Change::default()
        },
    };
    wants::write(tx, viewer, mailbox, &want, at).await.map(drop)
}

/// Ends drafts whose copies, these messages, were put aside and are gone for good now. One that has
/// something its copy lacks stays, and its author is told when it is saved.
pub(in crate::room) async fn gone(
    tx: &mut Tx,
    mailbox: MailboxId,
    messages: &[Value],
    at: Timestamp,
) -> Result<()> {
    let sql = "SELECT d.id, d.user_id FROM message m
                 JOIN folder home ON home.mailbox_id = m.mailbox_id AND home.well_known = 'drafts'
                 JOIN draft d ON d.mailbox_id = m.mailbox_id AND d.remote_id = m.remote_id
               WHERE m.id IN (LIST) AND m.g_folder_id <> home.id
                 AND d.settled_at IS NULL AND d.state = 'writing' AND d.trouble IS NULL
                 AND d.edits = d.saved_edits
                 AND NOT EXISTS (SELECT 1 FROM draft_file t WHERE t.draft_id = d.id
                   AND t.removed = 0 AND t.is_here = 1 AND t.remote_id IS NULL)";
    for row in &tx.all_in(sql, args![], messages).await? {
        let (id, author) = (DraftId(row.int("id")?), UserId(row.int("user_id")?));
        edit::throw_away(tx, mailbox, author, id, false, at).await?;
    }
    Ok(())
}
