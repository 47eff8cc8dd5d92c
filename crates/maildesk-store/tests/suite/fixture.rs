//! A store of its own for each case, and short ways to fill it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use maildesk_model::access::{Role, Viewer};
use maildesk_model::clock::{Entropy, Timestamp};
use maildesk_model::folder::WellKnown;
use maildesk_model::id::{FolderId, MailboxId, MessageId, NodeId, UserId};
use maildesk_model::mailbox::Connection;
use maildesk_model::message::{Address, RemoteMessage};
use maildesk_store::contract::{
    Applied, Cursor, DeskStore, FolderChanges, FolderKey, Incoming, JournalStore, Lease,
    MailboxStore, MessageBatch, MessageQuery, NewMailbox, NewUser, PeopleStore, RemoteFolder,
    Source, SyncStore,
};
use maildesk_store::{SecretKey, SqlStore, StoreSettings};
use sqlx::Connection as _;
use tokio::sync::Mutex;

/// Makes each case a test on each engine.
macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::fixture::Fixture::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::fixture::Fixture::postgres().await).await;
            })*
        }
    };
}
pub(crate) use cases;

/// Different bytes at every call, in every store of a case.
#[derive(Debug, Default)]
pub(crate) struct Counting;

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        for (byte, n) in bytes.iter_mut().zip(n.into_iter().cycle()) {
            *byte = n;
        }
    }
}

/// An instant, in seconds after the one all cases begin at.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((1_800_000_000 + seconds) * 1_000_000)
}

/// An administrator.
pub(crate) const ADMIN: Viewer = Viewer {
    user: UserId(0),
    role: Role::Administrator,
};

/// A store and where it is.
pub(crate) struct Fixture {
    pub(crate) store: SqlStore,
    pub(crate) url: String,
    pub(crate) node: NodeId,
    beside: Mutex<Beside>,
    _dir: Option<tempfile::TempDir>,
}

/// A connection beside the store's own.
enum Beside {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

impl Beside {
    async fn connect(url: &str) -> Self {
        if url.starts_with("sqlite") {
            Self::Sqlite(sqlx::SqliteConnection::connect(url).await.unwrap())
        } else {
            Self::Postgres(sqlx::PgConnection::connect(url).await.unwrap())
        }
    }
}

/// The key every case encrypts with.
pub(crate) fn key() -> SecretKey {
    SecretKey::from_bytes([7; 32])
}

/// Opens a store that may be there already.
pub(crate) async fn open(url: &str) -> SqlStore {
    let settings = StoreSettings {
        connections: 6,
        ..StoreSettings::default()
    };
    SqlStore::open(url, key(), Arc::new(Counting), settings)
        .await
        .expect("the store opens")
}

/// PostgreSQL's address, which the test command hands over.
#[expect(clippy::disallowed_methods, reason = "the one setting of this suite")]
pub(crate) fn postgres_url() -> String {
    std::env::var("MAILDESK_TEST_POSTGRES_URL")
        .expect("MAILDESK_TEST_POSTGRES_URL is set; `cargo xtask test` sets it")
}

/// Drops schemas of cases that have ended: what hundreds of them leave would fill the disk of a small machine, and
/// slows the server down for those that follow. Another case may be at the same one, so nothing has to succeed.
async fn drop_ended(pool: &sqlx::PgPool) {
    let all: Vec<String> = sqlx::query_scalar("SELECT nspname::text FROM pg_namespace")
        .fetch_all(pool)
        .await
        .unwrap_or_default();
    let has_ended = |name: &&String| {
        let process = name.strip_prefix('t').and_then(|rest| rest.split_once('_'));
        process.is_some_and(|(process, _)| {
            process.parse::<u32>().is_ok() && !Path::new("/proc").join(process).exists()
        })
    };
    for name in all.iter().filter(has_ended).take(2) {
        let sql = sqlx::AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {name} CASCADE"));
        sqlx::query(sql).execute(pool).await.ok();
    }
}

impl Fixture {
    /// A new SQLite file.
    pub(crate) async fn sqlite() -> Self {
        let dir = tempfile::tempdir().expect("a directory for the file");
        let url = format!("sqlite://{}", dir.path().join("maildesk.db").display());
        Self::at(url, Some(dir)).await
    }

    /// A new schema in PostgreSQL.
    pub(crate) async fn postgres() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let base = postgres_url();
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("t{}_{n}", std::process::id());
        let pool = sqlx::PgPool::connect(&base)
            .await
            .expect("PostgreSQL answers");
        let sql = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
            .execute(&pool)
            .await
            .expect("a schema is made");
        drop_ended(&pool).await;
        pool.close().await;
        let sign = if base.contains('?') { '&' } else { '?' };
        Self::at(format!("{base}{sign}options[search_path]={schema}"), None).await
    }

