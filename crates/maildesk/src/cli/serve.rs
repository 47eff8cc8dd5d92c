//! `maildesk serve`: runs the server until it is told to stop.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::{self, App};
use crate::config;

/// Open requests, event streams included, have so long to end after the signal. Longer than any
/// honest answer takes, shorter than the 90 s after which systemd kills.
const STOP_WITHIN: Duration = Duration::from_secs(20);

pub(super) async fn run(file: Option<&Path>) -> anyhow::Result<()> {
    let (settings, values) = config::load(file)?;
    app::log::start(&settings.log, settings.log_json)?;
    for name in &values.unknown {
        tracing::warn!(setting = %name, "unknown setting; maildesk config check lists those that exist");
    }
    let listener = bind(settings.listen).await?;
    let webhook = match settings.webhook_listen {
        Some(address) => Some(bind(address).await?),
        None => None,
    };
    let stop = CancellationToken::new();
    stop_on_signal(&stop);
    let app = App::start(
        settings,
        app::real_world()?,
        listener,
        webhook,
        stop.clone(),
    )
    .await?;
    tracing::info!(address = %app.address(), "listening");
    stop.cancelled().await;
    tracing::info!("stopping");
    if tokio::time::timeout(STOP_WITHIN, app.finished())
        .await
        .is_err()
    {
        tracing::warn!("some requests did not end in time and were cut off");
    }
    Ok(())
}

async fn bind(address: std::net::SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}: is another server running there?"))
}

/// Cancels `stop` on Ctrl-C and on SIGTERM.
pub(super) fn stop_on_signal(stop: &CancellationToken) {
    let stop = stop.clone();
    tokio::spawn(async move {
        let terminate = async {
            match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                // Without a handler the system's own behaviour stays: the process ends at once.
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminate => {}
        }
        stop.cancel();
    });
}
