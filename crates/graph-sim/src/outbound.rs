//! How notifications and validations leave the simulator.
//!
//! The transport is handed in as `http::Request → http::Response`, so that a test may connect simulator and receiver in one process.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;

/// The future of one outbound call.
pub type OutboundCall =
    Pin<Box<dyn Future<Output = Result<http::Response<Bytes>, OutboundError>> + Send>>;

/// Why there was no answer at all.
#[derive(Debug, thiserror::Error)]
#[error("no answer: {0}")]
pub struct OutboundError(pub String);

/// Sends one request and reads the whole answer. Timeouts are the caller's business, in simulated time; redirects must not be followed.
pub trait Outbound: Send + Sync + 'static {
    /// Sends the request.
    fn send(&self, request: http::Request<Bytes>) -> OutboundCall;
}

/// Outbound calls over real HTTP. The client should follow no redirects and set no `User-Agent`: Graph's probes carry none.
#[derive(Clone, Debug)]
pub struct HttpOutbound(pub reqwest::Client);

impl Outbound for HttpOutbound {
    fn send(&self, request: http::Request<Bytes>) -> OutboundCall {
        let client = self.0.clone();
        Box::pin(async move {
            let request = reqwest::Request::try_from(request)
                .map_err(|error| OutboundError(error.to_string()))?;
            let answer = client
                .execute(request)
                .await
                .map_err(|error| OutboundError(error.without_url().to_string()))?;
            let mut whole = http::Response::new(Bytes::new());
            *whole.status_mut() = answer.status();
            *whole.headers_mut() = answer.headers().clone();
            *whole.body_mut() = answer
                .bytes()
                .await
                .map_err(|error| OutboundError(error.without_url().to_string()))?;
            Ok(whole)
        })
    }
}
