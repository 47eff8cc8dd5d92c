//! Who we are towards Microsoft: app registration, sign-in, tokens, what was granted.
//!
//! [`Connect::access`] turns a mailbox into a ready [`Session`](maildesk_graph::Session): it knows
//! whether the mailbox is reached as a person or as the organisation, keeps tokens fresh, sees to
//! it that one refresh runs at a time over all nodes, stores what rotates before it is used, and
//! writes down when somebody has to sign in again. [`Connect::start_sign_in`] and
//! [`callback::router`] are the two ends of a sign-in.
//!
//! Tokens are opaque here too: nothing looks into one. No other room stores tokens or talks to the
//! sign-in service. A new way to reach a mailbox is a new file under `access/`.

mod access;
pub mod alarm;
pub mod callback;
mod error;
mod gates;
mod sign_in;

use std::fmt;
use std::sync::Arc;

use maildesk_graph::{Graph, Login};
use maildesk_model::{Clock, Cloud, Entropy, NodeId};
use maildesk_store::contract::ConnectionStore;

pub use access::{AllowList, SCOPES_AS_A_PERSON};
pub use error::ConnectError;
pub use sign_in::{CALLBACK_PATH, SignInStart};

/// What connect keeps things in. Every store is one.
pub type ConnectionsKept = Arc<dyn ConnectionStore + Send + Sync>;

/// What connect is told about the installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// This node, as refresh claims name it.
    pub node: NodeId,
    /// The cloud; one without message delta is refused (C4).
    pub cloud: Cloud,
    /// Which addresses may be connected as the organisation (C2).
    pub allowed_addresses: AllowList,
}

/// The way to Microsoft for every mailbox. Clones share everything.
#[derive(Clone)]
pub struct Connect {
    shared: Arc<Shared>,
}

struct Shared {
    store: ConnectionsKept,
    graph: Graph,
    login: Option<Login>,
    settings: Settings,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    gates: gates::Gates,
    refreshing: access::Refreshing,
    app_token: access::AppTokenCell,
    app_alarm: alarm::AppAlarm,
}

impl Connect {
    /// Takes everything it needs. `login` is `None` while no app registration is set; every
    /// access then says so.
    pub fn new(
        store: ConnectionsKept,
        graph: Graph,
        login: Option<Login>,
        settings: Settings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                store,
                graph,
                login,
                settings,
                clock,
                entropy,
                gates: gates::Gates::default(),
                refreshing: access::Refreshing::default(),
                app_token: access::AppTokenCell::default(),
                app_alarm: alarm::AppAlarm::default(),
            }),
        }
    }

    /// The app registration's client, or the words that none is set.
    fn login(&self) -> Result<&Login, ConnectError> {
        self.shared.login.as_ref().ok_or_else(error::no_app)
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect")
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}

/// Every store can be handed in as it is.
#[cfg(test)]
const _: fn(Arc<dyn maildesk_store::Store>) -> ConnectionsKept = |store| store;
