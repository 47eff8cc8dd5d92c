//! A transport that answers from a list and remembers what it was asked, with a clock that jumps
//! and randomness that counts.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use maildesk_graph::transport::{Transport, TransportBody, TransportError};
use maildesk_graph::{Graph, Hosts, MailboxGate, Session, Settings, Who};
use maildesk_model::{Clock, Cloud, Entropy, Secret, Timestamp};

/// 2023-11-14T22:13:20Z.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// A clock whose sleeps end at once, having moved it on.
#[derive(Debug)]
pub(crate) struct JumpingClock(Mutex<Timestamp>);

impl JumpingClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(NOW)))
    }
}

impl Clock for JumpingClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.now().since(Timestamp::EPOCH)
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut now = self.0.lock().unwrap();
        *now = (*now).max(at);
        Box::pin(std::future::ready(()))
    }
}

/// Bytes that count up, so that no two ids are equal and every run is.
#[derive(Debug, Default)]
pub(crate) struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// What the scripted side does with a request.
type Answer = Result<Response<TransportBody>, TransportError>;

/// Answers in order, and keeps the requests.
#[derive(Default)]
pub(crate) struct Script {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Request<Bytes>>>,
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Script")
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: Request<Bytes>) -> Answer {
        self.asked.lock().unwrap().push(request);
        self.answers
            .lock()
            .unwrap()
            .pop_front()
            .expect("the script has no answer left")
    }
}

impl Script {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Answers the next request with `status`, `headers` and `body`.
    pub(crate) fn say(&self, status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) {
        let mut answer = Response::builder()
            .status(StatusCode::from_u16(status).unwrap())
            .header("date", "Tue, 14 Nov 2023 22:13:25 GMT")
            .header("request-id", "11111111-2222-3333-4444-555555555555");
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        self.answers
            .lock()
            .unwrap()
            .push_back(Ok(answer.body(TransportBody::from_bytes(body)).unwrap()));
    }

    /// Answers the next request with 200 and `body`.
    pub(crate) fn ok(&self, body: &str) {
        self.say(
            200,
            &[("content-type", "application/json")],
            body.to_owned(),
        );
    }

    /// Answers the next request with an error of Graph's shape.
    pub(crate) fn refuse(&self, status: u16, code: &str, message: &str) {
        let body = serde_json::json!({"error": {"code": code, "message": message}});
        self.say(status, &[], body.to_string());
    }

    /// Lets the next request fail.
    pub(crate) fn fail(&self, error: TransportError) {
        self.answers.lock().unwrap().push_back(Err(error));
    }

    /// The last request.
    pub(crate) fn last(&self) -> Request<Bytes> {
        self.asked
            .lock()
            .unwrap()
            .last()
            .expect("nothing was asked")
            .clone()
    }

    /// How many requests were sent.
    pub(crate) fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// Method and address of the last request.
    pub(crate) fn last_line(&self) -> (Method, String) {
        let last = self.last();
        (last.method().clone(), last.uri().to_string())
    }
}

/// A header of a request.
pub(crate) fn header<'a>(request: &'a Request<Bytes>, name: &str) -> &'a str {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// The JSON a request carries.
pub(crate) fn json_of(request: &Request<Bytes>) -> serde_json::Value {
    serde_json::from_slice(request.body()).unwrap()
}

/// Graph of the global cloud over a script.
pub(crate) fn graph(script: &Arc<Script>) -> Graph {
    graph_with(script, Settings::default(), JumpingClock::new())
}

/// The same with chosen limits and clock.
pub(crate) fn graph_with(
    script: &Arc<Script>,
    settings: Settings,
    clock: Arc<JumpingClock>,
) -> Graph {
    Graph::new(
        Arc::clone(script) as Arc<dyn Transport>,
        Hosts::of(Cloud::Global),
        settings,
        clock,
        Arc::new(Counting::default()),
    )
}

/// A session as a person.
pub(crate) fn me(script: &Arc<Script>) -> Session {
    graph(script).session(Who::Me, Secret::new("opaque-token"), MailboxGate::new(3))
}

/// A session as the organisation, for one address.
pub(crate) fn user(script: &Arc<Script>, address: &str) -> Session {
    graph(script).session(
        Who::User(address.to_owned()),
        Secret::new("opaque-token"),
        MailboxGate::new(3),
    )
}
