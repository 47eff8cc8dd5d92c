//! The simulator as a value: made from what it is handed, turned into a router, served until told to stop.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

use crate::clock::{Clock, SimClock};
use crate::outbound::Outbound;
use crate::world::World;

/// What the simulator is handed.
pub struct Config {
    /// The clock underneath simulated time.
    pub clock: Arc<dyn Clock>,
    /// Feeds every id and token: two simulators with one seed and one order of requests give the same ones.
    pub seed: u64,
    /// Lets notification URLs be loopback http.
    pub allow_http: bool,
    /// Carries notifications and validations.
    pub outbound: Arc<dyn Outbound>,
}

/// Put into a request's extensions by whoever terminates TLS, so that links in answers say https.
#[derive(Clone, Copy, Debug)]
pub struct Secure;

/// A pretend Microsoft 365.
#[derive(Clone)]
pub struct Sim {
    world: Arc<World>,
}

impl Sim {
    /// An empty world. Must be called inside a tokio runtime: the delivery of notifications runs as a task until the last clone is dropped.
    pub fn new(config: Config) -> Self {
        let clock = SimClock::new(config.clock);
        let world = Arc::new(World::new(
            clock,
            config.seed,
            config.allow_http,
            config.outbound,
        ));
        tokio::spawn(crate::delivery::run(Arc::downgrade(&world)));
        Self { world }
    }

    /// Everything it answers: `/v1.0`, sign-in, `/sim` and the Outlook page.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v1.0", axum::routing::any(crate::graph::serve))
            .route("/v1.0/{*path}", axum::routing::any(crate::graph::serve))
            .merge(crate::control::router())
            .with_state(Arc::clone(&self.world))
    }

    /// Serves on a listener until `shutdown` resolves.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        axum::serve(listener, self.router())
            .with_graceful_shutdown(shutdown)
            .await
    }

    /// Lets simulated time pass, as `POST /sim/clock/advance` does.
    pub fn advance(&self, span: Duration) {
        self.world.clock.advance(span);
    }

    /// The simulated instant.
    pub fn now(&self) -> jiff::Timestamp {
        self.world.clock.now()
    }
}
