//! Lists of messages: walks along an index, or hits of words, newest first, whatever is filtered.

use std::cmp::Reverse;
use std::collections::HashMap;

use maildesk_model::access::Viewer;
use maildesk_model::id::{ConversationId, FolderId, MailboxId, MessageId};
use maildesk_model::message::{Flag, Importance, MessageSummary};

use super::walk::{Key, Scope, Walk, below, key};
use super::{visible, who};
use crate::contract::{MessageQuery, Result};
use crate::db::{Conn, Engine, Row, Sql, Value, args};
use crate::mail::{people, search, words};

/// As many mailboxes as are named in a full-text question; beyond, hits are checked one by one.
const SCOPES_MAX: usize = 50;
pub(super) const LIMIT_MAX: i64 = 200;

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
        importance: row.named("importance", Importance::from_name)?,
        has_attachments: row.truth("has_attachments")?,
        categories: people::to_names(&row.text("categories")?)?,
        web_link: row.text("web_link")?,
    })
}

const COLUMNS: &str = "m.id, m.mailbox_id, m.folder_id, m.conversation_id, m.subject, m.author,
    m.recipients, m.received_at, m.preview, m.is_read, m.is_draft, m.flag, m.importance,
    m.has_attachments, m.categories, m.web_link";

/// The list a person asked for.
pub(super) async fn messages(
    conn: &mut Conn,
    viewer: Viewer,
    query: &MessageQuery,
) -> Result<Vec<MessageSummary>> {
    let limit = query.limit.clamp(1, LIMIT_MAX);
    let mailboxes = scope(conn, viewer, query.mailbox, query.folder).await?;
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
    } else {
        let (scope, lists) = lists(conn, query, &mailboxes).await?;
        let walk = walk(conn.engine(), scope, query);
        walk.page(conn, &lists, query.after, limit).await?
    };
    fill(conn, &keys).await
}

/// The folders or mailboxes whose lists are asked for.
async fn lists(
    conn: &mut Conn,
    query: &MessageQuery,
    mailboxes: &[MailboxId],
) -> Result<(Scope, Vec<i64>)> {
    Ok(if let Some(folder) = query.folder {
        (Scope::Folder, vec![folder.0])
    } else if query.inboxes {
        (Scope::Folder, inboxes(conn, mailboxes).await?)
    } else {
        (Scope::Mailbox, mailboxes.iter().map(|id| id.0).collect())
    })
}

/// The mailboxes the list is of; `None` when what was named does not exist for this person.
pub(super) async fn scope(
    conn: &mut Conn,
    viewer: Viewer,
    mailbox: Option<MailboxId>,
    folder: Option<FolderId>,
) -> Result<Option<Vec<MailboxId>>> {
    if let Some(folder) = folder {
        let sql = concat!(
            "SELECT b.id FROM folder f JOIN mailbox b ON b.id = f.mailbox_id
             WHERE f.id = $3 AND ",
            visible!()
        );
        let row = conn.one(sql, who(viewer, args![folder])).await?;
        let lies_in = row.map(|row| row.int("id")).transpose()?.map(MailboxId);
        let lies_in = lies_in.filter(|id| mailbox.is_none_or(|named| named == *id));
        return Ok(lies_in.map(|id| vec![id]));
    }
    if let Some(mailbox) = mailbox {
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

/// The list as an index has it in order.
pub(super) fn walk(engine: Engine, scope: Scope, query: &MessageQuery) -> Walk {
    let kind = match (query.flagged, query.attachments, query.unread) {
        (Some(true), _, _) => "flagged_by",
        (_, Some(true), _) => "attachments_by",
        (_, _, Some(true)) => "unread_by",
        _ => "by",
    };
    Walk {
        rows: match engine {
            Engine::Sqlite => format!("message m INDEXED BY message_{kind}_{}", scope.name()),
            Engine::Postgres => "message m".into(),
        },
        scope,
        columns: match scope {
            Scope::Folder => ["m.folder_id", "m.received_at", "m.id"],
            Scope::Mailbox => ["m.mailbox_id", "m.received_at", "m.id"],
        },
        filters: filters(query),
    }
}

/// The filters of a list, as SQL without values, so that partial indexes are found.
fn filters(query: &MessageQuery) -> String {
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
    match query.attachments {
        Some(true) => sql.push_str(" AND m.has_attachments = 1"),
        Some(false) => sql.push_str(" AND m.has_attachments = 0"),
        None => {}
    }
    sql
}

/// The inbox of each of these mailboxes.
pub(super) async fn inboxes(conn: &mut Conn, mailboxes: &[MailboxId]) -> Result<Vec<i64>> {
    let ids: Vec<Value> = mailboxes.iter().map(|id| Value::from(*id)).collect();
    let sql = "SELECT f.id FROM folder f WHERE f.mailbox_id IN (LIST) AND f.well_known = 'inbox'";
    let rows = conn.all_in(sql, args![], &ids).await?;
    rows.iter().map(|row| row.int("id")).collect()
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
