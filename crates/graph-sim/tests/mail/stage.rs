//! The stage of every story: a simulator on a port of its own, an app, mailboxes, and somebody who calls.

use std::sync::{Arc, Once};

use graph_sim::{Config, HttpOutbound, Sim, SystemClock};
use http::{HeaderMap, Method};
use serde_json::{Value, json};

pub(crate) const ADA: &str = "ada@contoso.test";
pub(crate) const BOB: &str = "bob@contoso.test";
pub(crate) const EVE: &str = "eve@outlook.test";
pub(crate) const TEAM: &str = "team@contoso.test";
pub(crate) const REDIRECT: &str = "http://localhost:8480/callback";
pub(crate) const SCOPES: &str = "Mail.ReadWrite Mail.Send User.Read offline_access";
pub(crate) const IMMUTABLE: (&str, &str) = ("prefer", "IdType=\"ImmutableId\"");

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// Null where the body is not JSON.
    pub(crate) json: Value,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }

    /// Status, code and message of Graph's refusal.
    pub(crate) fn refusal(&self) -> (u16, &str, &str) {
        let text = |name: &str| self.json["error"][name].as_str().unwrap_or_default();
        (self.status, text("code"), text("message"))
    }

    /// `value`.
    pub(crate) fn items(&self) -> &[Value] {
        self.json["value"]
            .as_array()
            .unwrap_or_else(|| panic!("no list: {self:?}"))
    }

    /// One text field of every item.
    pub(crate) fn column(&self, name: &str) -> Vec<&str> {
        self.items()
            .iter()
            .map(|item| item[name].as_str().unwrap_or_default())
            .collect()
    }

    pub(crate) fn text_of(&self, name: &str) -> String {
        self.json[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name}: {self:?}"))
            .to_owned()
    }
}

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

pub(crate) struct Stage {
    pub(crate) base: String,
    pub(crate) sim: Sim,
    pub(crate) http: reqwest::Client,
}

pub(crate) fn config(seed: u64) -> Config {
    Config {
        clock: Arc::new(SystemClock),
        seed,
        allow_http: true,
        outbound: Arc::new(HttpOutbound(client())),
    }
}

impl Stage {
    /// Two colleagues, a shared and a personal mailbox, an app with the permissions of a mail client, and no faults.
    pub(crate) async fn new() -> Self {
        let stage = Self::of(Sim::new(config(7))).await;
        stage.sim(Method::POST, "apps", stage_app()).await;
        for (address, name, kind) in [
            (ADA, "Ada Lovelace", "user"),
            (BOB, "Bob Jones", "user"),
            (TEAM, "Team", "shared"),
            (EVE, "Eve", "personal"),
        ] {
            stage
                .sim(
                    Method::POST,
                    "mailboxes",
                    json!({"address": address, "displayName": name, "kind": kind}),
                )
                .await;
        }
        stage
    }

