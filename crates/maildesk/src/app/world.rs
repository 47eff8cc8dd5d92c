//! The real world: the system's clock and the system's randomness. Nowhere else are they asked.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context;
use maildesk_graph::transport::{ReqwestTransport, Timeouts, Transport};
use maildesk_model::{Clock, Entropy, Timestamp};

/// The system's clock.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// Starts the monotonic reading at zero.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that is handed in"
    )]
    pub fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that is handed in"
    )]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(at.since(self.now())))
    }
}

/// The system's randomness.
#[derive(Debug)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the randomness that is handed in"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        use rand::Rng;
        rand::rng().fill_bytes(bytes);
    }
}

/// What the program hands to all rooms.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The way to Microsoft.
    pub transport: Arc<dyn Transport>,
}

/// The system's clock, randomness and network.
pub fn real_world() -> anyhow::Result<Parts> {
    Ok(Parts {
        clock: Arc::new(SystemClock::start()),
        entropy: Arc::new(SystemEntropy),
        transport: Arc::new(ReqwestTransport::new(http_client()?, Timeouts::default())),
    })
}

/// A client that follows no redirects, so that no token ever goes to another host.
#[expect(
    clippy::disallowed_methods,
    reason = "the program builds the clients that are handed in"
)]
pub fn http_client() -> anyhow::Result<reqwest::Client> {
    // A second installation only says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .context("cannot build an HTTP client")
}
