//! Lists of messages: keysets along an index, newest first, whatever is filtered.
//!
//! A list of one folder or one mailbox is one walk along one index. A list of all mailboxes first
//! asks each for its newest hit (one look each), then walks the few whose hits reach the page.

use std::cmp::Reverse;
use std::collections::HashMap;

use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{ConversationId, FolderId, MailboxId, MessageId};
use maildesk_model::message::{Flag, Importance, MessageSummary};

use super::{visible, who};
use crate::contract::{MessageQuery, Result};
use crate::db::{Conn, Engine, Row, Sql, Value, args};
use crate::mail::{people, search, words};

/// As many mailboxes as are named in a full-text question; beyond, hits are checked one by one.
const SCOPES_MAX: usize = 50;
pub(super) const LIMIT_MAX: i64 = 200;

/// A place in the order: newest first, then higher key first.
type Key = (Timestamp, MessageId);

/// Reads the columns a list shows.
pub(super) fn summary(row: &Row) -> Result<MessageSummary> {
    Ok(MessageSummary {
        id: MessageId(row.int("id")?),
        mailbox: MailboxId(row.int("mailbox_id")?),
        folder: FolderId(row.int("folder_id")?),
        conversation: ConversationId(row.int("conversation_id")?),
        subject: row.text("subject")?,
        from: people::to_opt_address(row.opt_text("author")?)?,
        to: people::to_addresses(&row.text("recipients")?)?,
        received_at: row.time("received_at")?,
        preview: row.text("preview")?,
        is_read: row.truth("is_read")?,
        is_draft: row.truth("is_draft")?,
        flag: row.named("flag", Flag::from_name)?,
        due: row.opt_time("due_at")?,
        importance: row.named("importance", Importance::from_name)?,
        has_attachments: row.truth("has_attachments")?,
        categories: people::to_names(&row.text("categories")?)?,
        web_link: row.text("web_link")?,
    })
}

const COLUMNS: &str = "m.id, m.mailbox_id, m.folder_id, m.conversation_id, m.subject, m.author,
    m.recipients, m.received_at, m.preview, m.is_read, m.is_draft, m.flag, m.due_at, m.importance,
    m.has_attachments, m.categories, m.web_link";

/// The list a person asked for.
pub(super) async fn messages(
    conn: &mut Conn,
    viewer: Viewer,
    query: &MessageQuery,
) -> Result<Vec<MessageSummary>> {
    let limit = query.limit.clamp(1, LIMIT_MAX);
    let mailboxes = scope(conn, viewer, query).await?;
    let Some(mailboxes) = mailboxes.filter(|mailboxes| !mailboxes.is_empty()) else {
        return Ok(Vec::new());
    };
    let typed = query
        .words
        .as_deref()
        .filter(|typed| !typed.trim().is_empty());
    let keys = if let Some(typed) = typed {
        let Some(wanted) = words::wanted(typed) else {
            return Ok(Vec::new());
        };
        match conn.engine() {
            Engine::Sqlite => hits_sqlite(conn, viewer, &wanted, &mailboxes, query, limit).await?,
            Engine::Postgres => hits_postgres(conn, &wanted, &mailboxes, query, limit).await?,
        }
    } else if let Some(folder) = query.folder {
        walk(conn, Along::Folder(folder), query, query.after, limit).await?
    } else {
        let along = if query.inboxes {
            inboxes(conn, &mailboxes).await?
        } else {
            mailboxes.iter().copied().map(Along::Mailbox).collect()
        };
        match along[..] {
            [one] => walk(conn, one, query, query.after, limit).await?,
            _ => merge(conn, &along, query, limit).await?,
        }
    };
    fill(conn, &keys).await
}

/// The mailboxes the list is of; `None` when what was named does not exist for this person.
pub(super) async fn scope(
    conn: &mut Conn,
    viewer: Viewer,
    query: &MessageQuery,
) -> Result<Option<Vec<MailboxId>>> {
    if let Some(folder) = query.folder {
        let sql = concat!(
            "SELECT b.id FROM folder f JOIN mailbox b ON b.id = f.mailbox_id
             WHERE f.id = $3 AND ",
            visible!()
        );
        let row = conn.one(sql, who(viewer, args![folder])).await?;
        let mailbox = row.map(|row| row.int("id")).transpose()?.map(MailboxId);
        let mailbox = mailbox.filter(|id| query.mailbox.is_none_or(|named| named == *id));
        return Ok(mailbox.map(|id| vec![id]));
    }
    if let Some(mailbox) = query.mailbox {
        let seen = super::sees(conn, viewer, mailbox).await?;
        return Ok(seen.then(|| vec![mailbox]));
    }
    let sql = concat!("SELECT b.id FROM mailbox b WHERE ", visible!());
    let rows = conn.all(sql, who(viewer, args![])).await?;
    rows.iter()
        .map(|row| row.int("id").map(MailboxId))
        .collect::<Result<_>>()
        .map(Some)
}

