//! The one implementation of the contract.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maildesk_model::clock::Entropy;
use maildesk_model::secret::Secret;

use crate::bells::{self, Carriers};
use crate::contract::{Result, Store, StoreError};
use crate::db::{Db, Write};
use crate::schema::{self, SchemaVersion};
use crate::seal::{Place, Sealer, SecretKey};

/// How the store uses its engine.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// SQLite: connections that read beside the one that writes.
    pub readers: u32,
    /// SQLite: page cache of the writer, in MiB; filled only as far as it is used.
    pub writer_cache_mib: u32,
    /// SQLite: page cache of each reader, in MiB.
    pub reader_cache_mib: u32,
    /// PostgreSQL: connections of this node, beside the few that the webhook has to itself.
    pub connections: u32,
    /// How often each way to the hits of a search is gone before looking is ended; whoever asks learns
    /// how far it went. What is not found in twelve turns would take seconds.
    pub search_turns: usize,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            readers: 4,
            writer_cache_mib: 64,
            reader_cache_mib: 8,
            connections: 16,
            search_turns: 12,
        }
    }
}

/// Everything that is kept, in SQLite or PostgreSQL.
pub struct SqlStore {
    pub(crate) db: Db,
    pub(crate) sealer: Sealer,
    pub(crate) search_turns: usize,
    carriers: Option<Carriers>,
}

impl Store for SqlStore {}

/// What is sealed in `meta` to recognise the key.
const KEY_CHECK: &str = "maildesk";
const KEY_CHECK_PLACE: Place<'static> = Place {
    column: "meta.key_check",
    row: "key_check",
};

impl SqlStore {
    /// Opens `sqlite://path` (made if it is not there) or `postgres://…`, applies missing
    /// migrations, and refuses a schema of a newer program or a key that is not the one the
    /// database was made with. Call it inside a tokio runtime.
    pub async fn open(
        url: &str,
        key: SecretKey,
        entropy: Arc<dyn Entropy>,
        settings: StoreSettings,
    ) -> Result<Self> {
        let search_turns = settings.search_turns;
        let db = Db::open(url, &settings).await?;
        schema::migrate(&db).await?;
        let mut name = [0; 8];
        entropy.fill(&mut name);
        let sealer = Sealer::new(&key, entropy);
        check_key(&db, &sealer).await?;
        let carriers = match db.postgres() {
            None => None,
            Some(pool) => {
                let node = format!("{:016x}", u64::from_le_bytes(name));
                Some(bells::carry(pool, db.bells(), node).await?)
            }
        };
        Ok(Self {
            db,
            sealer,
            search_turns,
            carriers,
        })
    }

    /// How far the schema of a database is, and what opening it would apply. Changes nothing.
    pub async fn schema_version(url: &str) -> Result<SchemaVersion> {
        let file = url.strip_prefix("sqlite://");
        if file.is_some_and(|path| !Path::new(path).exists()) {
            return Ok(SchemaVersion::at(0));
        }
        let db = Db::open(url, &StoreSettings::default()).await?;
        let version = schema::version(&db).await;
        db.close().await;
        version
    }

    /// Waits for what runs and closes every connection; the last thing a server does.
    pub async fn close(&self) {
        if let Some(carriers) = &self.carriers {
            carriers.stop();
        }
        self.db.close().await;
    }
}

/// Compares the key with the one the database was made with; remembers it in a new database.
async fn check_key(db: &Db, sealer: &Sealer) -> Result<()> {
    if let Some(kept) = schema::meta(&mut db.read().await?, "key_check").await? {
        return recognise(sealer, &kept);
    }
    let mut tx = db.write(Write::Durable).await?;
    schema::lock(&mut tx).await?;
    if let Some(kept) = schema::meta(&mut tx, "key_check").await? {
        return recognise(sealer, &kept);
    }
    let sealed = sealer.seal(KEY_CHECK_PLACE, &Secret::new(KEY_CHECK));
    schema::set_meta(&mut tx, "key_check", &STANDARD.encode(sealed)).await?;
    tx.commit().await
}

fn recognise(sealer: &Sealer, kept: &str) -> Result<()> {
    let opened = STANDARD
        .decode(kept)
        .ok()
        .and_then(|sealed| sealer.open(KEY_CHECK_PLACE, &sealed).ok());
    match opened {
        Some(text) if text.matches(KEY_CHECK) => Ok(()),
        _ => Err(StoreError::Corrupt(
            "the secret key is not the one this database was made with".into(),
        )),
    }
}
