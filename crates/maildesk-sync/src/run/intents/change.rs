//! Read, flag, categories, folder: written at Microsoft, and taken in as Microsoft answers.

use maildesk_graph::{GraphError, Want};
use maildesk_model::intent::Change;
use maildesk_model::message::RemoteMessage;
use maildesk_store::contract::{IntentOutcome, IntentTarget, MessageBatch, Source};

use super::{Result, Visit, message_gone};
use crate::plan::intent::{Why, Writes, is_refusal, laid_over, refusal, writes};
use crate::run::take_in;

/// Writes the change. `look_first`: an earlier try may have been carried out (S6).
pub(super) async fn write(
    visit: &Visit<'_>,
    target: &IntentTarget,
    change: &Change,
    look_first: bool,
) -> Result<IntentOutcome> {
    let session = &visit.session;
    let seen = if look_first {
        match session.message(&target.message, Want::FIELDS).await {
            Ok(seen) => Some(seen.value),
            Err(GraphError::NotFound { .. }) => return message_gone(visit, target).await,
            Err(error) => return Err(error.into()),
        }
    } else {
        None
    };
    let Writes { patch, destination } = writes(change, target.folder.as_deref(), seen.as_ref());
    let mut answer = seen;
    if let Some(patch) = patch {
        match session.update_message(&target.message, &patch).await {
            Ok(patched) => answer = Some(laid_over(answer, patched.value)),
            Err(GraphError::NotFound { said }) => return unknown(visit, target, said).await,
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(folder) = destination {
        match session.move_message(&target.message, &folder).await {
            Ok(moved) => answer = Some(laid_over(answer, moved.value)),
            Err(GraphError::NotFound { .. }) => return destination_or_message(visit, target).await,
            Err(error) if is_refusal(&error) => {
                take_half_in(visit, answer).await?;
                return Ok(IntentOutcome::Refused(error.trouble()));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(IntentOutcome::Done(answer.map(Box::new)))
}

/// Graph does not know the message it was to patch. If it does when asked, that was an echo of
/// something just moved, and the patch is tried again.
async fn unknown(
    visit: &Visit<'_>,
    target: &IntentTarget,
    said: Box<maildesk_graph::Said>,
) -> Result<IntentOutcome> {
    match visit.session.message(&target.message, Want::FIELDS).await {
        Ok(_) => Err(GraphError::Later {
            maybe_done: false,
            retry_after: None,
            said,
        }
        .into()),
        Err(GraphError::NotFound { .. }) => message_gone(visit, target).await,
        Err(error) => Err(error.into()),
    }
}

/// A move that finds nothing: is it the message or the folder that is gone?
async fn destination_or_message(visit: &Visit<'_>, target: &IntentTarget) -> Result<IntentOutcome> {
    match visit.session.message(&target.message, Want::FIELDS).await {
        Ok(seen) => {
            take_half_in(visit, Some(seen.value)).await?;
            Ok(IntentOutcome::Refused(refusal(Why::FolderGone)))
        }
        Err(GraphError::NotFound { .. }) => message_gone(visit, target).await,
        Err(error) => Err(error.into()),
    }
}

/// The patch was carried out and the move refused: what Graph has now is shown, not what was.
async fn take_half_in(visit: &Visit<'_>, answer: Option<RemoteMessage>) -> Result<()> {
    let batch = MessageBatch {
        changed: take_in::with_texts(answer.into_iter().collect()).await,
        removed: Vec::new(),
        cursor: None,
        source: Source::Live,
        skew_micros: 0,
        at: visit.now(),
    };
    take_in::apply(visit, &batch).await.map(drop)
}
