//! Whatever answers a call to Graph or to the sign-in service becomes a value that can be used, or
//! the decision its status calls for; no words of it get out unmasked, and no call leaves for
//! another host.
//!
//! One input is an answer as it stands on the wire: the status on a line, header lines, an empty
//! line, the body. Every operation is given it.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::executor::block_on;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use maildesk_graph::login::{App, Credential, Pkce};
use maildesk_graph::transport::{Transport, TransportBody, TransportError};
use maildesk_graph::{
    BodiesFrom, DeltaFrom, DeltaItem, DeltaLink, DeltaPage, Graph, GraphError, Hosts, Login,
    LoginError, MailboxGate, MessagePatch, NewSubscription, Page, Reply, Session, Settings, Tokens,
    Want, Who, retry,
};
use maildesk_model::{Clock, Cloud, Entropy, Secret, Timestamp};

/// No words of Microsoft are shown at greater length.
const SHOWN_MAX: usize = 640;
/// Pages followed for one list of attachments, with the tries a crowded mailbox may take on top.
const CALLS_MAX: usize = 40;
/// An hour is the longest wait that is believed, a tenth may be added.
const WAIT_MAX: Duration = Duration::from_mins(67);

/// Holds one answer to it.
pub(crate) fn check(data: &[u8]) {
    if let Some(answer) = Answer::read(data) {
        block_on(async {
            reads(&answer).await;
            lists(&answer).await;
            writes(&answer).await;
            sign_ins(&answer).await;
        });
    }
}

/// What the other side says to everything.
#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn read(data: &[u8]) -> Option<Self> {
        let at = data.windows(2).position(|pair| pair == b"\n\n");
        let (head, body) = data.split_at(at.unwrap_or(data.len()));
        let head = std::str::from_utf8(head).ok()?;
        let mut lines = head.lines();
        let status = StatusCode::from_bytes(lines.next()?.trim().as_bytes()).ok()?;
        let mut headers = HeaderMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
                headers.append(name, value);
            }
        }
        let body = Bytes::copy_from_slice(body.get(2..).unwrap_or_default());
        Some(Self {
            status,
            headers,
            body,
        })
    }
}

/// Says the same to every request, and looks where each one goes.
struct Wire {
    answer: Answer,
    host: &'static str,
    calls: Mutex<usize>,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<TransportBody>, TransportError> {
        let uri = request.uri();
        assert_eq!(
            uri.scheme_str(),
            Some("https"),
            "the token goes out in clear"
        );
        assert_eq!(uri.host(), Some(self.host), "the token goes elsewhere");
        assert!(uri.port_u16().is_none_or(|port| port == 443));
        let mut calls = self.calls.lock().expect("nothing panics holding it");
        *calls += 1;
        assert!(*calls <= CALLS_MAX, "one operation asks without end");
        let mut answer = Response::new(TransportBody::from_bytes(self.answer.body.clone()));
        *answer.status_mut() = self.answer.status;
        *answer.headers_mut() = self.answer.headers.clone();
        Ok(answer)
    }
}

fn wire(answer: &Answer, host: &'static str) -> Arc<Wire> {
    Arc::new(Wire {
        answer: answer.clone(),
        host,
        calls: Mutex::default(),
    })
}

/// A clock whose waits are over at once.
#[derive(Debug)]
struct Impatient;

impl Clock for Impatient {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000)
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep_until(&self, _: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}

/// No randomness at all, so that an input always does the same.
#[derive(Debug)]
struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn session(answer: &Answer) -> Session {
    let graph = Graph::new(
        wire(answer, "graph.microsoft.com"),
        Hosts::of(Cloud::Global),
        Settings::default(),
        Arc::new(Impatient),
        Arc::new(Zeros),
    );
    graph.session(Who::Me, Secret::new("opaque-token"), MailboxGate::new(3))
}

