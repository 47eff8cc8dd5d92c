//! Lists of conversations, and the messages of one.
//!
//! A row of a list is a thread: what of a conversation lies in one folder. Threads are kept up with
//! every write, so a page is a walk along an index of theirs.

use std::cmp::Reverse;
use std::collections::HashMap;

use maildesk_model::access::Viewer;
use maildesk_model::conversation::ConversationSummary;
use maildesk_model::id::{ConversationId, FolderId, MessageId};
use maildesk_model::message::{Address, MessageSummary};

use super::list::{self, LIMIT_MAX};
use super::walk::{Key, Scope, Span, Walk, key};
use super::{asked, visible, who};
use crate::contract::{ConversationQuery, Result};
use crate::db::{Conn, Engine, Row, Value, args};
use crate::mail::people;

/// Authors named for a conversation.
const AUTHORS_MAX: usize = 3;
/// As many messages are looked at for them: a conversation may be one person's alone.
const LOOKED_AT: i64 = 10;
/// Messages of one conversation that are shown.
const MESSAGES_MAX: usize = 200;

/// The newest messages of one thread.
pub(super) const NEWEST: &str = "SELECT m.received_at, m.id FROM message m
    WHERE m.conversation_id = $1 AND m.folder_id = $2
    ORDER BY m.received_at DESC, m.id DESC LIMIT $3";

/// The authors of the newest messages of some threads, in no order: the engines differ in how a
/// query is asked for each row of another. The value is how many of each.
pub(super) const AUTHORS: [&str; 2] = [
    "SELECT t.conversation_id, t.folder_id, m.author, m.received_at, m.id
     FROM thread t CROSS JOIN message m WHERE t.conversation_id IN (LIST) AND t.total > 1
       AND m.id IN (SELECT n.id FROM message n
         WHERE n.conversation_id = t.conversation_id AND n.folder_id = t.folder_id
         ORDER BY n.received_at DESC, n.id DESC LIMIT $1)",
    "SELECT t.conversation_id, t.folder_id, m.author, m.received_at, m.id
     FROM thread t CROSS JOIN LATERAL (SELECT n.author, n.received_at, n.id FROM message n
         WHERE n.conversation_id = t.conversation_id AND n.folder_id = t.folder_id
         ORDER BY n.received_at DESC, n.id DESC LIMIT $1) AS m
     WHERE t.conversation_id IN (LIST) AND t.total > 1",
];

type Thread = (ConversationId, FolderId);

/// The list as an index has it in order.
pub(super) fn walk(engine: Engine, query: &ConversationQuery) -> Walk {
    let filters = [
        (query.flagged, "flagged_", "t.flagged > 0"),
        (query.attachments, "attachments_", "t.with_attachments > 0"),
        (query.unread, "unread_", "t.unread > 0"),
    ];
    let asked = || filters.iter().filter(|(is_asked, ..)| *is_asked);
    let kind = asked().next().map_or("", |(_, kind, _)| kind);
    let filters: Vec<&str> = asked().map(|(.., filter)| *filter).collect();
    Walk {
        rows: match engine {
            Engine::Sqlite => format!("thread t INDEXED BY thread_{kind}by_folder"),
            Engine::Postgres => "thread t".into(),
        },
        scope: Scope::Folder,
        columns: ["t.folder_id", "t.newest_at", "t.newest_id"],
        filters: if filters.is_empty() {
            "TRUE".into()
        } else {
            filters.join(" AND ")
        },
    }
}

/// The list a person asked for.
pub(super) async fn list(
    conn: &mut Conn,
    viewer: Viewer,
    query: &ConversationQuery,
) -> Result<Vec<ConversationSummary>> {
    let limit = query.limit.clamp(1, LIMIT_MAX);
    let mailboxes = asked::scope(conn, viewer, query.mailbox, query.folder).await?;
    let Some(mailboxes) = mailboxes.filter(|mailboxes| !mailboxes.is_empty()) else {
        return Ok(Vec::new());
    };
    let folders = match query.folder {
        Some(folder) => vec![folder.0],
        None => asked::inboxes(conn, &mailboxes).await?,
    };
    let walk = walk(conn.engine(), query);
    let keys = walk
        .page(conn, &folders, Span::after(query.after), limit)
        .await?;
    let newest = list::fill(conn, &keys).await?;
    summaries(conn, newest).await
}

