//! The simulated Microsoft 365 of a story, spoken to in this process.

use axum::Router;
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use maildesk_connect::SCOPES_AS_A_PERSON;
use maildesk_model::{Clock as _, Secret};
use maildesk_store::contract::KeptTokens;
use serde_json::{Value, json};

use super::line::ask;
use super::time::Time;
use crate::sim::{CLIENT_ID, CLIENT_SECRET};
use crate::stack::TENANT;

/// Where it is.
pub(super) const MICROSOFT: &str = "http://localhost:1";
/// Where people come back to after a sign-in.
const CALLBACK: &str = "https://desk.example.com/oauth/microsoft/callback";

/// A tenant with our app.
#[derive(Clone)]
pub(super) struct Office {
    pub(super) router: Router,
    pub(super) time: Time,
}

impl Office {
    pub(super) async fn register_app(&self) {
        let app = json!({
            "clientId": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
            "redirectUris": [CALLBACK],
            "delegated": SCOPES_AS_A_PERSON,
            "application": ["Mail.ReadWrite", "Mail.Send"],
        });
        self.tell(Method::POST, "apps", app).await;
    }

    /// A control call, which must succeed.
    pub(super) async fn tell(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.try_tell(method, path, body).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// A control call, which may be refused (what it is about may be gone).
    pub(super) async fn try_tell(
        &self,
        method: Method,
        path: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let request = request(method, &format!("/sim/{path}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body.to_string()))
            .expect("a request");
        let answer = ask(&self.router, request).await;
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status(), body)
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        self.tell(Method::GET, path, Value::Null).await
    }

    /// A subscription vanishes without a word: another user of our app deletes it.
    pub(super) async fn delete_subscription(&self, id: &str) {
        let form = [
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("grant_type", "client_credentials"),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let tokens = self
            .post_form(&format!("/{TENANT}/oauth2/v2.0/token"), &form)
            .await;
        let token = tokens.1["access_token"].as_str().unwrap_or_default();
        let request = request(Method::DELETE, &format!("/v1.0/subscriptions/{id}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Bytes::new())
            .expect("a request");
        ask(&self.router, request).await;
    }

    /// Somebody signs in for their mailbox; none while Microsoft does not let them.
    pub(super) async fn sign_in(&self, who: &str) -> Option<KeptTokens> {
        let scope = SCOPES_AS_A_PERSON.join(" ");
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let page = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", CLIENT_ID)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", CALLBACK)
            .append_pair("scope", &scope)
            .append_pair("state", "state")
            .append_pair("code_challenge", challenge)
            .append_pair("code_challenge_method", "S256")
            .finish();
        let form = [("account", who), ("decision", "accept")];
        let (location, _) = self
            .post_form(&format!("/{TENANT}/oauth2/v2.0/authorize?{page}"), &form)
            .await;
        let location = url::Url::parse(&location?).ok()?;
        let mut query = location.query_pairs();
        let code = query.find(|(name, _)| name == "code")?.1.into_owned();
        let form = [
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", verifier),
            ("scope", &scope),
        ];
        let (_, tokens) = self
            .post_form(&format!("/{TENANT}/oauth2/v2.0/token"), &form)
            .await;
        let lasts = std::time::Duration::from_secs(tokens["expires_in"].as_u64()?);
        Some(KeptTokens {
            refresh: Secret::new(tokens["refresh_token"].as_str()?),
            access: Secret::new(tokens["access_token"].as_str()?),
            access_until: self.time.now().plus(lasts),
            scope: tokens["scope"].as_str()?.to_owned(),
        })
    }

    /// A form; where it leads, and the JSON it answers.
    async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> (Option<String>, Value) {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(form))
            .expect("a request");
        let answer = ask(&self.router, request).await;
        let location = answer.headers().get(header::LOCATION);
        let location = location.and_then(|value| value.to_str().ok().map(str::to_owned));
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        (location, body)
    }
}

fn request(method: Method, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(format!("{MICROSOFT}{path}"))
}
