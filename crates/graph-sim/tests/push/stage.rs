//! The stage of every story: a simulator on a port of its own, an app, mailboxes, and a receiver.

use std::sync::{Arc, Once};

use graph_sim::{Clock, Config, HttpOutbound, Sim, Sleep, SystemClock};
use http::Method;
use serde_json::{Value, json};

use crate::hook::{Hook, LIMIT};
use crate::signin::Token;

pub(crate) const APP: &str = "desk";
pub(crate) const ADA: &str = "ada@contoso.test";
pub(crate) const BOB: &str = "bob@contoso.test";
pub(crate) const EVE: &str = "eve@outlook.test";
pub(crate) const REDIRECT: &str = "http://localhost/callback";

/// An answer of the simulator.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) json: Value,
}

impl Reply {
    /// Status, code and message of a refusal.
    pub(crate) fn refusal(&self) -> (u16, &str, &str) {
        let text = |name: &str| self.json["error"][name].as_str().unwrap_or_default();
        (self.status, text("code"), text("message"))
    }

    /// The id of what was made.
    pub(crate) fn id(&self) -> String {
        self.json["id"]
            .as_str()
            .unwrap_or_else(|| panic!("no id: {self:?}"))
            .to_owned()
    }
}

/// A clock that never moves by itself.
struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> jiff::Timestamp {
        "2026-03-01T12:00:00Z".parse().expect("literal")
    }

    fn sleep(&self, _span: std::time::Duration) -> Sleep {
        Box::pin(std::future::pending())
    }
}

pub(crate) struct Stage {
    pub(crate) base: String,
    pub(crate) hook: Hook,
    pub(crate) http: reqwest::Client,
    _sim: Sim,
}

/// An HTTP client that follows no redirects and names no agent.
pub(crate) fn client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    #[expect(clippy::disallowed_methods, reason = "tests are their own program")]
    let builder = reqwest::Client::builder();
    builder
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client")
}

impl Stage {
    /// Two colleagues, a personal account, an app that may read mail, and no faults; notification URLs may be loopback http.
    pub(crate) async fn new() -> Self {
        Self::with(true).await
    }

    pub(crate) async fn with(allow_http: bool) -> Self {
        Self::on_clock(Arc::new(SystemClock), allow_http).await
    }

    /// On a clock that stands still until it is advanced, so that things happen in the same instant.
    pub(crate) async fn frozen() -> Self {
        Self::on_clock(Arc::new(Frozen), true).await
    }

