//! SQLite: one writer, several readers, and whose turn it is to write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{SqlSafeStr, Sqlite, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Conn, Write, told};
use crate::StoreSettings;
use crate::contract::{Result, StoreError};

/// How long a statement waits for another process (the command line beside a running server).
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a caller waits for a connection before it is told to come again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// Prepared statements kept for each connection: more than there are texts.
const STATEMENTS: usize = 600;

/// A bulk writer's place in the queue; given back when its transaction ends.
pub(super) type Turn = Option<OwnedSemaphorePermit>;

/// An open SQLite file.
pub(super) struct Lite {
    writer: SqlitePool,
    readers: SqlitePool,
    /// Bulk writers pass through here one by one before they queue for the writer.
    bulk: Arc<Semaphore>,
    /// Whether the writer's commits wait for the disk at the moment.
    is_full: AtomicBool,
}

impl Lite {
    pub(super) async fn open(path: &str, settings: &StoreSettings) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode this survives the end of the process at any moment; what must survive
            // power loss too asks for it (`Write::Durable`).
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .statement_cache_capacity(STATEMENTS)
            .pragma("temp_store", "MEMORY");
        let pool = || {
            SqlitePoolOptions::new()
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false)
        };
        let writer = pool()
            .max_connections(1)
            .connect_with(
                options
                    .clone()
                    .pragma("cache_size", cache(settings.writer_cache_mib)),
            )
            .await
            .map_err(told)?;
        let readers = pool()
            .max_connections(settings.readers.max(1))
            .connect_lazy_with(
                options
                    .pragma("cache_size", cache(settings.reader_cache_mib))
                    .pragma("query_only", "1"),
            );
        Ok(Self {
            writer,
            readers,
            bulk: Arc::new(Semaphore::new(1)),
            is_full: AtomicBool::new(false),
        })
    }

    pub(super) async fn read(&self) -> Result<Conn> {
        Ok(Conn::Lite(self.readers.acquire().await.map_err(told)?))
    }

    pub(super) async fn write(&self, kind: Write) -> Result<(Conn, Turn)> {
        let turn = if kind == Write::Bulk {
            let permit = self.bulk.clone().acquire_owned().await;
            Some(permit.map_err(|closed| StoreError::Unavailable(Box::new(closed)))?)
        } else {
            None
        };
        let mut conn = self.writer.acquire().await.map_err(told)?;
        // Only the holder of the one writing connection gets here, so the note cannot be stale.
        if kind == Write::Durable {
            self.is_full.store(true, Ordering::Relaxed);
            set_synchronous(&mut conn, "PRAGMA synchronous = FULL").await?;
        } else if self.is_full.load(Ordering::Relaxed) {
            set_synchronous(&mut conn, "PRAGMA synchronous = NORMAL").await?;
            self.is_full.store(false, Ordering::Relaxed);
        }
        let tx = Transaction::<Sqlite>::begin(conn, Some("BEGIN IMMEDIATE".into_sql_str())).await;
        Ok((Conn::LiteTx(tx.map_err(told)?), turn))
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

async fn set_synchronous(
    conn: &mut sqlx::pool::PoolConnection<Sqlite>,
    pragma: &'static str,
) -> Result<()> {
    sqlx::query(pragma)
        .execute(&mut **conn)
        .await
        .map(drop)
        .map_err(told)
}

/// The value of `cache_size`: negative means KiB (<https://sqlite.org/pragma.html#pragma_cache_size>).
fn cache(mib: u32) -> String {
    format!("-{}", u64::from(mib) * 1024)
}
