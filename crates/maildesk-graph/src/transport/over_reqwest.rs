//! The transport of the running program: reqwest, with a client that was handed in.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;

use super::{Patience, Transport, TransportBody, TransportError};

/// How long to wait for Microsoft.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timeouts {
    /// From sending to the head of the answer, unless the request carries a [`Patience`].
    pub head: Duration,
    /// Between two chunks of the body.
    pub idle: Duration,
}

impl Default for Timeouts {
    /// Thirty seconds each: Graph was seen to take 22 s over a write it did carry out
    /// (recorded.md 6), so a shorter limit would turn slow answers into doubtful ones.
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            idle: Duration::from_secs(30),
        }
    }
}

/// Sends through a [`reqwest::Client`].
///
/// The client must follow no redirects (`redirect::Policy::none()`): Graph was seen to answer a
/// `308` without a location on subscriptions (recorded.md 1.5), and a token must never travel to
/// another host.
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    timeouts: Timeouts,
}

impl ReqwestTransport {
    /// Takes the client the program built.
    pub const fn new(client: reqwest::Client, timeouts: Timeouts) -> Self {
        Self { client, timeouts }
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<TransportBody>, TransportError> {
        let patience = request
            .extensions()
            .get::<Patience>()
            .map_or(self.timeouts.head, |patience| patience.0);
        let request = reqwest::Request::try_from(request)
            .map_err(|error| TransportError::Connect(words(error)))?;
        let answer = tokio::time::timeout(patience, self.client.execute(request))
            .await
            .map_err(|_elapsed| TransportError::Timeout)?
            .map_err(translate)?;
        let answer = http::Response::<reqwest::Body>::from(answer);
        let (head, body) = answer.into_parts();
        Ok(http::Response::from_parts(
            head,
            chunks(body, self.timeouts.idle),
        ))
    }
}

/// The body as a stream that gives up when no chunk comes for `idle`.
fn chunks(body: reqwest::Body, idle: Duration) -> TransportBody {
    let data = http_body_util::BodyDataStream::new(body);
    TransportBody::from_stream(futures::stream::unfold(
        Some(data),
        move |data| async move {
            let mut data = data?;
            match tokio::time::timeout(idle, data.next()).await {
                Err(_elapsed) => Some((Err(TransportError::Timeout), None)),
                Ok(None) => None,
                Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some(data))),
                Ok(Some(Err(error))) => Some((Err(translate(error)), None)),
            }
        },
    ))
}

fn translate(error: reqwest::Error) -> TransportError {
    if error.is_connect() {
        TransportError::Connect(words(error))
    } else if error.is_timeout() {
        TransportError::Timeout
    } else {
        TransportError::Broken(words(error))
    }
}

/// The deepest cause, without the URL: that is the part which says what happened ("connection
/// refused", "invalid peer certificate"), and the URL may carry a token.
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut deepest: &dyn std::error::Error = &error;
    while let Some(cause) = deepest.source() {
        deepest = cause;
    }
    deepest.to_string()
}
