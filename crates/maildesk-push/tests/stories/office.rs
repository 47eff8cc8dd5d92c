//! The simulated Microsoft 365: a tenant with our app, Ada and Bob, and their mail.

use std::sync::Arc;

use axum::Router;
use bytes::Bytes;
use graph_sim::Sim;
use http::{Method, Request, header};
use maildesk_connect::SCOPES_AS_A_PERSON;
use maildesk_graph::login::{App, Authorize, Credential, Pkce};
use maildesk_graph::{Hosts, Login};
use maildesk_model::microsoft::{AppCredential, AppRegistration, CredentialKind, FixedApp};
use maildesk_model::{Clock, Cloud, Secret};
use maildesk_store::contract::KeptTokens;
use serde_json::{Value, json};

use crate::clock::{Numbers, Simulated, TurnedClock};
use crate::wire::{Address, Doorway, Line, send};

pub(crate) const ADA: &str = "ada@contoso.test";
pub(crate) const BOB: &str = "bob@contoso.test";
const TENANT: &str = "contoso.test";
const CALLBACK: &str = "https://desk.example.com/oauth/microsoft/callback";
const MICROSOFT: &str = "http://microsoft.test";

pub(crate) struct Office {
    pub(crate) line: Arc<Line>,
    pub(crate) address: Arc<Address>,
    clock: Arc<TurnedClock>,
    router: Router,
    _sim: Sim,
}

impl Office {
    pub(crate) async fn open(clock: &Arc<TurnedClock>) -> Self {
        let address = Arc::new(Address::default());
        let sim = Sim::new(graph_sim::Config {
            clock: Arc::new(Simulated(Arc::clone(clock))),
            seed: 1,
            allow_http: true,
            outbound: Arc::new(Doorway(Arc::clone(&address))),
        });
        let line = Arc::new(Line::default());
        line.leads_to(sim.router());
        let office = Self {
            line,
            address,
            clock: Arc::clone(clock),
            router: sim.router(),
            _sim: sim,
        };
        office.register_app(&["Mail.ReadWrite", "Mail.Send"]).await;
        for who in [ADA, BOB] {
            let mailbox = json!({"address": who, "displayName": who, "kind": "user"});
            office.tell(Method::POST, "mailboxes", mailbox).await;
        }
        office
    }

    /// Our app, with these application permissions.
    pub(crate) async fn register_app(&self, application: &[&str]) {
        let app = json!({
            "clientId": "app", "clientSecret": "secret", "redirectUris": [CALLBACK],
            "delegated": SCOPES_AS_A_PERSON, "application": application,
        });
        self.tell(Method::POST, "apps", app).await;
    }

    /// A control call, which must succeed.
    pub(crate) async fn tell(&self, method: Method, path: &str, body: Value) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(format!("{MICROSOFT}/sim/{path}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body.to_string()))
            .unwrap();
        let answer = send(&self.router, request).await;
        assert!(answer.status().is_success(), "{path}: {answer:?}");
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }

    pub(crate) async fn faults(&self, faults: Value) {
        self.tell(Method::PUT, "faults", faults).await;
    }

    /// What lives at Microsoft.
    pub(crate) async fn subscriptions(&self) -> Vec<Value> {
        let all = self.tell(Method::GET, "subscriptions", Value::Null).await;
        all.as_array().unwrap().clone()
    }

    /// A mail arrives; its immutable id.
    pub(crate) async fn deliver(&self, to: &str) -> String {
        let from = json!({"name": "Grace", "address": "grace@fabrikam.test"});
        let mail = json!({"from": from, "subject": "Hello", "text": "Hi"});
        let path = format!("mailboxes/{to}/messages");
        let answer = self.tell(Method::POST, &path, mail).await;
        answer["id"].as_str().unwrap().to_owned()
    }

    /// A call of Graph by somebody else who uses the same app.
    pub(crate) async fn graph(&self, method: Method, path: &str, body: Value) -> Value {
        let tokens = self.login(TENANT).client_credentials().await.unwrap();
        self.graph_as(&tokens.access, method, path, body).await
    }

    /// A call of Graph with a token.
    pub(crate) async fn graph_as(
        &self,
        token: &Secret,
        method: Method,
        path: &str,
        body: Value,
    ) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(format!("{MICROSOFT}/v1.0/{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", token.expose()))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body.to_string()))
            .unwrap();
        let answer = send(&self.router, request).await;
        assert!(answer.status().is_success(), "{path}: {answer:?}");
        serde_json::from_slice(answer.body()).unwrap_or_default()
    }

    pub(crate) fn hosts() -> Hosts {
        Hosts::with_overrides(Cloud::Global, Some(MICROSOFT), Some(MICROSOFT)).unwrap()
    }

    pub(crate) fn login(&self, tenant: &str) -> Login {
        let app = App {
            client_id: "app".to_owned(),
            tenant: tenant.to_owned(),
            credentials: vec![Credential::Secret(Secret::new("secret"))],
        };
        let (line, clock) = (Arc::clone(&self.line), Arc::clone(&self.clock));
        Login::new(line, Self::hosts(), app, "test", clock, Arc::new(Numbers))
    }

    /// Our app, as the environment fixes it.
    pub(crate) fn fixed_app() -> FixedApp {
        let secret = AppCredential {
            kind: CredentialKind::Secret,
            value: Secret::new("secret"),
            expires_at: None,
        };
        FixedApp {
            registration: Some(AppRegistration {
                client_id: "app".to_owned(),
                tenant: TENANT.to_owned(),
                cloud: Cloud::Global,
                credentials: vec![secret],
            }),
            ..FixedApp::default()
        }
    }

    /// A login for people and for the tenant alike.
    pub(crate) fn our_login(&self) -> Login {
        self.login(TENANT)
    }

    /// Somebody signs in at Microsoft.
    pub(crate) async fn sign_in(&self, who: &str) -> KeptTokens {
        let login = self.our_login();
        let pkce = Pkce::fresh(&Numbers);
        let page = login.authorize_url(&Authorize {
            redirect_uri: CALLBACK,
            state: "state",
            scopes: &SCOPES_AS_A_PERSON,
            pkce: &pkce,
            login_hint: None,
            claims: None,
            prompt: None,
        });
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("account", who)
            .append_pair("decision", "accept")
            .finish();
        let request = Request::post(page)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(form))
            .unwrap();
        let answer = send(&self.router, request).await;
        let back = answer.headers()[header::LOCATION].to_str().unwrap();
        let query = back.split_once('?').unwrap().1.as_bytes();
        let code = form_urlencoded::parse(query).find(|(name, _)| name == "code");
        let code = code.unwrap().1.into_owned();
        let tokens = login
            .redeem_code(&code, CALLBACK, &pkce, &SCOPES_AS_A_PERSON)
            .await
            .unwrap();
        KeptTokens {
            refresh: tokens.refresh.unwrap(),
            access: tokens.access,
            access_until: self.clock.now().plus(tokens.expires_in),
            scope: tokens.scope.unwrap().to_string(),
        }
    }
}