    async fn on_clock(clock: Arc<dyn Clock>, allow_http: bool) -> Self {
        let outbound = Arc::new(HttpOutbound(client()));
        let sim = Sim::new(Config {
            clock,
            seed: 7,
            allow_http,
            outbound,
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let serving = sim.clone();
        tokio::spawn(async move { serving.serve(listener, std::future::pending()).await });
        let stage = Self {
            base,
            hook: Hook::start().await,
            http: client(),
            _sim: sim,
        };
        stage
            .add_app(
                APP,
                &["Mail.ReadWrite", "Mail.Send", "User.Read", "offline_access"],
                &["Mail.ReadWrite"],
            )
            .await;
        for (address, kind) in [(ADA, "user"), (BOB, "user"), (EVE, "personal")] {
            stage
                .sim(
                    Method::POST,
                    "mailboxes",
                    json!({"address": address, "displayName": address, "kind": kind}),
                )
                .await;
        }
        stage
    }

    pub(crate) async fn add_app(&self, id: &str, delegated: &[&str], application: &[&str]) {
        let app = json!({"clientId": id, "clientSecret": "s", "redirectUris": [REDIRECT], "delegated": delegated, "application": application});
        self.sim(Method::POST, "apps", app).await;
    }

    /// A call of the control side, which must succeed.
    pub(crate) async fn sim(&self, method: Method, path: &str, body: Value) -> Value {
        let reply = self
            .send(
                self.http
                    .request(method, format!("{}/sim/{path}", self.base))
                    .json(&body),
            )
            .await;
        assert!(reply.status < 300, "{path}: {reply:?}");
        reply.json
    }

    pub(crate) async fn faults(&self, faults: Value) {
        self.sim(Method::PUT, "faults", faults).await;
    }

    pub(crate) async fn advance(&self, seconds: u64) {
        self.sim(Method::POST, "clock/advance", json!({"seconds": seconds}))
            .await;
    }

    /// Delivers a mail; returns its immutable id.
    pub(crate) async fn mail(&self, address: &str, subject: &str) -> String {
        let mail = json!({"from": {"name": "Grace", "address": "grace@fabrikam.test"}, "subject": subject, "text": "Hello"});
        let delivered = self
            .sim(Method::POST, &format!("mailboxes/{address}/messages"), mail)
            .await;
        delivered["id"].as_str().expect("an id").to_owned()
    }

    /// Journal entries of one side.
    pub(crate) async fn journal(&self, side: &str) -> Vec<Value> {
        let all = self.sim(Method::GET, "journal", Value::Null).await;
        all.as_array()
            .expect("a list")
            .iter()
            .filter(|entry| entry["side"] == side)
            .cloned()
            .collect()
    }

    /// Waits until the journal of one side holds this many entries.
    pub(crate) async fn journal_until(&self, side: &str, count: usize) -> Vec<Value> {
        let looking = async {
            loop {
                let entries = self.journal(side).await;
                if entries.len() >= count {
                    return entries;
                }
            }
        };
        let Ok(entries) = tokio::time::timeout(LIMIT, looking).await else {
            panic!(
                "not {count} entries of {side}: {:#?}",
                self.journal(side).await
            );
        };
        entries
    }

    /// A call of Graph.
    pub(crate) async fn graph(
        &self,
        token: &Token,
        method: Method,
        path: &str,
        body: Value,
    ) -> Reply {
        self.prefer(token, method, path, body, "").await
    }

    /// A call of Graph with preferences.
    pub(crate) async fn prefer(
        &self,
        token: &Token,
        method: Method,
        path: &str,
        body: Value,
        prefer: &str,
    ) -> Reply {
        let mut request = self
            .http
            .request(method, format!("{}/v1.0/{path}", self.base))
            .bearer_auth(&token.0);
        if !body.is_null() {
            request = request.json(&body);
        } else if path.ends_with("/send") {
            request = request.header("Content-Length", "0");
        }
        if !prefer.is_empty() {
            request = request.header("Prefer", prefer);
        }
        self.send(request).await
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        let answer = tokio::time::timeout(LIMIT, request.send())
            .await
            .expect("an answer in time")
            .expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await.expect("a body");
        Reply {
            status,
            headers,
            json: serde_json::from_slice(&body).unwrap_or_default(),
        }
    }

    /// An instant this many minutes from now, as the simulator sees time.
    pub(crate) async fn in_minutes(&self, minutes: i64) -> String {
        let clock = self.sim(Method::GET, "clock", Value::Null).await;
        let now: jiff::Timestamp = clock["now"]
            .as_str()
            .expect("now")
            .parse()
            .expect("an instant");
        (now + jiff::SignedDuration::from_mins(minutes)).to_string()
    }

    /// The body of a create for a mailbox, with both URLs of the receiver.
    pub(crate) async fn wish(&self, resource: &str) -> Value {
        json!({
            "changeType": "created,updated,deleted",
            "notificationUrl": self.hook.url("/hook"),
            "lifecycleNotificationUrl": self.hook.url("/lifecycle"),
            "resource": resource,
            "expirationDateTime": self.in_minutes(4_000).await,
            "clientState": "secret",
        })
    }

    /// Tries to subscribe, with immutable ids.
    pub(crate) async fn try_subscribe(&self, token: &Token, wish: Value) -> Reply {
        self.prefer(
            token,
            Method::POST,
            "subscriptions",
            wish,
            r#"IdType="ImmutableId""#,
        )
        .await
    }

    /// Subscribes; returns the id.
    pub(crate) async fn subscribe(&self, token: &Token, wish: Value) -> String {
        let reply = self.try_subscribe(token, wish).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.id()
    }

    /// The organisation watches a mailbox; returns the id.
    pub(crate) async fn watch(&self, address: &str) -> String {
        let token = self.organisation(APP).await;
        self.subscribe(
            &token,
            self.wish(&format!("users/{address}/messages")).await,
        )
        .await
    }
}

/// A wish with one field changed.
pub(crate) fn but(mut wish: Value, name: &str, value: Value) -> Value {
    wish[name] = value;
    wish
}

impl Reply {
    /// An instant in the answer.
    pub(crate) fn instant(&self, name: &str) -> jiff::Timestamp {
        let text = self.json[name].as_str();
        text.and_then(|text| text.parse().ok())
            .unwrap_or_else(|| panic!("no instant {name}: {self:?}"))
    }
}

impl Stage {
    /// A call of `/v1.0/subscriptions/{id}` and what follows it.
    pub(crate) async fn on(&self, token: &Token, method: Method, path: &str, body: Value) -> Reply {
        self.graph(token, method, &format!("subscriptions/{path}"), body)
            .await
    }

    /// Renews until this many minutes from now.
    pub(crate) async fn renew(&self, token: &Token, id: &str, minutes: i64) -> Reply {
        let body = json!({"expirationDateTime": self.in_minutes(minutes).await});
        self.on(token, Method::PATCH, id, body).await
    }

    /// Reauthorizes.
    pub(crate) async fn reauthorize(&self, token: &Token, id: &str) -> Reply {
        let path = format!("{id}/reauthorize");
        self.on(token, Method::POST, &path, Value::Null).await
    }

    /// The faults that the journal of one side names, in order.
    pub(crate) async fn struck(&self, side: &str) -> Vec<String> {
        let entries = self.journal(side).await.into_iter();
        entries
            .filter_map(|entry| entry["fault"].as_str().map(str::to_owned))
            .collect()
    }
}
