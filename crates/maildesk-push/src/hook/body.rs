//! Reads the body of a POST within its limits: of size, of time, and of memory over all senders.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use maildesk_model::Clock;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A body up to this size is read without queueing; it holds some eighty notifications.
pub(super) const SMALL: usize = 64 * 1024;
/// No larger body is kept.
const MAX: usize = 4 * 1024 * 1024;
/// So much of a larger one is read and thrown away, so that its sender gets to see the answer.
const DISCARD_MAX: usize = 8 * 1024 * 1024;
/// Bodies beyond [`SMALL`] that are held at once: they bound memory, and the time spent parsing.
const LARGE_AT_ONCE: usize = 8;
/// How long a body may take. Graph gives up on us after three seconds (facts.md 3.2), and whoever
/// is slower than this only takes up a place.
const PATIENCE: Duration = Duration::from_secs(5);

/// What became of a body.
pub(super) enum Read {
    /// It is here; a large one with the lane it takes up.
    Whole(Bytes, Option<OwnedSemaphorePermit>),
    /// It is larger than is kept.
    TooLarge,
    /// It never came to its end.
    BrokeOff,
    /// Too many large ones at once.
    NoRoom,
}

/// Reads bodies.
pub(super) struct Reader {
    large: Arc<Semaphore>,
    clock: Arc<dyn Clock>,
}

impl Reader {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            large: Arc::new(Semaphore::new(LARGE_AT_ONCE)),
            clock,
        }
    }

    pub(super) async fn read(&self, body: Body) -> Read {
        tokio::select! {
            biased;
            read = self.read_on(body) => read,
            () = self.clock.sleep(PATIENCE) => Read::BrokeOff,
        }
    }

    async fn read_on(&self, mut body: Body) -> Read {
        let mut kept = BytesMut::new();
        let mut lane = None;
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                return Read::BrokeOff;
            };
            let Ok(data) = frame.into_data() else {
                continue;
            };
            let size = kept.len() + data.len();
            if size > MAX {
                drop((kept, lane));
                return discard(body, size).await;
            }
            if size > SMALL && lane.is_none() {
                let Ok(free) = Arc::clone(&self.large).try_acquire_owned() else {
                    return Read::NoRoom;
                };
                lane = Some(free);
            }
            kept.extend_from_slice(&data);
        }
        Read::Whole(kept.freeze(), lane)
    }
}

/// Reads on without keeping anything.
async fn discard(mut body: Body, mut size: usize) -> Read {
    while size <= DISCARD_MAX {
        match body.frame().await {
            Some(Ok(frame)) => size += frame.data_ref().map_or(0, Bytes::len),
            Some(Err(_)) | None => break,
        }
    }
    Read::TooLarge
}
