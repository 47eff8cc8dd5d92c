//! A simulated Microsoft 365 on a port of its own, and a client that knows it.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use graph_sim::{Outbound, OutboundCall, Sim, SystemClock};
use maildesk_graph::login::{App, Credential};
use maildesk_graph::notification::{self, Notification};
use maildesk_graph::transport::{ReqwestTransport, Timeouts, Transport};
use maildesk_graph::{Graph, Hosts, Login, MailboxGate, Session, Settings, Who};
use maildesk_model::{Clock, Cloud, Entropy, Secret, Timestamp};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const ADA: &str = "ada@contoso.test";
pub(crate) const TENANT: &str = "contoso.test";
pub(crate) const CALLBACK: &str = "http://127.0.0.1:1/oauth/microsoft/callback";
pub(crate) const SCOPES: [&str; 4] = ["Mail.ReadWrite", "Mail.Send", "User.Read", "offline_access"];

/// The time as it is, and sleep as it is.
#[derive(Debug)]
struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        let now = graph_sim::Clock::now(&SystemClock);
        Timestamp::from_micros(now.as_microsecond())
    }

    fn monotonic(&self) -> Duration {
        self.now().since(Timestamp::EPOCH)
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let left = at.since(self.now());
        Box::pin(tokio::time::sleep_until(tokio::time::Instant::now() + left))
    }
}

/// Random enough for ids.
#[derive(Debug, Default)]
pub(crate) struct Bytes8(Mutex<u64>);

impl Entropy for Bytes8 {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap();
        for byte in bytes {
            *state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = (*state >> 56) as u8;
        }
    }
}

/// The webhook, in process: it answers probes and keeps what is announced.
#[derive(Default)]
pub(crate) struct Webhook {
    announced: Mutex<Vec<Notification>>,
}

impl Webhook {
    pub(crate) fn announced(&self) -> Vec<Notification> {
        self.announced.lock().unwrap().clone()
    }
}

struct Doorway(Arc<Webhook>);

impl Outbound for Doorway {
    fn send(&self, request: http::Request<Bytes>) -> OutboundCall {
        let query = request.uri().query().unwrap_or_default();
        let (status, body) = match notification::validation_token(query) {
            Some(Ok(token)) => (200, token),
            Some(Err(_)) => (400, String::new()),
            None => {
                let read = notification::parse(request.body()).unwrap();
                assert_eq!(read.unread, 0);
                self.0.announced.lock().unwrap().extend(read.items);
                (202, String::new())
            }
        };
        let answer = http::Response::builder()
            .status(status)
            .header("content-type", "text/plain; charset=utf-8")
            .body(Bytes::from(body))
            .unwrap();
        Box::pin(std::future::ready(Ok(answer)))
    }
}

pub(crate) struct Office {
    pub(crate) http: reqwest::Client,
    pub(crate) address: SocketAddr,
    pub(crate) webhook: Arc<Webhook>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Office {
    /// A tenant with our app, Ada, and consent for what mail needs.
    pub(crate) async fn open() -> Self {
        let webhook = Arc::new(Webhook::default());
        let sim = Sim::new(graph_sim::Config {
            clock: Arc::new(SystemClock),
            seed: 1,
            allow_http: true,
            outbound: Arc::new(Doorway(Arc::clone(&webhook))),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            sim.serve(listener, stopped).await.unwrap();
        });
        let office = Self {
            http: client(),
            address,
            webhook,
            _stop: stop,
        };
        office
            .tell(
                "POST",
                "/sim/apps",
                json!({
                    "clientId": "app", "clientSecret": "secret", "redirectUris": [CALLBACK],
                    "delegated": SCOPES, "application": ["Mail.ReadWrite", "Mail.Send"],
                }),
            )
            .await;
        office
            .tell(
                "POST",
                "/sim/mailboxes",
                json!({"address": ADA, "displayName": "Ada", "kind": "user"}),
            )
            .await;
        office
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A control call; its answer, or null where there is none.
    pub(crate) async fn tell(&self, method: &str, path: &str, body: Value) -> Value {
        let method = method.parse().unwrap();
        let request = self.http.request(method, self.url(path)).json(&body);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// A mail arrives at Ada's; its id.
    pub(crate) async fn deliver(&self, mail: Value) -> String {
        let answer = self
            .tell("POST", &format!("/sim/mailboxes/{ADA}/messages"), mail)
            .await;
        answer["id"].as_str().unwrap().to_owned()
    }

    /// So many old messages.
    pub(crate) async fn fill(&self, count: u32, folders: u32) {
        let body = json!({"count": count, "folders": folders, "seed": 3});
        self.tell("POST", &format!("/sim/mailboxes/{ADA}/fill"), body)
            .await;
    }

    fn hosts(&self) -> Hosts {
        let base = self.url("");
        Hosts::with_overrides(Cloud::Global, Some(&base), Some(&base)).unwrap()
    }

    fn transport(&self) -> Arc<dyn Transport> {
        Arc::new(ReqwestTransport::new(
            self.http.clone(),
            Timeouts::default(),
        ))
    }

    pub(crate) fn login(&self, tenant: &str) -> Login {
        let app = App {
            client_id: "app".to_owned(),
            tenant: tenant.to_owned(),
            credentials: vec![Credential::Secret(Secret::new("secret"))],
        };
        Login::new(
            self.transport(),
            self.hosts(),
            app,
            "MailDesk/test",
            Arc::new(RealClock),
            Arc::new(Bytes8::default()),
        )
    }

    pub(crate) fn session(&self, who: Who, token: Secret, gate: MailboxGate) -> Session {
        let graph = Graph::new(
            self.transport(),
            self.hosts(),
            Settings::default(),
            Arc::new(RealClock),
            Arc::new(Bytes8::default()),
        );
        graph.session(who, token, gate)
    }

    /// Ada's mailbox, as the organisation.
    pub(crate) async fn ada(&self) -> Session {
        self.ada_through(MailboxGate::new(3)).await
    }

    pub(crate) async fn ada_through(&self, gate: MailboxGate) -> Session {
        let tokens = self.login(TENANT).client_credentials().await.unwrap();
        self.session(Who::User(ADA.to_owned()), tokens.access, gate)
    }
}

/// The client the program would build.
#[expect(
    clippy::disallowed_methods,
    reason = "this test stands where the program does: it builds the client and hands it in"
)]
fn client() -> reqwest::Client {
    // Another test may have been first; there is one provider either way.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// A mail to deliver.
pub(crate) fn mail(subject: &str) -> Value {
    json!({"from": {"name": "Bob", "address": "bob@fabrikam.test"}, "subject": subject, "html": "<p>Hi</p>"})
}

/// Waits until something is so, and gives up after a while.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .expect("it should have come so by now");
}
