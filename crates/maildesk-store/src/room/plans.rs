//! The ways SQLite takes: every list and every look for work goes along an index, and nothing is
//! sorted, however large a mailbox is.

use std::sync::Arc;

use maildesk_model::clock::Entropy;

use super::sync::{folders, lease, left, work};
use super::walk::{Scope, Walk};
use super::{conversations, hits, journal, list};
use crate::contract::{ConversationQuery, MessageQuery};
use crate::db::{Engine, Sql};
use crate::mail::threads;
use crate::{SecretKey, SqlStore, StoreSettings};

#[derive(Debug)]
struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

async fn open(dir: &tempfile::TempDir) -> SqlStore {
    let url = format!("sqlite://{}", dir.path().join("plans.db").display());
    let key = SecretKey::from_bytes([1; 32]);
    SqlStore::open(&url, key, Arc::new(Zeros), StoreSettings::default())
        .await
        .unwrap()
}

/// The steps of a statement, as SQLite plans them.
async fn plan(store: &SqlStore, sql: &str) -> Vec<String> {
    let sql = sql.replace("(LIST)", "(1, 2, 3)");
    let explain = Sql(format!("EXPLAIN QUERY PLAN {sql}"));
    let rows = store.db.all(explain, Vec::new()).await.unwrap();
    rows.iter().map(|row| row.text("detail").unwrap()).collect()
}

fn every_filter() -> Vec<MessageQuery> {
    let each = [None, Some(true), Some(false)];
    let mut queries = Vec::new();
    for unread in each {
        for flagged in each {
            for attachments in each {
                for category in [None, Some("Red".to_owned())] {
                    queries.push(MessageQuery {
                        unread,
                        flagged,
                        attachments,
                        category,
                        ..MessageQuery::default()
                    });
                }
            }
        }
    }
    queries
}

fn assert_walks(sql: &str, steps: &[String]) {
    for step in steps {
        assert!(!step.contains("AUTOMATIC"), "{sql}\n{steps:#?}");
        assert!(!step.contains("TEMP B-TREE"), "{sql}\n{steps:#?}");
        let scans = step.starts_with("SCAN") && !step.contains("VIRTUAL TABLE");
        assert!(!scans, "{sql}\n{steps:#?}");
    }
}

async fn assert_walk(store: &SqlStore, walk: &Walk) {
    for sql in [walk.page_sql(), walk.heads_sql()] {
        assert_walks(&sql, &plan(store, &sql).await);
    }
}

#[tokio::test]
async fn sqlite_reads_lists_along_an_index() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    for query in every_filter() {
        for scope in [Scope::Mailbox, Scope::Folder] {
            assert_walk(&store, &list::walk(Engine::Sqlite, scope, &query)).await;
        }
    }
    assert_walks(hits::HITS, &plan(&store, hits::HITS).await);
}

#[tokio::test]
async fn sqlite_reads_conversations_along_an_index() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    for asked in 0..8 {
        let query = ConversationQuery {
            unread: asked & 1 != 0,
            flagged: asked & 2 != 0,
            attachments: asked & 4 != 0,
            ..ConversationQuery::default()
        };
        assert_walk(&store, &conversations::walk(Engine::Sqlite, &query)).await;
    }
    let [look, _] = conversations::LOOK;
    let each = [
        conversations::NEWEST,
        conversations::SIZE,
        look,
        threads::NEWEST,
    ];
    for sql in each {
        let mut steps = plan(&store, sql).await;
        // The one row that was looked up.
        steps.retain(|step| step != "SCAN n");
        assert_walks(sql, &steps);
    }
}

#[tokio::test]
async fn sqlite_finds_work_along_an_index() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    let looks = [
        work::MISSING,
        work::BODY_GAP,
        work::BODYLESS,
        left::WANTED_AGAIN,
        left::GROWN_OLD,
        left::OLD_AND_NEW,
        folders::UNSEEN,
        journal::READ,
    ];
    for sql in lease::TIERS.into_iter().chain(looks) {
        let steps = plan(&store, sql).await;
        assert_walks(sql, &steps);
        assert!(steps[0].contains("USING"), "{sql}\n{steps:#?}");
    }
}
