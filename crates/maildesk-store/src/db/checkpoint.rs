//! Copying SQLite's write-ahead log into the database, on a connection of its own.
//!
//! SQLite would do it at the end of whichever commit makes the log long, and that commit would wait
//! for the disk: a webhook's, sooner or later. Here a task does it beside the writer, which goes on
//! meanwhile. Only when the log has grown long because the writer never paused does it take a
//! writer's turn, after most is copied, so that the log can begin anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqlitePool;
use sqlx::{Row as _, Sqlite};
use tokio::sync::{Notify, Semaphore};

/// Copy after so much was written, in the weights of [`Checkpointer::wrote`].
const COPY_AFTER: u32 = 64;
/// Begin the log anew when it is longer than this many pages of 4 KiB: 64 MiB.
const LOG_PAGES_MAX: i64 = 16_384;

/// How much was written since the log was last copied.
#[derive(Default)]
pub(super) struct Checkpointer {
    written: AtomicU32,
    wake: Notify,
}

impl Checkpointer {
    /// A transaction ended; `weight` is about how much it wrote, one for a mail.
    pub(super) fn wrote(&self, weight: u32) {
        if self.written.fetch_add(weight, Ordering::Relaxed) + weight >= COPY_AFTER {
            self.wake.notify_one();
        }
    }

    /// Copies whenever it is worth it; ends with the task.
    pub(super) async fn run(
        self: Arc<Self>,
        own: SqlitePool,
        writer: SqlitePool,
        bulk: Arc<Semaphore>,
    ) {
        loop {
            self.wake.notified().await;
            self.written.store(0, Ordering::Relaxed);
            let copied = match own.acquire().await {
                Ok(conn) => copy(conn).await,
                Err(error) => Err(error),
            };
            let log = copied.unwrap_or_else(|error| {
                tracing::warn!(%error, "the write-ahead log was not copied; it grows until it can be");
                0
            });
            if log > LOG_PAGES_MAX {
                let _turn = bulk.acquire().await;
                if let Ok(conn) = writer.acquire().await {
                    // Nobody writes now: what little is left is copied, and the next write begins
                    // at the start of the log.
                    let _ = copy(conn).await;
                }
            }
        }
    }
}

/// Copies what no reader is in the way of; answers how many pages the log has.
async fn copy(mut conn: PoolConnection<Sqlite>) -> Result<i64, sqlx::Error> {
    let row = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
        .fetch_one(&mut *conn)
        .await?;
    row.try_get::<i64, _>(1)
}
