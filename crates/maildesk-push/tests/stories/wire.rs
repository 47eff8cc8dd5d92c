//! What lies between the desk and Microsoft, in this process: calls go to the simulator's router,
//! its probes and notifications come to the webhook's, and both ways can be cut.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use graph_sim::{Outbound, OutboundCall, OutboundError};
use http::{Method, Request, Response, header};
use http_body_util::BodyExt as _;
use maildesk_graph::transport::{Transport, TransportBody, TransportError};
use maildesk_store::SqlStore;
use maildesk_store::contract::ConnectionStore as _;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

/// One request to a router, and its whole answer.
pub(crate) async fn send(router: &Router, request: Request<Bytes>) -> Response<Bytes> {
    let mut request = request.map(Body::from);
    if let Some(host) = request.uri().authority().cloned() {
        let host = host.as_str().parse().expect("a host");
        request.headers_mut().insert(header::HOST, host);
    }
    let answer = router.clone().oneshot(request).await;
    let (head, body) = answer.expect("routers answer").into_parts();
    let body = body.collect().await.expect("a whole body").to_bytes();
    Response::from_parts(head, body)
}

/// Calls wait as long as this lives.
pub(crate) struct Hold(Arc<Semaphore>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// What Microsoft answers instead of carrying a call out: the simulator refuses only what is wrong.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
    pub(crate) retry_after: Option<u32>,
}

impl Refusal {
    pub(crate) const fn of(status: u16, code: &'static str, message: &'static str) -> Self {
        Self {
            status,
            code,
            message,
            retry_after: None,
        }
    }

    fn answer(&self) -> Response<TransportBody> {
        let error = serde_json::json!({"error": {"code": self.code, "message": self.message}});
        let mut answer = Response::builder().status(self.status);
        if let Some(seconds) = self.retry_after {
            answer = answer.header(header::RETRY_AFTER, seconds);
        }
        answer
            .body(TransportBody::from_bytes(error.to_string()))
            .expect("an answer")
    }
}

/// The way to Microsoft.
#[derive(Debug, Default)]
pub(crate) struct Line {
    microsoft: Mutex<Option<Router>>,
    is_cut: AtomicBool,
    loses_answers: AtomicUsize,
    asked: Mutex<Vec<String>>,
    tokens_asked: AtomicUsize,
    held: Mutex<Option<Arc<Semaphore>>>,
    refusals: Mutex<Vec<(Method, Refusal)>>,
    mints_for_outlook: AtomicBool,
}

impl Line {
    pub(crate) fn leads_to(&self, microsoft: Router) {
        *self.microsoft.lock().unwrap() = Some(microsoft);
    }

    /// Whether nothing gets through from now on.
    pub(crate) fn cut(&self, is_cut: bool) {
        self.is_cut.store(is_cut, Ordering::Relaxed);
    }

    /// Holds all calls up until the answer is dropped.
    pub(crate) fn hold(&self) -> Hold {
        let door = Arc::new(Semaphore::new(0));
        *self.held.lock().unwrap() = Some(Arc::clone(&door));
        Hold(door)
    }

    /// The answers to the next so many creations of subscriptions are lost; they are carried out.
    pub(crate) fn lose_creations(&self, count: usize) {
        self.loses_answers.store(count, Ordering::Relaxed);
    }

    /// Calls about subscriptions are refused like this from now on, by method; no more: none is.
    pub(crate) fn refuse(&self, refusals: impl IntoIterator<Item = (Method, Refusal)>) {
        *self.refusals.lock().unwrap() = refusals.into_iter().collect();
    }

    /// Whether tokens are for classic access from now on, whatever is asked for.
    pub(crate) fn mint_for_outlook(&self, is_wrong: bool) {
        self.mints_for_outlook.store(is_wrong, Ordering::Relaxed);
    }

    fn refusal_of(&self, request: &Request<Bytes>) -> Option<Response<TransportBody>> {
        if !request.uri().path().starts_with("/v1.0/subscriptions") {
            return None;
        }
        let refusals = self.refusals.lock().unwrap();
        let mut refusals = refusals.iter();
        let found = refusals.find(|(method, _)| method == request.method());
        found.map(|(_, refusal)| refusal.answer())
    }

