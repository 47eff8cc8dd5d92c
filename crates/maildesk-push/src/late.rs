//! When this installation last answered Microsoft late or not at all. Graph holds notifications back
//! from whoever answers slowly (facts.md 4), so silence after that says nothing of a subscription.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use maildesk_model::{Clock, Timestamp};
use maildesk_store::{Store, StoreError};

/// Where it is remembered, for every node: microseconds since 1970.
const MEMO: &str = "push.answered_late_at";
/// Graph's limit is 3 s, counted on its side of the network.
pub(crate) const LATE: Duration = Duration::from_secs(2);
/// Between two writings.
const PAUSE: Duration = Duration::from_mins(1);

/// The last time, as far as anybody has written it down.
pub(crate) async fn last(store: &dyn Store) -> Result<Option<Timestamp>, StoreError> {
    let memo = store.memo(MEMO).await?;
    let micros = memo.and_then(|memo| memo.parse().ok());
    Ok(micros.map(Timestamp::from_micros))
}

/// Writes down that answers were late until `at`.
pub(crate) async fn note(store: &dyn Store, at: Timestamp) -> Result<(), StoreError> {
    store.set_memo(MEMO, &at.as_micros().to_string()).await
}

/// Writes down late answers, beside answering and not often.
pub(crate) struct Late {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    written_at: Mutex<Option<Duration>>,
}

impl Late {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            written_at: Mutex::new(None),
        }
    }

    /// An answer was late, or was none.
    pub(crate) fn was_late(self: &Arc<Self>) {
        let now = self.clock.monotonic();
        {
            let mut written_at = self
                .written_at
                .lock()
                .expect("nothing panics while it holds this lock");
            if written_at.is_some_and(|at| now.saturating_sub(at) < PAUSE) {
                return;
            }
            *written_at = Some(now);
        }
        let this = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = note(&*this.store, this.clock.now()).await {
                tracing::debug!(%error, "a late answer could not be noted");
            }
        });
    }
}
