//! Many values in one statement, with few different texts, so that prepared statements are found
//! again.

use std::fmt::Write as _;

use sqlx::AssertSqlSafe;

use super::{Conn, Engine, Row, Value, args};
use crate::contract::Result;

/// As many values as one list takes; a longer one is cut.
const LIST_MAX: usize = 256;
/// As many rows as one INSERT takes.
const ROWS_MAX: usize = 64;

/// The sizes lists are padded to.
fn padded(wanted: usize) -> usize {
    [1, 4, 16, 64]
        .into_iter()
        .find(|size| *size >= wanted)
        .unwrap_or(LIST_MAX)
}

impl Conn {
    /// Rows of a statement whose `(LIST)` stands for `values`; they are numbered after `args`.
    /// The list is padded by repeating its last value, and cut where it is long: the rows of all
    /// pieces come back one after another.
    pub(crate) async fn all_in(
        &mut self,
        sql: &str,
        args: Vec<Value>,
        values: &[Value],
    ) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for piece in values.chunks(LIST_MAX) {
            let size = padded(piece.len());
            let mut bound = args.clone();
            bound.extend(piece.iter().cloned());
            if let Some(last) = piece.last() {
                bound.resize(args.len() + size, last.clone());
            }
            let text = sql.replace("(LIST)", &marks(args.len() + 1, size));
            rows.extend(self.all(AssertSqlSafe(text), bound).await?);
        }
        Ok(rows)
    }

    /// Like [`Conn::all_in`] for a statement that answers with no rows.
    pub(crate) async fn run_in(
        &mut self,
        sql: &str,
        args: Vec<Value>,
        values: &[Value],
    ) -> Result<u64> {
        let mut touched = 0;
        for piece in values.chunks(LIST_MAX) {
            let size = padded(piece.len());
            let mut bound = args.clone();
            bound.extend(piece.iter().cloned());
            if let Some(last) = piece.last() {
                bound.resize(args.len() + size, last.clone());
            }
            let text = sql.replace("(LIST)", &marks(args.len() + 1, size));
            touched += self.run(AssertSqlSafe(text), bound).await?;
        }
        Ok(touched)
    }

    /// Inserts rows: `head` goes up to and with `VALUES`, `tail` follows the rows.
    pub(crate) async fn insert(
        &mut self,
        head: &str,
        tail: &str,
        rows: Vec<Vec<Value>>,
    ) -> Result<Vec<Row>> {
        let mut answered = Vec::new();
        let mut rows = rows.into_iter().peekable();
        let mut left = rows.len();
        while let Some(first) = rows.peek() {
            let width = first.len();
            // The largest power of two that fits: seven texts whatever the count.
            let size = 1 << left.min(ROWS_MAX).ilog2();
            let text = format!("{head} {} {tail}", tuples(self.engine(), size, width));
            let bound = rows.by_ref().take(size).flatten().collect();
            answered.extend(self.all(AssertSqlSafe(text), bound).await?);
            left -= size;
        }
        Ok(answered)
    }
}

impl Conn {
    /// Keys for rows that are about to be inserted into `table`. Rows that know their keys need
    /// not be read back, which costs SQLite a switch of threads for each.
    pub(crate) async fn keys(&mut self, table: &'static str, count: usize) -> Result<Vec<i64>> {
        let count = count as i64;
        match self.engine() {
            // The transaction holds the only writer, so nobody takes the same ones.
            Engine::Sqlite => {
                let sql = "SELECT seq FROM sqlite_sequence WHERE name = $1";
                let last = self.one(sql, args![table]).await?;
                let last = last.map_or(Ok(0), |row| row.int("seq"))?;
                Ok((last + 1..=last + count).collect())
            }
            Engine::Postgres => {
                let sql = "SELECT nextval(pg_get_serial_sequence($1, 'id')) AS id
                           FROM generate_series(1, $2)";
                let rows = self.all(sql, args![table, count]).await?;
                rows.iter().map(|row| row.int("id")).collect()
            }
        }
    }
}

/// `($first, …)` with `count` marks.
fn marks(first: usize, count: usize) -> String {
    let mut text = String::with_capacity(count * 5 + 2);
    for n in first..first + count {
        let before = if n == first { '(' } else { ',' };
        write!(text, "{before}${n}").expect("a String takes everything");
    }
    text.push(')');
    text
}

/// `(…), (…)`: `rows` rows of `width` marks. SQLite looks names of marks up one after another,
/// which would cost the square of their number, so its marks have none.
fn tuples(engine: Engine, rows: usize, width: usize) -> String {
    let mut text = String::with_capacity(rows * width * 6);
    for row in 0..rows {
        if row > 0 {
            text.push(',');
        }
        match engine {
            Engine::Postgres => text.push_str(&marks(row * width + 1, width)),
            Engine::Sqlite => {
                text.push_str("(?");
                text.push_str(&",?".repeat(width - 1));
                text.push(')');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_numbered_through() {
        assert_eq!(marks(3, 2), "($3,$4)");
        assert_eq!(tuples(Engine::Postgres, 2, 2), "($1,$2),($3,$4)");
        assert_eq!(tuples(Engine::Sqlite, 2, 3), "(?,?,?),(?,?,?)");
        assert_eq!(
            (padded(1), padded(5), padded(64), padded(65)),
            (1, 16, 64, 256)
        );
    }
}
