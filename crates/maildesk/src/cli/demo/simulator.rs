//! The simulated Microsoft 365 of the demo: in this process, spoken to over HTTP.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use graph_sim::{Config, HttpOutbound, Sim};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::Sample;
use crate::app;

/// The app registration of the demo.
pub(super) const CLIENT_ID: &str = "5d1cba5e-0000-4000-8000-6d61696c6465";
/// Its secret; good for this simulator and nothing else.
pub(super) const CLIENT_SECRET: &str = "the-demo-needs-no-secret";
/// The simulated organisation.
pub(super) const TENANT: &str = "contoso.test";
/// The same history at every start.
const SEED: u64 = 365;
/// Folders each mailbox has.
const FOLDERS: u32 = 12;
/// The simulator listens so many ports above the desk, where that is free.
const PORT_ABOVE: u16 = 10;

/// A running simulator.
#[derive(Debug)]
pub(super) struct Simulator {
    http: reqwest::Client,
    /// Its address, on another site than the desk's.
    pub(super) url: String,
}

impl Simulator {
    /// Starts it and registers the demo's app.
    pub(super) async fn start(desk_port: u16, stop: CancellationToken) -> anyhow::Result<Self> {
        let http = app::http_client()?;
        let wanted = (Ipv4Addr::LOCALHOST, desk_port.saturating_add(PORT_ABOVE));
        let listener = match TcpListener::bind(wanted).await {
            Ok(listener) => listener,
            Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                .await
                .context("no port is free for the simulator")?,
        };
        let url = format!("http://localhost:{}", listener.local_addr()?.port());
        let sim = Sim::new(Config {
            clock: Arc::new(graph_sim::SystemClock),
            seed: SEED,
            allow_http: true,
            outbound: Arc::new(HttpOutbound(http.clone())),
        });
        tokio::spawn(async move {
            if let Err(why) = sim.serve(listener, stop.cancelled_owned()).await {
                tracing::error!(error = %why, "the simulator cannot accept connections");
            }
        });
        let simulator = Self { http, url };
        let redirect = format!("http://127.0.0.1:{desk_port}/oauth/microsoft/callback");
        let app = json!({
            "clientId": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
            "redirectUris": [redirect],
            "delegated": ["Mail.ReadWrite", "Mail.Send", "User.Read", "offline_access"],
            "application": ["Mail.ReadWrite", "Mail.Send"],
        });
        simulator.post("/sim/apps", &app).await?;
        Ok(simulator)
    }

    /// Adds a mailbox with its history.
    pub(super) async fn add(&self, sample: Sample) -> anyhow::Result<()> {
        let mailbox =
            json!({"address": sample.address, "displayName": sample.name, "kind": "shared"});
        self.post("/sim/mailboxes", &mailbox).await?;
        let fill = json!({"count": sample.messages, "folders": FOLDERS, "seed": SEED});
        self.post(&format!("/sim/mailboxes/{}/fill", sample.address), &fill)
            .await
    }

    /// Invites the mailbox to a meeting on the day after tomorrow.
    pub(super) async fn invite(&self, sample: Sample) -> anyhow::Result<()> {
        let (hour, day) = (Duration::from_hours(1), Duration::from_hours(24));
        let now = graph_sim::Clock::now(&graph_sim::SystemClock);
        let begun = u64::try_from(now.as_second()).unwrap_or_default() % hour.as_secs();
        let begins = now - Duration::from_secs(begun) + 2 * day;
        let mail = json!({
            "from": {"name": "Grace Hopper", "address": "grace@fabrikam.test"},
            "subject": "Plans for the new year",
            "html": "<p>Half an hour to see where we stand. Bring what you have.</p>",
            "receivedDateTime": (now - hour).to_string(),
            "meeting": {
                "meetingMessageType": "meetingRequest",
                "start": begins.to_string(),
                "end": (begins + Duration::from_mins(30)).to_string(),
                "location": "Room 4, second floor",
            },
        });
        self.post(
            &format!("/sim/mailboxes/{}/messages", sample.address),
            &mail,
        )
        .await
    }

    /// Lets somebody write to the mailbox again and again; every third mail is a colleague's word on
    /// the question before it.
    pub(super) async fn write_every(&self, sample: Sample, pause: Duration) -> anyhow::Result<()> {
        let mut number = 1_u64;
        loop {
            tokio::time::sleep(pause).await;
            let id = |number: u64| format!("<question-{number}@fabrikam.test>");
            let mail = if number.is_multiple_of(3) {
                let question = number - 1;
                json!({
                    "from": {"name": "Jonas Keller", "address": "jonas@fabrikam.test"},
                    "subject": format!("Re: Question {question}"),
                    "html": format!("<p>Hello, one more word on question number {question}.</p>"),
                    "inReplyTo": id(question),
                })
            } else {
                json!({
                    "from": {"name": "Grace Hopper", "address": "grace@fabrikam.test"},
                    "subject": format!("Question {number}"),
                    "html": format!("<p>Hello, this is question number {number}.</p>"),
                    "internetMessageId": id(number),
                })
            };
            self.post(
                &format!("/sim/mailboxes/{}/messages", sample.address),
                &mail,
            )
            .await?;
            number += 1;
        }
    }

    async fn post(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        self.http
            .post(format!("{}{path}", self.url))
            .json(body)
            .send()
            .await?
            .error_for_status()
            .with_context(|| format!("the simulator refused {path}"))?;
        Ok(())
    }
}
