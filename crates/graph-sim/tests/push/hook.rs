//! The receiver: a webhook that behaves as it is told and remembers everything.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, Version};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::sync::watch;

/// No wait in these tests is longer.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// How probes are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Probes {
    /// As they should be.
    Echo,
    /// With this status.
    Status(u16),
    /// 200, but with this body.
    Body(&'static str),
    /// 200 with the token as it was sent.
    Encoded,
    /// 200 with the token decoded as a URL is, where `+` stays a plus.
    PercentOnly,
    /// 200 with the right token and a line end after it.
    Padded,
    /// 200 with the right token as a JSON string.
    Quoted,
    /// As they should be, in pieces of unknown length.
    Chunked,
    /// 200 with the right token, but not as plain text.
    Html,
    /// Not at all.
    Silence,
}

/// How notifications are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deliveries {
    /// With this status.
    Status(u16),
    /// Not before this changes.
    Silence,
}

/// One POST that came in.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) version: Version,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    /// How long the body was.
    pub(crate) length: usize,
    /// Null for a probe.
    pub(crate) json: Value,
}

struct Inner {
    probes: Mutex<Probes>,
    deliveries: watch::Sender<Deliveries>,
    received: watch::Sender<Vec<Received>>,
}

/// The receiver.
#[derive(Clone)]
pub(crate) struct Hook {
    pub(crate) base: String,
    inner: Arc<Inner>,
}

impl Hook {
    /// Starts it on a free port.
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let inner = Arc::new(Inner {
            probes: Mutex::new(Probes::Echo),
            deliveries: watch::Sender::new(Deliveries::Status(202)),
            received: watch::Sender::new(Vec::new()),
        });
        let router = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, inner }
    }

    /// A URL of this receiver.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn answer_probes(&self, probes: Probes) {
        *self.inner.probes.lock().expect("no panic") = probes;
    }

    pub(crate) fn answer_deliveries(&self, deliveries: Deliveries) {
        self.inner.deliveries.send_replace(deliveries);
    }

    /// Everything that came in so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.inner.received.borrow().clone()
    }

    /// Waits until what came in is enough.
    pub(crate) async fn until(&self, enough: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        let mut received = self.inner.received.subscribe();
        let waiting = received.wait_for(|received| enough(received));
        let Ok(received) = tokio::time::timeout(LIMIT, waiting).await else {
            panic!("not enough came in: {:#?}", self.received());
        };
        received.expect("the hook lives").clone()
    }

    /// Waits for this many notifications below a path and returns them all.
    pub(crate) async fn items(&self, path: &str, count: usize) -> Vec<Value> {
        items(
            &self
                .until(|received| items(received, path).len() >= count)
                .await,
            path,
        )
    }

    /// The probes that came in, as path and query.
    pub(crate) fn probes(&self) -> Vec<(String, String)> {
        let probes = self
            .received()
            .into_iter()
            .filter(|received| received.json.is_null());
        probes
            .map(|received| (received.path, received.query))
            .collect()
    }
}

/// The notifications below a path, whatever POST they came in.
pub(crate) fn items(received: &[Received], path: &str) -> Vec<Value> {
    let posts = received.iter().filter(|received| received.path == path);
    posts
        .filter_map(|post| post.json["value"].as_array())
        .flatten()
        .cloned()
        .collect()
}

async fn receive(
    State(inner): State<Arc<Inner>>,
    (uri, method, version): (Uri, Method, Version),
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = uri.query().unwrap_or_default().to_owned();
    let json = serde_json::from_slice(&body).unwrap_or_default();
    let received = Received {
        path: uri.path().to_owned(),
        query: query.clone(),
        version,
        method,
        headers,
        length: body.len(),
        json,
    };
    inner.received.send_modify(|all| all.push(received));
    match query
        .split('&')
        .find_map(|pair| pair.strip_prefix("validationToken="))
    {
        Some(token) => answer_probe(&inner, token).await,
        None => answer_delivery(&inner).await,
    }
}

async fn answer_probe(inner: &Inner, token: &str) -> Response {
    let probes = *inner.probes.lock().expect("no panic");
    let decoded = form_urlencoded::parse(format!("t={token}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    let plain = [("content-type", "text/plain; charset=utf-8")];
    match probes {
        Probes::Echo => (plain, decoded).into_response(),
        Probes::Status(status) => StatusCode::from_u16(status)
            .expect("a status")
            .into_response(),
        Probes::Body(body) => (plain, body).into_response(),
        Probes::Encoded => (plain, token.to_owned()).into_response(),
        Probes::PercentOnly => {
            let plus = percent_encoding::percent_decode_str(token);
            (plain, plus.decode_utf8_lossy().into_owned()).into_response()
        }
        Probes::Padded => (plain, format!("{decoded}\n")).into_response(),
        Probes::Quoted => (plain, format!("\"{decoded}\"")).into_response(),
        Probes::Chunked => {
            let (start, end) = decoded.split_at(decoded.len() / 2);
            let pieces = [start.to_owned(), end.to_owned()].map(Ok::<_, std::io::Error>);
            let body = Body::from_stream(futures::stream::iter(pieces));
            (plain, body).into_response()
        }
        Probes::Html => ([("content-type", "text/html")], decoded).into_response(),
        Probes::Silence => std::future::pending().await,
    }
}

async fn answer_delivery(inner: &Inner) -> Response {
    let mut deliveries = inner.deliveries.subscribe();
    loop {
        let now = *deliveries.borrow_and_update();
        match now {
            Deliveries::Status(status) => {
                return StatusCode::from_u16(status)
                    .expect("a status")
                    .into_response();
            }
            Deliveries::Silence => deliveries.changed().await.expect("the hook lives"),
        }
    }
}
