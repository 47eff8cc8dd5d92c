//! The one way out: a request goes in, an answer with a streamed body comes back.
//!
//! The program hands in [`ReqwestTransport`]; tests and the simulation hand in their own, and wrap
//! it to lose, delay or garble what passes.

mod over_reqwest;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::stream::{BoxStream, Stream, StreamExt};

pub use over_reqwest::{ReqwestTransport, Timeouts};

/// Sends one request and returns its answer, whatever its status. Follows no redirect and retries
/// nothing: both are the caller's decision.
#[async_trait]
pub trait Transport: Send + Sync + fmt::Debug {
    /// Sends `request`. Resolves when the head of the answer is here.
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<TransportBody>, TransportError>;
}

/// A request extension: how long the caller is willing to wait for the head of the answer, where
/// that differs from the transport's usual limit. Creating a subscription needs it, because Graph
/// probes two URLs, ten seconds each, before it answers.
#[derive(Clone, Copy, Debug)]
pub struct Patience(pub Duration);

/// Why no answer came, or why it broke off. Holds no URL: those carry tokens and addresses.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TransportError {
    /// The connection was never made, so the request was certainly not carried out.
    #[error("no connection to Microsoft: {0}")]
    Connect(String),
    /// No answer within the time allowed.
    #[error("no answer from Microsoft in time")]
    Timeout,
    /// The connection broke before the answer was complete.
    #[error("the connection to Microsoft broke: {0}")]
    Broken(String),
    /// The answer is larger than the caller is willing to hold.
    #[error("the answer is larger than {max} bytes")]
    TooLarge {
        /// The limit that was crossed.
        max: usize,
    },
}

/// The body of an answer: a stream of chunks, read once.
pub struct TransportBody {
    chunks: BoxStream<'static, Result<Bytes, TransportError>>,
}

impl TransportBody {
    /// A body that is already here.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self::from_stream(futures::stream::iter(
            (!bytes.is_empty()).then_some(Ok(bytes)),
        ))
    }

    /// A body that is still coming.
    pub fn from_stream(
        chunks: impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static,
    ) -> Self {
        Self {
            chunks: chunks.boxed(),
        }
    }

    /// The same body, keeping `guard` until it has been read or dropped.
    #[must_use]
    pub fn holding(self, guard: impl Send + 'static) -> Self {
        let mut chunks = self.chunks;
        let mut guard = Some(guard);
        Self::from_stream(futures::stream::poll_fn(move |context| {
            let next = chunks.poll_next_unpin(context);
            if matches!(next, Poll::Ready(None)) {
                drop(guard.take());
            }
            next
        }))
    }

    /// Everything at once, unless it is more than `max` bytes.
    pub async fn collect(mut self, max: usize) -> Result<Bytes, TransportError> {
        let mut all = BytesMut::new();
        while let Some(chunk) = self.next().await {
            let chunk = chunk?;
            if all.len() + chunk.len() > max {
                return Err(TransportError::TooLarge { max });
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }
}

impl Stream for TransportBody {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.chunks.poll_next_unpin(context)
    }
}

impl fmt::Debug for TransportBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransportBody(…)")
    }
}
