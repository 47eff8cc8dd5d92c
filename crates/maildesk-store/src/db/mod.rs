//! A thin layer over two engines: one way to bind, one way to read a column, visible transactions.
//!
//! SQL is written once with `$1`; where the engines must differ, [`Engine`] picks between two texts
//! that stand side by side. Nothing above this module names an engine's own types.

mod batch;
mod checkpoint;
mod conn;
mod error;
#[cfg(test)]
mod interleaved;
mod postgres;
mod row;
mod sqlite;
mod tx;
mod value;

pub(crate) use conn::Conn;
pub(crate) use error::told;
pub(crate) use row::Row;
pub(crate) use sqlx::AssertSqlSafe as Sql;
pub(crate) use tx::{Note, Tx};
pub(crate) use value::{Value, args};

use std::sync::Arc;

use sqlx::PgPool;

use crate::StoreSettings;
use crate::bells::Bells;
use crate::contract::{Result, StoreError};
use sqlite::Lite;

/// Which engine a text of SQL is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Engine {
    /// SQLite, bundled.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Engine {
    /// The text for this engine.
    pub(crate) const fn pick(self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }
}

/// What a write is, which decides how it queues and how hard it is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Write {
    /// A webhook's. Goes before every bulk write that waits; on PostgreSQL it has connections of
    /// its own, so that no import can have taken the last one.
    Stamp,
    /// Somebody waits for it: a click, a mail that just came. Goes before bulk writes as well.
    Swift,
    /// Part of a long row of writes (imports, clean-up): never more than one of them queues for
    /// the writer, so that a swift one waits for one bounded transaction at most.
    Bulk,
    /// Like swift, and it must survive power loss: what it replaces cannot be had again.
    Durable,
}

enum Pools {
    Sqlite(Lite),
    Postgres {
        /// For everything but the webhook.
        pool: PgPool,
        /// For the webhook.
        stamps: PgPool,
    },
}

/// An open database.
pub(crate) struct Db {
    pools: Pools,
    bells: Arc<Bells>,
}

impl Db {
    /// Opens `sqlite://path` (made if it is not there) or `postgres://…`.
    pub(crate) async fn open(url: &str, settings: &StoreSettings) -> Result<Self> {
        let bells = Arc::new(Bells::new());
        let pools = if let Some(path) = url.strip_prefix("sqlite://") {
            Pools::Sqlite(Lite::open(path, settings).await?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Pools::Postgres {
                pool: postgres::open(url, settings.connections).await?,
                stamps: postgres::open(url, postgres::STAMP_CONNECTIONS).await?,
            }
        } else {
            return Err(StoreError::Corrupt(
                "the database URL must begin with sqlite:// or postgres://".into(),
            ));
        };
        Ok(Self { pools, bells })
    }

    /// Which engine this is.
    pub(crate) const fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite(_) => Engine::Sqlite,
            Pools::Postgres { .. } => Engine::Postgres,
        }
    }

    /// What is rung after commits.
    pub(crate) const fn bells(&self) -> &Arc<Bells> {
        &self.bells
    }

    /// The pool, where bells have to travel to other nodes.
    pub(crate) const fn postgres(&self) -> Option<&PgPool> {
        match &self.pools {
            Pools::Sqlite(_) => None,
            Pools::Postgres { pool, .. } => Some(pool),
        }
    }

    /// A connection for reading. It never waits for a writer.
    pub(crate) async fn read(&self) -> Result<Conn> {
        match &self.pools {
            Pools::Sqlite(lite) => lite.read().await,
            Pools::Postgres { pool, .. } => Ok(Conn::Pg(pool.acquire().await.map_err(told)?)),
        }
    }

    /// A connection for the webhook to read with. It waits for no other reader either.
    pub(crate) async fn read_for_stamps(&self) -> Result<Conn> {
        match &self.pools {
            Pools::Sqlite(lite) => lite.read_for_stamps().await,
            Pools::Postgres { stamps, .. } => Ok(Conn::Pg(stamps.acquire().await.map_err(told)?)),
        }
    }

    /// Begins a transaction that writes.
    pub(crate) async fn write(&self, kind: Write) -> Result<Tx> {
        let (conn, turn) = match &self.pools {
            Pools::Sqlite(lite) => lite.write(kind).await?,
            Pools::Postgres { pool, stamps } => {
                let pool = if kind == Write::Stamp { stamps } else { pool };
                (
                    Conn::PgTx(postgres::begin(pool).await?),
                    sqlite::Turn::default(),
                )
            }
        };
        Ok(Tx::new(conn, turn, self.bells.clone()))
    }

    /// Rows of one statement, outside a transaction.
    pub(crate) async fn all(
        &self,
        sql: impl sqlx::SqlSafeStr,
        args: Vec<Value>,
    ) -> Result<Vec<Row>> {
        self.read().await?.all(sql, args).await
    }

    /// The first row of one statement, outside a transaction.
    pub(crate) async fn one(
        &self,
        sql: impl sqlx::SqlSafeStr,
        args: Vec<Value>,
    ) -> Result<Option<Row>> {
        self.read().await?.one(sql, args).await
    }

    /// Waits for what runs and closes every connection.
    pub(crate) async fn close(&self) {
        match &self.pools {
            Pools::Sqlite(lite) => lite.close().await,
            Pools::Postgres { pool, stamps } => {
                stamps.close().await;
                pool.close().await;
            }
        }
    }
}
