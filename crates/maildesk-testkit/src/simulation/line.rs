//! What lies between the nodes and Microsoft, in this process: calls go to the simulator's router,
//! its probes and notifications come to the nodes'.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt as _;
use graph_sim::{Outbound, OutboundCall, OutboundError};
use http::{Request, Response, header};
use maildesk_graph::transport::{Patience, Timeouts, Transport, TransportBody, TransportError};
use maildesk_model::Clock as _;
use tower::ServiceExt as _;

use super::bug::Bug;
use super::gate::{Fate, Gate};
use super::held::Held;
use super::referee::Referee;
use super::time::Time;
use crate::chance::Chance;

/// One request to a router, and its whole answer.
pub(super) async fn ask(router: &Router, request: Request<Bytes>) -> Response<Bytes> {
    let (head, mut body) = open(router, request).await.into_parts();
    let mut whole = Vec::new();
    while let Some(chunk) = body.next().await {
        whole.extend_from_slice(&chunk.expect("a whole body"));
    }
    Response::from_parts(head, whole.into())
}

/// One request to a router; the body of its answer is still to come.
pub(super) async fn open(
    router: &Router,
    request: Request<Bytes>,
) -> Response<axum::body::BodyDataStream> {
    let mut request = request.map(Body::from);
    if let Some(host) = request.uri().authority().cloned() {
        let host = host.as_str().parse().expect("a host");
        request.headers_mut().insert(header::HOST, host);
    }
    let answer = router.clone().oneshot(request).await;
    answer.expect("routers answer").map(Body::into_data_stream)
}

/// The way of one node to Microsoft.
pub(super) struct Line {
    pub(super) microsoft: Router,
    pub(super) gate: Arc<Gate>,
    pub(super) referee: Arc<Referee>,
    pub(super) time: Time,
    pub(super) bug: Option<Bug>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line")
    }
}

impl Line {
    async fn travel(&self) {
        let span = Duration::from_millis(1 + self.gate.below(80) as u64);
        self.time.sleep(span).await;
    }

    async fn carried_out(&self, request: Request<Bytes>) -> Response<Bytes> {
        let flight =
            mailbox_of(&request).map(|mailbox| self.referee.takes_off(mailbox, &self.gate));
        let answer = ask(&self.microsoft, request).await;
        drop(flight);
        answer
    }
}

#[async_trait]
impl Transport for Line {
    async fn send(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<TransportBody>, TransportError> {
        let what = format!("{} {}", request.method(), request.uri().path());
        self.gate.pass(&what).await;
        let fate = self.gate.line();
        if fate == Fate::Lost {
            return Err(TransportError::Connect("the line is cut".to_owned()));
        }
        let patience = request.extensions().get::<Patience>();
        let patience = patience.map_or(Timeouts::default().head, |patience| patience.0);
        let way = async {
            self.travel().await;
            let answer = if self.bug == Some(Bug::FifthCall) && request.method() == "GET" {
                let again = (0..4).map(|_| self.carried_out(request.clone()));
                let (answer, _) = tokio::join!(
                    self.carried_out(request.clone()),
                    futures::future::join_all(again)
                );
                answer
            } else {
                self.carried_out(request).await
            };
            self.travel().await;
            answer
        };
        let answer = tokio::select! {
            biased;
            () = self.gate.died() => std::future::pending().await,
            answer = way => answer,
            () = self.time.sleep(patience) => return Err(TransportError::Timeout),
        };
        self.gate.alive().await;
        if fate == Fate::AnswerLost {
            return Err(TransportError::Broken("the line broke".to_owned()));
        }
        Ok(answer.map(TransportBody::from_bytes))
    }
}

/// Whose mailbox a call is about, as far as Graph's limit goes.
fn mailbox_of(request: &Request<Bytes>) -> Option<String> {
    let mut path = request.uri().path().strip_prefix("/v1.0/")?.split('/');
    match path.next()? {
        "users" => Some(path.next()?.to_lowercase()),
        "me" => {
            let token = request.headers().get(header::AUTHORIZATION)?;
            Some(token.to_str().ok()?.to_owned())
        }
        _ => None,
    }
}

/// A server as others reach it.
#[derive(Clone)]
pub(super) struct Server {
    /// What people and programs ask.
    pub(super) public: Router,
    /// What Microsoft asks.
    pub(super) webhook: Router,
    pub(super) gate: Arc<Gate>,
}

/// The servers there are, those that died and are not back included.
pub(super) type Servers = Arc<Held<Vec<Server>>>;

/// The public address: whichever node the balancer takes.
pub(super) struct Address {
    pub(super) servers: Servers,
    pub(super) chance: Held<Chance>,
    pub(super) time: Time,
}

impl Outbound for Address {
    fn send(&self, request: Request<Bytes>) -> OutboundCall {
        let (place, span) = self.chance.with(|chance| {
            let place = chance.below(self.servers.with(|servers| servers.len().max(1)));
            (place, Duration::from_millis(1 + chance.below(80) as u64))
        });
        let server = self.servers.with(|servers| servers.get(place).cloned());
        let time = self.time.clone();
        Box::pin(async move {
            time.sleep(span).await;
            let gone = || OutboundError("nobody is there".to_owned());
            let server = server.filter(|server| !server.gate.is_dead());
            let server = server.ok_or_else(gone)?;
            tokio::select! {
                biased;
                () = server.gate.died() => Err(gone()),
                answer = ask(&server.webhook, request) => Ok(answer),
            }
        })
    }
}
