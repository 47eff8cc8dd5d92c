//! The log: lines on standard error, text or JSON, without content, addresses or secrets.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::prelude::*;

/// Starts logging. `filter` is a level or levels per area (`info`, `maildesk_sync=debug,info`).
///
/// The libraries below us log statements and requests at `debug` and lower; they are held at
/// `warn` unless the filter names them, since their lines could hold what ours must not.
pub fn start(filter: &str, json: bool) -> anyhow::Result<()> {
    let quiet = "sqlx=warn,hyper=warn,reqwest=warn,rustls=warn,h2=warn,tower=warn,html5ever=error";
    let filter = EnvFilter::try_new(format!("{quiet},{filter}"))
        .map_err(|why| anyhow::anyhow!("setting log: {why}"))?;
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        // Colours are for people who watch, not for files and journals.
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(true);
    if json {
        registry.with(layer.json().flatten_event(true)).try_init()?;
    } else {
        registry.with(layer).try_init()?;
    }
    Ok(())
}
