//! Serves what connects, within limits of number and of time.
//!
//! A connection is cheap to open and dear to keep: it holds a descriptor of the process, whether or
//! not anything is ever asked through it. So the first question must have come within seconds, one
//! that nothing is asked through ends after a while, and in a full house the one that has been silent
//! longest makes room for the next.

mod connections;
mod limits;
#[cfg(test)]
mod tests;

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use maildesk_model::Clock;
use maildesk_model::client::ClientAddress;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::proxy::Trusted;
use connections::{Connection, Connections};
pub(super) use limits::Limits;

/// Streams of one HTTP/2 connection; browsers and proxies ask for a hundred.
const STREAMS_MAX: u32 = 100;
/// Whether somebody is still there is asked this often over HTTP/2, and must be answered as soon.
const PING_EVERY: Duration = Duration::from_secs(20);
/// Bytes of a head, and of what is read ahead.
const BUFFER_MAX: usize = 64 * 1024;
/// Where no connection can be taken, the next try is after this long, and the log says so this often.
const BREATH: Duration = Duration::from_millis(200);
const LOG_EVERY: Duration = Duration::from_mins(1);

/// Takes connections of one or more listeners.
#[derive(Clone)]
pub(super) struct Server {
    connections: Arc<Connections>,
    limits: Limits,
    trusted: Trusted,
    clock: Arc<dyn Clock>,
}

impl Server {
    /// All listeners together keep to the limits. Connections of trusted proxies and of this machine are
    /// counted in all, and not by address: many people come by them.
    pub(super) fn new(limits: Limits, trusted: Trusted, clock: Arc<dyn Clock>) -> Self {
        Self {
            connections: Arc::new(Connections::new(limits.all_max, limits.each_max)),
            limits,
            trusted,
            clock,
        }
    }

    /// Serves until `stop`, and then until the last answer has gone out.
    pub(super) async fn run(self, listener: TcpListener, router: Router, stop: CancellationToken) {
        let tasks = TaskTracker::new();
        let mut logged_at: Option<Duration> = None;
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    if let Some(connection) = self.connections.admit(self.counted(peer)) {
                        let router = router.clone();
                        let serving =
                            serve(stream, peer, connection, router, self.limits, stop.clone());
                        tasks.spawn(serving);
                    }
                }
                Err(why) if is_theirs(&why) => {}
                Err(why) => {
                    let now = self.clock.monotonic();
                    if logged_at.is_none_or(|at| now.saturating_sub(at) >= LOG_EVERY) {
                        tracing::error!(error = %why, "connections cannot be taken");
                        logged_at = Some(now);
                    }
                    self.connections.make_room();
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
        drop(listener);
        tasks.close();
        tasks.wait().await;
    }

    fn counted(&self, peer: SocketAddr) -> Option<std::net::IpAddr> {
        let address = peer.ip().to_canonical();
        let is_shared = address.is_loopback() || self.trusted.holds(address);
        (!is_shared).then(|| ClientAddress(address).counted())
    }
}

/// Whether it is the other side's affair that a connection was not made.
fn is_theirs(why: &io::Error) -> bool {
    matches!(
        why.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    connection: Connection,
    router: Router,
    limits: Limits,
    stop: CancellationToken,
) {
    // Events are small and must not wait for more of them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let asked = connection.ask();
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answering = router.clone().oneshot(request);
        async move {
            answering
                .await
                .map(|answer| answer.map(|body| asked.until_end_of(body)))
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle_max)
        .max_buf_size(BUFFER_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_EVERY)
        .max_concurrent_streams(STREAMS_MAX);
    let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut first_due = pin!(tokio::time::sleep(limits.first_within));
    let (mut is_stopping, mut is_due) = (false, false);
    loop {
        tokio::select! {
            biased;
            () = connection.ended() => break,
            () = stop.cancelled(), if !is_stopping => {
                is_stopping = true;
                serving.as_mut().graceful_shutdown();
            }
            // What goes wrong on a connection is the other side's affair, and it knows.
            _ = serving.as_mut() => break,
            () = first_due.as_mut(), if !is_due => {
                is_due = true;
                if !connection.was_asked() {
                    break;
                }
            }
        }
    }
}
