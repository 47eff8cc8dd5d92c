//! PostgreSQL: one pool for everything.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Postgres, Transaction};

use super::told;
use crate::contract::{Result, StoreError};

/// How long a caller waits for a connection before it is told to come again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// A node that stands still or is cut off in the middle of a transaction keeps its locks, that of
/// the journal's head among them, and PostgreSQL would notice after hours. Shorter than a lease, so
/// that the other nodes go on in time; longer than any honest pause between two statements.
const SILENT_MAX: &str = "5s";
/// Prepared statements kept for each connection: more than there are texts.
const STATEMENTS: usize = 600;

/// Connections for the webhook alone.
pub(super) const STAMP_CONNECTIONS: u32 = 3;

pub(super) async fn open(url: &str, connections: u32) -> Result<PgPool> {
    let options = PgConnectOptions::from_str(url)
        .map_err(told)?
        .application_name("maildesk")
        .statement_cache_capacity(STATEMENTS)
        // A prepared statement keeps the plan it was given while its tables were empty, and that
        // would read a table from end to end until statistics are gathered, in the middle of an
        // import. Everything here is read along an index.
        .options([
            ("enable_seqscan", "off"),
            ("idle_in_transaction_session_timeout", SILENT_MAX),
        ])
        .disable_statement_logging();
    PgPoolOptions::new()
        .max_connections(connections.max(2))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await
        .map_err(told)
}

/// Begins a transaction, to the end even where the caller gives up meanwhile: of one that was asked
/// for and not heard of sqlx knows nothing, and the connection would go back to the pool with it open.
pub(super) async fn begin(pool: &PgPool) -> Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin().await });
    let begun = begun
        .await
        .map_err(|why| StoreError::Unavailable(Box::new(why)))?;
    begun.map_err(told)
}
