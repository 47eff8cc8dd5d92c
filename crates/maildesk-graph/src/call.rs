//! Sends one call: headers, gates, metrics, and the reading of its answer.

use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, DATE, HeaderValue,
    USER_AGENT,
};
use http::{HeaderMap, Method, StatusCode};
use maildesk_model::{Entropy, Secret, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::GraphError;
use crate::error::classify::{self, Kind};
use crate::gate::{Pass, ServerPlace};
use crate::link::DeltaLink;
use crate::query::Address;
use crate::reply::Reply;
use crate::retry;
use crate::session::Session;
use crate::transport::{Patience, TransportBody};
use crate::wire::page::Item;

/// An error body beyond this says nothing more (proxies send whole pages).
const ERROR_MAX_BYTES: usize = 64 * 1024;
/// How often one call is sent while Graph finds too many of the mailbox's calls running. Our own
/// gates make that rare; other programs of the same app in the mailbox do not know of them.
const CONCURRENCY_TRIES: u32 = 6;
/// How long to wait for a call of our own to end before trying again anyway.
const OWN_CALL_PATIENCE: Duration = Duration::from_secs(30);

/// A call under construction.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Its name in metrics and logs.
    operation: &'static str,
    kind: Kind,
    method: Method,
    url: String,
    body: Option<Bytes>,
    /// The part of a file that the body is; such a call goes without a token.
    part: Option<String>,
    /// Values of the one `Prefer` header; several are joined by commas (facts.md 7.1).
    prefer: Vec<String>,
    patience: Option<Duration>,
}

/// An answer whose status is good, its body still coming. The places stay taken until the body
/// has been read: a streamed attachment is a running call to Graph too.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: TransportBody,
    received_at: Timestamp,
}

impl Call {
    /// A call with immutable ids, as all calls about mail are (S5).
    pub(crate) fn new(
        operation: &'static str,
        kind: Kind,
        method: Method,
        address: Address,
    ) -> Self {
        Self {
            operation,
            kind,
            method,
            url: address.finish(),
            body: None,
            part: None,
            prefer: vec!["IdType=\"ImmutableId\"".to_owned()],
            patience: None,
        }
    }

    /// A part of an upload, to an address that is its own pass.
    pub(crate) fn put_part(
        operation: &'static str,
        url: &Secret,
        range: &str,
        bytes: Bytes,
    ) -> Self {
        let address = Address::new(url.expose());
        Self {
            body: Some(bytes),
            part: Some(range.to_owned()),
            ..Self::new(operation, Kind::Write, Method::PUT, address)
        }
    }

    /// A read.
    pub(crate) fn get(operation: &'static str, address: Address) -> Self {
        Self::new(operation, Kind::Read, Method::GET, address)
    }

    /// A read by a link Graph gave. A stored link to another host (the installation has moved to
    /// another Graph) is worth as much as an expired one.
    pub(crate) fn follow(
        session: &Session,
        operation: &'static str,
        kind: Kind,
        link: &DeltaLink,
    ) -> Result<Self, GraphError> {
        if !session.graph.hosts().is_graph(link.expose()) {
            return Err(classify::stale_link());
        }
        Ok(Self::new(
            operation,
            kind,
            Method::GET,
            Address::new(link.expose()),
        ))
    }

