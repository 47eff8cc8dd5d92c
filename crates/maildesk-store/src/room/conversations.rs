//! Lists of conversations, and the messages of one.
//!
//! A row of a list is a thread: what of a conversation lies in one folder. Threads are kept up with
//! every write, so a page is a walk along an index of theirs.

use std::cmp::Reverse;
use std::collections::HashMap;

use maildesk_model::access::Viewer;
use maildesk_model::conversation::{ConversationSummary, ThreadId};
use maildesk_model::id::{ConversationId, FolderId, MessageId};
use maildesk_model::message::MessageSummary;

use super::list::{self, LIMIT_MAX};
use super::walk::{Key, Scope, Span, Walk, key};
use super::{asked, visible, who};
use crate::contract::{ConversationQuery, Result};
use crate::db::{Conn, Engine, Row, Value, args};
use crate::mail::people;

/// Messages of one conversation that are shown.
const MESSAGES_MAX: usize = 200;

/// The newest messages of one thread.
pub(super) const NEWEST: &str = "SELECT m.received_at, m.id FROM message m
    WHERE m.conversation_id = $1 AND m.folder_id = $2
    ORDER BY m.received_at DESC, m.id DESC LIMIT $3";

/// What the newest messages of some threads say beside their number, in no order: the engines differ
/// in how a query is asked for each row of another. The value is how many of each.
pub(super) const LOOK: [&str; 2] = [
    "SELECT t.conversation_id, t.folder_id, m.author, m.categories, m.due_at, m.received_at, m.id
     FROM thread t CROSS JOIN message m WHERE t.conversation_id IN (LIST) AND t.total > 1
       AND m.id IN (SELECT n.id FROM message n
         WHERE n.conversation_id = t.conversation_id AND n.folder_id = t.folder_id
         ORDER BY n.received_at DESC, n.id DESC LIMIT $1)",
    "SELECT t.conversation_id, t.folder_id, m.author, m.categories, m.due_at, m.received_at, m.id
     FROM thread t CROSS JOIN LATERAL (SELECT n.author, n.categories, n.due_at, n.received_at, n.id
         FROM message n WHERE n.conversation_id = t.conversation_id AND n.folder_id = t.folder_id
         ORDER BY n.received_at DESC, n.id DESC LIMIT $1) AS m
     WHERE t.conversation_id IN (LIST) AND t.total > 1",
];

/// How many messages a thread has, if its mailbox exists for this person.
pub(super) const SIZE: &str = concat!(
    "SELECT t.total FROM thread t JOIN folder f ON f.id = t.folder_id
       JOIN mailbox b ON b.id = f.mailbox_id
     WHERE t.conversation_id = $3 AND t.folder_id = $4 AND ",
    visible!()
);

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
        category: None,
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
    let mut looks = look(conn, &ids).await?;
    let mut summaries = Vec::with_capacity(newest.len());
    for newest in newest {
        let thread = newest.thread();
        // It was moved on while the page was read: it is not the newest here any more.
        let Some(row) = threads.get(&thread) else {
            continue;
        };
        let is_newest = newest.id;
        let mut summary = ConversationSummary {
            total: row.int("total")?,
            unread: row.int("unread")?,
            is_flagged: row.int("flagged")? > 0,
            has_attachments: row.int("with_attachments")? > 0,
            ..ConversationSummary::of_one(newest)
        };
        for ((_, id), row) in looks.remove(&thread).unwrap_or_default() {
            if id != is_newest {
                let author = people::to_opt_address(row.opt_text("author")?)?;
                let categories = people::to_names(&row.text("categories")?)?;
                summary.look_at(author.as_ref(), &categories, row.opt_time("due_at")?);
            }
        }
        summaries.push(summary);
    }
    Ok(summaries)
}

fn thread(row: &Row) -> Result<ThreadId> {
    Ok(ThreadId {
        conversation: ConversationId(row.int("conversation_id")?),
        folder: FolderId(row.int("folder_id")?),
    })
}

/// What the newest messages of threads that have several say, the newest first.
async fn look(
    conn: &mut Conn,
    conversations: &[Value],
) -> Result<HashMap<ThreadId, Vec<(Key, Row)>>> {
    let [sqlite, postgres] = LOOK;
    let sql = conn.engine().pick(sqlite, postgres);
    let each = ConversationSummary::LOOKED_AT as i64;
    let mut found: HashMap<ThreadId, Vec<(Key, Row)>> = HashMap::new();
    for row in conn.all_in(sql, args![each], conversations).await? {
        let messages = found.entry(thread(&row)?).or_default();
        messages.push((key(&row)?, row));
    }
    for messages in found.values_mut() {
        messages.sort_unstable_by_key(|(key, _)| Reverse(*key));
    }
    Ok(found)
}

/// The messages of threads, so many of all together, and how many more there are.
pub(super) async fn threads(
    conn: &mut Conn,
    viewer: Viewer,
    threads: &[ThreadId],
    limit: i64,
) -> Result<(Vec<MessageSummary>, i64)> {
    let limit = limit.clamp(0, LIMIT_MAX);
    let mut keys: Vec<Key> = Vec::new();
    let mut all = 0;
    for thread in threads {
        let asked = who(viewer, args![thread.conversation, thread.folder]);
        let Some(row) = conn.one(SIZE, asked).await? else {
            continue;
        };
        all += row.int("total")?;
        let room = limit - keys.len() as i64;
        if room > 0 {
            let values = args![thread.conversation, thread.folder, room];
            for row in conn.all(NEWEST, values).await? {
                keys.push(key(&row)?);
            }
        }
    }
    let more = all - keys.len() as i64;
    Ok((list::fill(conn, &keys).await?, more.max(0)))
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
    let ThreadId {
        conversation,
        folder: lies_in,
    } = thread(&row)?;
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
