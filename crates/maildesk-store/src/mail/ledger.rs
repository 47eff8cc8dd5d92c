//! The counts that are kept up with every write: folders, threads, the mailbox's progress.
//!
//! Nothing is counted at reading time. A transaction notes here where each message stood before
//! and stands after, and posts the sums once.

use std::collections::{BTreeMap, BTreeSet};

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{ConversationId, FolderId, MailboxId, MessageId};
use maildesk_model::journal::JournalKind;

use super::threads::{self, Tally, Thread};
use crate::contract::Result;
use crate::db::{Note, Tx, args};

/// Where a message stands, as far as counts go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Standing {
    pub(crate) id: MessageId,
    pub(crate) folder: Option<FolderId>,
    pub(crate) conversation: ConversationId,
    pub(crate) received_at: Timestamp,
    pub(crate) is_read: bool,
    pub(crate) is_flagged: bool,
    pub(crate) has_attachments: bool,
}

impl Standing {
    /// The thread it is shown in; `None` when it is hidden.
    fn thread(&self) -> Option<(ConversationId, FolderId)> {
        self.folder.map(|folder| (self.conversation, folder))
    }

    /// Its place in the order of lists.
    const fn key(&self) -> (Timestamp, MessageId) {
        (self.received_at, self.id)
    }

    fn tally(&self) -> Tally {
        Tally {
            total: 1,
            unread: i64::from(!self.is_read),
            flagged: i64::from(self.is_flagged),
            with_attachments: i64::from(self.has_attachments),
        }
    }
}

/// What changes in one transaction of one mailbox.
#[derive(Debug)]
pub(crate) struct Ledger {
    mailbox: MailboxId,
    threads: BTreeMap<(ConversationId, FolderId), Thread>,
    /// Conversations that a message left: they may be empty now.
    left: BTreeSet<ConversationId>,
    listed: i64,
    bodies: i64,
}

impl Ledger {
    pub(crate) const fn new(mailbox: MailboxId) -> Self {
        Self {
            mailbox,
            threads: BTreeMap::new(),
            left: BTreeSet::new(),
            listed: 0,
            bodies: 0,
        }
    }

    /// Notes that a message stood there before and stands here now; `None`: it is no row.
    pub(crate) fn moved(&mut self, before: Option<Standing>, after: Option<Standing>) {
        if before == after {
            return;
        }
        self.listed += i64::from(after.is_some()) - i64::from(before.is_some());
        let place = |standing: Option<Standing>| standing.map(|one| (one.thread(), one.key()));
        let stays = place(before) == place(after);
        if let Some(before) = before {
            if let Some(thread) = before.thread() {
                let thread = self.threads.entry(thread).or_default();
                thread.change.add(before.tally(), -1);
                thread.left |= !stays;
            }
            if after.map(|after| after.conversation) != Some(before.conversation) {
                self.left.insert(before.conversation);
            }
        }
        if let Some(after) = after
            && let Some(thread) = after.thread()
        {
            let thread = self.threads.entry(thread).or_default();
            thread.change.add(after.tally(), 1);
            if !stays {
                thread.newest = thread.newest.max(Some(after.key()));
            }
        }
    }

    /// Notes bodies that are no longer waited for (or are again).
    pub(crate) fn bodies(&mut self, change: i64) {
        self.bodies += change;
    }

    /// Whether the mailbox's progress moved.
    pub(crate) const fn has_progress(&self) -> bool {
        self.listed != 0 || self.bodies != 0
    }

    /// Posts everything; folders whose counts changed go into the journal, once each. Messages
    /// must be written before, because the newest of a thread may be looked up.
    pub(crate) async fn post(self, tx: &mut Tx, at: Timestamp) -> Result<()> {
        self.post_folders(tx, at).await?;
        threads::post(tx, &self.threads).await?;
        for conversation in self.left {
            tx.run(
                "DELETE FROM conversation WHERE id = $1
                 AND NOT EXISTS (SELECT 1 FROM message WHERE conversation_id = $1)",
                args![conversation],
            )
            .await?;
        }
        if self.listed != 0 || self.bodies != 0 {
            tx.run(
                "UPDATE mailbox SET listed = listed + $2, bodies = bodies + $3 WHERE id = $1",
                args![self.mailbox, self.listed, self.bodies],
            )
            .await?;
        }
        Ok(())
    }

    async fn post_folders(&self, tx: &mut Tx, at: Timestamp) -> Result<()> {
        let mut folders: BTreeMap<FolderId, Tally> = BTreeMap::new();
        for ((_, folder), thread) in &self.threads {
            folders.entry(*folder).or_default().add(thread.change, 1);
        }
        for (folder, change) in folders {
            if change.total == 0 && change.unread == 0 {
                continue;
            }
            tx.run(
                "UPDATE folder SET total = total + $2, unread = unread + $3 WHERE id = $1",
                args![folder, change.total, change.unread],
            )
            .await?;
            let note = Note {
                kind: JournalKind::FolderUpdated,
                mailbox: self.mailbox,
                message: None,
                folder: Some(folder),
                draft: None,
            };
            tx.note(note, at);
        }
        Ok(())
    }
}
