//! A connection of either engine, in a transaction or not.

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Postgres, SqlSafeStr, Sqlite, Transaction};

use super::{Engine, Row, Value, told};
use crate::contract::Result;

/// A connection.
pub(crate) enum Conn {
    /// SQLite, reading.
    Lite(PoolConnection<Sqlite>),
    /// SQLite, in a transaction.
    LiteTx(Transaction<'static, Sqlite>),
    /// PostgreSQL, reading.
    Pg(PoolConnection<Postgres>),
    /// PostgreSQL, in a transaction.
    PgTx(Transaction<'static, Postgres>),
}

enum Session<'c> {
    Lite(&'c mut SqliteConnection),
    Pg(&'c mut PgConnection),
}

fn lite(sql: impl SqlSafeStr, args: Vec<Value>) -> Query<'static, Sqlite, SqliteArguments> {
    args.into_iter()
        .fold(sqlx::query(sql), |query, value| match value {
            Value::Int(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
        })
}

fn pg(sql: impl SqlSafeStr, args: Vec<Value>) -> Query<'static, Postgres, PgArguments> {
    args.into_iter()
        .fold(sqlx::query(sql), |query, value| match value {
            Value::Int(value) => query.bind(value),
            // PostgreSQL's text cannot hold a zero character; mail can.
            Value::Text(value) => query.bind(value.map(without_zero)),
            Value::Bytes(value) => query.bind(value),
        })
}

fn without_zero(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "")
    } else {
        text
    }
}

impl Conn {
    /// Which engine this is.
    pub(crate) const fn engine(&self) -> Engine {
        match self {
            Self::Lite(_) | Self::LiteTx(_) => Engine::Sqlite,
            Self::Pg(_) | Self::PgTx(_) => Engine::Postgres,
        }
    }

    fn session(&mut self) -> Session<'_> {
        match self {
            Self::Lite(conn) => Session::Lite(conn),
            Self::LiteTx(conn) => Session::Lite(conn),
            Self::Pg(conn) => Session::Pg(conn),
            Self::PgTx(conn) => Session::Pg(conn),
        }
    }

    /// Runs a statement; answers how many rows it touched.
    pub(crate) async fn run(&mut self, sql: impl SqlSafeStr, args: Vec<Value>) -> Result<u64> {
        match self.session() {
            Session::Lite(conn) => lite(sql, args)
                .execute(conn)
                .await
                .map(|done| done.rows_affected()),
            Session::Pg(conn) => pg(sql, args)
                .execute(conn)
                .await
                .map(|done| done.rows_affected()),
        }
        .map_err(told)
    }

    /// All rows of a statement.
    pub(crate) async fn all(&mut self, sql: impl SqlSafeStr, args: Vec<Value>) -> Result<Vec<Row>> {
        match self.session() {
            Session::Lite(conn) => {
                let rows = lite(sql, args).fetch_all(conn).await.map_err(told)?;
                Ok(rows.into_iter().map(Row::Lite).collect())
            }
            Session::Pg(conn) => {
                let rows = pg(sql, args).fetch_all(conn).await.map_err(told)?;
                Ok(rows.into_iter().map(Row::Pg).collect())
            }
        }
    }

    /// The first row of a statement.
    pub(crate) async fn one(
        &mut self,
        sql: impl SqlSafeStr,
        args: Vec<Value>,
    ) -> Result<Option<Row>> {
        match self.session() {
            Session::Lite(conn) => Ok(lite(sql, args)
                .fetch_optional(conn)
                .await
                .map_err(told)?
                .map(Row::Lite)),
            Session::Pg(conn) => Ok(pg(sql, args)
                .fetch_optional(conn)
                .await
                .map_err(told)?
                .map(Row::Pg)),
        }
    }

    /// Runs a text of several statements that takes no values: migrations.
    pub(crate) async fn script(&mut self, text: String) -> Result<()> {
        let script = sqlx::raw_sql(sqlx::AssertSqlSafe(text));
        match self.session() {
            Session::Lite(conn) => script.execute(conn).await.map(drop),
            Session::Pg(conn) => script.execute(conn).await.map(drop),
        }
        .map_err(told)
    }
}
