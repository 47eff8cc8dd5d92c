//! Walks: pages of a list that an index has in order, newest first.
//!
//! The list of one folder or mailbox is one walk along one index. A list of several first asks each
//! for its newest row (one look each), then walks the few whose rows reach the page.

use std::cmp::Reverse;

use maildesk_model::clock::Timestamp;
use maildesk_model::id::MessageId;

use crate::contract::Result;
use crate::db::{Conn, Row, Sql, Value, args};

/// A place in the order: newest first, then higher key first.
pub(super) type Key = (Timestamp, MessageId);

/// A stretch of the order: what comes after a place and was not received before an instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) below: Key,
    pub(super) from: Timestamp,
}

impl Span {
    /// What comes after a place, down to the oldest.
    pub(super) fn after(place: Option<Key>) -> Self {
        let top = (Timestamp::from_micros(i64::MAX), MessageId(i64::MAX));
        Self {
            below: place.unwrap_or(top),
            from: Timestamp::from_micros(i64::MIN),
        }
    }

    fn values(self) -> Vec<Value> {
        args![self.below.0, self.below.1, self.from]
    }
}

/// What each list is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scope {
    /// One folder.
    Folder,
    /// One mailbox.
    Mailbox,
}

impl Scope {
    /// The name of its table, and of columns and indexes.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Mailbox => "mailbox",
        }
    }
}

/// A list in the words of SQL.
pub(super) struct Walk {
    /// The table under an alias; for SQLite also the index, because SQLite knows nothing of how
    /// many rows are unread or flagged. PostgreSQL finds the index by itself.
    pub(super) rows: String,
    /// What each list is of.
    pub(super) scope: Scope,
    /// The columns that hold the scope, the time and the key.
    pub(super) columns: [&'static str; 3],
    /// Which rows, without values, so that partial indexes are found.
    pub(super) filters: String,
    /// The name that the rows of `labelled l` have, where the list is of a category.
    pub(super) category: Option<String>,
}

impl Walk {
    /// The text of one walk: the values are the scope, the span (time and id to go on below, the
    /// oldest time), the limit, the category.
    pub(super) fn page_sql(&self) -> String {
        let (rows, filters, [scope, at, id]) = (&self.rows, &self.filters, self.columns);
        let label = self.label(6);
        format!(
            "SELECT {at} AS received_at, {id} AS id FROM {rows}
             WHERE {scope} = $1{label} AND {filters} AND ({at}, {id}) < ($2, $3) AND {at} >= $4
             ORDER BY {at} DESC, {id} DESC LIMIT $5"
        )
    }

    /// The text that asks some folders or mailboxes for the time of their newest row in a span.
    pub(super) fn heads_sql(&self) -> String {
        let (rows, filters, [scope, at, id]) = (&self.rows, &self.filters, self.columns);
        let label = self.label(4);
        format!(
            "SELECT b.id, (SELECT {at} FROM {rows}
               WHERE {scope} = b.id{label} AND {filters} AND ({at}, {id}) < ($1, $2) AND {at} >= $3
               ORDER BY {at} DESC, {id} DESC LIMIT 1) AS head
             FROM {} b WHERE b.id IN (LIST)",
            self.scope.name()
        )
    }

    /// The condition on the category, which is this value.
    fn label(&self, n: usize) -> String {
        let category = self.category.as_ref();
        category.map_or_else(String::new, |_| format!(" AND l.name = ${n}"))
    }

    /// The values of a statement, the category behind them.
    fn values(&self, mut values: Vec<Value>) -> Vec<Value> {
        values.extend(self.category.as_ref().map(Value::from));
        values
    }

    /// A page of the lists of these folders or mailboxes, merged without sorting any of them.
    pub(super) async fn page(
        &self,
        conn: &mut Conn,
        lists: &[i64],
        span: Span,
        limit: i64,
    ) -> Result<Vec<Key>> {
        if let [one] = lists {
            return self.one(conn, *one, span, limit).await;
        }
        let mut page: Vec<Key> = Vec::new();
        for (head, list) in self.heads(conn, lists, span).await? {
            // Lists come in the order of their newest row: once the page is full of newer ones,
            // no later one can add to it.
            if page.len() as i64 == limit && page.last().is_some_and(|(at, _)| *at > head) {
                break;
            }
            page.extend(self.one(conn, list, span, limit).await?);
            page.sort_unstable_by_key(|key| Reverse(*key));
            page.truncate(limit as usize);
        }
        Ok(page)
    }

    async fn one(&self, conn: &mut Conn, list: i64, span: Span, limit: i64) -> Result<Vec<Key>> {
        let mut values = args![list];
        values.extend(span.values());
        values.extend(args![limit]);
        let values = self.values(values);
        let rows = conn.all(Sql(self.page_sql()), values).await?;
        rows.iter().map(key).collect()
    }

    /// The time of each list's newest row, newest first; lists without rows are left out.
    async fn heads(
        &self,
        conn: &mut Conn,
        lists: &[i64],
        span: Span,
    ) -> Result<Vec<(Timestamp, i64)>> {
        let lists: Vec<Value> = lists.iter().map(|list| Value::from(*list)).collect();
        let rows = conn
            .all_in(&self.heads_sql(), self.values(span.values()), &lists)
            .await?;
        let mut heads = Vec::with_capacity(rows.len());
        for row in &rows {
            if let Some(head) = row.opt_time("head")? {
                heads.push((head, row.int("id")?));
            }
        }
        heads.sort_unstable_by_key(|head| Reverse(*head));
        Ok(heads)
    }
}

/// Reads a row of a walk.
pub(super) fn key(row: &Row) -> Result<Key> {
    Ok((row.time("received_at")?, MessageId(row.int("id")?)))
}
