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
mod alarm;
pub mod callback;
mod client;
mod consent;
mod error;
mod gates;
mod proof;
mod sign_in;

use std::fmt;
use std::sync::Arc;

use maildesk_model::microsoft::FixedApp;
use maildesk_model::{Clock, Entropy, NodeId};
use maildesk_store::contract::{AppStore, ConnectionStore};

pub use access::{AllowList, SCOPES_AS_A_PERSON};
pub use client::{Way, certificate_end};
pub use error::ConnectError;
pub use sign_in::{CALLBACK_PATH, SignInStart};

/// What connect keeps things in. Every store is one.
pub trait Keep: AppStore + ConnectionStore + Send + Sync {}

impl<T: AppStore + ConnectionStore + Send + Sync + ?Sized> Keep for T {}

/// What connect is told about the installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// This node, as refresh claims name it.
    pub node: NodeId,
    /// Which addresses may be connected as the organisation (C2).
    pub allowed_addresses: AllowList,
}

/// The way to Microsoft for every mailbox. Clones share everything.
#[derive(Clone)]
pub struct Connect {
    shared: Arc<Shared>,
}

struct Shared {
    store: Arc<dyn Keep>,
    clients: client::Clients,
    settings: Settings,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    gates: gates::Gates,
    refreshing: access::Refreshing,
}

impl Connect {
    /// Takes everything it needs. The app registration is the one that is fixed, else the one that
    /// is kept in the store; while there is none, every access says so.
    pub fn new(
        store: Arc<dyn Keep>,
        way: Way,
        fixed: FixedApp,
        settings: Settings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                store,
                clients: client::Clients::new(way, fixed),
                settings,
                clock,
                entropy,
                gates: gates::Gates::default(),
                refreshing: access::Refreshing::default(),
            }),
        }
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
const _: fn(Arc<maildesk_store::SqlStore>) -> Arc<dyn Keep> = |store| store;
