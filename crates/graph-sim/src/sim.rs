//! The simulator as a value: made from what it is handed, turned into a router, served until told to stop.

use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

use crate::clock::{Clock, SimClock};
use crate::fault::Faults;
use crate::journal::Entry;
use crate::keep::{self, KeepError};
use crate::outbound::Outbound;
use crate::tls::TlsListener;
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

    /// A world that goes on from a file written by [`Sim::save`]; an empty one when there is no such file.
    pub fn open(config: Config, file: &Path) -> Result<Self, KeepError> {
        let sim = Self::new(config);
        keep::load(&sim.world, file)?;
        Ok(sim)
    }

    /// Writes the world into a file, which is replaced as a whole.
    pub fn save(&self, file: &Path) -> Result<(), KeepError> {
        keep::save(&self.world, file)
    }

    /// A number that differs whenever something has changed that [`Sim::save`] would keep.
    pub fn stamp(&self) -> u64 {
        keep::stamp(&self.world)
    }

    /// Everything it answers: `/v1.0`, sign-in, `/sim` and the Outlook page.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/v1.0", axum::routing::any(crate::graph::serve))
            .route("/v1.0/", axum::routing::any(crate::graph::serve))
            .route("/v1.0/{*path}", axum::routing::any(crate::graph::serve))
            .route(
                "/upload/{token}",
                axum::routing::put(crate::graph::put_chunk)
                    .layer(axum::extract::DefaultBodyLimit::disable()),
            )
            .merge(crate::signin::routes(&self.world))
            .merge(crate::control::router())
            .merge(crate::page::router())
            .with_state(Arc::clone(&self.world))
    }

    /// Serves on a listener until `shutdown` resolves and the requests then under way are answered.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        axum::serve(listener, self.router())
            .with_graceful_shutdown(self.ending(shutdown))
            .await
    }

    /// Serves over TLS; links in answers say https.
    pub async fn serve_tls(
        &self,
        listener: TcpListener,
        tls: Arc<rustls::ServerConfig>,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let router = self.router().layer(axum::Extension(Secure));
        axum::serve(TlsListener::new(listener, tls), router)
            .with_graceful_shutdown(self.ending(shutdown))
            .await
    }

    /// The signal to stop; requests that hang because of a fault are let go, or they would hold the end up.
    fn ending(
        &self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> impl Future<Output = ()> + Send + 'static {
        let world = Arc::downgrade(&self.world);
        async move {
            shutdown.await;
            if let Some(world) = world.upgrade() {
                world.faults.replace(Faults::default());
            }
        }
    }

    /// The shortest time that a call of `/v1.0` takes; none at first. Real calls overlap because they take time, and only calls
    /// that overlap can be one too many: a program that wants limits to show sets a few milliseconds.
    pub fn set_pace(&self, shortest: Duration) {
        let micros = shortest.as_micros() as u64;
        self.world.pace_us.store(micros, Ordering::Relaxed);
    }

    /// Lets simulated time pass, as `POST /sim/clock/advance` does.
    pub fn advance(&self, span: Duration) {
        self.world.clock.advance(span);
        self.world.outgoing.settle(&self.world);
    }

    /// The simulated instant.
    pub fn now(&self) -> jiff::Timestamp {
        self.world.clock.now()
    }

    /// Replaces the faults, as `PUT /sim/faults` does.
    pub fn set_faults(&self, faults: Faults) {
        self.world.put_faults(faults);
        self.world.outgoing.settle(&self.world);
    }

    /// What happened on the wire after position `since`, as `GET /sim/journal` tells it.
    pub fn journal(&self, since: u64) -> Vec<Entry> {
        self.world.journal.since(since)
    }
}
