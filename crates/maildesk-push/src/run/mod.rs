//! Carries out what [`plan`](crate::plan) decides: claims a mailbox, does what is next, writes it
//! down, gives it back. It has no opinions of its own.

mod register;
mod step;

use std::sync::Arc;
use std::time::Duration;

use maildesk_connect::Connect;
use maildesk_model::base_url::BaseUrlRules;
use maildesk_model::parameter::{PUSH_BASE_URL, WEB_BASE_URL};
use maildesk_model::{Clock, Cloud, Entropy, NodeId};
use maildesk_store::contract::{Bell, Lease};
use maildesk_store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

/// How long a lease lasts unless it is kept alive. After a crash the mailbox waits no longer.
const LEASE: Duration = Duration::from_secs(10);
/// How often a lease is kept alive; three chances before it ends.
const KEEP_ALIVE: Duration = Duration::from_secs(3);
/// Bells can be lost and another process may have written: look at least this often.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// After the store could not be used.
const STORE_PAUSE: Duration = Duration::from_secs(2);
/// Mailboxes worked on at once by this node.
const WORKERS: usize = 4;

/// What push is told about the installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// This node, as leases name it.
    pub node: NodeId,
    /// Whether this server offers push. If not, what lives is removed (P14).
    pub enabled: bool,
    /// The cloud; the longest life it grants is remembered by its name.
    pub cloud: Cloud,
    /// What base URLs may be.
    pub rules: BaseUrlRules,
}

/// Push, ready to run. Clones share everything.
#[derive(Clone)]
pub struct Push {
    store: Arc<dyn Store>,
    connect: Connect,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: Arc<Settings>,
}

impl std::fmt::Debug for Push {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Push")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl Push {
    /// Takes everything it needs.
    pub fn new(
        store: Arc<dyn Store>,
        connect: Connect,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: Settings,
    ) -> Self {
        Self {
            store,
            connect,
            clock,
            entropy,
            settings: Arc::new(settings),
        }
    }

    /// Works until `stop`. Every mailbox is looked at once at the start, since settings may have
    /// changed while nothing ran.
    pub async fn run(&self, stop: CancellationToken) {
        if let Err(why) = self.store.wake_push(self.clock.now()).await {
            tracing::warn!(error = %why, "push could not look at every mailbox");
        }
        let workers = (0..WORKERS).map(|_| self.work(stop.clone()));
        futures::future::join_all(workers).await;
    }

    /// Claims one mailbox and does all that is due for it. Whether there was one.
    pub async fn step_once(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let Some(lease) = self
            .store
            .claim_push(&self.settings.node, now, now.plus(LEASE))
            .await?
        else {
            return Ok(false);
        };
        let done = tokio::select! {
            done = step::all(self, &lease) => done,
            lost = self.keep_alive(&lease) => Err(lost),
        };
        let released = self.store.release_push(&lease).await;
        match done.and(released) {
            // Another node has taken the mailbox; it goes on from the rows.
            Ok(()) | Err(StoreError::LeaseLost) => Ok(true),
            Err(why) => Err(why),
        }
    }

    /// Keeps the lease alive; ends only when that fails.
    async fn keep_alive(&self, lease: &Lease) -> StoreError {
        loop {
            self.clock.sleep(KEEP_ALIVE).await;
            let until = self.clock.now().plus(LEASE);
            if let Err(why) = self.store.renew_push_lease(lease, until).await {
                return why;
            }
        }
    }

    async fn work(&self, stop: CancellationToken) {
        let mut bell = self.store.bell(Bell::Push);
        while !stop.is_cancelled() {
            bell.mark_unchanged();
            let pause = match self.step_once().await {
                Ok(true) => continue,
                Ok(false) => LOOK_EVERY,
                Err(why) => {
                    tracing::warn!(error = %why, "push could not use the store");
                    STORE_PAUSE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                _ = bell.changed() => {}
                () = self.clock.sleep(pause) => {}
            }
        }
    }

    /// The base URL that counts: `push.base.url`, or `web.base.url`; empty if none is set.
    async fn base_url(&self) -> Result<String, StoreError> {
        for key in [PUSH_BASE_URL, WEB_BASE_URL] {
            if let Some(value) = self
                .store
                .parameter(key)
                .await?
                .filter(|value| !value.is_empty())
            {
                return Ok(value);
            }
        }
        Ok(String::new())
    }
}
