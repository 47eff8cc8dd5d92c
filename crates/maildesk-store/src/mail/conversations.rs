//! Conversations: found, or made.

use std::collections::{BTreeSet, HashMap};

use maildesk_model::id::{ConversationId, MailboxId};

use super::kept::Kept;
use crate::contract::Result;
use crate::db::{Tx, Value, args};

/// Gives new rows the keys of their conversations, and makes those that are new.
pub(crate) async fn give(tx: &mut Tx, mailbox: MailboxId, rows: &mut [Kept]) -> Result<()> {
    let wanted = rows.iter().map(|row| row.conversation_remote.as_str());
    let keys = find(tx, mailbox, wanted.collect()).await?;
    for row in rows {
        if let Some(key) = keys.get(&row.conversation_remote) {
            row.conversation = ConversationId(*key);
        }
    }
    Ok(())
}

/// The keys of conversations by Graph's ids; those that are new are made.
pub(crate) async fn find(
    tx: &mut Tx,
    mailbox: MailboxId,
    wanted: BTreeSet<&str>,
) -> Result<HashMap<String, i64>> {
    let names: Vec<Value> = wanted.iter().map(|remote| Value::from(*remote)).collect();
    let sql =
        "SELECT id, remote_id FROM conversation WHERE mailbox_id = $1 AND remote_id IN (LIST)";
    let mut keys = tx
        .all_in(sql, args![mailbox], &names)
        .await?
        .iter()
        .map(|row| Ok((row.text("remote_id")?, row.int("id")?)))
        .collect::<Result<HashMap<_, _>>>()?;
    let new: Vec<&str> = wanted
        .into_iter()
        .filter(|remote| !keys.contains_key(*remote))
        .collect();
    let made = tx.keys("conversation", new.len()).await?;
    let rows = new
        .iter()
        .zip(&made)
        .map(|(remote, key)| args![*key, mailbox, *remote])
        .collect();
    tx.insert(
        "INSERT INTO conversation (id, mailbox_id, remote_id) VALUES",
        "",
        rows,
    )
    .await?;
    keys.extend(new.into_iter().map(str::to_owned).zip(made));
    Ok(keys)
}
