//! Reads the body of a POST within its limits: of size, of time, and of memory over all senders.
//!
//! Anybody may send one and never end it. So a body that is on its way takes up nothing that a whole
//! one needs: it is counted with those of the same address, holds the memory that really came, and has
//! two seconds.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use maildesk_model::Clock;
use maildesk_model::client::{ClientAddress, Place, Places};

/// A body up to this size holds no more memory than its place; it holds some eighty notifications.
pub(super) const SMALL: usize = 64 * 1024;
/// No larger body is kept.
const MAX: usize = 4 * 1024 * 1024;
/// So much of a larger one is read and thrown away, so that its sender gets to see the answer.
const DISCARD_MAX: usize = 8 * 1024 * 1024;
/// Bodies on their way, in all and from one address. Most of Microsoft's come from one where a proxy
/// is not trusted.
const COMING_MAX: usize = 8192;
const COMING_EACH_MAX: usize = 2048;
/// Memory of bodies beyond [`SMALL`], in pieces of that size: 64 MiB in all, 16 MiB from one address.
const PIECES_MAX: usize = 1024;
const PIECES_EACH_MAX: usize = 256;
/// How long a body may take. Graph gives up on us after three seconds (facts.md 3.2).
const PATIENCE: Duration = Duration::from_secs(2);
/// A large one has a second more for each of these.
const BYTES_A_SECOND: usize = 1024 * 1024;

/// What became of a body.
pub(super) enum Read {
    /// It is here, with the memory it holds.
    Whole(Bytes, Held),
    /// It is larger than is kept.
    TooLarge,
    /// It never came to its end.
    BrokeOff,
    /// Too many at once.
    NoRoom,
}

/// The memory of a large body.
pub(super) struct Held(
    #[expect(dead_code, reason = "held until it is dropped")] Vec<Place<IpAddr>>,
);

/// Reads bodies.
pub(super) struct Reader {
    coming: Places<IpAddr>,
    pieces: Places<IpAddr>,
    clock: Arc<dyn Clock>,
}

impl Reader {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            coming: Places::new(COMING_MAX, COMING_EACH_MAX),
            pieces: Places::new(PIECES_MAX, PIECES_EACH_MAX),
            clock,
        }
    }

    pub(super) async fn read(&self, mut body: Body, from: ClientAddress) -> Read {
        let from = from.counted();
        let Some(_coming) = self.coming.take(from) else {
            return Read::NoRoom;
        };
        let began_at = self.clock.now();
        let mut kept = BytesMut::new();
        let mut pieces = Vec::new();
        let mut size = 0;
        loop {
            let more = Duration::from_secs((size / BYTES_A_SECOND) as u64);
            let frame = tokio::select! {
                biased;
                () = self.clock.sleep_until(began_at.plus(PATIENCE + more)) => None,
                frame = body.frame() => Some(frame),
            };
            let data = match frame {
                None | Some(Some(Err(_))) => return Read::BrokeOff,
                Some(None) if size > MAX => return Read::TooLarge,
                Some(None) => return Read::Whole(kept.freeze(), Held(pieces)),
                Some(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
            };
            size += data.len();
            if size > DISCARD_MAX {
                return Read::TooLarge;
            }
            if size > MAX {
                // Nothing of it is kept from here on.
                kept = BytesMut::new();
                pieces.clear();
                continue;
            }
            while size > SMALL * (pieces.len() + 1) {
                let Some(piece) = self.pieces.take(from) else {
                    return Read::NoRoom;
                };
                pieces.push(piece);
            }
            kept.extend_from_slice(&data);
        }
    }
}