    /// Serves a simulator that is there already.
    pub(crate) async fn of(sim: Sim) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let serving = sim.clone();
        tokio::spawn(async move { serving.serve(listener, std::future::pending()).await });
        Self {
            base,
            sim,
            http: client(),
        }
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = String::from_utf8_lossy(&answer.bytes().await.expect("a body")).into_owned();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Reply {
            status,
            headers,
            text,
            json,
        }
    }

    /// A call of the control side, whatever comes.
    pub(crate) async fn sim_raw(&self, method: Method, path: &str, body: Value) -> Reply {
        self.send(
            self.http
                .request(method, format!("{}/sim/{path}", self.base))
                .json(&body),
        )
        .await
    }

    /// A call of the control side, which must succeed.
    pub(crate) async fn sim(&self, method: Method, path: &str, body: Value) -> Value {
        let reply = self.sim_raw(method, path, body).await;
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

    /// Delivers a mail to Ada; returns its immutable id.
    pub(crate) async fn mail(&self, subject: &str) -> String {
        self.deliver(ADA, json!({"subject": subject})).await
    }

    pub(crate) async fn deliver(&self, address: &str, mut mail: Value) -> String {
        if mail["from"].is_null() {
            mail["from"] = json!({"name": "Grace Hopper", "address": "grace@fabrikam.test"});
        }
        let delivered = self
            .sim(Method::POST, &format!("mailboxes/{address}/messages"), mail)
            .await;
        delivered["id"].as_str().expect("an id").to_owned()
    }

    /// The ground truth of Ada's mailbox.
    pub(crate) async fn snapshot(&self) -> Value {
        self.sim(
            Method::GET,
            &format!("mailboxes/{ADA}/snapshot"),
            Value::Null,
        )
        .await
    }

    /// `POST` to the token endpoint.
    pub(crate) async fn token_reply(&self, tenant: &str, form: &[(&str, &str)]) -> Reply {
        self.send(
            self.http
                .post(format!("{}/{tenant}/oauth2/v2.0/token", self.base))
                .form(form),
        )
        .await
    }

    /// A caller as the organisation.
    pub(crate) async fn organisation(&self) -> Caller<'_> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "desk"),
            ("client_secret", "s"),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let reply = self.token_reply("contoso.test", &form).await;
        Caller {
            stage: self,
            token: reply.text_of("access_token"),
        }
    }

    /// Posts the sign-in form; the answer is a redirect or a page.
    pub(crate) async fn sign_in(
        &self,
        tenant: &str,
        query: &[(&str, &str)],
        form: &[(&str, &str)],
    ) -> Reply {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish();
        self.send(
            self.http
                .post(format!(
                    "{}/{tenant}/oauth2/v2.0/authorize?{query}",
                    self.base
                ))
                .form(form),
        )
        .await
    }

    /// A code for somebody who signs in and accepts.
    pub(crate) async fn code(&self, account: &str, scope: &str) -> String {
        let query = [
            ("client_id", "desk"),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT),
            ("scope", scope),
            ("state", "s"),
        ];
        let reply = self
            .sign_in(
                "common",
                &query,
                &[("account", account), ("decision", "accept")],
            )
            .await;
        back(&reply)
            .into_iter()
            .find(|(name, _)| name == "code")
            .unwrap_or_else(|| panic!("no code: {reply:?}"))
            .1
    }

    /// Redeems a code.
    pub(crate) async fn redeem(&self, code: &str) -> Reply {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "desk"),
            ("client_secret", "s"),
            ("redirect_uri", REDIRECT),
            ("code", code),
        ];
        self.token_reply("common", &form).await
    }

    /// A caller as a person.
    pub(crate) async fn person(&self, account: &str) -> Caller<'_> {
        self.person_with(account, SCOPES).await
    }

    pub(crate) async fn person_with(&self, account: &str, scope: &str) -> Caller<'_> {
        let code = self.code(account, scope).await;
        Caller {
            stage: self,
            token: self.redeem(&code).await.text_of("access_token"),
        }
    }
}

fn stage_app() -> Value {
    json!({"clientId": "desk", "clientSecret": "s", "redirectUris": [REDIRECT],
        "delegated": ["Mail.Read", "Mail.ReadBasic", "Mail.ReadWrite", "Mail.Send", "Mail.ReadWrite.Shared", "User.Read", "offline_access", "openid",
            "https://outlook.office.com/IMAP.AccessAsUser.All"],
        "application": ["Mail.ReadWrite", "Mail.Send"]})
}

/// The pairs that a redirect carries in its query.
pub(crate) fn back(reply: &Reply) -> Vec<(String, String)> {
    let (_, query) = reply
        .header("location")
        .split_once('?')
        .unwrap_or_else(|| panic!("no redirect: {reply:?}"));
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

/// Somebody with a token.
#[derive(Clone)]
pub(crate) struct Caller<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) token: String,
}

impl Caller<'_> {
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}/v1.0/{path}", self.stage.base)
        };
        self.stage
            .http
            .request(method, url)
            .bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.stage.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn get_with(&self, path: &str, header: (&str, &str)) -> Reply {
        self.stage
            .send(self.request(Method::GET, path).header(header.0, header.1))
            .await
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: Value) -> Reply {
        self.stage
            .send(self.request(method, path).json(&body))
            .await
    }

    pub(crate) async fn call_with(
        &self,
        method: Method,
        path: &str,
        body: Value,
        header: (&str, &str),
    ) -> Reply {
        self.stage
            .send(
                self.request(method, path)
                    .header(header.0, header.1)
                    .json(&body),
            )
            .await
    }

    /// Follows a delta from a path or link to its delta link: (items, delta link). A round must end.
    pub(crate) async fn round(&self, start: &str, prefer: &str) -> (Vec<Value>, String) {
        let (mut items, mut link) = (Vec::new(), start.to_owned());
        for _ in 0..1_000 {
            let page = self.get_with(&link, ("prefer", prefer)).await;
            assert_eq!(page.status, 200, "{page:?}");
            items.extend(page.items().iter().cloned());
            match (
                page.json["@odata.nextLink"].as_str(),
                page.json["@odata.deltaLink"].as_str(),
            ) {
                (Some(next), None) => next.clone_into(&mut link),
                (None, Some(delta)) => return (items, delta.to_owned()),
                _ => panic!("neither or both links: {page:?}"),
            }
        }
        panic!("the round does not end");
    }
}
