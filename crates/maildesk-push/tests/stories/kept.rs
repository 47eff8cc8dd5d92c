//! A real store in a place of its own, on either engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use maildesk_store::{SecretKey, SqlStore, StoreSettings};

use crate::clock::Numbers;

/// Which engine a story runs on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// A store, and where it is.
pub(crate) struct Kept {
    pub(crate) store: Arc<SqlStore>,
    pub(crate) url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Kept {
    pub(crate) async fn open(engine: Engine) -> Self {
        let (url, folder) = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a folder for the file");
                let file = folder.path().join("maildesk.db");
                (format!("sqlite://{}", file.display()), Some(folder))
            }
            Engine::Postgres => (schema().await, None),
        };
        let settings = StoreSettings {
            connections: 6,
            ..StoreSettings::default()
        };
        let key = SecretKey::from_bytes([7; 32]);
        let store = SqlStore::open(&url, key, Arc::new(Numbers), settings).await;
        Self {
            store: Arc::new(store.expect("the store opens")),
            url,
            _folder: folder,
        }
    }
}

/// A new schema in the PostgreSQL that the test command hands over.
async fn schema() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    #[expect(clippy::disallowed_methods, reason = "the one setting of this suite")]
    let base = std::env::var("MAILDESK_TEST_POSTGRES_URL")
        .expect("MAILDESK_TEST_POSTGRES_URL is set; `cargo xtask test` sets it");
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let schema = format!("push{}_{n}", std::process::id());
    let pool = sqlx::PgPool::connect(&base)
        .await
        .expect("PostgreSQL answers");
    let sql = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(&pool)
        .await
        .expect("a schema is made");
    pool.close().await;
    let sign = if base.contains('?') { '&' } else { '?' };
    format!("{base}{sign}options[search_path]={schema}")
}
