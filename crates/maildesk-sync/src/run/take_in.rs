//! Takes messages in, whichever step they come from: only those in scope, with the text of their
//! bodies, and with their attachment lists whole.

use std::collections::HashMap;

use maildesk_graph::Reply;
use maildesk_model::message::RemoteMessage;
use maildesk_store::contract::{Applied, Incoming, MessageBatch, Source};

use super::{Result, Visit, scope, skew_micros};
use crate::text;

/// More bodies than this are turned into text on a thread of their own.
const TEXTS_INLINE: usize = 2;

/// Takes in what was listed or read anywhere in the mailbox. Messages in folders out of scope are
/// left out, and those of them that have a row are taken away: they left the desk's world.
pub(super) async fn anywhere(
    visit: &Visit<'_>,
    reply: Reply<Vec<RemoteMessage>>,
    source: Source,
) -> Result<Applied> {
    let skew = skew_micros(&reply);
    let (inside, outside) = part(visit, reply.value).await?;
    if !outside.is_empty() {
        let known = visit.store().known_messages(visit.lease, &outside).await?;
        if !known.is_empty() {
            let (store, at) = (visit.store(), visit.now());
            store.forget_messages(visit.lease, &known, at).await?;
        }
    }
    let batch = MessageBatch {
        changed: with_texts(inside).await,
        removed: Vec::new(),
        cursor: None,
        source,
        skew_micros: skew,
        at: visit.now(),
    };
    apply(visit, &batch).await
}

/// Writes a batch, unless there is nothing in it.
pub(super) async fn apply(visit: &Visit<'_>, batch: &MessageBatch) -> Result<Applied> {
    if batch.changed.is_empty() && batch.removed.is_empty() && batch.cursor.is_none() {
        return Ok(Applied::default());
    }
    let applied = visit.store().apply_messages(visit.lease, batch).await?;
    tracing::debug!(
        changed = batch.changed.len(),
        removed = batch.removed.len(),
        arrived = applied.arrived.len(),
        added = applied.added,
        missing = applied.missing,
        "took messages in"
    );
    Ok(applied)
}

/// Parts messages by scope. A message that does not say where it lies is inside: it is sparse, and
/// about a row we have.
async fn part(
    visit: &Visit<'_>,
    messages: Vec<RemoteMessage>,
) -> Result<(Vec<RemoteMessage>, Vec<String>)> {
    let mut known: HashMap<String, bool> = HashMap::new();
    let (mut inside, mut outside) = (Vec::with_capacity(messages.len()), Vec::new());
    for message in messages {
        let is_inside = match &message.folder {
            None => true,
            Some(folder) => {
                if let Some(known) = known.get(folder) {
                    *known
                } else {
                    let found = scope::bring_in(visit, folder).await?;
                    known.insert(folder.clone(), found);
                    found
                }
            }
        };
        if is_inside {
            inside.push(message);
        } else {
            outside.push(message.remote_id);
        }
    }
    Ok((inside, outside))
}

/// Adds the text of each body.
pub(super) async fn with_texts(messages: Vec<RemoteMessage>) -> Vec<Incoming> {
    let bodies = messages.iter().filter(|one| one.body.is_some()).count();
    if bodies <= TEXTS_INLINE {
        return messages.into_iter().map(with_text).collect();
    }
    let texts = move || messages.into_iter().map(with_text).collect();
    // It fails only if the runtime is being shut down or the work panics; text::of does not.
    tokio::task::spawn_blocking(texts).await.unwrap_or_default()
}

fn with_text(message: RemoteMessage) -> Incoming {
    let text = message.body.as_ref().map(text::of);
    Incoming { message, text }
}
