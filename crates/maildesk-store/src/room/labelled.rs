//! Categories: what a mailbox's are called, which colours they have here, and the list of one.

use std::cmp::Reverse;

use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{MailboxId, MessageId};
use maildesk_model::message::MessageSummary;

use super::asked;
use super::list;
use super::walk::Scope;
use super::{sees, visible, who};
use crate::contract::{Category, MessageQuery, Result};
use crate::db::{Conn, Row, Sql, Tx, args};

/// More categories than Outlook lets anybody handle.
const CATEGORIES_MAX: i64 = 1000;

/// Above everything in the order.
const TOP: (Timestamp, MessageId) = (Timestamp::from_micros(i64::MAX), MessageId(i64::MAX));

/// The messages of a category, newest first: one walk for each folder or mailbox, then merged.
pub(super) async fn messages(
    conn: &mut Conn,
    viewer: Viewer,
    query: &MessageQuery,
    category: &str,
) -> Result<Vec<MessageSummary>> {
    let limit = query.limit.clamp(1, list::LIMIT_MAX);
    let mailboxes = asked::scope(conn, viewer, query.mailbox, query.folder).await?;
    let Some(mailboxes) = mailboxes.filter(|mailboxes| !mailboxes.is_empty()) else {
        return Ok(Vec::new());
    };
    let (scope, lists) = match query.folder {
        Some(folder) => (Scope::Folder, vec![folder.0]),
        None if query.inboxes => (Scope::Folder, asked::inboxes(conn, &mailboxes).await?),
        None => {
            let lists = mailboxes.iter().map(|mailbox| mailbox.0);
            (Scope::Mailbox, lists.collect())
        }
    };
    let (at, id) = query.after.unwrap_or(TOP);
    let mut keys: Vec<(Timestamp, MessageId)> = Vec::new();
    for list in lists {
        let values = args![list, category, at, id, limit];
        let rows = conn.all(Sql(walk_sql(scope, query)), values).await?;
        let found = rows.iter().map(key).collect::<Result<Vec<_>>>()?;
        keys.extend(found);
    }
    keys.sort_unstable_by_key(|key| Reverse(*key));
    keys.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    list::fill(conn, &keys).await
}

/// The text of a walk: the scope, the category, the key to go on below, the limit.
fn walk_sql(scope: Scope, query: &MessageQuery) -> String {
    let is_filtered =
        query.unread.is_some() || query.flagged.is_some() || query.attachments.is_some();
    let (join, filters) = if is_filtered {
        (
            " JOIN message m ON m.id = l.message_id",
            list::filters(query),
        )
    } else {
        ("", "1 = 1".to_owned())
    };
    format!(
        "SELECT l.received_at, l.message_id FROM labelled l{join}
         WHERE l.{}_id = $1 AND l.name = $2 AND (l.received_at, l.message_id) < ($3, $4) AND {filters}
         ORDER BY l.received_at DESC, l.message_id DESC LIMIT $5",
        scope.name()
    )
}

fn key(row: &Row) -> Result<(Timestamp, MessageId)> {
    Ok((row.time("received_at")?, MessageId(row.int("message_id")?)))
}

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
