//! Something between the desk and the simulator that holds calls back until it is opened: how a
//! story makes one call slow without making all of them slow.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use crate::stack::client;

/// A closed valve. Calls whose path ends as asked for wait at it; all others pass.
#[derive(Clone, Debug)]
pub struct Valve {
    ending: &'static str,
    opened: Arc<Semaphore>,
    held: watch::Sender<usize>,
    given_up: Arc<AtomicUsize>,
}

/// A call at the closed valve; when the caller goes, that is counted.
struct Held<'v>(Option<&'v Valve>);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some(valve) = self.0 {
            valve.given_up.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Valve {
    /// Holds calls whose path ends so.
    pub fn holding(ending: &'static str) -> Self {
        Self {
            ending,
            opened: Arc::new(Semaphore::new(0)),
            held: watch::Sender::new(0),
            given_up: Arc::default(),
        }
    }

    /// Waits until so many calls are held.
    ///
    /// # Panics
    /// When they do not come.
    pub async fn holds(&self, calls: usize) {
        let mut held = self.held.subscribe();
        let come = held.wait_for(|held| *held >= calls);
        let come = tokio::time::timeout(crate::wait::LIMIT, come).await;
        come.expect("calls reach the valve in time")
            .expect("the valve is there");
    }

    /// How many held calls were given up by those who made them.
    pub fn given_up(&self) -> usize {
        self.given_up.load(Ordering::SeqCst)
    }

    /// Lets everything pass from now on.
    pub fn open(&self) {
        self.opened.close();
    }

    /// Serves in front of `upstream`; its own base URL.
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

/// Passes one call on as it is, its `Host` included, so that links in answers lead here again.
async fn pass(
    State((valve, upstream, http)): State<(Valve, String, reqwest::Client)>,
    request: Request,
) -> Response {
    if request.uri().path().ends_with(valve.ending) {
        valve.held.send_modify(|held| *held += 1);
        // Never given out, only closed: the end of waiting.
        let mut held = Held(Some(&valve));
        let _closed = valve.opened.acquire().await;
        held.0 = None;
    }
    forward(&http, &upstream, request).await
}

/// Sends a request on to `upstream` as it is; the answer as it comes.
pub(crate) async fn forward(http: &reqwest::Client, upstream: &str, request: Request) -> Response {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let url = format!("{upstream}{path}");
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let sent = http
        .request(parts.method, url)
        .headers(parts.headers)
        .body(body);
    let Ok(answer) = sent.send().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    response.headers_mut().remove(header::TRANSFER_ENCODING);
    *response.body_mut() = Body::from_stream(answer.bytes_stream());
    response
}
