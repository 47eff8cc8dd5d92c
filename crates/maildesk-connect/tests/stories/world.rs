//! A server with one mailbox, its store, a Microsoft, and a clock of their own.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use maildesk_connect::{AllowList, Connect, Settings, Way};
use maildesk_graph::Hosts;
use maildesk_model::mailbox::Connection;
use maildesk_model::microsoft::{AppCredential, AppRegistration, CredentialKind, FixedApp};
use maildesk_model::{Clock, Cloud, Entropy, MailboxId, NodeId, Secret, Timestamp};
use maildesk_store::contract::{ConnectionStore, KeptTokens};
use tokio::sync::watch;

use crate::keeping::Keeping;
use crate::microsoft::Microsoft;

/// The mailbox of every world; the first there is.
pub(crate) const ADA: MailboxId = MailboxId(1);
pub(crate) const BASE: &str = "https://desk.example";
pub(crate) const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// A clock that stands still unless it is turned, or somebody sleeps: a sleep turns it, except
/// while it is held.
#[derive(Debug)]
pub(crate) struct TurnedClock {
    now: watch::Sender<Timestamp>,
    held: AtomicBool,
}

impl TurnedClock {
    pub(crate) fn advance(&self, span: Duration) {
        self.now.send_modify(|now| *now = now.plus(span));
    }

    /// How many sleep.
    pub(crate) fn sleepers(&self) -> usize {
        self.now.receiver_count()
    }

    /// From now on sleepers wait until somebody turns the clock.
    pub(crate) fn hold(&self) {
        self.held.store(true, Ordering::Relaxed);
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    fn monotonic(&self) -> Duration {
        self.now().since(Timestamp::EPOCH)
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        if !self.held.load(Ordering::Relaxed) {
            self.now.send_modify(|now| *now = (*now).max(at));
        }
        let mut seen = self.now.subscribe();
        Box::pin(async move {
            let _ = seen.wait_for(|now| *now >= at).await;
        })
    }
}

/// Bytes no two of which come the same way.
#[derive(Debug, Default)]
struct Numbers(AtomicU64);

impl Entropy for Numbers {
    fn fill(&self, bytes: &mut [u8]) {
        let number = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = number[place % number.len()].wrapping_add(place as u8);
        }
    }
}

/// Waits until something is so, and gives up after a while.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .expect("it should have come so by now");
}

pub(crate) struct World {
    pub(crate) connect: Connect,
    pub(crate) store: Arc<Keeping>,
    pub(crate) microsoft: Arc<Microsoft>,
    pub(crate) clock: Arc<TurnedClock>,
}

/// How the installation is set up.
pub(crate) struct Setup {
    pub(crate) kind: Connection,
    pub(crate) tenant: &'static str,
    pub(crate) cloud: Cloud,
    pub(crate) allowed: AllowList,
    pub(crate) has_app: bool,
    /// The app is set on a page, not by the environment.
    pub(crate) is_kept: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            kind: Connection::GraphDelegated,
            tenant: "common",
            cloud: Cloud::Global,
            allowed: AllowList::ALL,
            has_app: true,
            is_kept: false,
        }
    }
}

impl World {
    pub(crate) async fn new(setup: Setup) -> Self {
        let entropy: Arc<dyn Entropy> = Arc::new(Numbers::default());
        let store = Arc::new(Keeping::new(Arc::clone(&entropy), START).await);
        let mailbox = store.add(setup.kind, "ada@contoso.test", START).await;
        assert_eq!(mailbox, ADA);
        let microsoft = Arc::new(Microsoft::default());
        let clock = Arc::new(TurnedClock {
            now: watch::Sender::new(START),
            held: AtomicBool::new(false),
        });
        Self {
            connect: node("here", &setup, &store, &microsoft, &clock),
            store,
            microsoft,
            clock,
        }
    }

    /// As a person, signed in, with a token that lives `life` more.
    pub(crate) async fn signed_in(life: Duration) -> Self {
        let world = Self::new(Setup::default()).await;
        world.sign_in_behind_the_scenes("0", life).await;
        world
    }

    /// Stores `refresh-{name}` and `access-{name}` as a finished sign-in of Ada's would.
    pub(crate) async fn sign_in_behind_the_scenes(&self, name: &str, life: Duration) {
        let tokens = KeptTokens {
            refresh: Secret::new(format!("refresh-{name}")),
            access: Secret::new(format!("access-{name}")),
            access_until: START.plus(life),
            scope: "Mail.ReadWrite".to_owned(),
        };
        let stored = self
            .store
            .complete_sign_in(ADA, "user-ada", &tokens, START)
            .await;
        assert!(stored.unwrap());
    }

    /// Another node of the same installation.
    pub(crate) fn other_node(&self) -> Connect {
        self.other_node_of(&Setup::default())
    }

    /// Another node of the same installation, set up like this.
    pub(crate) fn other_node_of(&self, setup: &Setup) -> Connect {
        node("there", setup, &self.store, &self.microsoft, &self.clock)
    }

    /// As the organisation, for one tenant.
    pub(crate) async fn organisation() -> Self {
        Self::new(Setup {
            kind: Connection::GraphApplication,
            tenant: "contoso.test",
            ..Setup::default()
        })
        .await
    }

    /// Whether some node has the right to refresh Ada's tokens; free again after the question.
    pub(crate) async fn is_claimed(&self) -> bool {
        let now = self.clock.now();
        !self.store.claim_by_other(ADA, now, now).await
    }
}

fn node(
    name: &str,
    setup: &Setup,
    store: &Arc<Keeping>,
    microsoft: &Arc<Microsoft>,
    clock: &Arc<TurnedClock>,
) -> Connect {
    let entropy: Arc<dyn Entropy> = Arc::new(Numbers::default());
    let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
    let registration = setup.has_app.then(|| registration(setup));
    let way = Way {
        transport: Arc::clone(microsoft) as _,
        hosts: Hosts::of(Cloud::Global),
        limits: maildesk_graph::Settings::default(),
    };
    let fixed = FixedApp {
        registration: registration.filter(|_| !setup.is_kept),
        ..FixedApp::default()
    };
    let settings = Settings {
        node: NodeId(name.to_owned()),
        allowed_addresses: setup.allowed.clone(),
    };
    Connect::new(Arc::clone(store) as _, way, fixed, settings, clock, entropy)
}

fn registration(setup: &Setup) -> AppRegistration {
    AppRegistration {
        client_id: "app".to_owned(),
        tenant: setup.tenant.to_owned(),
        cloud: setup.cloud,
        credentials: vec![credential("app-secret")],
    }
}

pub(crate) fn credential(secret: &str) -> AppCredential {
    AppCredential {
        kind: CredentialKind::Secret,
        value: Secret::new(secret),
        expires_at: None,
    }
}
