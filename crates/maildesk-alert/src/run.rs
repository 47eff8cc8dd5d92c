//! Looks, plans, writes down, and tells: one node at a time, under the lease of the installation.
//!
//! Nothing here has opinions: what becomes of an alert and when to try again is decided in `plan`.

mod http;
mod mail;
mod test;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use maildesk_connect::Connect;
use maildesk_model::alert::{AlertWay, Notice};
use maildesk_model::mailbox::Trouble;
use maildesk_model::microsoft::FixedApp;
use maildesk_model::parameter::WEB_BASE_URL;
use maildesk_model::{Clock, NodeId, Timestamp};
use maildesk_store::contract::{AlertLease, NoticeOutcome};
use maildesk_store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::plan::{after_failure, is_due, plan};

/// How often it is looked. What begins between two looks is told together.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long the lease lasts: longer than a look with every call at its limit (one POST, three
/// mails). So long an alert is delayed by a node that died; a server that is alone ends its leases
/// when it starts.
const LEASE: Duration = Duration::from_mins(2);
/// How long a whole look may take; below [`LEASE`], so that whoever takes over finds nobody there.
const PATIENCE: Duration = Duration::from_secs(100);

/// How long a look that runs may go on after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);

/// What alerts are told about the installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// This node, as the lease names it.
    pub node: NodeId,
    /// What the environment fixes of the app: its credentials end too.
    pub fixed_app: FixedApp,
}

/// The way to an address of somebody's choice. It follows no redirects, reaches no private address
/// unless told otherwise, and waits ten seconds at most.
#[async_trait]
pub trait Beyond: Send + Sync {
    /// Sends JSON with these headers; the status of the answer.
    async fn post_json(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<u16, Unsent>;
}

/// Why no answer came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unsent {
    /// The name has no address.
    NoSuchName,
    /// The address is not public.
    Private,
    /// Nobody listens there.
    Refused,
    /// No answer in time.
    TimedOut,
    /// The certificate does not hold, or TLS could not be agreed on.
    Certificate,
    /// The connection ended before the answer did.
    Broken,
}

/// Keeps alerts and tells them. Clones share everything.
#[derive(Clone)]
pub struct Alerts {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn Store>,
    connect: Connect,
    beyond: Arc<dyn Beyond>,
    clock: Arc<dyn Clock>,
    settings: Settings,
}

impl fmt::Debug for Alerts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alerts")
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}

impl Alerts {
    /// Takes everything it needs.
    pub fn new(
        store: Arc<dyn Store>,
        connect: Connect,
        beyond: Arc<dyn Beyond>,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                store,
                connect,
                beyond,
                clock,
                settings,
            }),
        }
    }

    /// Works until `stop`; what is being sent then may take ten more seconds to be noted as sent.
    pub async fn run(&self, stop: CancellationToken) {
        let clock = &self.shared.clock;
        while !stop.is_cancelled() {
            let grace = async {
                stop.cancelled().await;
                clock.sleep(GRACE).await;
            };
            let looked = tokio::select! {
                biased;
                looked = self.look_once() => looked,
                () = grace => return,
            };
            if let Err(error) = looked {
                tracing::warn!(%error, "alerts cannot be looked after now, and are tried again");
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                () = clock.sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// One look, if it is time and no other node has taken it.
    async fn look_once(&self) -> Result<(), StoreError> {
        let Shared {
            store,
            clock,
            settings,
            ..
        } = &*self.shared;
        let now = clock.now();
        let claimed = store.claim_alerts(&settings.node, now, now.plus(LEASE));
        let Some(lease) = claimed.await? else {
            return Ok(());
        };
        let looked = tokio::select! {
            biased;
            looked = self.look(&lease) => looked,
            () = clock.sleep(PATIENCE) => Ok(()),
        };
        match looked {
            Ok(()) => {
                let next_at = clock.now().plus(LOOK_EVERY);
                store.release_alerts(&lease, next_at).await
            }
            // Another node looks after them now.
            Err(StoreError::LeaseLost) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn look(&self, lease: &AlertLease) -> Result<(), StoreError> {
        let Shared { store, clock, .. } = &*self.shared;
        let now = clock.now();
        let facts = store.alert_facts(now).await?;
        let app_ends = match &self.shared.settings.fixed_app.registration {
            Some(fixed) => fixed.expires_at(),
            None => facts.app.expires_at,
        };
        let plan = plan(&facts, app_ends, now);
        if !plan.changes.is_empty() || !plan.tell.is_empty() {
            let saved = store.save_alerts(lease, &plan.changes, &plan.tell, &facts.ways, now);
            saved.await?;
        }
        let mut notices = store.next_notices(now).await?;
        // The quick way first: a mail may take its time.
        notices.sort_by_key(|notice| notice.way != AlertWay::Http);
        for notice in notices {
            if is_due(&notice, now) {
                self.tell(lease, &notice).await?;
            }
        }
        Ok(())
    }

    async fn tell(&self, lease: &AlertLease, notice: &Notice) -> Result<(), StoreError> {
        let Shared { store, clock, .. } = &*self.shared;
        let settings = store.alert_settings().await?;
        if !settings.ways().contains(&notice.way) {
            // It was given up with its way, a moment ago.
            return Ok(());
        }
        let told = match notice.way {
            AlertWay::Http => self.post(&settings, notice).await?.map(|()| None),
            AlertWay::Mail => self.mail(&settings, notice).await?.map(Some),
        };
        let way = notice.way.name();
        let outcome = match told {
            Ok(sender) => NoticeOutcome::Taken { sender },
            Err(Untold {
                trouble,
                is_doubtful,
            }) => {
                tracing::warn!(way, code = %trouble.code, "an alert could not be told");
                after_failure(notice, trouble, is_doubtful, clock.now())
            }
        };
        store
            .settle_notice(lease, notice.id, &outcome, clock.now())
            .await
    }

    /// The address of the desk, for links; empty while none is set.
    async fn base_url(&self) -> Result<String, StoreError> {
        let kept = self.shared.store.parameter(WEB_BASE_URL).await?;
        Ok(kept.unwrap_or_default())
    }

    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }
}

/// Why something was not taken.
struct Untold {
    trouble: Trouble,
    /// It may have been all the same.
    is_doubtful: bool,
}

impl Untold {
    /// Certainly not, or whoever takes it knows a second one by its id.
    const fn surely(trouble: Trouble) -> Self {
        Self {
            trouble,
            is_doubtful: false,
        }
    }
}

/// Whether something was taken, and why not; the store may fail on top of that.
type Told<T> = Result<Result<T, Untold>, StoreError>;