async fn reads(answer: &Answer) {
    let named = |id: String| assert!(!id.is_empty(), "a good answer says which thing it is");
    let read = session(answer).message("m", Want::ALL).await;
    outcome(
        answer,
        Call::Read,
        read.map(|one| named(one.value.remote_id)),
    );
    let read = session(answer).folder("inbox").await;
    outcome(
        answer,
        Call::Read,
        read.map(|one| named(one.value.remote_id)),
    );
    let read = session(answer).me().await;
    outcome(answer, Call::Read, read.map(|one| named(one.value.id)));
    let read = session(answer).my_aliases().await;
    outcome(answer, Call::Read, read.map(drop));
    let read = session(answer).subscription("s").await;
    outcome(
        answer,
        Call::Subscription,
        read.map(|one| named(one.value.id)),
    );
    let read = session(answer).attachment_bytes("m", "a").await;
    if let Some(bytes) = outcome(answer, Call::Read, read) {
        let whole = bytes.value.bytes.collect(usize::MAX).await;
        assert_eq!(whole, Ok(answer.body.clone()), "every byte gets through");
    }
}

async fn lists(answer: &Answer) {
    let list = session(answer).newest(50, None).await;
    page(answer, list, |one| &one.remote_id).await;
    let list = session(answer).bodies(BodiesFrom::Newest, 20).await;
    page(answer, list, |one| &one.remote_id).await;
    let list = session(answer)
        .folder_children("msgfolderroot", 9, None)
        .await;
    page(answer, list, |one| &one.remote_id).await;
    let list = session(answer).subscriptions(None).await;
    page(answer, list, |one| &one.id).await;
    let list = session(answer).attachments("m").await;
    if let Some(all) = outcome(answer, Call::Read, list) {
        assert!(
            all.value
                .iter()
                .all(|one| !one.remote_id.is_empty() && one.size >= 0)
        );
    }
    let list = session(answer)
        .message_delta("inbox", DeltaFrom::Start, 9)
        .await;
    delta_page(answer, list, |one| &one.remote_id).await;
    let list = session(answer).folder_delta(DeltaFrom::Start, 9).await;
    delta_page(answer, list, |one| &one.remote_id).await;
}

async fn writes(answer: &Answer) {
    let wanted = NewSubscription {
        notification_url: "https://desk.example/n".to_owned(),
        lifecycle_url: "https://desk.example/l".to_owned(),
        client_state: Secret::new("hush"),
        expires_at: Impatient.now(),
    };
    let made = session(answer).create_subscription(&wanted).await;
    let made = made.map(|made| assert!(!made.value.id.is_empty()));
    outcome(answer, Call::Subscribe, made);
    let renewed = session(answer)
        .renew_subscription("s", Impatient.now())
        .await;
    let renewed = renewed.map(|renewed| assert!(!renewed.value.id.is_empty()));
    outcome(answer, Call::Subscription, renewed);
    let deleted = session(answer).delete_subscription("s").await;
    outcome(answer, Call::Subscription, deleted);
    let patch = MessagePatch::default();
    let changed = session(answer).update_message("m", &patch).await;
    let moved = session(answer).move_message("m", "archive").await;
    for written in [changed, moved] {
        let written = outcome(answer, Call::Write, written);
        // It was carried out, whatever its echo looks like.
        assert_eq!(written.is_some(), answer.status.is_success());
        assert!(written.is_none_or(|one| !one.value.remote_id.is_empty()));
    }
    let deleted = session(answer).delete_message("m").await;
    outcome(answer, Call::Write, deleted);
    let sent = session(answer).send_draft("m").await;
    outcome(answer, Call::Write, sent);
}

async fn page<T>(
    answer: &Answer,
    read: Result<Reply<Page<T>>, GraphError>,
    id: impl Fn(&T) -> &String,
) {
    if let Some(page) = outcome(answer, Call::Read, read) {
        assert!(page.value.items.iter().all(|item| !id(item).is_empty()));
        follow(answer, page.value.link()).await;
    }
}

async fn delta_page<T>(
    answer: &Answer,
    read: Result<Reply<DeltaPage<T>>, GraphError>,
    id: impl Fn(&T) -> &String,
) {
    if let Some(page) = outcome(answer, Call::Delta, read) {
        let named = |item: &DeltaItem<T>| match item {
            DeltaItem::Changed(item) => !id(item).is_empty(),
            DeltaItem::Removed(id) => !id.is_empty(),
        };
        assert!(page.value.items.iter().all(named));
        follow(answer, Some(page.value.next.link())).await;
    }
}

/// Goes where a link leads; the wire looks where that is.
async fn follow(answer: &Answer, link: Option<&DeltaLink>) {
    if let Some(link) = link {
        let next = session(answer).newest(1, Some(link)).await;
        assert!(
            !matches!(&next, Err(error) if error.code() == "stale_link"),
            "a link that was handed out is followed"
        );
    }
}

