//! How slowly a body may come: who sends one byte a minute takes up a place all the time.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures::{StreamExt, stream};
use maildesk_model::{Clock, Timestamp};

/// A body may take so long: a form, over the worst of lines.
const ALLOWANCE: Duration = Duration::from_secs(10);
/// Whoever is known has a second more for each of these that came, so that a large body may take its
/// time over a slow line.
const BYTES_A_SECOND: usize = 16 * 1024;

/// The body did not come in time.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub(crate) struct TooSlow;

/// How fast a body has to come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pace {
    /// All of it within ten seconds.
    Stranger,
    /// After that, 16 KiB a second on the whole.
    Known,
}

/// A body on its way.
struct Coming {
    chunks: BodyDataStream,
    clock: Arc<dyn Clock>,
    pace: Pace,
    began_at: Timestamp,
    received: usize,
}

impl Coming {
    fn until(&self) -> Timestamp {
        let more = match self.pace {
            Pace::Stranger => 0,
            Pace::Known => self.received / BYTES_A_SECOND,
        };
        let more = Duration::from_secs(more as u64);
        self.began_at.plus(ALLOWANCE + more)
    }
}

/// The body, which breaks off with [`TooSlow`] when it falls behind.
pub(crate) fn keep(body: Body, pace: Pace, clock: Arc<dyn Clock>) -> Body {
    let coming = Coming {
        chunks: body.into_data_stream(),
        began_at: clock.now(),
        clock,
        pace,
        received: 0,
    };
    Body::from_stream(stream::unfold(Some(coming), next))
}

async fn next(coming: Option<Coming>) -> Option<(Result<Bytes, axum::Error>, Option<Coming>)> {
    let mut coming = coming?;
    let chunk = tokio::select! {
        biased;
        () = coming.clock.sleep_until(coming.until()) => {
            return Some((Err(axum::Error::new(TooSlow)), None));
        }
        chunk = coming.chunks.next() => chunk?,
    };
    coming.received += chunk.as_ref().map_or(0, Bytes::len);
    Some((chunk, Some(coming)))
}
