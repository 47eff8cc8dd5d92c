//! `maildesk healthcheck`: asks the server that these settings describe whether it is alive.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::app;
use crate::config;

/// Longer than a healthy server ever takes, shorter than a container's own limit.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn run(file: Option<&Path>) -> anyhow::Result<()> {
    let (settings, _) = config::load(file)?;
    let url = format!("http://{}/healthz", reachable(settings.listen));
    let client = app::http_client()?;
    let answer = client
        .get(&url)
        .timeout(PATIENCE)
        .send()
        .await
        .with_context(|| format!("nothing answers at {url}"))?;
    if !answer.status().is_success() {
        bail!("{url} answers {}", answer.status());
    }
    Ok(())
}

/// A server that listens on every address is asked on loopback.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
