//! One POST with a patience measured in simulated time.

use std::time::Duration;

use bytes::Bytes;

use crate::clock::SimClock;
use crate::outbound::Outbound;

/// What an answer that is already under way gets when time is advanced past its patience, in real time.
///
/// A leap of an hour would otherwise turn an answer of two milliseconds into a timeout, and a healthy endpoint into a slow one.
const GRACE: Duration = Duration::from_millis(100);

/// What came of a POST.
#[derive(Debug)]
pub(crate) enum Fate {
    /// An answer within the patience.
    Answered(http::Response<Bytes>),
    /// None in time.
    TimedOut,
    /// No connection, or it broke.
    Unreachable,
}

impl Fate {
    /// The status for the journal; 0 when there was no answer.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Fate::Answered(answer) => answer.status().as_u16(),
            Fate::TimedOut | Fate::Unreachable => 0,
        }
    }
}

/// What came of a POST, and how long that took in simulated time.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) fate: Fate,
    pub(crate) took: Duration,
}

/// Sends a request and waits for the answer, but no longer than `patience`.
pub(crate) async fn send(
    clock: &SimClock,
    outbound: &dyn Outbound,
    request: http::Request<Bytes>,
    patience: Duration,
) -> Sent {
    let (began, advanced) = (clock.now(), clock.offset());
    let mut call = outbound.send(request);
    let answer = tokio::select! {
        biased;
        answer = &mut call => answer,
        () = clock.sleep(patience) => {
            let leapt = clock.offset() > advanced;
            match if leapt { tokio::time::timeout(GRACE, call).await.ok() } else { None } {
                Some(answer) => answer,
                None => return Sent { fate: Fate::TimedOut, took: patience },
            }
        }
    };
    let took = Duration::try_from(clock.now().duration_since(began)).unwrap_or_default();
    let fate = answer.map_or(Fate::Unreachable, Fate::Answered);
    if took < patience {
        return Sent { fate, took };
    }
    Sent {
        fate,
        took: took.saturating_sub(clock.offset().saturating_sub(advanced)),
    }
}

/// A POST without `User-Agent` and `Referer`, as the recorded ones are [recorded 2].
pub(crate) fn request(
    url: &str,
    content_type: &'static str,
    body: Bytes,
) -> Option<http::Request<Bytes>> {
    http::Request::post(url)
        .header(http::header::CONTENT_TYPE, content_type)
        .body(body)
        .ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Notify;

    use super::*;
    use crate::clock::SystemClock;
    use crate::outbound::OutboundCall;

    /// An endpoint that answers when it is told to.
    struct Held(Arc<Notify>);

    impl Outbound for Held {
        fn send(&self, _request: http::Request<Bytes>) -> OutboundCall {
            let told = Arc::clone(&self.0);
            Box::pin(async move {
                told.notified().await;
                Ok(http::Response::new(Bytes::new()))
            })
        }
    }

    fn any_request() -> http::Request<Bytes> {
        request("http://127.0.0.1/hook", "application/json", Bytes::new()).expect("literal")
    }

    #[tokio::test]
    async fn silence_ends_with_the_patience() {
        let clock = SimClock::new(Arc::new(SystemClock));
        let endpoint = Held(Arc::default());
        let (sent, ()) = tokio::join!(
            send(&clock, &endpoint, any_request(), Duration::from_secs(3)),
            async { clock.advance(Duration::from_secs(4)) }
        );
        assert!(matches!(sent.fate, Fate::TimedOut));
        assert_eq!(sent.took, Duration::from_secs(3));
    }

    #[tokio::test]
    async fn an_answer_under_way_survives_a_leap_and_does_not_count_as_late() {
        let clock = SimClock::new(Arc::new(SystemClock));
        let told = Arc::new(Notify::new());
        let endpoint = Held(Arc::clone(&told));
        let (sent, ()) = tokio::join!(
            send(&clock, &endpoint, any_request(), Duration::from_secs(3)),
            async {
                clock.advance(Duration::from_hours(1));
                told.notify_one();
            }
        );
        assert!(matches!(sent.fate, Fate::Answered(_)));
        assert!(sent.took < Duration::from_secs(3));
    }
}