/// What kind of call it was: what its refusal may mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Call {
    Read,
    Delta,
    Write,
    Subscribe,
    Subscription,
}

/// Holds the outcome to the status, and an error to what may be shown and waited for.
fn outcome<T>(answer: &Answer, call: Call, outcome: Result<T, GraphError>) -> Option<T> {
    let status = answer.status.as_u16();
    let error = match outcome {
        Ok(value) => {
            assert!(answer.status.is_success(), "{status} is no success");
            return Some(value);
        }
        Err(error) => error,
    };
    if answer.status.is_success() {
        let ours = ["unreadable_answer", "foreign_link"];
        assert!(ours.contains(&error.code()), "{error} of {status}");
    }
    let fits = match &error {
        GraphError::Throttled { .. } => matches!(status, 429 | 509),
        GraphError::TokenRejected { .. } => status == 401,
        GraphError::SignInAgain { .. } => matches!(status, 401 | 403),
        GraphError::NotAllowed { .. } => status == 403,
        GraphError::DeltaExpired { .. } => call == Call::Delta,
        GraphError::Conflict { existing, .. } => {
            status == 409
                && call == Call::Subscribe
                && existing.as_ref().is_none_or(|id| id.len() == 36)
        }
        GraphError::Later { maybe_done, .. } => {
            !(*maybe_done && matches!(call, Call::Read | Call::Delta))
        }
        GraphError::TooLong { .. } | GraphError::ValidationFailed { .. } => {
            matches!(call, Call::Subscribe | Call::Subscription)
        }
        GraphError::NotFound { .. } | GraphError::Refused { .. } => {
            !matches!(status, 401 | 403 | 429 | 503)
        }
    };
    assert!(fits, "{error:?} of {status} for {call:?}");
    for attempt in [1, 2, u32::MAX] {
        let wait = retry::after(&error, attempt, 1.0).wait();
        assert!(wait.is_none_or(|wait| wait <= WAIT_MAX));
    }
    for text in [&error.to_string(), error.code(), error.message()] {
        may_be_shown(text);
    }
    None
}

/// Short, on one line, and without an address.
fn may_be_shown(text: &str) {
    assert!(
        text.len() <= SHOWN_MAX,
        "{} bytes of foreign words",
        text.len()
    );
    assert!(!text.contains(char::is_control), "{text:?}");
    let part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    for sign in ["@", "%40"] {
        for (at, _) in text.match_indices(sign) {
            let before = text[..at].ends_with(part);
            let behind = text[at + sign.len()..].starts_with(part);
            assert!(!(before && behind), "an address is shown: {text}");
        }
    }
}

async fn sign_ins(answer: &Answer) {
    let login = Login::new(
        wire(answer, "login.microsoftonline.com"),
        Hosts::of(Cloud::Global),
        App {
            client_id: "app".to_owned(),
            tenant: "contoso.test".to_owned(),
            credentials: ["s1", "s2"]
                .map(|one| Credential::Secret(Secret::new(one)))
                .to_vec(),
        },
        "MailDesk/fuzz",
        Arc::new(Impatient),
        Arc::new(Zeros),
    );
    let pkce = Pkce::stored(Secret::new("verifier"));
    let redeemed = login.redeem_code("code", "https://desk.example/cb", &pkce, &["User.Read"]);
    tokens(answer, redeemed.await);
    tokens(
        answer,
        login.refresh(&Secret::new("rt"), &["User.Read"]).await,
    );
    tokens(answer, login.client_credentials().await);
}

fn tokens(answer: &Answer, outcome: Result<Tokens, LoginError>) {
    let status = answer.status.as_u16();
    match outcome {
        Ok(tokens) => {
            assert!(answer.status.is_success());
            assert!(!tokens.access.expose().is_empty(), "a token is one");
            assert!(
                tokens
                    .refresh
                    .is_none_or(|token| !token.expose().is_empty())
            );
            assert!(!tokens.expires_in.is_zero());
        }
        Err(error) => {
            if answer.status.is_success() || status == 429 || status >= 500 {
                assert!(
                    matches!(error, LoginError::Later { .. }),
                    "{error} of {status}"
                );
            }
            for text in [&error.to_string(), error.code(), error.message()] {
                may_be_shown(text);
            }
        }
    }
}
