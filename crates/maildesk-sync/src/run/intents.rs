//! Carries out what people want done with mail (D4), and tells the store how it ended.

mod change;
mod delete;
mod draft;
mod fetch_body;

use std::collections::BTreeMap;

use futures::{StreamExt as _, TryStreamExt as _};
use maildesk_graph::{GraphError, Reply, retry};
use maildesk_model::id::{DraftId, MessageId};
use maildesk_model::intent::{Intent, Want as Wanted};
use maildesk_model::message::RemoteMessage;
use maildesk_store::contract::{IntentOutcome, IntentTarget, Source};

use super::{AT_ONCE, Failure, Result, Visit, take_in};
use crate::plan::intent::{Why, holds_mailbox, is_refusal, refusal};

/// What intents have in common that go in their order: a message, a draft, or the mailbox.
type About = (Option<MessageId>, Option<DraftId>);

/// Carries the intents out: those about one thing in their order, different things side by side.
pub(super) async fn carry_out(visit: &Visit<'_>, intents: &[Intent]) -> Result<()> {
    let mut by_thing: BTreeMap<About, Vec<&Intent>> = BTreeMap::new();
    for intent in intents {
        let about = (intent.want.message(), intent.want.draft());
        by_thing.entry(about).or_default().push(intent);
    }
    let rows = by_thing.into_values().map(|row| in_order(visit, row));
    futures::stream::iter(rows.collect::<Vec<_>>())
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn in_order(visit: &Visit<'_>, intents: Vec<&Intent>) -> Result<()> {
    for (place, intent) in intents.iter().enumerate() {
        if let Some(draft) = intent.want.draft() {
            match draft::carry_out(visit, intent, draft).await {
                Err(Failure::Graph(error)) => {
                    return put_off(visit, &intents[place..], error).await;
                }
                ended => ended?,
            }
            continue;
        }
        let outcome = match one(visit, intent).await {
            Ok(outcome) => outcome,
            Err(Failure::Graph(error)) if is_refusal(&error) => {
                IntentOutcome::Refused(error.trouble())
            }
            Err(Failure::Graph(error)) => return put_off(visit, &intents[place..], error).await,
            Err(failure) => return Err(failure),
        };
        settle(visit, intent, &outcome).await?;
    }
    Ok(())
}

/// Microsoft has not decided: again later, with what was wanted after it, so that the last wish
/// stays the last.
async fn put_off(visit: &Visit<'_>, intents: &[&Intent], error: GraphError) -> Result<()> {
    let attempts = intents.first().map_or(0, |intent| intent.attempts);
    if let GraphError::Throttled { .. } | GraphError::Later { .. } = error {
        let attempt = u32::try_from(attempts + 1).unwrap_or(u32::MAX);
        let fraction = visit.shared.entropy.fraction();
        let wait = retry::after(&error, attempt, fraction)
            .wait()
            .unwrap_or_default();
        let outcome = IntentOutcome::RetryAt(visit.now().plus(wait));
        for intent in intents {
            settle(visit, intent, &outcome).await?;
        }
    }
    if holds_mailbox(&error, attempts) {
        return Err(error.into());
    }
    Ok(())
}

async fn settle(visit: &Visit<'_>, intent: &Intent, outcome: &IntentOutcome) -> Result<()> {
    let (store, at) = (visit.store(), visit.now());
    store
        .settle_intent(visit.lease, intent.id, outcome, at)
        .await?;
    Ok(())
}

async fn one(visit: &Visit<'_>, intent: &Intent) -> Result<IntentOutcome> {
    let target = visit.store().intent_target(visit.lease, intent.id).await?;
    let Some(target) = target else {
        return Ok(IntentOutcome::Refused(refusal(gone(&intent.want))));
    };
    let look_first = intent.attempts > 0;
    match &intent.want {
        Wanted::Change { change, .. } => change::write(visit, &target, change, look_first).await,
        Wanted::Delete { .. } => delete::for_good(visit, &target).await,
        Wanted::FetchBody { .. } => fetch_body::fetch(visit, &target).await,
        // Downloads are not part of a step, and push's lane is another's.
        Wanted::FetchAttachment { .. }
        | Wanted::SaveDraft { .. }
        | Wanted::SendDraft { .. }
        | Wanted::DiscardDraft { .. }
        | Wanted::RegisterPush
        | Wanted::TurnOffPush
        | Wanted::CheckPush => Ok(IntentOutcome::RetryAt(visit.now())),
    }
}

/// What an intent without a target has lost: its message goes with all its intents, so with a move
/// it is the folder.
const fn gone(want: &Wanted) -> Why {
    match want {
        Wanted::Change { change, .. } if change.folder.is_some() => Why::FolderGone,
        _ => Why::MessageGone,
    }
}

/// The message is gone at Microsoft: so it is here, and nothing was carried out.
async fn message_gone(visit: &Visit<'_>, target: &IntentTarget) -> Result<IntentOutcome> {
    let (store, at) = (visit.store(), visit.now());
    let gone = std::slice::from_ref(&target.message);
    store.forget_messages(visit.lease, gone, at).await?;
    Ok(IntentOutcome::Refused(refusal(Why::MessageGone)))
}

/// Takes in a message as it was just seen.
async fn take_in_seen(visit: &Visit<'_>, seen: Reply<RemoteMessage>) -> Result<()> {
    let seen = seen.map(|message| vec![message]);
    take_in::anywhere(visit, seen, Source::Live).await.map(drop)
}