    async fn at(url: String, dir: Option<tempfile::TempDir>) -> Self {
        Self {
            store: open(&url).await,
            beside: Mutex::new(Beside::connect(&url).await),
            url,
            node: NodeId("here".into()),
            _dir: dir,
        }
    }

    /// A mailbox reached as the organisation, connected at second 0.
    pub(crate) async fn mailbox(&self, address: &str) -> MailboxId {
        let mailbox = NewMailbox {
            name: address.split('@').next().unwrap_or_default().into(),
            address: address.into(),
            connection: Connection::GraphApplication,
            at: at(0),
        };
        self.store
            .add_mailbox(mailbox)
            .await
            .expect("a new address")
    }

    /// A person without administrator's rights.
    pub(crate) async fn user(&self, email: &str) -> Viewer {
        let user = NewUser {
            email: email.into(),
            name: email.into(),
            role: Role::User,
            password_hash: None,
            at: at(0),
        };
        Viewer {
            user: self.store.add_user(user).await.expect("a new person"),
            role: Role::User,
        }
    }

    /// Claims whatever is due at that second.
    pub(crate) async fn claim(&self, second: i64) -> Option<Lease> {
        self.store
            .claim_mailbox(&self.node, at(second), at(second + 60))
            .await
            .expect("claiming works")
    }

    /// A mailbox with the usual folders, all listed to the end, and its lease.
    pub(crate) async fn listed_mailbox(&self, address: &str) -> (MailboxId, Lease) {
        let mailbox = self.mailbox(address).await;
        let lease = self.claim(0).await.expect("a new mailbox is due");
        assert_eq!(lease.mailbox, mailbox);
        self.folders(&lease, &FOLDERS).await;
        for (remote, _) in FOLDERS {
            self.list(&lease, remote, Vec::new()).await;
        }
        (mailbox, lease)
    }

    /// Takes a whole folder tree in.
    pub(crate) async fn folders(&self, lease: &Lease, folders: &[(&str, Option<WellKnown>)]) {
        let changes = FolderChanges {
            changed: folders
                .iter()
                .map(|(id, known)| folder(id, *known))
                .collect(),
            removed: Vec::new(),
            whole: true,
            link: Some("folders-link".into()),
        };
        let applied = self.store.apply_folders(lease, &changes, at(0)).await;
        applied.expect("folders are taken in");
    }

    /// Our key of a folder.
    pub(crate) async fn folder(&self, lease: &Lease, remote: &str) -> FolderId {
        self.store
            .folder_sync(lease, FolderKey::Remote(remote))
            .await
            .expect("folders are read")
            .expect("the folder is there")
            .id
    }

    /// Takes a listing of one folder in, to its end.
    pub(crate) async fn list(
        &self,
        lease: &Lease,
        folder: &str,
        messages: Vec<RemoteMessage>,
    ) -> Applied {
        let folder = self.folder(lease, folder).await;
        self.apply(lease, Batch::listing(messages).cursor(folder, done()))
            .await
    }

    /// Takes live messages in.
    pub(crate) async fn live(&self, lease: &Lease, messages: Vec<RemoteMessage>) -> Applied {
        self.apply(lease, Batch::live(messages)).await
    }

    /// Takes a batch in.
    pub(crate) async fn apply(&self, lease: &Lease, batch: Batch) -> Applied {
        let applied = self.store.apply_messages(lease, &batch.0).await;
        applied.expect("messages are taken in")
    }

    /// Our key of a message, by its subject.
    pub(crate) async fn message(&self, mailbox: MailboxId, subject: &str) -> MessageId {
        let query = MessageQuery {
            mailbox: Some(mailbox),
            limit: 200,
            ..MessageQuery::default()
        };
        let listed = self.store.messages(ADMIN, &query).await.expect("a list");
        let found = listed.into_iter().find(|one| one.subject == subject);
        found.expect("the message is listed").id
    }

    /// The journal after a position, as `kind` words with message subjects left out.
    pub(crate) async fn journal(&self, after: i64) -> Vec<String> {
        let page = self.store.journal_after(ADMIN, after, 1000).await;
        let page = page.expect("the journal is read");
        page.entries
            .iter()
            .map(|one| one.kind.name().into())
            .collect()
    }

