//! A simulated Microsoft 365, a store, and a server that connects the two.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use graph_sim::{HttpOutbound, Sim, SystemClock};
use maildesk_connect::{AllowList, CALLBACK_PATH, Connect, Keep, Settings, Way, callback};
use maildesk_graph::Hosts;
use maildesk_graph::transport::{ReqwestTransport, Timeouts, Transport};
use maildesk_model::access::{Role, Viewer};
use maildesk_model::mailbox::{Connection, Mailbox};
use maildesk_model::microsoft::{AppCredential, AppRegistration, CredentialKind, FixedApp};
use maildesk_model::{Clock, Cloud, Entropy, MailboxId, NodeId, Secret, Timestamp, UserId};
use maildesk_store::contract::{
    ConnectionStore, MailboxStore, NewMailbox, NewUser, PeopleStore, PushStore,
};
use maildesk_store::{SecretKey, SqlStore, StoreSettings};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tower::ServiceExt;

pub(crate) const ADA: &str = "ada@contoso.test";
pub(crate) const EVE: &str = "eve@contoso.test";
pub(crate) const TENANT: &str = "contoso.test";
const BASE: &str = "http://127.0.0.1:8480";
const ADMIN: UserId = UserId(1);

/// Real time, and what a test has turned it forward by.
#[derive(Debug, Default)]
pub(crate) struct TurnedClock(Mutex<Duration>);

impl TurnedClock {
    pub(crate) fn advance(&self, span: Duration) {
        *self.0.lock().unwrap() += span;
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Timestamp {
        let now = graph_sim::Clock::now(&SystemClock).as_microsecond();
        Timestamp::from_micros(now).plus(*self.0.lock().unwrap())
    }

    fn monotonic(&self) -> Duration {
        self.now().since(Timestamp::EPOCH)
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let left = at.since(self.now());
        Box::pin(tokio::time::sleep_until(tokio::time::Instant::now() + left))
    }
}

/// A stream of bytes that never repeats.
#[derive(Debug, Default)]
struct Stream(Mutex<u64>);

impl Entropy for Stream {
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

pub(crate) struct Office {
    pub(crate) connect: Connect,
    pub(crate) clock: Arc<TurnedClock>,
    store: Arc<SqlStore>,
    http: reqwest::Client,
    address: SocketAddr,
    _folder: TempDir,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Office {
    /// A tenant with our app, Ada and Eve; a server whose app registration names `tenant`.
    pub(crate) async fn open(tenant: &str) -> Self {
        let http = client();
        let (address, stop) = simulator(&http).await;
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TurnedClock::default());
        let store = Arc::new(store(&folder, clock.now()).await);
        let base = format!("http://{address}");
        let hosts = Hosts::with_overrides(Cloud::Global, Some(&base), Some(&base)).unwrap();
        let connect = server(&store, &http, &hosts, tenant, &clock);
        let office = Self {
            connect,
            clock,
            store,
            http,
            address,
            _folder: folder,
            _stop: stop,
        };
        let scopes = ["Mail.ReadWrite", "Mail.Send", "User.Read", "offline_access"];
        office
            .tell(
                "POST",
                "/sim/apps",
                json!({
                    "clientId": "app", "clientSecret": "secret",
                    "redirectUris": [format!("{BASE}{CALLBACK_PATH}")],
                    "delegated": scopes, "application": ["Mail.ReadWrite", "Mail.Send"],
                }),
            )
            .await;
        for address in [ADA, EVE] {
            let mailbox = json!({"address": address, "displayName": address, "kind": "user"});
            office.tell("POST", "/sim/mailboxes", mailbox).await;
        }
        office
    }

    /// A control call.
    pub(crate) async fn tell(&self, method: &str, path: &str, body: Value) -> Value {
        let url = format!("http://{}{path}", self.address);
        let request = self.http.request(method.parse().unwrap(), url).json(&body);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// How often the token endpoint was asked.
    pub(crate) async fn token_requests(&self) -> usize {
        let journal = self.tell("GET", "/sim/journal", json!(null)).await;
        let of_tokens = |entry: &&Value| {
            let path = entry["path"].as_str().unwrap_or_default();
            entry["side"] == "signIn" && path.ends_with("/token")
        };
        journal.as_array().unwrap().iter().filter(of_tokens).count()
    }

    /// Adds a mailbox to the desk.
    pub(crate) async fn add(&self, address: &str, connection: Connection) -> MailboxId {
        let mailbox = NewMailbox {
            name: address.to_owned(),
            address: address.to_owned(),
            connection,
            at: self.clock.now(),
        };
        self.store.add_mailbox(mailbox).await.unwrap()
    }

    /// The mailbox as people see it.
    pub(crate) async fn mailbox(&self, mailbox: MailboxId) -> Mailbox {
        let viewer = Viewer {
            user: ADMIN,
            role: Role::Administrator,
        };
        self.store.mailbox(viewer, mailbox).await.unwrap().unwrap()
    }

    /// A node gets new tokens from Microsoft and is killed before it has written them down.
    pub(crate) async fn rotate_unseen(&self, mailbox: MailboxId) {
        let row = self.store.connection(mailbox).await.unwrap().unwrap();
        let kept = row.tokens.unwrap();
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", "app"),
            ("client_secret", "secret"),
            ("refresh_token", kept.refresh.expose()),
        ];
        let url = format!("http://{}/common/oauth2/v2.0/token", self.address);
        let answer = self.http.post(url).form(&form).send().await.unwrap();
        let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let new = answer["refresh_token"].as_str().unwrap();
        assert_ne!(new, kept.refresh.expose());
    }

