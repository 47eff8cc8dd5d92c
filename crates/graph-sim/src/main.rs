//! The program: reads its arguments, hands clock, HTTP client and listener to the library, and serves until it is told to stop.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use graph_sim::{Config, HttpOutbound, Sim, SystemClock};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How often a changed world is written to its file.
const SAVE_EVERY: Duration = Duration::from_secs(5);

/// A pretend Microsoft 365 over HTTP.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve Graph, sign-in, the control side and the Outlook page on one port.
    Serve(Serve),
}

#[derive(clap::Args)]
struct Serve {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8490")]
    listen: SocketAddr,
    /// Feeds ids and tokens: the same seed and the same requests give the same ones.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Let notification URLs be http on the loopback interface.
    #[arg(long)]
    allow_http: bool,
    /// The shortest time that a Graph call takes, in milliseconds.
    #[arg(long, default_value_t = 5, value_name = "MS")]
    pace: u64,
    /// Keep the world in this file over restarts.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Serve https with this certificate chain and key (PEM).
    #[arg(long, num_args = 2, value_names = ["CERT", "KEY"])]
    tls: Option<Vec<PathBuf>>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::INFO)
        .init();
    let Command::Serve(serve) = Arguments::parse().command;
    // A second installation would only say that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    run(serve).await
}

async fn run(serve: Serve) -> anyhow::Result<()> {
    let config = Config {
        clock: Arc::new(SystemClock),
        seed: serve.seed,
        allow_http: serve.allow_http,
        outbound: Arc::new(HttpOutbound(client()?)),
    };
    let sim = match &serve.data {
        Some(file) => Sim::open(config, file)?,
        None => Sim::new(config),
    };
    sim.set_pace(Duration::from_millis(serve.pace));
    let listener = TcpListener::bind(serve.listen)
        .await
        .with_context(|| format!("cannot listen on {}", serve.listen))?;
    let address = listener.local_addr()?;
    let stop = CancellationToken::new();
    tokio::spawn(wait_for_signal(stop.clone()));
    let keeper = serve
        .data
        .clone()
        .map(|file| tokio::spawn(keep(sim.clone(), file, stop.clone())));
    if let Some(files) = &serve.tls {
        tracing::info!("https://{address}/ is a simulated Microsoft 365");
        sim.serve_tls(
            listener,
            tls_config(&files[0], &files[1])?,
            stop.clone().cancelled_owned(),
        )
        .await?;
    } else {
        tracing::info!("http://{address}/ is a simulated Microsoft 365");
        sim.serve(listener, stop.clone().cancelled_owned()).await?;
    }
    stop.cancel();
    if let (Some(keeper), Some(file)) = (keeper, &serve.data) {
        keeper.await?;
        sim.save(file)?;
    }
    Ok(())
}

/// The client for notifications: no redirects, no user agent, as Microsoft's probes have none.
#[expect(
    clippy::disallowed_methods,
    reason = "the program is the one that builds clients and hands them in"
)]
fn client() -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .http1_only()
        .build()
        .context("the HTTP client for notifications cannot be built")
}

fn tls_config(chain: &Path, key: &Path) -> anyhow::Result<Arc<rustls::ServerConfig>> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(chain)
        .context("the certificate cannot be read")?
        .collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key).context("the key cannot be read")?;
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(Arc::new(config))
}

/// Writes the world whenever it has changed, until the end.
async fn keep(sim: Sim, file: PathBuf, stop: CancellationToken) {
    let mut saved = sim.stamp();
    while stop
        .run_until_cancelled(tokio::time::sleep(SAVE_EVERY))
        .await
        .is_some()
    {
        let stamp = sim.stamp();
        if stamp == saved {
            continue;
        }
        match sim.save(&file) {
            Ok(()) => saved = stamp,
            Err(error) => tracing::error!(%error, "the world was not saved"),
        }
    }
}

async fn wait_for_signal(stop: CancellationToken) {
    let interrupted = tokio::signal::ctrl_c();
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupted => {}
        () = terminated => {}
    }
    stop.cancel();
}
