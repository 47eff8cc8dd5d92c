//! Both engines for the same story: a SQLite file, or a database of its own in the PostgreSQL that
//! the test command has started.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Names the PostgreSQL that `cargo xtask test` starts.
pub const POSTGRES_URL: &str = "MAILDESK_TEST_POSTGRES_URL";

/// Which engine a story runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    /// A file in the story's folder.
    Sqlite,
    /// A database of its own.
    Postgres,
}

static NEXT: AtomicU64 = AtomicU64::new(0);

impl Engine {
    /// The URL of an empty database.
    ///
    /// # Panics
    /// When PostgreSQL is wanted and the test command has not started it: missing is red.
    pub async fn database_url(self, folder: &Path) -> String {
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
    let server = std::env::var(POSTGRES_URL).unwrap_or_else(|_| {
        panic!("{POSTGRES_URL} is not set: run the tests with cargo xtask test")
    });
    let name = format!(
        "story_{}_{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let mut connection = PgConnection::connect(&server)
        .await
        .expect("PostgreSQL answers");
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut connection)
        .await
        .expect("a database can be made");
    drop_ended(&mut connection).await;
    connection.close().await.expect("the connection ends");
    let mut url = url::Url::parse(&server).expect("the variable holds a URL");
    url.set_path(&name);
    url.to_string()
}

/// Drops databases of stories that have ended, so that a run does not fill the disk of a small machine. Another story
/// may be at the same one, so nothing has to succeed.
async fn drop_ended(connection: &mut PgConnection) {
    let all: Vec<String> = sqlx::query_scalar("SELECT datname::text FROM pg_database")
        .fetch_all(&mut *connection)
        .await
        .unwrap_or_default();
    let has_ended = |name: &&String| {
        let process = name
            .strip_prefix("story_")
            .and_then(|rest| rest.split_once('_'));
        process.is_some_and(|(process, _)| {
            process.parse::<u32>().is_ok() && !Path::new("/proc").join(process).exists()
        })
    };
    for name in all.iter().filter(has_ended).take(2) {
        let sql = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        sqlx::query(sql).execute(&mut *connection).await.ok();
    }
}

/// Writes one story as two tests, one for each engine: `story!(name, |engine| async { … })`.
#[macro_export]
macro_rules! story {
    ($(#[$doc:meta])* $name:ident, $body:expr) => {
        mod $name {
            use super::*;

            $(#[$doc])*
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                ($body)($crate::engine::Engine::Sqlite).await;
            }

            $(#[$doc])*
            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                ($body)($crate::engine::Engine::Postgres).await;
            }
        }
    };
}
