//! A sign-in side that grants something else than was asked for: how a story gets a token for
//! classic IMAP, or one for shared mailboxes only.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::stack::client;
use crate::valve::forward;

/// More than any token answer.
const ANSWER_MAX: usize = 1024 * 1024;

/// What the sign-in side says it grants.
#[derive(Clone, Debug, Default)]
pub struct Consent(Arc<Mutex<Option<String>>>);

impl Consent {
    /// From now on every token is said to be for these scopes.
    pub fn grants(&self, scope: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(scope.to_owned());
    }

    fn granted(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Serves in front of the simulator's sign-in side; its own base URL.
    pub(crate) async fn serve(self, upstream: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let router = Router::new()
            .fallback(pass)
            .with_state((self, upstream, client()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://localhost:{port}")
    }
}

async fn pass(
    State((consent, upstream, http)): State<(Consent, String, reqwest::Client)>,
    request: Request,
) -> Response {
    let is_token = request.uri().path().ends_with("/token");
    let answer = forward(&http, &upstream, request).await;
    let granted = consent.granted().filter(|_| is_token);
    let Some(granted) = granted else {
        return answer;
    };
    let (mut head, body) = answer.into_parts();
    let Ok(body) = axum::body::to_bytes(body, ANSWER_MAX).await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let mut body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if body["access_token"].is_string() {
        body["scope"] = granted.into();
    }
    head.headers.remove(header::CONTENT_LENGTH);
    (head, body.to_string()).into_response()
}
