//! Arrivals are written by webhooks (when they were announced), syncs (the same) and screens (when they
//! were shown), many at a time. Whoever writes more than one locks them in one order first, or two would
//! wait for each other; PostgreSQL would notice after a second and refuse one of them, and that is all a
//! webhook has.

use crate::contract::Result;
use crate::db::{Engine, Row, Tx, Value};

/// Locks the arrivals of these rows, which have `mailbox_id` and `message_id`; the ids of the messages,
/// for the statement that writes them.
///
/// A stamping goes mailbox by mailbox, so the mailbox comes first in the order.
pub(super) async fn lock(tx: &mut Tx, rows: &[Row]) -> Result<Vec<Value>> {
    let mut keys = rows
        .iter()
        .map(|row| Ok((row.int("mailbox_id")?, row.int("message_id")?)))
        .collect::<Result<Vec<_>>>()?;
    keys.sort_unstable();
    let ids: Vec<Value> = keys.into_iter().map(|(_, id)| Value::from(id)).collect();
    if tx.engine() == Engine::Postgres {
        let sql = "SELECT message_id FROM arrival WHERE message_id IN (LIST)
                   ORDER BY mailbox_id, message_id FOR NO KEY UPDATE";
        tx.all_in(sql, Vec::new(), &ids).await?;
    }
    Ok(ids)
}
