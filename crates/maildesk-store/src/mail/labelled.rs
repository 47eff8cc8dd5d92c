//! Shown messages by category, so that a list of one category is a walk along an index, and the
//! names that a mailbox's categories have.

use std::collections::BTreeSet;

use super::kept::Kept;
use super::people;
use crate::contract::Result;
use crate::db::{Conn, Value, args};

const INSERT: &str =
    "INSERT INTO labelled (message_id, name, mailbox_id, folder_id, received_at) VALUES";
const LEARN: &str = "INSERT INTO category (mailbox_id, name) VALUES";
/// A message twice in one batch, or a name that is known, is as it should be.
const AGAIN: &str = "ON CONFLICT DO NOTHING";

/// Writes new messages down under their categories, and learns the names.
pub(super) async fn write(conn: &mut Conn, rows: Vec<&Kept>) -> Result<()> {
    let mut labels = Vec::new();
    let mut known = BTreeSet::new();
    for row in rows.into_iter().filter(|row| has_some(row)) {
        let Some(folder) = row.shown.folder else {
            continue;
        };
        for name in people::to_names(&row.shown.categories)? {
            labels.push(args![
                row.id,
                &name,
                row.mailbox,
                folder,
                row.said.received_at
            ]);
            known.insert((row.mailbox.0, name));
        }
    }
    if labels.is_empty() {
        return Ok(());
    }
    conn.insert(INSERT, AGAIN, labels).await?;
    let known = known
        .into_iter()
        .map(|(mailbox, name)| args![mailbox, name]);
    conn.insert(LEARN, AGAIN, known.collect()).await.map(drop)
}

/// Brings a message that changed under its categories, as far as it changed for them.
pub(super) async fn rewrite(conn: &mut Conn, before: &Kept, after: &Kept) -> Result<()> {
    let same = before.shown.categories == after.shown.categories
        && before.shown.folder == after.shown.folder
        && before.said.received_at == after.said.received_at;
    if same || !(has_some(before) || has_some(after)) {
        return Ok(());
    }
    let sql = "DELETE FROM labelled WHERE message_id = $1";
    conn.run(sql, args![after.id]).await?;
    write(conn, vec![after]).await
}

/// Takes messages out.
pub(crate) async fn forget(conn: &mut Conn, ids: &[Value]) -> Result<()> {
    let sql = "DELETE FROM labelled WHERE message_id IN (LIST)";
    conn.run_in(sql, args![], ids).await.map(drop)
}

fn has_some(row: &Kept) -> bool {
    row.shown.categories.len() > "[]".len()
}
