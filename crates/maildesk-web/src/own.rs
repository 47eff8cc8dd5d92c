//! What is known of our own address. Looked up beside the requests and once a minute, so that no answer
//! waits for it; until it is known the answer is what holds everywhere.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ammonia::Url;
use maildesk_model::parameter::{PUSH_BASE_URL, WEB_BASE_URL};
use maildesk_store::StoreError;

use crate::app::App;

/// How long what was looked up counts.
const GOOD_FOR: Duration = Duration::from_mins(1);

/// Our own address.
#[derive(Debug, Default)]
pub(crate) struct Own(Mutex<Looked>);

#[derive(Debug, Default)]
struct Looked {
    known: Arc<Known>,
    /// When it was, or somebody began to.
    at: Option<Duration>,
}

/// What is known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// Whether people come by https.
    pub(crate) is_https: bool,
    /// The names of this server, in lower case, without a port.
    pub(crate) hosts: Vec<String>,
}

impl Own {
    /// What is known now.
    pub(crate) fn known(&self, app: &App) -> Arc<Known> {
        let now = app.clock.monotonic();
        let mut looked = self.looked();
        if looked
            .at
            .is_none_or(|at| now.saturating_sub(at) >= GOOD_FOR)
        {
            looked.at = Some(now);
            tokio::spawn(look_up(app.clone()));
        }
        Arc::clone(&looked.known)
    }

    fn looked(&self) -> MutexGuard<'_, Looked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn look_up(app: App) {
    match read(&app).await {
        Ok(known) => app.own.looked().known = Arc::new(known),
        Err(error) => tracing::debug!(%error, "our own address could not be looked up"),
    }
}

async fn read(app: &App) -> Result<Known, StoreError> {
    let mut known = Known::default();
    for key in [WEB_BASE_URL, PUSH_BASE_URL] {
        let kept = app.store.parameter(key).await?;
        let Some(url) = kept.and_then(|kept| Url::parse(&kept).ok()) else {
            continue;
        };
        known.is_https |= key == WEB_BASE_URL && url.scheme() == "https";
        known.hosts.extend(url.host_str().map(str::to_owned));
    }
    Ok(known)
}
