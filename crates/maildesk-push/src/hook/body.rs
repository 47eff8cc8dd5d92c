//! Reads a body of bounded size, so that the sender sees the answer even when it is too large.

use axum::body::Body;
use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

/// No honest POST comes near this.
const KEPT_MAX: usize = 4 << 20;
/// So much is read and thrown away before the connection is cut, so that the 413 arrives.
const READ_MAX: usize = 8 << 20;

/// The whole body, or the status to answer with.
pub(super) async fn read(mut body: Body) -> Result<Bytes, StatusCode> {
    let mut kept = BytesMut::new();
    let mut seen = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(StatusCode::BAD_REQUEST);
        };
        let Some(data) = frame.data_ref() else {
            continue;
        };
        seen += data.len();
        if seen > READ_MAX {
            break;
        }
        if seen <= KEPT_MAX {
            kept.extend_from_slice(data);
        }
    }
    if seen > KEPT_MAX {
        Err(StatusCode::PAYLOAD_TOO_LARGE)
    } else {
        Ok(kept.freeze())
    }
}
