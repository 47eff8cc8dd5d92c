//! What a list of messages is of: which mailboxes and folders, which filters, which stretch of time.

use std::cmp::Reverse;

use maildesk_model::access::Viewer;
use maildesk_model::folder::WellKnown;
use maildesk_model::id::{FolderId, MailboxId, MessageId};
use maildesk_model::search::Search;

use super::list::{filters, walk};
use super::walk::{Key, Scope, Span, Walk, key};
use super::{visible, who};
use crate::contract::{MessageQuery, Result};
use crate::db::{Conn, Value, args};

/// A list that is asked for, with everything looked up that it is confined to.
pub(super) struct Asked {
    pub(super) mailboxes: Vec<MailboxId>,
    folders: Option<Vec<i64>>,
    filters: String,
    category: Option<String>,
    /// Whether it is of less than whole mailboxes.
    pub(super) is_narrow: bool,
    /// The way through all of its messages, whatever their words.
    pub(super) walk: Walk,
    pub(super) lists: Vec<i64>,
    pub(super) span: Span,
}

impl Asked {
    /// `None`: nothing can be in it, or it does not exist for this person.
    pub(super) async fn read(
        conn: &mut Conn,
        viewer: Viewer,
        query: &MessageQuery,
    ) -> Result<Option<Self>> {
        let Some(query) = narrowed(query) else {
            return Ok(None);
        };
        let mailboxes = scope(conn, viewer, query.mailbox, query.folder).await?;
        let Some(mailboxes) = mailboxes.filter(|mailboxes| !mailboxes.is_empty()) else {
            return Ok(None);
        };
        let folders = folders(conn, &query, &mailboxes).await?;
        if folders.as_ref().is_some_and(Vec::is_empty) {
            return Ok(None);
        }
        let (scope, lists) = match &folders {
            Some(folders) => (Scope::Folder, folders.clone()),
            None => (Scope::Mailbox, mailboxes.iter().map(|id| id.0).collect()),
        };
        let is_filtered = [query.unread, query.flagged, query.attachments]
            .iter()
            .any(Option::is_some);
        Ok(Some(Self {
            is_narrow: folders.is_some() || is_filtered || query.category.is_some(),
            filters: filters(&query),
            category: query.category.clone(),
            walk: walk(conn.engine(), scope, &query),
            span: span(&query),
            mailboxes,
            folders,
            lists,
        }))
    }

    /// Those of some messages that are in the list, newest first.
    pub(super) async fn keep(&self, conn: &mut Conn, keys: &[Key]) -> Result<Vec<Key>> {
        let ids: Vec<Value> = keys.iter().map(|(_, id)| Value::from(*id)).collect();
        let (label, values) = match &self.category {
            Some(category) => (
                "JOIN labelled l ON l.message_id = m.id AND l.name = $1",
                args![category],
            ),
            None => ("", args![]),
        };
        let sql = format!(
            "SELECT m.received_at, m.id, m.mailbox_id, m.folder_id FROM message m {label}
             WHERE m.id IN (LIST) AND {}",
            self.filters
        );
        let mut kept = Vec::new();
        for row in conn.all_in(&sql, values, &ids).await? {
            let folder = row.int("folder_id")?;
            let is_there = self.mailboxes.contains(&MailboxId(row.int("mailbox_id")?))
                && self
                    .folders
                    .as_ref()
                    .is_none_or(|folders| folders.contains(&folder));
            if is_there {
                kept.push(key(&row)?);
            }
        }
        kept.sort_unstable_by_key(|key| Reverse(*key));
        Ok(kept)
    }
}

/// The filters with those of the search laid over them; `None` where they contradict one another,
/// or where nothing is looked for.
fn narrowed(query: &MessageQuery) -> Option<MessageQuery> {
    let Some(search) = &query.search else {
        return Some(query.clone());
    };
    let both = |one: Option<bool>, other: Option<bool>| match (one, other) {
        (Some(one), Some(other)) if one != other => None,
        _ => Some(one.or(other)),
    };
    (!search.is_empty()).then_some(())?;
    Some(MessageQuery {
        unread: both(query.unread, search.unread)?,
        flagged: both(query.flagged, search.flagged)?,
        attachments: both(query.attachments, search.attachments)?,
        ..query.clone()
    })
}

/// The stretch of the order that is asked for.
fn span(query: &MessageQuery) -> Span {
    let mut span = Span::after(query.after);
    if let Some(search) = &query.search {
        if let Some(before) = search.before {
            span.below = span.below.min((before, MessageId(0)));
        }
        span.from = search.from.unwrap_or(span.from);
    }
    span
}

/// The folders a list is confined to.
async fn folders(
    conn: &mut Conn,
    query: &MessageQuery,
    mailboxes: &[MailboxId],
) -> Result<Option<Vec<i64>>> {
    let named = match &query.search {
        Some(search) if !search.folders.is_empty() => Some(named(conn, search, mailboxes).await?),
        _ => None,
    };
    Ok(match (query.folder, named) {
        (Some(folder), Some(named)) => {
            let named = named.into_iter().filter(|one| *one == folder.0);
            Some(named.collect())
        }
        (Some(folder), None) => Some(vec![folder.0]),
        (None, None) if query.inboxes && query.search.is_none() => {
            Some(inboxes(conn, mailboxes).await?)
        }
        (None, named) => named,
    })
}

/// The folders that a search names.
async fn named(conn: &mut Conn, search: &Search, mailboxes: &[MailboxId]) -> Result<Vec<i64>> {
    let ids: Vec<Value> = mailboxes.iter().map(|id| Value::from(*id)).collect();
    let sql = "SELECT f.id, f.name, f.well_known FROM folder f
               WHERE f.mailbox_id IN (LIST) AND f.gone_at IS NULL";
    let mut named = Vec::new();
    for row in conn.all_in(sql, args![], &ids).await? {
        let known = row.opt_text("well_known")?;
        let known = known.as_deref().and_then(WellKnown::from_name);
        if search.is_folder(&row.text("name")?, known) {
            named.push(row.int("id")?);
        }
    }
    Ok(named)
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

/// The inbox of each of these mailboxes.
pub(super) async fn inboxes(conn: &mut Conn, mailboxes: &[MailboxId]) -> Result<Vec<i64>> {
    let ids: Vec<Value> = mailboxes.iter().map(|id| Value::from(*id)).collect();
    let sql = "SELECT f.id FROM folder f WHERE f.mailbox_id IN (LIST) AND f.well_known = 'inbox'";
    let rows = conn.all_in(sql, args![], &ids).await?;
    rows.iter().map(|row| row.int("id")).collect()
}