    /// With a JSON body.
    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("wire types have text keys and plain values");
        self.body = Some(Bytes::from(body));
        self
    }

    /// With one more `Prefer` value.
    pub(crate) fn prefer(mut self, value: impl Into<String>) -> Self {
        self.prefer.push(value.into());
        self
    }

    /// With a page size; a header of each request, not part of the link (facts.md 5.1).
    pub(crate) fn page_size(self, items: u32) -> Self {
        self.prefer(format!("odata.maxpagesize={}", items.max(1)))
    }

    /// With another limit for the head of the answer.
    pub(crate) fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    fn request(&self, session: &Session) -> http::Request<Bytes> {
        let shared = &session.graph.shared;
        let mut request = http::Request::new(self.body.clone().unwrap_or_default());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri(&self.url);
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, text(&shared.settings.user_agent));
        if self.part.is_none() {
            let mut bearer = text(&format!("Bearer {}", session.token.expose()));
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
            headers.insert("prefer", text(&self.prefer.join(", ")));
            headers.insert("client-request-id", text(&guid(&*shared.entropy)));
        }
        if let Some(range) = &self.part {
            headers.insert(CONTENT_RANGE, text(range));
            let kind = HeaderValue::from_static("application/octet-stream");
            headers.insert(CONTENT_TYPE, kind);
        } else if self.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        } else if self.method == Method::POST {
            // Required where nothing follows (facts.md 7.5), and HTTP clients leave it out.
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if let Some(patience) = self.patience {
            request.extensions_mut().insert(Patience(patience));
        }
        request
    }

    /// Sends it, and again while Graph says that too many calls run in this mailbox; such a call
    /// was not carried out, so a write may be sent again too.
    pub(crate) async fn send(self, session: &Session) -> Result<Answer, GraphError> {
        let mut tries = 1;
        loop {
            let error = match self.send_once(session).await {
                Err(
                    error @ GraphError::Throttled {
                        concurrency: true, ..
                    },
                ) if tries < CONCURRENCY_TRIES => error,
                other => return other,
            };
            tracing::debug!(
                graph.operation = self.operation,
                tries,
                code = error.code(),
                "waiting for a call of the mailbox to end"
            );
            self.wait_for_room(session, tries).await;
            tries += 1;
        }
    }

    /// Until a call of ours has ended; where none runs, somebody else's has to, and only time
    /// helps.
    async fn wait_for_room(&self, session: &Session, tries: u32) {
        let shared = &session.graph.shared;
        let enough = shared.clock.sleep(OWN_CALL_PATIENCE);
        let ended = tokio::select! {
            biased;
            ended = session.gate.own_call_ended() => ended,
            () = enough => true,
        };
        if !ended {
            let spread = 0.25 + shared.entropy.fraction() / 4.0;
            shared
                .clock
                .sleep(retry::backoff(tries).mul_f64(spread))
                .await;
        }
    }

    async fn send_once(&self, session: &Session) -> Result<Answer, GraphError> {
        let shared = &session.graph.shared;
        let pass: Pass = session.gate.enter(session.urgency).await;
        let place: ServerPlace = shared.cap.enter(session.urgency).await;
        let began = shared.clock.monotonic();
        let sent = shared.transport.send(self.request(session)).await;
        let took = shared.clock.monotonic().saturating_sub(began);
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) => {
                let error = classify::lost(self.kind, &error);
                self.note(error.code(), None, took);
                return Err(error);
            }
        };
        let received_at = shared.clock.now();
        let (head, body) = answer.into_parts();
        self.note(head.status.as_str(), Some(&head.headers), took);
        if head.status.is_success() {
            return Ok(Answer {
                status: head.status,
                headers: head.headers,
                body: body.holding((place, pass)),
                received_at,
            });
        }
        let body = body.collect(ERROR_MAX_BYTES).await.unwrap_or_default();
        drop(place);
        let error = classify::classify(self.kind, head.status, &head.headers, &body, received_at);
        if let GraphError::Throttled { .. } = error {
            metrics::counter!("maildesk_graph_throttled_total").increment(1);
            pass.leave_quietly();
        }
        Err(error)
    }

    fn note(&self, status: &str, headers: Option<&HeaderMap>, took: Duration) {
        metrics::counter!(
            "maildesk_graph_requests_total",
            "operation" => self.operation,
            "status" => status.to_owned()
        )
        .increment(1);
        let request_id = headers.and_then(request_id).unwrap_or_default();
        tracing::debug!(
            graph.operation = self.operation,
            graph.request_id = request_id,
            http.status = status,
            took_ms = took.as_millis() as u64,
            "called Graph"
        );
    }

    /// Sends it and reads the JSON of the answer.
    pub(crate) async fn read<T: DeserializeOwned>(
        self,
        session: &Session,
    ) -> Result<Reply<T>, GraphError> {
        let kind = self.kind;
        let max = session.graph.shared.settings.answer_max_bytes;
        let answer = self.send(session).await?;
        answer.json(kind, max).await
    }

    /// Sends it and reads the one thing it asks for. An answer that does not say which thing it is
    /// is as good as none: an empty id must not be kept as if it were one.
    pub(crate) async fn read_one<T: DeserializeOwned + Item>(
        self,
        session: &Session,
    ) -> Result<Reply<T::Model>, GraphError> {
        let kind = self.kind;
        let reply = self.read::<T>(session).await?;
        if reply.value.id().is_empty() {
            return Err(classify::nameless(kind, reply.request_id, reply.date));
        }
        Ok(reply.map(Item::into_model))
    }

    /// Sends it and reads the JSON of the answer, or a default where the answer has no readable
    /// body: the write was carried out, and its echo is a convenience.
    pub(crate) async fn write<T: DeserializeOwned + Default>(
        self,
        session: &Session,
    ) -> Result<Reply<T>, GraphError> {
        let max = session.graph.shared.settings.answer_max_bytes;
        let answer = self.send(session).await?;
        let head = answer.head();
        let body = answer.body.collect(max).await.unwrap_or_default();
        Ok(head.map(|()| serde_json::from_slice(&body).unwrap_or_default()))
    }

    /// Sends it and reads nothing.
    pub(crate) async fn finish(self, session: &Session) -> Result<Reply<()>, GraphError> {
        Ok(self.send(session).await?.head())
    }
}

impl Answer {
    /// The answer without its body.
    pub(crate) fn head(&self) -> Reply<()> {
        Reply {
            value: (),
            date: date(&self.headers),
            received_at: self.received_at,
            request_id: request_id(&self.headers),
        }
    }

    async fn json<T: DeserializeOwned>(
        self,
        kind: Kind,
        max: usize,
    ) -> Result<Reply<T>, GraphError> {
        let head = self.head();
        let body = self
            .body
            .collect(max)
            .await
            .map_err(|error| classify::lost(kind, &error))?;
        // The parser's own words would quote the mail; its place in the text says enough.
        let value = serde_json::from_slice(&body).map_err(|error| {
            let what = format!("line {}, column {}", error.line(), error.column());
            classify::unreadable(kind, self.status, &self.headers, &what)
        })?;
        Ok(head.map(|()| value))
    }
}

/// Graph's clock, from the `Date` header.
pub(crate) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    retry::http_date(headers.get(DATE)?.to_str().ok()?)
}

/// Graph's `request-id`, bounded and plain, so that it may stand in a log line.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("request-id")?.to_str().ok()?;
    let plain = value.len() <= 64
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain.then(|| value.to_owned())
}

/// The address as it is; where it holds something an HTTP request cannot carry, encoded. An
/// unusable one becomes `/`, which no transport can send anywhere.
fn uri(address: &str) -> http::Uri {
    address
        .parse()
        .ok()
        .or_else(|| url::Url::parse(address).ok()?.as_str().parse().ok())
        .unwrap_or_default()
}

/// A header value; what cannot be one is sent empty and refused by Graph.
fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// A random GUID (version 4) for `client-request-id` (facts.md 9).
pub(crate) fn guid(entropy: &dyn Entropy) -> String {
    let mut bytes = [0_u8; 16];
    entropy.fill(&mut bytes);
    bytes[6] = (bytes[6] & 0x0F) | 0x40;
    bytes[8] = (bytes[8] & 0x3F) | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}
