//! Lists of messages: walks along an index, or hits of words, newest first, whatever is filtered.

use std::collections::HashMap;

use maildesk_model::access::Viewer;
use maildesk_model::id::{ConversationId, FolderId, MailboxId, MessageId};
use maildesk_model::message::{Flag, Importance, MessageSummary};

use super::asked::Asked;
use super::hits;
use super::walk::{Key, Scope, Walk};
use crate::contract::{COUNT_MAX, Counted, Found, MessageQuery, Result};
use crate::db::{Conn, Engine, Row, Value, args};
use crate::mail::{meetings, people};

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
        due: row.opt_time("due_at")?,
        importance: row.named("importance", Importance::from_name)?,
        has_attachments: row.truth("has_attachments")?,
        categories: people::to_names(&row.text("categories")?)?,
        web_link: row.text("web_link")?,
        meeting: meetings::read(row)?,
    })
}

const COLUMNS: &str = "m.id, m.mailbox_id, m.folder_id, m.conversation_id, m.subject, m.author,
    m.recipients, m.received_at, m.preview, m.is_read, m.is_draft, m.flag, m.due_at, m.importance,
    m.has_attachments, m.categories, m.web_link, m.meeting, m.meeting_starts_at, m.meeting_ends_at,
    m.meeting_all_day, m.meeting_repeats, m.meeting_place";

/// The list a person asked for, and where looking for words was ended, if it was after so many turns.
pub(super) async fn found(
    conn: &mut Conn,
    viewer: Viewer,
    query: &MessageQuery,
    turns: usize,
) -> Result<Found> {
    let limit = query.limit.clamp(1, LIMIT_MAX);
    let (keys, ended_at) = keys(conn, viewer, query, limit, turns).await?;
    Ok(Found {
        messages: fill(conn, &keys).await?,
        ended_at,
    })
}

/// How many such a list has, looked for in the same way.
pub(super) async fn counted(
    conn: &mut Conn,
    viewer: Viewer,
    query: &MessageQuery,
    turns: usize,
) -> Result<Counted> {
    let (keys, ended_at) = keys(conn, viewer, query, COUNT_MAX + 1, turns).await?;
    let ids: Vec<Value> = keys.iter().map(|(_, id)| Value::from(*id)).collect();
    let sql = "SELECT DISTINCT mailbox_id FROM message WHERE id IN (LIST)";
    let mailboxes = conn.all_in(sql, args![], &ids).await?;
    let mailboxes = mailboxes
        .iter()
        .map(|row| row.int("mailbox_id").map(MailboxId));
    let count = keys.len() as i64;
    Ok(Counted {
        mailboxes: mailboxes.collect::<Result<_>>()?,
        count: count.min(COUNT_MAX),
        is_at_least: count > COUNT_MAX || ended_at.is_some(),
    })
}

/// Which messages the list has, newest first.
async fn keys(
    conn: &mut Conn,
    viewer: Viewer,
    query: &MessageQuery,
    limit: i64,
    turns: usize,
) -> Result<(Vec<Key>, Option<Key>)> {
    let Some(asked) = Asked::read(conn, viewer, query).await? else {
        return Ok((Vec::new(), None));
    };
    match &query.search {
        Some(search) if search.all_words().next().is_some() => {
            hits::page(conn, &asked, search, limit, turns).await
        }
        _ => {
            let Asked {
                walk, lists, span, ..
            } = &asked;
            Ok((walk.page(conn, lists, *span, limit).await?, None))
        }
    }
}

/// The list as an index has it in order.
pub(super) fn walk(engine: Engine, scope: Scope, query: &MessageQuery) -> Walk {
    if query.category.is_some() {
        return labelled(engine, scope, query);
    }
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
        category: None,
    }
}

/// The list of one category.
fn labelled(engine: Engine, scope: Scope, query: &MessageQuery) -> Walk {
    let rows = match engine {
        // SQLite would rather begin with what is unread or flagged: a CROSS JOIN it leaves as it is.
        Engine::Sqlite => "labelled l CROSS JOIN message m ON m.id = l.message_id",
        Engine::Postgres => "labelled l JOIN message m ON m.id = l.message_id",
    };
    Walk {
        rows: rows.into(),
        scope,
        columns: match scope {
            Scope::Folder => ["l.folder_id", "l.received_at", "l.message_id"],
            Scope::Mailbox => ["l.mailbox_id", "l.received_at", "l.message_id"],
        },
        filters: filters(query),
        category: query.category.clone(),
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
    match query.attachments {
        Some(true) => sql.push_str(" AND m.has_attachments = 1"),
        Some(false) => sql.push_str(" AND m.has_attachments = 0"),
        None => {}
    }
    sql
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
