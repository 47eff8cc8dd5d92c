//! Keeps the memory of probes apart from answering them: writing it down never delays an answer,
//! and a flood of validations makes a few writes a second, the latest of each path.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use maildesk_model::Clock;
use maildesk_store::Store;

use crate::probe::{Door, Probe};

/// The pause after each writing. A probe is rare; whoever sends many is not Microsoft.
const PAUSE: Duration = Duration::from_millis(250);

/// Writes the last probe of each door down.
pub(super) struct Probes {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    latest: HashMap<Door, Probe>,
    is_writing: bool,
}

impl Probes {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            waiting: Mutex::default(),
        }
    }

    /// Has it written down, by and by.
    pub(super) fn note(self: &Arc<Self>, door: Door, probe: Probe) {
        let mut waiting = self.waiting();
        waiting.latest.insert(door, probe);
        if !waiting.is_writing {
            waiting.is_writing = true;
            tokio::spawn(Arc::clone(self).write());
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting
            .lock()
            .expect("nothing panics while it holds this lock")
    }

    async fn write(self: Arc<Self>) {
        while let Some(latest) = self.taken() {
            for (door, probe) in latest {
                if let Err(error) = probe.keep(&*self.store, door).await {
                    tracing::debug!(%error, "a probe was answered but could not be noted");
                }
            }
            self.clock.sleep(PAUSE).await;
        }
    }

    /// What waits; `None`, and nobody writes any more, when nothing does.
    fn taken(&self) -> Option<HashMap<Door, Probe>> {
        let mut waiting = self.waiting();
        waiting.is_writing = !waiting.latest.is_empty();
        waiting
            .is_writing
            .then(|| std::mem::take(&mut waiting.latest))
    }
}
