//! The whole of MailDesk in one process: wiring, start and stop.

mod alone;
mod assembly;
mod door;
mod guarded;
mod key;
mod listen;
pub mod log;
mod metrics;
mod microsoft;
mod proxy;
mod world;

pub use assembly::Assembly;
pub use key::{KEY_FILE, secret_key};
pub use world::{Parts, SystemClock, SystemEntropy, http_client, real_world};

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use listen::{Limits, Server};
use maildesk_model::Entropy;
use maildesk_model::parameter::WEB_BASE_URL;
use maildesk_store::contract::{PeopleStore, SyncStore};
use maildesk_store::{SecretKey, SqlStore, StoreSettings};
use maildesk_web::SetupCode;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::Settings;

/// A running MailDesk.
pub struct App {
    store: Arc<SqlStore>,
    address: SocketAddr,
    tasks: tokio::sync::Mutex<JoinSet<()>>,
    /// Kept open as long as the server runs.
    _alone: Option<std::fs::File>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl App {
    /// Starts everything: the database, the workers of sync, push and alerts, and the listeners. It runs
    /// until `stop` is cancelled; [`App::finished`] waits for the end.
    pub async fn start(
        settings: Settings,
        parts: Parts,
        listener: TcpListener,
        webhook: Option<TcpListener>,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let alone = alone::hold(&settings)?;
        let store = open_store(&settings, parts.entropy.clone()).await?;
        if alone.is_some() {
            store.end_all_leases().await?;
        }
        if let Some(url) = &settings.base_url {
            store
                .set_first_parameter(WEB_BASE_URL, url, parts.clock.now())
                .await?;
        }
        if let Some(code) = SetupCode::renew(&*store, &*parts.entropy).await? {
            // The one secret that is logged: whoever reads the log may set the server up.
            let code = code.secret().expose();
            tracing::warn!("there is no administrator yet: open /setup and type the code {code}");
        }
        if settings.allow_loopback_base_url {
            tracing::warn!(
                "loopback base URLs are allowed: this is for the simulator and nothing else"
            );
        }
        let address = listener
            .local_addr()
            .context("the listener has no address")?;
        let Assembly {
            sync,
            push,
            alerts,
            public,
            provider,
            trusted,
        } = Assembly::of(&settings, &parts, store.clone(), &stop)?;
        let mut tasks = JoinSet::new();
        let (sync_stop, push_stop, alerts_stop) = (stop.clone(), stop.clone(), stop.clone());
        tasks.spawn(async move { sync.run(sync_stop).await });
        tasks.spawn(async move { push.run(push_stop).await });
        tasks.spawn(async move { alerts.run(alerts_stop).await });
        let server = Server::new(Limits::of_this_process(), trusted, parts.clock.clone());
        match webhook {
            Some(alone) => {
                tasks.spawn(server.clone().run(listener, public, stop.clone()));
                tasks.spawn(server.run(alone, provider, stop));
            }
            None => {
                tasks.spawn(server.run(listener, public.merge(provider), stop));
            }
        }
        Ok(Self {
            store,
            address,
            tasks: tokio::sync::Mutex::new(tasks),
            _alone: alone,
        })
    }

    /// Where everything is kept, for callers in the same process.
    pub const fn store(&self) -> &Arc<SqlStore> {
        &self.store
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until every part has ended after `stop`, then closes the database.
    pub async fn finished(&self) {
        let mut tasks = self.tasks.lock().await;
        while let Some(ended) = tasks.join_next().await {
            if let Err(why) = ended {
                tracing::error!(error = %why, "a part of the program ended badly");
            }
        }
        self.store.close().await;
    }
}

/// Opens the database the settings name; the data folder and the key are made if need be.
pub async fn open_store(
    settings: &Settings,
    entropy: Arc<dyn Entropy>,
) -> anyhow::Result<Arc<SqlStore>> {
    key::data_folder(&settings.data_dir)?;
    let key = secret_key(settings.secret_key.as_ref(), &settings.data_dir, &*entropy)?;
    let key = SecretKey::from_base64(key.expose()).context(
        "the secret key is not 32 bytes in Base64: make one with openssl rand -base64 32",
    )?;
    let store = SqlStore::open(
        settings.database_url.expose(),
        key,
        entropy,
        StoreSettings::default(),
    )
    .await
    .context("cannot open the database")?;
    Ok(Arc::new(store))
}