/// Says of each of these messages how the thread stands that it is the newest of.
async fn summaries(
    conn: &mut Conn,
    newest: Vec<MessageSummary>,
) -> Result<Vec<ConversationSummary>> {
    let ids: Vec<Value> = newest.iter().map(|one| one.conversation.into()).collect();
    let sql = "SELECT t.conversation_id, t.folder_id, t.total, t.unread, t.flagged,
                 t.with_attachments FROM thread t WHERE t.conversation_id IN (LIST)";
    let rows = conn.all_in(sql, args![], &ids).await?;
    let mut threads = HashMap::with_capacity(rows.len());
    for row in &rows {
        threads.insert(thread(row)?, row);
    }
    let mut authors = authors(conn, &ids).await?;
    let mut summaries = Vec::with_capacity(newest.len());
    for newest in newest {
        let thread = (newest.conversation, newest.folder);
        // It was moved on while the page was read: it is not the newest here any more.
        let Some(row) = threads.get(&thread) else {
            continue;
        };
        summaries.push(ConversationSummary {
            total: row.int("total")?,
            unread: row.int("unread")?,
            is_flagged: row.int("flagged")? > 0,
            has_attachments: row.int("with_attachments")? > 0,
            authors: match authors.remove(&thread) {
                Some(authors) => authors,
                None => newest.from.iter().cloned().collect(),
            },
            newest,
        });
    }
    Ok(summaries)
}

fn thread(row: &Row) -> Result<Thread> {
    let conversation = ConversationId(row.int("conversation_id")?);
    Ok((conversation, FolderId(row.int("folder_id")?)))
}

/// Who wrote the newest messages of threads that have several.
async fn authors(
    conn: &mut Conn,
    conversations: &[Value],
) -> Result<HashMap<Thread, Vec<Address>>> {
    let [sqlite, postgres] = AUTHORS;
    let sql = conn.engine().pick(sqlite, postgres);
    let rows = conn.all_in(sql, args![LOOKED_AT], conversations).await?;
    let mut found = rows
        .iter()
        .map(|row| Ok((key(row)?, row)))
        .collect::<Result<Vec<_>>>()?;
    found.sort_unstable_by_key(|(key, _)| Reverse(*key));
    let mut authors: HashMap<Thread, Vec<Address>> = HashMap::new();
    for (_, row) in found {
        let named = authors.entry(thread(row)?).or_default();
        if let Some(author) = people::to_opt_address(row.opt_text("author")?)?
            && named.len() < AUTHORS_MAX
            && !named.iter().any(|one| one.address == author.address)
        {
            named.push(author);
        }
    }
    Ok(authors)
}

/// The messages of the conversation that `open` is one of.
pub(super) async fn one(
    conn: &mut Conn,
    viewer: Viewer,
    open: MessageId,
) -> Result<Vec<MessageSummary>> {
    let sql = concat!(
        "SELECT m.conversation_id, m.folder_id FROM message m JOIN mailbox b ON b.id = m.mailbox_id
         WHERE m.id = $3 AND m.folder_id IS NOT NULL AND ",
        visible!()
    );
    let Some(row) = conn.one(sql, who(viewer, args![open])).await? else {
        return Ok(Vec::new());
    };
    let (conversation, lies_in) = thread(&row)?;
    let sql = "SELECT t.folder_id FROM thread t JOIN folder f ON f.id = t.folder_id
               WHERE t.conversation_id = $1 AND (f.id = $2 OR f.well_known IS NULL
                 OR f.well_known NOT IN ('deleteditems', 'junkemail'))";
    let mut keys: Vec<Key> = Vec::new();
    for row in conn.all(sql, args![conversation, lies_in]).await? {
        let values = args![conversation, row.int("folder_id")?, MESSAGES_MAX as i64];
        for row in conn.all(NEWEST, values).await? {
            keys.push(key(&row)?);
        }
    }
    keys.sort_unstable_by_key(|key| Reverse(*key));
    keys.truncate(MESSAGES_MAX);
    keys.reverse();
    list::fill(conn, &keys).await
}
