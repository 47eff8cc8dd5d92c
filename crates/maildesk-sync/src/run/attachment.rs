//! The bytes of an attachment, streamed into the store in chunks.

use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use maildesk_graph::transport::{TransportBody, TransportError};
use maildesk_graph::{GraphError, Said, Session};
use maildesk_model::id::AttachmentId;
use maildesk_model::message::AttachmentKind;
use maildesk_store::StoreError;
use maildesk_store::contract::{IntentOutcome, IntentTarget, Lease};

use super::{Failure, Result};
use crate::Shared;
use crate::plan::intent::{Why, is_refusal, refusal};

/// The store's chunk.
const CHUNK: usize = 256 << 10;

/// Fetches what the intent is about. Runs beside the mailbox's other work, because a large file
/// takes its time.
pub(crate) async fn fetch(
    shared: &Shared,
    lease: &Lease,
    session: &Session,
    target: &IntentTarget,
) -> Result<IntentOutcome> {
    let Some((attachment, remote_id, kind)) = &target.attachment else {
        return Ok(IntentOutcome::Refused(refusal(Why::AttachmentGone)));
    };
    if *kind == AttachmentKind::Reference {
        return Ok(IntentOutcome::Refused(refusal(Why::Reference)));
    }
    let reply = match session.attachment_bytes(&target.message, remote_id).await {
        Ok(reply) => reply.value,
        Err(GraphError::NotFound { .. }) => {
            return Ok(IntentOutcome::Refused(refusal(Why::AttachmentGone)));
        }
        Err(GraphError::Refused { said }) if said.status == 405 => {
            return Ok(IntentOutcome::Refused(refusal(Why::Reference)));
        }
        Err(error) if is_refusal(&error) => return Ok(IntentOutcome::Refused(error.trouble())),
        Err(error) => return Err(error.into()),
    };
    match keep(shared, lease, *attachment, reply.bytes).await {
        // The message went while its attachment was on the way.
        Err(Failure::Store(StoreError::Conflict(_))) => {
            Ok(IntentOutcome::Refused(refusal(Why::AttachmentGone)))
        }
        kept => kept,
    }
}

async fn keep(
    shared: &Shared,
    lease: &Lease,
    attachment: AttachmentId,
    mut body: TransportBody,
) -> Result<IntentOutcome> {
    let mut buffer = BytesMut::new();
    let (mut chunks, mut size) = (0_i64, 0_i64);
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(broke_off)?;
        size += piece.len() as i64;
        if size > shared.settings.attachment_max_bytes {
            return Ok(IntentOutcome::Refused(refusal(Why::TooLarge)));
        }
        buffer.extend_from_slice(&piece);
        while buffer.len() >= CHUNK {
            let full = buffer.split_to(CHUNK).freeze();
            put(shared, lease, attachment, &mut chunks, full).await?;
        }
    }
    // An empty file has one empty chunk, so that there is something to be complete.
    if !buffer.is_empty() || chunks == 0 {
        put(shared, lease, attachment, &mut chunks, buffer.freeze()).await?;
    }
    let (store, at) = (&shared.store, shared.clock.now());
    let cap = shared.settings.blob_cap_bytes;
    store.finish_blob(lease, attachment, size, cap, at).await?;
    Ok(IntentOutcome::Done(None))
}

async fn put(
    shared: &Shared,
    lease: &Lease,
    attachment: AttachmentId,
    n: &mut i64,
    bytes: Bytes,
) -> std::result::Result<(), StoreError> {
    let at = shared.clock.now();
    let store = &shared.store;
    store
        .put_blob_chunk(lease, attachment, *n, bytes, at)
        .await?;
    *n += 1;
    Ok(())
}

/// The bytes broke off in the middle: the whole file again, later.
fn broke_off(error: TransportError) -> Failure {
    Failure::Graph(GraphError::Later {
        maybe_done: false,
        retry_after: None,
        said: Box::new(Said {
            code: "connection_broke".to_owned(),
            message: error.to_string(),
            ..Said::default()
        }),
    })
}
