//! Opening: the schema, the key, and secrets at rest.

use std::sync::Arc;

use maildesk_model::secret::Secret;
use maildesk_store::contract::{ConnectionStore, KeptTokens, PeopleStore};
use maildesk_store::{SecretKey, SqlStore, StoreError, StoreSettings};

use crate::fixture::{Counting, Fixture, at, cases, open};

cases!(
    it_opens_again_with_what_was_there,
    another_key_is_refused,
    a_newer_schema_is_refused,
    the_schema_version_is_told,
);

async fn try_open(url: &str, key: SecretKey) -> Result<SqlStore, StoreError> {
    let entropy = Arc::new(Counting);
    SqlStore::open(url, key, entropy, StoreSettings::default()).await
}

async fn it_opens_again_with_what_was_there(desk: Fixture) {
    desk.store
        .set_parameter("web.base.url", "https://a.test", at(0))
        .await
        .unwrap();
    desk.store.close().await;
    let again = open(&desk.url).await;
    let beside = open(&desk.url).await;
    for store in [&again, &beside] {
        let value = store.parameter("web.base.url").await.unwrap();
        assert_eq!(value.as_deref(), Some("https://a.test"));
    }
    beside
        .set_parameter("web.base.url", "https://b.test", at(1))
        .await
        .unwrap();
    let value = again.parameter("web.base.url").await.unwrap();
    assert_eq!(
        value.as_deref(),
        Some("https://b.test"),
        "the command line works beside a server"
    );
}

async fn another_key_is_refused(desk: Fixture) {
    let error = try_open(&desk.url, SecretKey::from_bytes([8; 32]))
        .await
        .err()
        .unwrap();
    assert!(error.to_string().contains("secret key"), "{error}");
}

async fn a_newer_schema_is_refused(desk: Fixture) {
    let sql = "UPDATE meta SET value = '999' WHERE key = 'schema'";
    if desk.url.starts_with("sqlite") {
        let pool = sqlx::SqlitePool::connect(&desk.url).await.unwrap();
        sqlx::query(sql).execute(&pool).await.unwrap();
    } else {
        let pool = sqlx::PgPool::connect(&desk.url).await.unwrap();
        sqlx::query(sql).execute(&pool).await.unwrap();
    }
    let error = try_open(&desk.url, crate::fixture::key())
        .await
        .err()
        .unwrap();
    assert!(error.to_string().contains("newer MailDesk"), "{error}");
    let version = SqlStore::schema_version(&desk.url).await.unwrap();
    assert_eq!((version.found, version.pending.len()), (999, 0));
}

async fn the_schema_version_is_told(desk: Fixture) {
    let version = SqlStore::schema_version(&desk.url).await.unwrap();
    assert_eq!(version.found, version.known);
    assert!(version.pending.is_empty());
}

#[tokio::test]
async fn sqlite_that_is_not_there_is_not_made_by_asking() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none.db");
    let version = SqlStore::schema_version(&format!("sqlite://{}", path.display())).await;
    let version = version.unwrap();
    assert_eq!(version.found, 0);
    assert_eq!(version.pending[0], "0001_beginning");
    let last = version.pending.last().unwrap();
    assert!(
        last.starts_with(&format!("{:04}_", version.known)),
        "{last}"
    );
    assert!(!path.exists());
}

#[tokio::test]
async fn an_unknown_engine_is_refused() {
    let error = try_open("mysql://here", crate::fixture::key())
        .await
        .err()
        .unwrap();
    assert!(error.to_string().contains("sqlite://"), "{error}");
}

#[tokio::test]
async fn sqlite_holds_no_token_in_the_clear() {
    let desk = Fixture::sqlite().await;
    let mailbox = desk.mailbox("ada@contoso.test").await;
    let tokens = KeptTokens {
        refresh: Secret::new("refresh-in-the-clear"),
        access: Secret::new("access-in-the-clear"),
        access_until: at(1),
        scope: String::new(),
    };
    desk.store
        .store_tokens(mailbox, 0, &tokens, at(0))
        .await
        .unwrap();
    let path = desk.url.strip_prefix("sqlite://").unwrap();
    for file in [path.to_owned(), format!("{path}-wal")] {
        let bytes = std::fs::read(&file).unwrap();
        let needle = b"in-the-clear";
        assert!(
            !bytes.windows(needle.len()).any(|piece| piece == needle),
            "{file}"
        );
    }
}

#[tokio::test]
async fn a_new_file_and_what_lies_beside_it_are_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("maildesk.db").display());
    let store = open(&url).await;
    store
        .set_parameter("web.base.url", "https://a.test", at(0))
        .await
        .unwrap();
    let mut files = 0;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        files += 1;
    }
    assert!(files >= 2, "the file and its log");
    store.close().await;
}
