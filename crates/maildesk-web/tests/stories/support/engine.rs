//! Both engines for the same story: a SQLite file, or a database of its own in the PostgreSQL that
//! the test command has started.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Names the PostgreSQL that `cargo xtask test` starts.
const POSTGRES_URL: &str = "MAILDESK_TEST_POSTGRES_URL";

/// Which engine a story runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Engine {
    /// A file in the story's folder.
    Sqlite,
    /// A database of its own.
    Postgres,
}

impl Engine {
    /// The URL of an empty database.
    pub(crate) async fn database_url(self, folder: &Path) -> String {
        match self {
            Self::Sqlite => format!("sqlite://{}", folder.join("maildesk.db").display()),
            Self::Postgres => create_database().await,
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test command says by a variable where PostgreSQL is"
)]
async fn create_database() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let server = std::env::var(POSTGRES_URL).unwrap_or_else(|_| {
        panic!("{POSTGRES_URL} is not set: run the tests with cargo xtask test")
    });
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("web_{}_{n}", std::process::id());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let (server, _) = server.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}
