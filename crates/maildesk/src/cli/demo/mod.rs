//! `maildesk demo`: MailDesk with a simulated Microsoft 365 and sample data, nothing to configure.
//!
//! The one place where the program meets the simulator. Both run in this process but speak HTTP to
//! each other, the simulator on `localhost` and the desk on `127.0.0.1`, so that they are two sites
//! as in real life. Everything is set up through the front doors: the simulator's control side and
//! MailDesk's own API. All data lies in a temporary folder that goes with the demo.

mod api;
mod arrivals;
mod people;
mod simulator;

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::{self, App, SystemEntropy};
use crate::config::{self, Settings, Values};
use api::Api;
use people::People;
use simulator::Simulator;

/// The mailbox with push, small enough to be there at once.
const SUPPORT: Sample = Sample {
    address: "support@contoso.test",
    name: "Support",
    messages: 500,
};
/// The mailbox with a long history, whose import can be watched.
const SALES: Sample = Sample {
    address: "sales@contoso.test",
    name: "Sales",
    messages: 50_000,
};

/// The mailbox that waits for its push notifications to be enabled.
const TEAM: Sample = Sample {
    address: "team@contoso.test",
    name: "Team",
    messages: 120,
};

/// A mailbox of the demo.
#[derive(Clone, Copy, Debug)]
struct Sample {
    address: &'static str,
    name: &'static str,
    messages: u32,
}

/// Options of `maildesk demo`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Address and port to serve on.
    #[arg(long, default_value = "127.0.0.1:8480")]
    listen: SocketAddr,
    /// Let the simulated sender write a mail every so many seconds.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    mail_every: Option<u64>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    // That everything is simulated is what a demo is; no need to warn of it.
    app::log::start("warn,maildesk::app=error", false)?;
    let folder = tempfile::Builder::new()
        .prefix("maildesk-demo-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir()
        .context("cannot make a temporary folder")?;
    let listener = TcpListener::bind(args.listen).await.with_context(|| {
        format!(
            "cannot listen on {}: choose another address with --listen",
            args.listen
        )
    })?;
    let here = listener.local_addr()?;
    let stop = CancellationToken::new();
    super::serve::stop_on_signal(&stop);

    let simulator = Simulator::start(here.port(), stop.clone()).await?;
    let settings = settings(folder.path(), here, &simulator.url)?;
    let has_push = settings.push_enabled;
    // Before the server starts, so that it asks nobody to set it up.
    let store = app::open_store(&settings, Arc::new(SystemEntropy)).await?;
    let people = People::add(&store).await?;
    drop(store);
    let desk = App::start(settings, app::real_world()?, listener, None, stop.clone()).await?;
    let api = Api::new(
        app::http_client()?,
        format!("http://{here}"),
        people.token.clone(),
    );
    greet(&simulator, &api, &people);

    let story = tell(&args, &simulator, &api, &desk, has_push);
    // Stopping ends the event stream too, which is no error then: so that is asked first.
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        told = story => told?,
    }
    stop.cancel();
    desk.finished().await;
    super::complain("The demo has ended; its data is deleted.");
    Ok(())
}

/// Sets the sample data up and then says each arrival, until the demo is stopped.
async fn tell(
    args: &Args,
    simulator: &Simulator,
    api: &Api,
    desk: &App,
    has_push: bool,
) -> anyhow::Result<()> {
    let arrivals = api.events().await?;
    for sample in [SUPPORT, TEAM, SALES] {
        simulator.add(sample).await?;
    }
    simulator.invite(SUPPORT).await?;
    let support = api.add_mailbox(SUPPORT).await?;
    let team = api.add_mailbox(TEAM).await?;
    let sales = api.add_mailbox(SALES).await?;
    for mailbox in [&support, &sales] {
        api.share(mailbox, people::USER.email).await?;
    }
    api.wait_active(&support).await?;
    api.wait_active(&team).await?;
    if has_push {
        let push = api.register_push(&support).await?;
        super::say(&format!(
            "  {} has push until {push}; {} is on the schedule.",
            SUPPORT.address, SALES.address
        ));
        super::say(&format!(
            "  {} waits for you to enable its push notifications:",
            TEAM.address
        ));
        super::say(&format!("    {}/mailboxes/{team}/push", api.url()));
    } else {
        super::say("  MAILDESK_PUSH_ENABLED is false: every mailbox is on the schedule.");
    }
    super::say("");
    super::say("Waiting for mail. Ctrl-C ends the demo and deletes its data.");
    let writing = async {
        match args.mail_every {
            Some(seconds) => {
                simulator
                    .write_every(SUPPORT, Duration::from_secs(seconds))
                    .await
            }
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = arrivals::follow(arrivals, api, desk.store()) => ended,
        ended = writing => ended,
    }
}

/// Settings that only the demo uses: everything in the folder, Microsoft is the simulator. Whether it
/// has push and how often the schedule looks is as the environment has it.
fn settings(
    folder: &std::path::Path,
    here: SocketAddr,
    simulator: &str,
) -> anyhow::Result<Settings> {
    let folder = folder.display().to_string();
    let base_url = format!("http://{here}");
    let pairs = [
        ("MAILDESK_LISTEN", here.to_string()),
        ("MAILDESK_DATA_DIR", folder),
        ("MAILDESK_BASE_URL", base_url),
        ("MAILDESK_ALLOW_LOOPBACK_BASE_URL", "true".to_owned()),
        (
            "MAILDESK_MICROSOFT_CLIENT_ID",
            simulator::CLIENT_ID.to_owned(),
        ),
        (
            "MAILDESK_MICROSOFT_CLIENT_SECRET",
            simulator::CLIENT_SECRET.to_owned(),
        ),
        ("MAILDESK_MICROSOFT_TENANT", simulator::TENANT.to_owned()),
        ("MAILDESK_MICROSOFT_GRAPH_URL", simulator.to_owned()),
        ("MAILDESK_MICROSOFT_LOGIN_URL", simulator.to_owned()),
    ];
    let around = config::values(None)?;
    let taken = ["push_enabled", "sync_interval_s"].into_iter();
    let taken = taken.filter_map(|name| {
        let variable = format!("MAILDESK_{}", name.to_uppercase());
        Some((variable, around.set(name)?.to_owned()))
    });
    let environment = pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .chain(taken);
    Ok(Settings::parse(&Values::read(None, environment)?)?)
}

fn greet(simulator: &Simulator, api: &Api, people: &People) {
    let token = people.token.expose();
    let lines = [
        String::new(),
        "MailDesk with a simulated Microsoft 365".to_owned(),
        String::new(),
        format!("  Outlook, simulated   {}/", simulator.url),
        format!("  MailDesk             {}/", api.url()),
        people.lines().collect::<Vec<_>>().join("\n"),
        String::new(),
        format!("  MailDesk's API       {}/api/v1/mailboxes", api.url()),
        format!("  API token            {token}"),
        String::new(),
        "  Watch mail arrive in another terminal:".to_owned(),
        format!(
            "    curl -N -H 'Authorization: Bearer {token}' {}/api/v1/events",
            api.url()
        ),
        "  Write a mail: open the Outlook page in a browser, or".to_owned(),
        format!(
            "    curl -H 'Content-Type: application/json' -d '{{\"from\":{{\"name\":\"You\",\"address\":\"you@example.org\"}},\"subject\":\"Hello\",\"text\":\"Hi!\"}}' {}/sim/mailboxes/{}/messages",
            simulator.url, SUPPORT.address
        ),
        String::new(),
    ];
    for line in lines {
        super::say(&line);
    }
}
