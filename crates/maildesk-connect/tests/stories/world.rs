//! A server with one mailbox, a shelf and a Microsoft.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use maildesk_connect::{AllowList, Connect, Settings};
use maildesk_graph::login::{App, Credential};
use maildesk_graph::{Graph, Hosts, Login};
use maildesk_model::mailbox::{Connection, MailboxState};
use maildesk_model::{Clock, Cloud, Entropy, MailboxId, NodeId, Secret, Timestamp};
use maildesk_store::contract::KeptTokens;

use crate::microsoft::Microsoft;
use crate::shelf::Shelf;

pub(crate) const ADA: MailboxId = MailboxId(1);
pub(crate) const BASE: &str = "https://desk.example";
const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// A clock that stands still unless it is turned; sleeping turns it, after everybody else has run.
#[derive(Debug)]
pub(crate) struct TurnedClock(Mutex<Timestamp>);

impl TurnedClock {
    pub(crate) fn advance(&self, span: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus(span);
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.now().since(Timestamp::EPOCH)
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut now = self.0.lock().unwrap();
        *now = (*now).max(at);
        Box::pin(tokio::task::yield_now())
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

pub(crate) struct World {
    pub(crate) connect: Connect,
    pub(crate) shelf: Arc<Shelf>,
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
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            kind: Connection::GraphDelegated,
            tenant: "common",
            cloud: Cloud::Global,
            allowed: AllowList::ALL,
            has_app: true,
        }
    }
}

impl World {
    pub(crate) fn new(setup: Setup) -> Self {
        let shelf = Arc::new(Shelf::default());
        shelf.put(ADA, setup.kind, "ada@contoso.test");
        let microsoft = Arc::new(Microsoft::default());
        let clock = Arc::new(TurnedClock(Mutex::new(START)));
        let connect = node("here", &setup, &shelf, &microsoft, &clock);
        Self {
            connect,
            shelf,
            microsoft,
            clock,
        }
    }

    /// As a person, signed in, with a token that lives `life` more.
    pub(crate) fn signed_in(life: Duration) -> Self {
        let world = Self::new(Setup::default());
        world.shelf.change(ADA, |row| {
            row.state = MailboxState::Active;
            row.graph_user = Some("user-ada".to_owned());
            row.tokens = Some(KeptTokens {
                refresh: Secret::new("refresh-0"),
                access: Secret::new("access-0"),
                access_until: START.plus(life),
                scope: "Mail.ReadWrite".to_owned(),
            });
        });
        world
    }

    /// Another node of the same installation.
    pub(crate) fn other_node(&self) -> Connect {
        node(
            "there",
            &Setup::default(),
            &self.shelf,
            &self.microsoft,
            &self.clock,
        )
    }

    /// As the organisation, for one tenant.
    pub(crate) fn organisation() -> Self {
        Self::new(Setup {
            kind: Connection::GraphApplication,
            tenant: "contoso.test",
            ..Setup::default()
        })
    }
}

fn node(
    name: &str,
    setup: &Setup,
    shelf: &Arc<Shelf>,
    microsoft: &Arc<Microsoft>,
    clock: &Arc<TurnedClock>,
) -> Connect {
    let entropy: Arc<dyn Entropy> = Arc::new(Numbers::default());
    let clock: Arc<dyn Clock> = Arc::clone(clock) as _;
    let hosts = Hosts::of(setup.cloud);
    let app = App {
        client_id: "app".to_owned(),
        tenant: setup.tenant.to_owned(),
        credentials: vec![Credential::Secret(Secret::new("app-secret"))],
    };
    let login = Login::new(
        Arc::clone(microsoft) as _,
        hosts.clone(),
        app,
        "test",
        Arc::clone(&clock),
        Arc::clone(&entropy),
    );
    let graph = Graph::new(
        Arc::clone(microsoft) as _,
        hosts,
        maildesk_graph::Settings::default(),
        Arc::clone(&clock),
        Arc::clone(&entropy),
    );
    let settings = Settings {
        node: NodeId(name.to_owned()),
        cloud: setup.cloud,
        allowed_addresses: setup.allowed.clone(),
    };
    let login = setup.has_app.then_some(login);
    Connect::new(
        Arc::clone(shelf) as _,
        graph,
        login,
        settings,
        clock,
        entropy,
    )
}