/// What one index walks along.
#[derive(Clone, Copy)]
pub(super) enum Along {
    /// The messages of a folder.
    Folder(FolderId),
    /// The messages of a mailbox.
    Mailbox(MailboxId),
}

impl Along {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Folder(_) => "folder",
            Self::Mailbox(_) => "mailbox",
        }
    }

    /// Another one of the same kind.
    const fn with(self, id: i64) -> Self {
        match self {
            Self::Folder(_) => Self::Folder(FolderId(id)),
            Self::Mailbox(_) => Self::Mailbox(MailboxId(id)),
        }
    }

    pub(super) const fn id(self) -> i64 {
        match self {
            Self::Folder(id) => id.0,
            Self::Mailbox(id) => id.0,
        }
    }
}

/// The table to walk. SQLite knows nothing of how many messages are unread or flagged, so it is
/// told which index has only those; PostgreSQL finds that out by itself.
fn table(engine: Engine, scope: &str, query: &MessageQuery) -> String {
    let kind = match (query.flagged, query.unread) {
        (Some(true), _) => "flagged_by",
        (_, Some(true)) => "unread_by",
        _ => "by",
    };
    match engine {
        Engine::Sqlite => format!("message m INDEXED BY message_{kind}_{scope}"),
        Engine::Postgres => "message m".into(),
    }
}

/// The filters of a list, as SQL without values, so that partial indexes are found.
pub(super) fn filters(query: &MessageQuery) -> String {
    let mut sql = String::from("m.folder_id IS NOT NULL");
    match query.flagged {
        Some(true) => sql.push_str(" AND m.flag = 'flagged'"),
        Some(false) => sql.push_str(" AND m.flag <> 'flagged'"),
        None => {}
    }
    match query.unread {
        Some(true) => sql.push_str(" AND m.is_read = 0"),
        Some(false) => sql.push_str(" AND m.is_read = 1"),
        None => {}
    }
    sql
}

/// The text of a walk: the values are the scope, the key to go on below (time and id), the limit.
pub(super) fn walk_sql(engine: Engine, along: Along, query: &MessageQuery) -> String {
    let scope = along.name();
    format!(
        "SELECT m.received_at, m.id FROM {}
         WHERE m.{scope}_id = $1 AND {} AND (m.received_at, m.id) < ($2, $3)
         ORDER BY m.received_at DESC, m.id DESC LIMIT $4",
        table(engine, scope, query),
        filters(query)
    )
}

pub(super) fn below(after: Option<Key>) -> [Value; 2] {
    let (at, id) = after.unwrap_or((Timestamp::from_micros(i64::MAX), MessageId(i64::MAX)));
    [at.into(), id.into()]
}

fn key(row: &Row) -> Result<Key> {
    Ok((row.time("received_at")?, MessageId(row.int("id")?)))
}

async fn walk(
    conn: &mut Conn,
    along: Along,
    query: &MessageQuery,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<Key>> {
    let mut values = args![along.id()];
    values.extend(below(after));
    values.extend(args![limit]);
    let sql = walk_sql(conn.engine(), along, query);
    let rows = conn.all(Sql(sql), values).await?;
    rows.iter().map(key).collect()
}

/// The inbox of each of these mailboxes.
pub(super) async fn inboxes(conn: &mut Conn, mailboxes: &[MailboxId]) -> Result<Vec<Along>> {
    let ids: Vec<Value> = mailboxes.iter().map(|id| Value::from(*id)).collect();
    let sql = "SELECT f.id FROM folder f WHERE f.mailbox_id IN (LIST) AND f.well_known = 'inbox'";
    let rows = conn.all_in(sql, args![], &ids).await?;
    rows.iter()
        .map(|row| Ok(Along::Folder(FolderId(row.int("id")?))))
        .collect()
}

/// The text that asks some mailboxes (or folders) for their newest hit below a key.
pub(super) fn heads_sql(engine: Engine, scope: &str, query: &MessageQuery) -> String {
    format!(
        "SELECT b.id, (SELECT m.received_at FROM {}
           WHERE m.{scope}_id = b.id AND {} AND (m.received_at, m.id) < ($1, $2)
           ORDER BY m.received_at DESC, m.id DESC LIMIT 1) AS head
         FROM {scope} b WHERE b.id IN (LIST)",
        table(engine, scope, query),
        filters(query)
    )
}

