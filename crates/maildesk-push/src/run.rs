//! Claims mailboxes whose push is due and does what the plan says, one step at a time.
//!
//! `round` is one claimed mailbox from beginning to end; each kind of step has a file of its own.
//! Nothing here has opinions: what is due, when, and what state the panel shows is decided in
//! `plan` and `readiness`.

mod ask;
mod check;
mod create;
mod delete;
mod failure;
mod intents;
mod look;
mod orphans;
mod renew;
mod round;
mod twin;

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maildesk_connect::Connect;
use maildesk_model::base_url::BaseUrlRules;
use maildesk_model::parameter::{PUSH_BASE_URL, WEB_BASE_URL};
use maildesk_model::{Clock, Entropy, NodeId, Timestamp};
use maildesk_store::contract::{Bell, Lease};
use maildesk_store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::{former, late};
use round::Round;

/// Mailboxes worked on at once by one node. Each makes one call at a time.
const WORKERS: usize = 4;
/// How long a lease lasts unless it is kept up: so long a node that died keeps its mailbox.
const LEASE: Duration = Duration::from_secs(15);
/// How often a lease is kept up while the work lasts.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// A lost ring costs this much time at most.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Between two looks lies at least this, unless the bell rings: a row that is due and may not be
/// claimed must not keep a processor busy.
const LOOK_GAP: Duration = Duration::from_secs(1);
/// How long to leave the store alone after it could not answer.
const STORE_PAUSE: Duration = Duration::from_secs(5);
/// How long a step that runs may go on after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);
/// When all mailboxes are to be looked at, each has its turn so long after the one before: 250 in
/// 20 s, which is what a changed base URL may cost Graph (P19).
const APART: Duration = Duration::from_millis(80);
/// What the mailboxes were last planned with: base URL, and whether there is push. When it
/// changes, all of them are looked at.
const PLANNED_WITH: &str = "push.planned_with";

/// What push is told about the installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// This node, as leases name it.
    pub node: NodeId,
    /// Whether this server has push. If not, [`Push::run`] removes what is left of it at
    /// Microsoft, and the hook must not be mounted (P14).
    pub enabled: bool,
    /// Which base URLs will do.
    pub rules: BaseUrlRules,
}

/// Keeps subscriptions. Clones share everything.
#[derive(Clone)]
pub struct Push {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn Store>,
    connect: Connect,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: Settings,
    /// What [`PLANNED_WITH`] says, as far as this process knows.
    planned_with: Mutex<Option<String>>,
}

impl fmt::Debug for Push {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push")
            .field("settings", &self.shared.settings)
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
            shared: Arc::new(Shared {
                store,
                connect,
                clock,
                entropy,
                settings,
                planned_with: Mutex::new(None),
            }),
        }
    }

    /// Works until `stop`; a step that runs then may end within ten seconds.
    pub async fn run(&self, stop: CancellationToken) {
        let Shared { store, clock, .. } = &*self.shared;
        // Until now nobody was here to answer.
        if let Err(error) = late::note(&**store, clock.now()).await {
            tracing::debug!(%error, "the time of the start could not be noted");
        }
        let workers = (0..WORKERS).map(|_| self.work(stop.clone()));
        futures::future::join_all(workers).await;
    }

    async fn work(&self, stop: CancellationToken) {
        let Shared { store, clock, .. } = &*self.shared;
        let mut bell = store.bell(Bell::Push);
        while !stop.is_cancelled() {
            bell.mark_unchanged();
            let grace = async {
                stop.cancelled().await;
                clock.sleep(GRACE).await;
            };
            let worked = tokio::select! {
                biased;
                worked = self.step_once() => worked,
                () = grace => return,
            };
            let pause = match worked {
                Ok(true) => continue,
                Ok(false) => self.idle_until().await,
                Err(error) => {
                    tracing::warn!(%error, "push cannot work now and tries again");
                    clock.now().plus(STORE_PAUSE)
                }
            };
            tokio::select! {
                biased;
                _ = bell.changed() => {}
                () = clock.sleep_until(pause) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// When to look again although nobody rings.
    async fn idle_until(&self) -> Timestamp {
        let now = self.shared.clock.now();
        let next = self.shared.store.next_push_at(now).await;
        let next = next
            .ok()
            .flatten()
            .unwrap_or(Timestamp::from_micros(i64::MAX));
        next.clamp(now.plus(LOOK_GAP), now.plus(LOOK_EVERY))
    }

    /// Claims one mailbox whose push is due, does for it all that is due, and gives it back. False:
    /// none was due. This is all that [`Push::run`] does, again and again; the simulation calls it
    /// step by step.
    pub async fn step_once(&self) -> Result<bool, StoreError> {
        let base_url = push_base_url(&*self.shared.store).await?;
        self.notice_change(&base_url).await?;
        let Shared {
            store,
            clock,
            settings,
            ..
        } = &*self.shared;
        let now = clock.now();
        let claimed = store.claim_push(&settings.node, now, now.plus(LEASE));
        let Some(lease) = claimed.await? else {
            return Ok(false);
        };
        let round = Round::new(&self.shared, &lease, base_url);
        match self.holding(&lease, round.run()).await {
            Ok(()) => store.release_push(&lease).await?,
            // Somebody else works on it now, and sees what was written so far.
            Err(StoreError::LeaseLost) => {
                tracing::debug!(mailbox.id = %lease.mailbox, "lost the push lease");
            }
            // The lease is left to expire: a mailbox that cannot be written about is not
            // claimed again at once.
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    /// Works while keeping the lease up; ends when the lease is lost.
    async fn holding(
        &self,
        lease: &Lease,
        work: impl Future<Output = Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        let Shared { store, clock, .. } = &*self.shared;
        let heartbeat = async {
            loop {
                clock.sleep(HEARTBEAT).await;
                let until = clock.now().plus(LEASE);
                match store.renew_push_lease(lease, until).await {
                    Err(lost @ StoreError::LeaseLost) => return lost,
                    // Until somebody else takes the mailbox nothing is lost, and a call that runs
                    // is better heard to its end.
                    Err(error) => tracing::debug!(%error, "a push lease could not be kept up"),
                    Ok(()) => {}
                }
            }
        };
        tokio::select! {
            biased;
            done = work => done,
            lost = heartbeat => Err(lost),
        }
    }

    /// Makes every mailbox due when what all plans depend on has changed, while this server ran
    /// or while it did not.
    async fn notice_change(&self, base_url: &str) -> Result<(), StoreError> {
        let Shared {
            store,
            clock,
            settings,
            planned_with,
            ..
        } = &*self.shared;
        let current = format!("{} {base_url}", settings.enabled);
        let known = || {
            planned_with
                .lock()
                .expect("nothing panics while it holds this lock")
        };
        if known().as_ref() == Some(&current) {
            return Ok(());
        }
        former::note(&**store, base_url, clock.now()).await?;
        if store.memo(PLANNED_WITH).await?.as_ref() != Some(&current) {
            store.wake_push(clock.now(), APART).await?;
            store.set_memo(PLANNED_WITH, &current).await?;
        }
        *known() = Some(current);
        Ok(())
    }
}

/// The base URL of the webhook: its own, or the desk's; empty while none is set.
pub async fn push_base_url(store: &dyn Store) -> Result<String, StoreError> {
    for key in [PUSH_BASE_URL, WEB_BASE_URL] {
        let value = store.parameter(key).await?;
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            return Ok(value);
        }
    }
    Ok(String::new())
}
