//! Two transactions that write the journal at once: readers must never skip the one that commits
//! late.

use std::sync::Arc;
use std::time::Duration;

use maildesk_model::access::{Role, Viewer};
use maildesk_model::clock::{Entropy, Timestamp};
use maildesk_model::id::{MailboxId, UserId};
use maildesk_model::journal::JournalKind;
use maildesk_model::mailbox::Connection;

use super::{Note, Write, args};
use crate::contract::{JournalStore, MailboxStore, NewMailbox};
use crate::{SecretKey, SqlStore, StoreSettings};

#[derive(Debug)]
struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

#[expect(clippy::disallowed_methods, reason = "the one setting of the tests")]
async fn open() -> SqlStore {
    let base = std::env::var("MAILDESK_TEST_POSTGRES_URL")
        .expect("MAILDESK_TEST_POSTGRES_URL is set; `cargo xtask test` sets it");
    let schema = format!("interleaved{}", std::process::id());
    let pool = sqlx::PgPool::connect(&base).await.unwrap();
    let sql = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let sign = if base.contains('?') { '&' } else { '?' };
    let url = format!("{base}{sign}options[search_path]={schema}");
    let key = SecretKey::from_bytes([1; 32]);
    SqlStore::open(&url, key, Arc::new(Zeros), StoreSettings::default())
        .await
        .unwrap()
}

const ADMIN: Viewer = Viewer {
    user: UserId(0),
    role: Role::Administrator,
};

async fn read(store: &SqlStore) -> Vec<(i64, JournalKind)> {
    let page = store.journal_after(ADMIN, 1, 10).await.unwrap();
    let entries = page.entries.iter();
    entries.map(|one| (one.position, one.kind)).collect()
}

/// Waits until the backend waits for another one.
async fn is_blocked(store: &SqlStore, backend: i64) {
    let sql = "SELECT CAST(cardinality(pg_blocking_pids(CAST($1 AS INTEGER))) AS BIGINT) AS n";
    let waits = async {
        loop {
            let row = store.db.one(sql, args![backend]).await.unwrap().unwrap();
            if row.int("n").unwrap() > 0 {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waits)
        .await
        .expect("the later transaction waits for the earlier one");
}

#[tokio::test]
async fn postgres_readers_skip_no_late_commit() {
    let store = Arc::new(open().await);
    let mailbox = NewMailbox {
        name: "Ada".into(),
        address: "ada@contoso.test".into(),
        connection: Connection::GraphDelegated,
        at: Timestamp::EPOCH,
    };
    let mailbox: MailboxId = store.add_mailbox(mailbox).await.unwrap();
    let note = |kind| Note::mailbox(kind, mailbox);
    let mut early = store.db.write(Write::Swift).await.unwrap();
    early.note(note(JournalKind::MailboxUpdated), Timestamp::EPOCH);
    early.write_journal().await.unwrap();
    let mut late = store.db.write(Write::Swift).await.unwrap();
    let sql = "SELECT CAST(pg_backend_pid() AS BIGINT) AS pid";
    let backend = late.one(sql, args![]).await.unwrap().unwrap();
    let backend = backend.int("pid").unwrap();
    late.note(note(JournalKind::PushUpdated), Timestamp::EPOCH);
    let late = tokio::spawn(late.commit());
    is_blocked(&store, backend).await;
    assert_eq!(read(&store).await, [], "neither has committed");
    assert_eq!(store.journal_head().await.unwrap(), 1);
    early.commit().await.unwrap();
    late.await.unwrap().unwrap();
    let expected = [
        (2, JournalKind::MailboxUpdated),
        (3, JournalKind::PushUpdated),
    ];
    assert_eq!(read(&store).await, expected);
}