    /// An administrator disconnects a mailbox while a subscription of it is still to be deleted, so
    /// that its tokens stay for that.
    pub(crate) async fn disconnect(&self, mailbox: MailboxId) {
        let now = self.clock.now();
        let (node, until) = (NodeId("push".to_owned()), now.plus(Duration::from_mins(1)));
        let lease = self.store.claim_push(&node, now, until).await.unwrap();
        let secret = Secret::new("client-state");
        let lease = lease.expect("its push is due");
        let added = self.store.add_subscription(&lease, &secret, BASE, now);
        added.await.unwrap();
        let viewer = Viewer {
            user: ADMIN,
            role: Role::Administrator,
        };
        let done = self.store.disconnect_mailbox(viewer, mailbox, now);
        assert!(done.await.unwrap());
    }

    /// A whole sign-in in one browser: `account` is chosen and accepts (or declines) on
    /// Microsoft's page; the answer of our callback.
    pub(crate) async fn sign_in(
        &self,
        mailbox: MailboxId,
        account: &str,
        decision: &str,
    ) -> Response<Body> {
        let start = self.connect.start_sign_in(mailbox, ADMIN, BASE, None);
        let start = start.await.unwrap();
        let form = [("account", account), ("decision", decision)];
        let page = self.http.post(&start.location).form(&form);
        let answer = page.send().await.unwrap();
        let location = answer.headers()["location"].to_str().unwrap();
        let path = location.strip_prefix(BASE).unwrap();
        let cookie = start.set_cookie.split(';').next().unwrap();
        let request = Request::get(path)
            .header("cookie", cookie)
            .body(Body::empty())
            .unwrap();
        callback::router(self.connect.clone())
            .oneshot(request)
            .await
            .unwrap()
    }
}

async fn simulator(http: &reqwest::Client) -> (SocketAddr, tokio::sync::oneshot::Sender<()>) {
    let sim = Sim::new(graph_sim::Config {
        clock: Arc::new(SystemClock),
        seed: 1,
        allow_http: true,
        outbound: Arc::new(HttpOutbound(http.clone())),
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
    (address, stop)
}

async fn store(folder: &TempDir, at: Timestamp) -> SqlStore {
    let url = format!("sqlite://{}/maildesk.db", folder.path().display());
    let key = SecretKey::from_bytes([7; 32]);
    let entropy = Arc::new(Stream::default());
    let store = SqlStore::open(&url, key, entropy, StoreSettings::default());
    let store = store.await.unwrap();
    let admin = NewUser {
        email: "admin@desk.example".to_owned(),
        name: "Admin".to_owned(),
        role: Role::Administrator,
        password_hash: None,
        at,
    };
    assert_eq!(store.add_user(admin).await.unwrap(), ADMIN);
    store
}

fn server(
    store: &Arc<SqlStore>,
    http: &reqwest::Client,
    hosts: &Hosts,
    tenant: &str,
    clock: &Arc<TurnedClock>,
) -> Connect {
    let entropy: Arc<dyn Entropy> = Arc::new(Stream::default());
    let transport: Arc<dyn Transport> =
        Arc::new(ReqwestTransport::new(http.clone(), Timeouts::default()));
    let way = Way {
        transport,
        hosts: hosts.clone(),
        limits: maildesk_graph::Settings::default(),
    };
    let secret = AppCredential {
        kind: CredentialKind::Secret,
        value: Secret::new("secret"),
        expires_at: None,
    };
    let fixed = FixedApp {
        registration: Some(AppRegistration {
            client_id: "app".to_owned(),
            tenant: tenant.to_owned(),
            cloud: Cloud::Global,
            credentials: vec![secret],
        }),
        ..FixedApp::default()
    };
    let settings = Settings {
        node: NodeId("here".to_owned()),
        allowed_addresses: AllowList::ALL,
    };
    let kept: Arc<dyn Keep> = Arc::clone(store) as _;
    Connect::new(kept, way, fixed, settings, Arc::clone(clock) as _, entropy)
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
