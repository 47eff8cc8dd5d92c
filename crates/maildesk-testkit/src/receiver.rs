//! A receiver of alerts: an address on loopback that remembers what was posted to it.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use ring::hmac;
use serde_json::Value;
use tokio::net::TcpListener;

/// Somebody who listens.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// Where.
    pub url: String,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    answer: StatusCode,
    taken: Vec<Post>,
    refused: usize,
}

/// Something that was posted and taken.
#[derive(Clone, Debug)]
pub struct Post {
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
}

impl Post {
    /// The body.
    ///
    /// # Panics
    /// When it is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    /// Whether it is signed with `secret`, as docs/admin/alerts.md says.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let header = |name: &str| self.headers.get(name)?.to_str().ok();
        let (Some(seconds), Some(signature)) =
            (header("maildesk-timestamp"), header("maildesk-signature"))
        else {
            return false;
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let signed = [seconds.as_bytes(), b".", &self.body].concat();
        let signature = signature.strip_prefix("v1=").unwrap_or_default();
        hmac::verify(&key, &signed, &bytes(signature)).is_ok()
    }
}

/// What hexadecimal digits stand for.
fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

impl Receiver {
    /// Begins to listen, and takes whatever comes.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let port = listener.local_addr().expect("it has an address").port();
        let shared = Arc::new(Mutex::new(Shared {
            answer: StatusCode::NO_CONTENT,
            taken: Vec::new(),
            refused: 0,
        }));
        let router = Router::new().fallback(take).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            url: format!("http://127.0.0.1:{port}/alerts"),
            shared,
        }
    }

    /// Answers so from now on.
    pub fn answers(&self, status: StatusCode) {
        self.held().answer = status;
    }

    /// What was taken, in order.
    pub fn taken(&self) -> Vec<Post> {
        self.held().taken.clone()
    }

    /// How many were not.
    pub fn refused(&self) -> usize {
        self.held().refused
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn take(
    State(shared): State<Arc<Mutex<Shared>>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
    if shared.answer.is_success() {
        shared.taken.push(Post { headers, body });
    } else {
        shared.refused += 1;
    }
    shared.answer
}
