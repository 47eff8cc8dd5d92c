//! SQLite: one writer, several readers, and whose turn it is to write.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{SqlSafeStr, Sqlite, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::AbortHandle;

use super::checkpoint::Checkpointer;
use super::{Conn, Write, told};
use crate::StoreSettings;
use crate::contract::{Result, StoreError};

/// How long a statement waits for another process (the command line beside a running server).
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a caller waits for a connection before it is told to come again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// Prepared statements kept for each connection: more than there are texts.
const STATEMENTS: usize = 600;

/// A writer's turn; its end lets the next bulk writer queue, and counts what was written.
#[derive(Default)]
pub(super) struct Turn {
    bulk: Option<OwnedSemaphorePermit>,
    checkpointer: Option<Arc<Checkpointer>>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(checkpointer) = &self.checkpointer {
            checkpointer.wrote(if self.bulk.is_some() { 16 } else { 1 });
        }
    }
}

/// An open SQLite file.
pub(super) struct Lite {
    writer: SqlitePool,
    readers: SqlitePool,
    /// For the webhook, which does not wait for long searches.
    stamps: SqlitePool,
    /// Bulk writers pass through here one by one before they queue for the writer.
    bulk: Arc<Semaphore>,
    /// Whether the writer's commits wait for the disk at the moment.
    is_full: AtomicBool,
    checkpointer: Arc<Checkpointer>,
    copying: AbortHandle,
}

/// Makes the file if it is not there: for its owner alone, because mail lies in it. SQLite gives the
/// files beside it the same mode.
fn make(path: &str) -> io::Result<()> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Err(why) if why.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

impl Drop for Lite {
    fn drop(&mut self) {
        self.copying.abort();
    }
}

impl Lite {
    pub(super) async fn open(path: &str, settings: &StoreSettings) -> Result<Self> {
        make(path).map_err(|why| told(why.into()))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode this survives the end of the process at any moment; what must survive
            // power loss too asks for it (`Write::Durable`).
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .statement_cache_capacity(STATEMENTS)
            .pragma("temp_store", "MEMORY")
            .pragma("wal_autocheckpoint", "0");
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
        let checkpointer = Arc::new(Checkpointer::default());
        let bulk = Arc::new(Semaphore::new(1));
        let own = pool().max_connections(1).connect_lazy_with(options.clone());
        let copying = checkpointer.clone().run(own, writer.clone(), bulk.clone());
        let copying = tokio::spawn(copying).abort_handle();
        let reading = options
            .pragma("cache_size", cache(settings.reader_cache_mib))
            .pragma("query_only", "1");
        let stamps = pool().max_connections(1).connect_lazy_with(reading.clone());
        let readers = pool()
            .max_connections(settings.readers.max(1))
            .connect_lazy_with(reading);
        Ok(Self {
            writer,
            readers,
            stamps,
            bulk,
            is_full: AtomicBool::new(false),
            checkpointer,
            copying,
        })
    }

    pub(super) async fn read(&self) -> Result<Conn> {
        Ok(Conn::Lite(self.readers.acquire().await.map_err(told)?))
    }

    pub(super) async fn read_for_stamps(&self) -> Result<Conn> {
        Ok(Conn::Lite(self.stamps.acquire().await.map_err(told)?))
    }

    pub(super) async fn write(&self, kind: Write) -> Result<(Conn, Turn)> {
        let bulk = if kind == Write::Bulk {
            let permit = self.bulk.clone().acquire_owned().await;
            Some(permit.map_err(|closed| StoreError::Unavailable(Box::new(closed)))?)
        } else {
            None
        };
        let turn = Turn {
            bulk,
            checkpointer: Some(self.checkpointer.clone()),
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
        self.copying.abort();
        self.stamps.close().await;
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
