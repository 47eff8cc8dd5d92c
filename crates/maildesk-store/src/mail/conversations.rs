//! Conversations: found or made, and counted.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{ConversationId, MailboxId};

use super::kept::Kept;
use crate::contract::Result;
use crate::db::{Tx, Value, args};

/// What new messages add to a conversation.
#[derive(Clone, Copy, Default)]
struct Sum {
    total: i64,
    unread: i64,
    newest: Timestamp,
}

/// Gives new rows the keys of their conversations, makes those that are new, and counts the rows
/// in.
pub(crate) async fn count_in(tx: &mut Tx, mailbox: MailboxId, rows: &mut [Kept]) -> Result<()> {
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for row in rows.iter() {
        let sum = sums.entry(&row.conversation_remote).or_default();
        sum.total += 1;
        sum.unread += i64::from(!row.shown.is_read);
        sum.newest = sum.newest.max(row.said.received_at);
    }
    let keys = add(tx, mailbox, sums).await?;
    for row in rows {
        if let Some(key) = keys.get(&row.conversation_remote) {
            row.conversation = ConversationId(*key);
        }
    }
    Ok(())
}

/// The keys of conversations by Graph's ids; those that are new are made, with nothing in them.
pub(crate) async fn find(
    tx: &mut Tx,
    mailbox: MailboxId,
    wanted: BTreeSet<&str>,
) -> Result<HashMap<String, i64>> {
    let sums = wanted.into_iter().map(|remote| (remote, Sum::default()));
    add(tx, mailbox, sums.collect()).await
}

async fn add(
    tx: &mut Tx,
    mailbox: MailboxId,
    sums: BTreeMap<&str, Sum>,
) -> Result<HashMap<String, i64>> {
    let names: Vec<Value> = sums.keys().map(|remote| Value::from(*remote)).collect();
    let sql =
        "SELECT id, remote_id FROM conversation WHERE mailbox_id = $1 AND remote_id IN (LIST)";
    let mut keys = tx
        .all_in(sql, args![mailbox], &names)
        .await?
        .iter()
        .map(|row| Ok((row.text("remote_id")?, row.int("id")?)))
        .collect::<Result<HashMap<_, _>>>()?;
    let new: Vec<&str> = sums
        .keys()
        .copied()
        .filter(|remote| !keys.contains_key(*remote))
        .collect();
    let made = tx.keys("conversation", new.len()).await?;
    keys.extend(new.into_iter().map(str::to_owned).zip(made));
    let rows = sums
        .iter()
        .filter_map(|(remote, sum)| {
            let key = *keys.get(*remote)?;
            Some(args![
                key, mailbox, *remote, sum.total, sum.unread, sum.newest
            ])
        })
        .collect();
    tx.insert(
        "INSERT INTO conversation (id, mailbox_id, remote_id, total, unread, newest_at) VALUES",
        "ON CONFLICT (id) DO UPDATE SET
           total = conversation.total + excluded.total,
           unread = conversation.unread + excluded.unread,
           newest_at = CASE WHEN excluded.newest_at > conversation.newest_at
             THEN excluded.newest_at ELSE conversation.newest_at END",
        rows,
    )
    .await?;
    Ok(keys)
}
