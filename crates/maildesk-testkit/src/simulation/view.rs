//! A live view: an open tab that comes back with its last position whenever its server dies.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use http::{Request, header};
use maildesk_model::Clock as _;
use maildesk_model::access::Viewer;

use super::held::Held;
use super::line::{Servers, open};
use super::node::BASE_URL;
use super::time::Time;
use crate::desk::{Event, read_frame};

/// How soon a tab comes back.
const RETRY: Duration = Duration::from_secs(2);

/// One view, and what it saw.
pub(super) struct View {
    pub(super) viewer: Viewer,
    pub(super) from: i64,
    seen: Arc<Held<Vec<Event>>>,
}

impl View {
    /// Opens a view that has seen everything up to `from`.
    pub(super) fn open(
        servers: Servers,
        first: usize,
        viewer: Viewer,
        token: String,
        from: i64,
        time: Time,
    ) -> Self {
        let seen = Arc::<Held<Vec<Event>>>::default();
        let watching = watch(servers, first, token, from, time, seen.clone());
        tokio::spawn(watching);
        Self { viewer, from, seen }
    }

    /// Everything it was told, in order.
    pub(super) fn seen(&self) -> Vec<Event> {
        self.seen.with(|seen| seen.clone())
    }
}

async fn watch(
    servers: Servers,
    mut turn: usize,
    token: String,
    from: i64,
    time: Time,
    seen: Arc<Held<Vec<Event>>>,
) {
    let mut last = from.to_string();
    loop {
        let server = servers.with(|servers| {
            let living = servers.iter().filter(|server| !server.gate.is_dead());
            let living: Vec<_> = living.collect();
            let taken = living.get(turn % living.len().max(1));
            taken.map(|server| (*server).clone())
        });
        if let Some(server) = server {
            let request = Request::get(format!("{BASE_URL}/api/v1/events"))
                .header(header::AUTHORIZATION, format!("Bearer {token}"))
                .header("last-event-id", &last)
                .body(Bytes::new())
                .expect("a request");
            let reading = read(&server.public, request, &mut last, &seen);
            tokio::select! {
                biased;
                () = server.gate.died() => {}
                () = reading => {}
            }
        }
        turn += 1;
        time.sleep(RETRY).await;
    }
}

/// Reads a stream to its end.
async fn read(
    router: &axum::Router,
    request: Request<Bytes>,
    last: &mut String,
    seen: &Held<Vec<Event>>,
) {
    let mut body = open(router, request).await.into_body();
    let mut buffer = Vec::new();
    while let Some(Ok(chunk)) = body.next().await {
        buffer.extend_from_slice(&chunk);
        while let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
            let frame: Vec<u8> = buffer.drain(..end + 2).collect();
            if let Some(event) = read_frame(&String::from_utf8_lossy(&frame)) {
                event.id.clone_into(last);
                seen.with(|seen| seen.push(event));
            }
        }
    }
}
