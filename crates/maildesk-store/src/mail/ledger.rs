//! The counts that are kept up with every write: folders, conversations, the mailbox's progress.
//!
//! Nothing is counted at reading time. A transaction notes here where each message stood before
//! and stands after, and posts the sums once.

use std::collections::BTreeMap;

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{ConversationId, FolderId, MailboxId};
use maildesk_model::journal::JournalKind;

use crate::contract::Result;
use crate::db::{Note, Tx, args};

/// Where a message stands, as far as counts go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Standing {
    pub(crate) folder: Option<FolderId>,
    pub(crate) conversation: ConversationId,
    pub(crate) is_read: bool,
    pub(crate) received_at: Timestamp,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Counts {
    total: i64,
    unread: i64,
}

#[derive(Clone, Copy, Default, Debug)]
struct Talk {
    counts: Counts,
    newest: Option<Timestamp>,
    /// The newest one may have left: look for the newest that is there.
    left: bool,
}

/// What changes in one transaction of one mailbox.
#[derive(Debug)]
pub(crate) struct Ledger {
    mailbox: MailboxId,
    folders: BTreeMap<i64, Counts>,
    talks: BTreeMap<i64, Talk>,
    listed: i64,
    bodies: i64,
}

impl Ledger {
    pub(crate) const fn new(mailbox: MailboxId) -> Self {
        Self {
            mailbox,
            folders: BTreeMap::new(),
            talks: BTreeMap::new(),
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
        if let Some(before) = before {
            self.count(before, -1);
        }
        if let Some(after) = after {
            self.count(after, 1);
        }
    }

    /// Notes a new row whose conversation was counted when it was looked up.
    pub(crate) fn added(&mut self, standing: Standing) {
        self.listed += 1;
        self.count_folder(standing, 1);
    }

    /// Notes bodies that came (or went).
    pub(crate) fn bodies(&mut self, change: i64) {
        self.bodies += change;
    }

    /// Whether the mailbox's progress moved.
    pub(crate) const fn has_progress(&self) -> bool {
        self.listed != 0 || self.bodies != 0
    }

    fn count(&mut self, standing: Standing, sign: i64) {
        self.count_folder(standing, sign);
        let talk = self.talks.entry(standing.conversation.0).or_default();
        if standing.folder.is_none() {
            // A hidden message counts nowhere, but it may be the last of its conversation.
            talk.left |= sign < 0;
            return;
        }
        talk.counts.total += sign;
        talk.counts.unread += sign * i64::from(!standing.is_read);
        if sign > 0 {
            talk.newest = talk.newest.max(Some(standing.received_at));
        } else {
            talk.left = true;
        }
    }

    fn count_folder(&mut self, standing: Standing, sign: i64) {
        if let Some(folder) = standing.folder {
            let counts = self.folders.entry(folder.0).or_default();
            counts.total += sign;
            counts.unread += sign * i64::from(!standing.is_read);
        }
    }

    /// Posts everything; folders whose counts changed go into the journal, once each. Messages
    /// must be written before, because the newest of a conversation may be looked up.
    pub(crate) async fn post(self, tx: &mut Tx, at: Timestamp) -> Result<()> {
        for (folder, counts) in self.folders {
            if counts == Counts::default() {
                continue;
            }
            tx.run(
                "UPDATE folder SET total = total + $2, unread = unread + $3 WHERE id = $1",
                args![folder, counts.total, counts.unread],
            )
            .await?;
            tx.note(
                Note {
                    kind: JournalKind::FolderUpdated,
                    mailbox: self.mailbox,
                    message: None,
                    folder: Some(FolderId(folder)),
                    draft: None,
                },
                at,
            );
        }
        for (conversation, talk) in self.talks {
            post_talk(tx, conversation, talk).await?;
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
}

async fn post_talk(tx: &mut Tx, conversation: i64, talk: Talk) -> Result<()> {
    if talk.left {
        tx.run(
            "UPDATE conversation SET total = total + $2, unread = unread + $3,
               newest_at = COALESCE((SELECT m.received_at FROM message m
                 WHERE m.conversation_id = $1 AND m.folder_id IS NOT NULL
                 ORDER BY m.received_at DESC, m.id DESC LIMIT 1), 0)
             WHERE id = $1",
            args![conversation, talk.counts.total, talk.counts.unread],
        )
        .await?;
        tx.run(
            "DELETE FROM conversation WHERE id = $1 AND total = 0
             AND NOT EXISTS (SELECT 1 FROM message WHERE conversation_id = $1)",
            args![conversation],
        )
        .await?;
    } else {
        tx.run(
            "UPDATE conversation SET total = total + $2, unread = unread + $3,
               newest_at = CASE WHEN newest_at < $4 THEN $4 ELSE newest_at END
             WHERE id = $1",
            args![
                conversation,
                talk.counts.total,
                talk.counts.unread,
                talk.newest.unwrap_or_default()
            ],
        )
        .await?;
    }
    Ok(())
}