    /// The one number a statement answers with, read beside the store.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match &mut *self.beside.lock().await {
            Beside::Sqlite(conn) => sqlx::query_scalar(sql).fetch_one(conn).await.unwrap(),
            Beside::Postgres(conn) => sqlx::query_scalar(sql).fetch_one(conn).await.unwrap(),
        }
    }

    /// Runs a statement beside the store.
    pub(crate) async fn run(&self, sql: &str) {
        let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()));
        match &mut *self.beside.lock().await {
            Beside::Sqlite(conn) => sql.execute(conn).await.map(drop).unwrap(),
            Beside::Postgres(conn) => sql.execute(conn).await.map(drop).unwrap(),
        }
    }

    /// Every row of every table, as text. Two that are equal say that nothing was written.
    pub(crate) async fn rows(&self) -> Vec<String> {
        let sqlite = self.url.starts_with("sqlite");
        let tables = self.texts(if sqlite {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'
             ORDER BY name"
        } else {
            "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()
             ORDER BY tablename"
        });
        let mut rows = Vec::new();
        for table in tables.await {
            let columns = if sqlite {
                let sql = format!("SELECT name FROM pragma_table_info('{table}')");
                let columns = self.texts(&sql).await.into_iter();
                let quoted = columns.map(|column| format!("quote(\"{column}\")"));
                quoted.collect::<Vec<_>>().join(" || ',' || ")
            } else {
                "t::text".to_owned()
            };
            let sql =
                format!("SELECT '{table} ' || {columns} AS line FROM \"{table}\" t ORDER BY line");
            rows.extend(self.texts(&sql).await);
        }
        rows
    }

    /// The one column a statement answers with, read beside the store.
    async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match &mut *self.beside.lock().await {
            Beside::Sqlite(conn) => sqlx::query_scalar(sql).fetch_all(conn).await.unwrap(),
            Beside::Postgres(conn) => sqlx::query_scalar(sql).fetch_all(conn).await.unwrap(),
        }
    }

    /// The newest position of the journal.
    pub(crate) async fn head(&self) -> i64 {
        self.store
            .journal_head()
            .await
            .expect("the journal has a head")
    }
}

/// The folders most cases use.
pub(crate) const FOLDERS: [(&str, Option<WellKnown>); 5] = [
    ("inbox", Some(WellKnown::Inbox)),
    ("sent", Some(WellKnown::SentItems)),
    ("drafts", Some(WellKnown::Drafts)),
    ("deleted", Some(WellKnown::DeletedItems)),
    ("project", None),
];

/// A folder under the root.
pub(crate) fn folder(remote: &str, well_known: Option<WellKnown>) -> RemoteFolder {
    RemoteFolder {
        remote_id: remote.into(),
        parent: None,
        name: remote.into(),
        well_known,
        unread: 0,
        total: 0,
    }
}

/// A finished round.
pub(crate) fn done() -> Cursor {
    Cursor::Done("delta-link".into())
}

/// A whole message; its id is also its subject.
pub(crate) fn mail(remote: &str, folder: &str, second: i64) -> RemoteMessage {
    RemoteMessage {
        remote_id: remote.into(),
        folder: Some(folder.into()),
        subject: Some(remote.into()),
        from: Some(Some(person("Ada", "ada@contoso.test"))),
        to: Some(vec![person("Bo", "bo@contoso.test")]),
        received_at: Some(at(second)),
        preview: Some(format!("preview of {remote}")),
        is_read: Some(false),
        is_draft: Some(false),
        conversation: Some(format!("talk-{remote}")),
        ..RemoteMessage::default()
    }
}

/// Somebody.
pub(crate) fn person(name: &str, address: &str) -> Address {
    Address {
        name: name.into(),
        address: address.into(),
    }
}

/// A batch, built up.
pub(crate) struct Batch(pub(crate) MessageBatch);

impl Batch {
    pub(crate) fn listing(messages: Vec<RemoteMessage>) -> Self {
        Self::of(messages, Source::Listing)
    }

    pub(crate) fn live(messages: Vec<RemoteMessage>) -> Self {
        Self::of(messages, Source::Live)
    }

    fn of(messages: Vec<RemoteMessage>, source: Source) -> Self {
        let changed = messages.into_iter().map(|message| Incoming {
            message,
            text: None,
        });
        Self::incoming(changed.collect(), source)
    }

    /// Messages with the texts of their bodies.
    pub(crate) fn incoming(changed: Vec<Incoming>, source: Source) -> Self {
        Self(MessageBatch {
            changed,
            removed: Vec::new(),
            cursor: None,
            source,
            skew_micros: 0,
            at: at(100),
        })
    }

    pub(crate) fn cursor(mut self, folder: FolderId, cursor: Cursor) -> Self {
        self.0.cursor = Some((folder, cursor));
        self
    }

    pub(crate) fn removed(mut self, remote_ids: &[&str]) -> Self {
        self.0.removed = remote_ids.iter().map(|id| (*id).into()).collect();
        self
    }

    pub(crate) fn at(mut self, second: i64) -> Self {
        self.0.at = at(second);
        self
    }
}
