//! Categories: what a mailbox's are called, and which colours they have here.

use maildesk_model::access::Viewer;
use maildesk_model::id::MailboxId;

use super::{sees, visible, who};
use crate::contract::{Category, Result};
use crate::db::{Conn, Row, Tx, args};

/// More categories than Outlook lets anybody handle.
const CATEGORIES_MAX: i64 = 1000;

/// What a mailbox's categories are called, by name.
pub(super) async fn categories(
    conn: &mut Conn,
    viewer: Viewer,
    mailbox: MailboxId,
) -> Result<Option<Vec<Category>>> {
    if !sees(conn, viewer, mailbox).await? {
        return Ok(None);
    }
    let sql = "SELECT name, colour FROM category WHERE mailbox_id = $1 ORDER BY name LIMIT $2";
    let rows = conn.all(sql, args![mailbox, CATEGORIES_MAX]).await?;
    let category = |row: &Row| {
        Ok(Category {
            name: row.text("name")?,
            colour: row.opt_int("colour")?,
        })
    };
    rows.iter().map(category).collect::<Result<_>>().map(Some)
}

/// Gives a category a colour; one that was not there is there then.
pub(super) async fn set(
    tx: &mut Tx,
    viewer: Viewer,
    mailbox: MailboxId,
    category: &Category,
) -> Result<bool> {
    let sql = concat!(
        "INSERT INTO category (mailbox_id, name, colour)
         SELECT b.id, $4, $5 FROM mailbox b WHERE b.id = $3 AND ",
        visible!(),
        " ON CONFLICT (mailbox_id, name) DO UPDATE SET colour = excluded.colour"
    );
    let values = who(viewer, args![mailbox, &category.name, category.colour]);
    Ok(tx.run(sql, values).await? > 0)
}
