//! Two transactions that write the journal at once: readers must never skip the one that commits
//! late, and one that never goes on must not hold up the others for long. And two that write the same
//! arrivals must not wait for each other, and one that somebody gave up must not stay open.

mod locks;

use std::sync::Arc;
use std::time::Duration;

use maildesk_model::access::{Role, Viewer};
use maildesk_model::clock::{Entropy, Timestamp};
use maildesk_model::id::{MailboxId, MessageId, UserId};
use maildesk_model::journal::JournalKind;
use maildesk_model::mailbox::Connection;
use maildesk_model::stamp::{Stamping, Trigger};

use super::{Conn, Note, Write, args};
use crate::contract::{JournalStore, MailboxStore, NewMailbox, StampStore, StoreError};
use crate::{SecretKey, SqlStore, StoreSettings};

#[derive(Debug)]
struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

#[expect(clippy::disallowed_methods, reason = "the one setting of the tests")]
async fn open(story: &str) -> SqlStore {
    let base = std::env::var("MAILDESK_TEST_POSTGRES_URL")
        .expect("MAILDESK_TEST_POSTGRES_URL is set; `cargo xtask test` sets it");
    let schema = format!("interleaved_{story}{}", std::process::id());
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

async fn mailbox(store: &SqlStore) -> MailboxId {
    let mailbox = NewMailbox {
        name: "Ada".into(),
        address: "ada@contoso.test".into(),
        connection: Connection::GraphDelegated,
        at: Timestamp::EPOCH,
    };
    store.add_mailbox(mailbox).await.unwrap()
}

async fn backend(conn: &mut Conn) -> i64 {
    let sql = "SELECT CAST(pg_backend_pid() AS BIGINT) AS pid";
    let row = conn.one(sql, args![]).await.unwrap().unwrap();
    row.int("pid").unwrap()
}

/// Waits until the backend waits for another one.
async fn is_blocked(store: &SqlStore, backend: i64) {
    let sql = "SELECT CAST(cardinality(pg_blocking_pids(CAST($1 AS INTEGER))) AS BIGINT) AS n";
    at_least(store, 1, sql, backend).await;
}

/// Waits until so many backends wait for this one, themselves or by way of one that does.
async fn are_held_up(store: &SqlStore, count: i64, backend: i64) {
    let sql = "WITH first AS (SELECT pid FROM pg_stat_activity
           WHERE CAST($1 AS INTEGER) = ANY(pg_blocking_pids(pid)))
         SELECT COUNT(*) AS n FROM pg_stat_activity a WHERE a.pid IN (SELECT pid FROM first)
           OR pg_blocking_pids(a.pid) && ARRAY(SELECT pid FROM first)";
    at_least(store, count, sql, backend).await;
}

async fn at_least(store: &SqlStore, count: i64, sql: &'static str, backend: i64) {
    let waits = async {
        loop {
            let row = store.db.one(sql, args![backend]).await.unwrap().unwrap();
            if row.int("n").unwrap() >= count {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waits)
        .await
        .expect("transactions wait for an earlier one");
}

#[tokio::test]
async fn postgres_readers_skip_no_late_commit() {
    let store = Arc::new(open("late").await);
    let mailbox = mailbox(&store).await;
    let note = |kind| Note::mailbox(kind, mailbox);
    let mut early = store.db.write(Write::Swift).await.unwrap();
    early.note(note(JournalKind::MailboxUpdated), Timestamp::EPOCH);
    early.write_journal().await.unwrap();
    let mut late = store.db.write(Write::Swift).await.unwrap();
    let backend = backend(&mut late).await;
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

/// A node that stands still, or is cut off without a word, in the middle of a transaction holds the
/// journal's lock. The database ends it before the others notice.
#[tokio::test]
async fn postgres_ends_a_transaction_that_never_goes_on() {
    let store = open("frozen").await;
    let mailbox = mailbox(&store).await;
    let note = |kind| Note::mailbox(kind, mailbox);
    let mut frozen = store.db.write(Write::Swift).await.unwrap();
    frozen.note(note(JournalKind::MailboxUpdated), Timestamp::EPOCH);
    frozen.write_journal().await.unwrap();
    let mut other = store.db.write(Write::Swift).await.unwrap();
    other.note(note(JournalKind::PushUpdated), Timestamp::EPOCH);
    let lease = Duration::from_secs(10);
    let committed = tokio::time::timeout(lease, other.commit()).await;
    committed.expect("before a lease ends").unwrap();
    assert_eq!(read(&store).await, [(2, JournalKind::PushUpdated)]);
    let why = frozen.commit().await.unwrap_err();
    assert!(matches!(why, StoreError::Unavailable(_)), "{why:?}");
}

/// A screen notes what it has shown, and a webhook what was announced, of the same three mails: one of
/// them begins with the first and the other with the last, and neither has the second yet.
#[tokio::test]
async fn postgres_screens_and_webhooks_do_not_wait_for_each_other() {
    let store = Arc::new(open("crossing").await);
    let mailbox = mailbox(&store).await;
    let mut tx = store.db.write(Write::Swift).await.unwrap();
    let ids = ["c", "b", "a"].into_iter().zip(1_i64..);
    let rows = ids.map(|(id, n)| args![n, mailbox, id, Timestamp::EPOCH, Timestamp::EPOCH]);
    let head =
        "INSERT INTO arrival (message_id, mailbox_id, remote_id, received_at, stored_at) VALUES";
    tx.insert(head, "", rows.collect()).await.unwrap();
    tx.commit().await.unwrap();

    let mut second = store.db.write(Write::Swift).await.unwrap();
    let sql = "SELECT message_id FROM arrival WHERE message_id = 2 FOR UPDATE";
    second.one(sql, args![]).await.unwrap();
    let held_up_by = backend(&mut second).await;
    let stamping = Stamping {
        mailbox,
        trigger: Trigger::Push,
        messages: ["a", "b", "c"].map(String::from).to_vec(),
        all: false,
        at: Timestamp::EPOCH,
    };
    let (screen, webhook) = (store.clone(), store.clone());
    let shown = [1, 2, 3].map(MessageId);
    let screen = tokio::spawn(async move { screen.mark_shown(&shown, Timestamp::EPOCH).await });
    let webhook = tokio::spawn(async move { webhook.stamp(&[stamping], &[]).await });
    are_held_up(&store, 2, held_up_by).await;
    second.commit().await.unwrap();
    assert_eq!(screen.await.unwrap().unwrap().len(), 3);
    webhook.await.unwrap().unwrap();
}

/// A visit ends while its lease is being kept up, a reader goes away: whoever gives up at any moment
/// of a transaction's beginning leaves the connection as it was.
#[tokio::test]
async fn postgres_no_transaction_stays_open_when_its_beginning_is_given_up() {
    let store = open("given_up").await;
    let sql = "SELECT COUNT(*) AS n FROM pg_stat_activity
               WHERE pid = CAST($1 AS INTEGER) AND state LIKE 'idle in transaction%'";
    for patience in (0..4_000).step_by(40).map(Duration::from_micros) {
        let begun = tokio::time::timeout(patience, store.db.write(Write::Stamp)).await;
        drop(begun);
        // All there are, so that the one in question is among them.
        let mut conns = Vec::new();
        for _ in 0..super::postgres::STAMP_CONNECTIONS {
            conns.push(store.db.read_for_stamps().await.unwrap());
        }
        for conn in &mut conns {
            let backend = backend(conn).await;
            let row = store.db.one(sql, args![backend]).await.unwrap().unwrap();
            assert_eq!(row.int("n").unwrap(), 0, "given up after {patience:?}");
        }
    }
}
