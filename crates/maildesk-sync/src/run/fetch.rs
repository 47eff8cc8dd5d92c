//! Reads single messages whole.

use futures::StreamExt as _;
use maildesk_graph::{GraphError, Reply, Want};
use maildesk_model::message::RemoteMessage;

use super::{AT_ONCE, Visit};

/// Reads one message; where its attachment list does not fit into the answer, that too.
pub(super) async fn one(
    visit: &Visit<'_>,
    id: &str,
    want: Want,
) -> Result<Reply<RemoteMessage>, GraphError> {
    let mut reply = visit.session.message(id, want).await?;
    if want.attachments && reply.value.attachments.is_none() {
        reply.value.attachments = Some(visit.session.attachments(id).await?.value);
    }
    Ok(reply)
}

/// What came of reading several.
pub(super) struct Read<T> {
    /// In the order asked for; shorter than what was asked when `stopped` is set.
    pub(super) answers: Vec<(T, Result<Reply<RemoteMessage>, GraphError>)>,
    /// An error that concerns the whole mailbox and ended the reading.
    pub(super) stopped: Option<GraphError>,
}

/// Reads several at once, until they are all read or an error says that the mailbox as a whole
/// cannot be read now. Of a refusal nobody knows whether it is about the one message or about all;
/// it is an answer.
pub(super) async fn several<T>(
    visit: &Visit<'_>,
    asked: impl IntoIterator<Item = (T, String)>,
    want: Want,
) -> Read<T> {
    let mut answers = Vec::new();
    let asked: Vec<_> = asked.into_iter().collect();
    let reads = asked.into_iter().map(|(about, id)| async move {
        let answer = one(visit, &id, want).await;
        (about, answer)
    });
    let mut reads = futures::stream::iter(reads).buffered(AT_ONCE);
    while let Some((about, answer)) = reads.next().await {
        match answer {
            Err(error) if is_about_the_mailbox(&error) && !is_refusal(&error) => {
                return Read {
                    answers,
                    stopped: Some(error),
                };
            }
            answer => answers.push((about, answer)),
        }
    }
    Read {
        answers,
        stopped: None,
    }
}

const fn is_refusal(error: &GraphError) -> bool {
    matches!(error, GraphError::NotAllowed { .. })
}

/// Whether an error of reading one message says nothing about that message.
pub(super) const fn is_about_the_mailbox(error: &GraphError) -> bool {
    match error {
        GraphError::Throttled { .. }
        | GraphError::TokenRejected { .. }
        | GraphError::SignInAgain { .. }
        | GraphError::NotAllowed { .. } => true,
        // No answer at all, or Graph asks for a time: the next call would fare no better.
        GraphError::Later {
            retry_after, said, ..
        } => retry_after.is_some() || said.status == 0,
        // The mailbox itself is not there.
        GraphError::Refused { said } => said.status == 404,
        _ => false,
    }
}
