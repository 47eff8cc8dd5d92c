//! Threads: what of a conversation is shown in one folder, kept up by the [`ledger`](super::ledger).
//!
//! The work depends on the messages that changed: where the newest may have left, the next newest is
//! the last of the thread's messages in an index.

use std::collections::BTreeMap;

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{ConversationId, FolderId, MessageId};

use crate::contract::Result;
use crate::db::{Tx, Value, args};

/// Messages counted by what they are.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Tally {
    pub(super) total: i64,
    pub(super) unread: i64,
    pub(super) flagged: i64,
    pub(super) with_attachments: i64,
}

impl Tally {
    /// Counts others in (`sign` 1) or out (-1).
    pub(super) const fn add(&mut self, other: Self, sign: i64) {
        self.total += sign * other.total;
        self.unread += sign * other.unread;
        self.flagged += sign * other.flagged;
        self.with_attachments += sign * other.with_attachments;
    }
}

/// What changes in a thread.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Thread {
    pub(super) change: Tally,
    /// The newest of those that came.
    pub(super) newest: Option<(Timestamp, MessageId)>,
    /// Messages left, maybe the newest among them.
    pub(super) left: bool,
}

const ADD: &str = "INSERT INTO thread (conversation_id, folder_id, newest_at, newest_id,
    total, unread, flagged, with_attachments) VALUES";

/// A newer one that came is the newest now.
const ONTO: &str = "ON CONFLICT (conversation_id, folder_id) DO UPDATE SET
    newest_at = CASE WHEN (excluded.newest_at, excluded.newest_id)
      > (thread.newest_at, thread.newest_id) THEN excluded.newest_at ELSE thread.newest_at END,
    newest_id = CASE WHEN (excluded.newest_at, excluded.newest_id)
      > (thread.newest_at, thread.newest_id) THEN excluded.newest_id ELSE thread.newest_id END,
    total = thread.total + excluded.total,
    unread = thread.unread + excluded.unread,
    flagged = thread.flagged + excluded.flagged,
    with_attachments = thread.with_attachments + excluded.with_attachments";

/// Looks up the newest that is there.
pub(crate) const NEWEST: &str = "UPDATE thread SET newest_at = n.received_at, newest_id = n.id
    FROM (SELECT m.received_at, m.id FROM message m
          WHERE m.conversation_id = $1 AND m.folder_id = $2
          ORDER BY m.received_at DESC, m.id DESC LIMIT 1) AS n
    WHERE thread.conversation_id = $1 AND thread.folder_id = $2";

/// Posts what changes; messages must be written before.
pub(super) async fn post(
    tx: &mut Tx,
    threads: &BTreeMap<(ConversationId, FolderId), Thread>,
) -> Result<()> {
    let changed = threads
        .iter()
        .filter(|(_, thread)| thread.change != Tally::default() || thread.newest.is_some());
    let rows = changed
        .map(|((conversation, folder), thread)| row(*conversation, *folder, thread))
        .collect();
    tx.insert(ADD, ONTO, rows).await?;
    for ((conversation, folder), thread) in threads {
        if thread.left {
            tx.run(NEWEST, args![*conversation, *folder]).await?;
            tx.run(
                "DELETE FROM thread WHERE conversation_id = $1 AND folder_id = $2 AND total = 0",
                args![*conversation, *folder],
            )
            .await?;
        }
    }
    Ok(())
}

fn row(conversation: ConversationId, folder: FolderId, thread: &Thread) -> Vec<Value> {
    // Where nothing came, what is there is newer.
    let nothing = (Timestamp::from_micros(i64::MIN), MessageId(0));
    let (newest_at, newest) = thread.newest.unwrap_or(nothing);
    let change = thread.change;
    args![
        conversation,
        folder,
        newest_at,
        newest,
        change.total,
        change.unread,
        change.flagged,
        change.with_attachments
    ]
}