/// Merges the lists of several mailboxes (or folders) without sorting any of them.
async fn merge(
    conn: &mut Conn,
    lists: &[Along],
    query: &MessageQuery,
    limit: i64,
) -> Result<Vec<Key>> {
    let Some(first) = lists.first() else {
        return Ok(Vec::new());
    };
    let ids: Vec<Value> = lists.iter().map(|along| Value::from(along.id())).collect();
    let sql = heads_sql(conn.engine(), first.name(), query);
    let rows = conn.all_in(&sql, below(query.after).to_vec(), &ids).await?;
    let mut heads = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(head) = row.opt_time("head")? {
            heads.push((head, row.int("id")?));
        }
    }
    heads.sort_unstable_by_key(|head| Reverse(*head));
    let mut page: Vec<Key> = Vec::new();
    for (head, id) in heads {
        // Lists come in the order of their newest hit: once the page is full of newer ones,
        // no later one can add to it.
        if page.len() as i64 == limit && page.last().is_some_and(|(at, _)| *at > head) {
            break;
        }
        page.extend(walk(conn, first.with(id), query, query.after, limit).await?);
        page.sort_unstable_by_key(|key| Reverse(*key));
        page.truncate(limit as usize);
    }
    Ok(page)
}

/// The text of a full-text question to SQLite: who, the question, the key to go on below, the
/// limit, and the folder if one is named.
pub(super) fn hits_sql(query: &MessageQuery) -> String {
    let folder = query.folder.map_or("", |_| " AND m.folder_id = $6");
    format!(
        "SELECT m.received_at, m.id FROM search
           CROSS JOIN message m ON m.id = {} CROSS JOIN mailbox b ON b.id = m.mailbox_id
         WHERE search MATCH $3 AND search.rowid < $4 AND {} AND {}{folder}
         ORDER BY search.rowid DESC LIMIT $5",
        search::MESSAGE_OF_KEY,
        filters(query),
        visible!()
    )
}

async fn hits_sqlite(
    conn: &mut Conn,
    viewer: Viewer,
    wanted: &words::Wanted,
    mailboxes: &[MailboxId],
    query: &MessageQuery,
    limit: i64,
) -> Result<Vec<Key>> {
    let named = if mailboxes.len() <= SCOPES_MAX {
        mailboxes
    } else {
        &[]
    };
    let mut values = args![
        search::ask_sqlite(wanted, named),
        search::key_before(query.after)?,
        limit
    ];
    values.extend(query.folder.map(Value::from));
    let rows = conn.all(Sql(hits_sql(query)), who(viewer, values)).await?;
    rows.iter().map(key).collect()
}

async fn hits_postgres(
    conn: &mut Conn,
    wanted: &words::Wanted,
    mailboxes: &[MailboxId],
    query: &MessageQuery,
    limit: i64,
) -> Result<Vec<Key>> {
    let folder = if query.folder.is_some() {
        " AND m.folder_id = $5"
    } else {
        " AND $5 = 0"
    };
    let sql = format!(
        "SELECT m.received_at, m.id FROM search s JOIN message m ON m.id = s.message_id
         WHERE s.words @@ $1::tsquery AND (s.received_at, s.message_id) < ($2, $3)
           AND {}{folder} AND s.mailbox_id IN (LIST)
         ORDER BY s.received_at DESC, s.message_id DESC LIMIT $4",
        filters(query)
    );
    let mut values = args![search::ask_postgres(wanted)];
    values.extend(below(query.after));
    values.extend(args![limit, query.folder.map_or(0, |folder| folder.0)]);
    let ids: Vec<Value> = mailboxes.iter().map(|id| Value::from(*id)).collect();
    // A long list of mailboxes is asked in pieces, each of which is in order.
    let rows = conn.all_in(&sql, values, &ids).await?;
    let mut keys = rows.iter().map(key).collect::<Result<Vec<_>>>()?;
    keys.sort_unstable_by_key(|key| Reverse(*key));
    keys.truncate(limit as usize);
    Ok(keys)
}

/// The rows of these keys, in their order.
pub(super) async fn fill(conn: &mut Conn, keys: &[Key]) -> Result<Vec<MessageSummary>> {
    let ids: Vec<Value> = keys.iter().map(|(_, id)| Value::from(*id)).collect();
    let sql =
        format!("SELECT {COLUMNS} FROM message m WHERE m.id IN (LIST) AND m.folder_id IS NOT NULL");
    let rows = conn.all_in(&sql, args![], &ids).await?;
    let mut found = rows
        .iter()
        .map(|row| summary(row).map(|summary| (summary.id, summary)))
        .collect::<Result<HashMap<_, _>>>()?;
    Ok(keys.iter().filter_map(|(_, id)| found.remove(id)).collect())
}
