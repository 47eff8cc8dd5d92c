//! Makes the store equal to the mailbox, and carries out intents.
//!
//! Sync works from state, not from events: a worker claims a mailbox that is due, asks the rows
//! what is due for it, does one bounded step, and asks again. `plan` decides, purely; `run`
//! performs, one file for each step; `downloads` lets attachments come in beside that; `worker` claims, keeps the lease alive and says what a failure
//! means for the mailbox. Whatever ends a run, the next one goes on from the rows.

mod downloads;
mod memory;
mod plan;
mod run;
mod settings;
mod text;
mod worker;

use std::sync::Arc;

use maildesk_connect::Connect;
use maildesk_model::{Clock, Entropy, NodeId};
use maildesk_store::Store;

pub use settings::Settings;

/// What all workers share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) connect: Connect,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) node: NodeId,
    pub(crate) settings: Settings,
    pub(crate) memory: memory::Memory,
}

/// Sync, ready to run. Clones share everything.
#[derive(Clone)]
pub struct Sync {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Sync {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sync")
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}

impl Sync {
    /// Takes everything it needs.
    pub fn new(
        store: Arc<dyn Store>,
        connect: Connect,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        node: NodeId,
        settings: Settings,
    ) -> Self {
        let memory = memory::Memory::default();
        Self {
            shared: Arc::new(Shared {
                store,
                connect,
                clock,
                entropy,
                node,
                settings,
                memory,
            }),
        }
    }
}