    /// Calls to `/v1.0` so far, as method and path.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// How many of them began so.
    pub(crate) fn asked_for(&self, start: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|one| one.starts_with(start)).count()
    }

    /// How many tokens were asked for so far.
    pub(crate) fn tokens_asked(&self) -> usize {
        self.tokens_asked.load(Ordering::Relaxed)
    }

    fn loses_this(&self, request: &Request<Bytes>) -> bool {
        let is_creation =
            request.method() == Method::POST && request.uri().path() == "/v1.0/subscriptions";
        let left = &self.loses_answers;
        is_creation
            && left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1))
                .is_ok()
    }
}

#[async_trait]
impl Transport for Line {
    async fn send(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<TransportBody>, TransportError> {
        if self.is_cut.load(Ordering::Relaxed) {
            return Err(TransportError::Connect("the line is cut".to_owned()));
        }
        let path = request.uri().path();
        if path.starts_with("/v1.0") {
            let asked = format!("{} {path}", request.method());
            self.asked.lock().unwrap().push(asked);
        }
        if path.ends_with("/token") {
            self.tokens_asked.fetch_add(1, Ordering::Relaxed);
        }
        let held = self.held.lock().unwrap().clone();
        if let Some(door) = held {
            let _ = door.acquire().await;
        }
        if let Some(refused) = self.refusal_of(&request) {
            return Ok(refused);
        }
        let is_lost = self.loses_this(&request);
        let is_token = request.uri().path().ends_with("/token");
        let request = if is_token && self.mints_for_outlook.load(Ordering::Relaxed) {
            request.map(|form| {
                let form = String::from_utf8(form.to_vec()).expect("a form");
                form.replace("graph.microsoft.com", "outlook.office.com")
                    .into()
            })
        } else {
            request
        };
        let microsoft = self.microsoft.lock().unwrap().clone().expect("a simulator");
        let answer = send(&microsoft, request).await;
        if is_lost {
            return Err(TransportError::Broken("reset".to_owned()));
        }
        Ok(answer.map(TransportBody::from_bytes))
    }
}

/// The way from Microsoft to the public address.
#[derive(Default)]
pub(crate) struct Address {
    webhook: Mutex<Option<Router>>,
    store: Mutex<Option<Arc<SqlStore>>>,
    is_closed: AtomicBool,
    answers_wrongly: AtomicBool,
}

impl Address {
    pub(crate) fn leads_to(&self, webhook: Router) {
        *self.webhook.lock().unwrap() = Some(webhook);
    }

    /// The store behind it.
    pub(crate) fn knows(&self, store: Arc<SqlStore>) {
        *self.store.lock().unwrap() = Some(store);
    }

    /// Waits until the desk has written down that it was probed: the way to Microsoft and back
    /// takes longer than that.
    async fn noted(&self) {
        let store = self.store.lock().unwrap().clone().expect("a store");
        let waiting = async {
            while store.memo("push.probe.outlook").await.unwrap().is_none() {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), waiting).await;
        waited.expect("a probe should be noted by now");
    }

    /// Whether nobody reaches it from now on.
    pub(crate) fn close(&self, is_closed: bool) {
        self.is_closed.store(is_closed, Ordering::Relaxed);
    }

    /// Whether something in front of it answers in its place, after it has been reached.
    pub(crate) fn answer_wrongly(&self, is_wrong: bool) {
        self.answers_wrongly.store(is_wrong, Ordering::Relaxed);
    }
}

/// The address, as the simulator takes it.
pub(crate) struct Doorway(pub(crate) Arc<Address>);

impl Outbound for Doorway {
    fn send(&self, request: Request<Bytes>) -> OutboundCall {
        let address = Arc::clone(&self.0);
        Box::pin(async move {
            if address.is_closed.load(Ordering::Relaxed) {
                return Err(OutboundError("nobody is there".to_owned()));
            }
            let webhook = address.webhook.lock().unwrap().clone().expect("a webhook");
            let mut answer = send(&webhook, request).await;
            if address.answers_wrongly.load(Ordering::Relaxed) {
                address.noted().await;
                *answer.status_mut() = http::StatusCode::FORBIDDEN;
            }
            Ok(answer)
        })
    }
}
