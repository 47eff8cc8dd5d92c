//! Hinted messages: read by id, then the delta of the folders they were and are in (P4, S8).

use std::collections::{BTreeMap, HashSet};

use futures::{StreamExt as _, TryStreamExt as _};
use maildesk_graph::{GraphError, Reply, Want};
use maildesk_model::FolderId;
use maildesk_model::message::RemoteMessage;
use maildesk_store::contract::{FolderKey, FolderSync, Hint, HintOutcome, Source, Stamp};

use super::{AT_ONCE, Result, Visit, fetch, rounds, take_in};
use crate::plan::hint::{Unknown, failed, refused, unknown};

/// Hints read in one step. They are stored together, so more would make the first wait for the
/// last.
const AT_A_TIME: usize = 12;

/// What came of reading hinted messages.
#[derive(Default)]
struct Found {
    /// Read, and where they lie now.
    read: Vec<(Hint, Reply<RemoteMessage>)>,
    /// Graph does not know them.
    unknown: Vec<Hint>,
    /// Settled already: Graph failed over them, or refuses them for good.
    settled: Vec<(Hint, HintOutcome)>,
    /// The last error over a single message.
    failure: Option<GraphError>,
    /// What ended the reading.
    stopped: Option<GraphError>,
}

/// Reads the first of the stamp's hints.
pub(super) async fn read(visit: &Visit<'_>, stamp: &Stamp) -> Result<()> {
    let mut found = find(visit, &stamp.hints).await;
    let mut folders: HashSet<FolderId> = HashSet::new();
    let mut named: HashSet<String> = HashSet::new();
    let mut messages = Vec::new();
    for (hint, reply) in found.read.drain(..) {
        folders.extend(hint.known_folder);
        named.extend(reply.value.folder.clone());
        messages.push(reply);
        found.settled.push((hint, HintOutcome::Done));
    }
    folders.extend(found.unknown.iter().filter_map(|hint| hint.known_folder));
    take_messages_in(visit, messages).await?;
    if let Some(error) = found.stopped.take() {
        // What was read is as Graph has it; the sweeps visit its folders in any case.
        settle(visit, stamp, &found.settled).await?;
        return Err(error.into());
    }
    let folders = listed(visit, folders, named).await?;
    match left(visit, folders).await {
        Ok(left) => {
            settle_unknown(visit, &mut found, &left).await?;
            settle(visit, stamp, &found.settled).await?;
        }
        Err(failure) => {
            settle(visit, stamp, &found.settled).await?;
            return Err(failure);
        }
    }
    // Where Graph fails over every one of them, it is not about the messages.
    let all_failed = found
        .settled
        .iter()
        .all(|(_, outcome)| outcome != &HintOutcome::Done);
    match found.failure {
        Some(error) if all_failed => Err(error.into()),
        _ => Ok(()),
    }
}

async fn find(visit: &Visit<'_>, hints: &[Hint]) -> Found {
    let some = hints.iter().take(AT_A_TIME);
    let asked = some.map(|hint| (hint.clone(), hint.remote_id.clone()));
    let read = fetch::several(visit, asked, Want::ALL).await;
    let mut found = Found {
        stopped: read.stopped,
        ..Found::default()
    };
    for (hint, answer) in read.answers {
        match answer {
            Ok(reply) => found.read.push((hint, reply)),
            Err(GraphError::NotFound { .. }) => found.unknown.push(hint),
            Err(error @ GraphError::Later { .. }) => {
                let outcome = failed(&hint, visit.now());
                found.settled.push((hint, outcome));
                found.failure = Some(error);
            }
            // One message that may not be read is in nobody's way; if it is the whole mailbox, the next
            // sweep says so.
            Err(error @ GraphError::NotAllowed { .. }) => {
                tracing::debug!(code = error.code(), "a hinted message may not be read");
                found
                    .settled
                    .push((hint.clone(), refused(&hint, visit.now())));
            }
            Err(error) => {
                tracing::debug!(code = error.code(), "a hinted message is refused");
                found.settled.push((hint, HintOutcome::Done));
            }
        }
    }
    found
}

async fn take_messages_in(visit: &Visit<'_>, replies: Vec<Reply<RemoteMessage>>) -> Result<()> {
    let mut replies = replies.into_iter();
    let Some(first) = replies.next() else {
        return Ok(());
    };
    let rest: Vec<RemoteMessage> = replies.map(|reply| reply.value).collect();
    let all = first.map(|message| std::iter::once(message).chain(rest).collect());
    take_in::anywhere(visit, all, Source::Live).await.map(drop)
}

/// The folders messages were in and are in, by our key.
async fn listed(
    visit: &Visit<'_>,
    were_in: HashSet<FolderId>,
    are_in: HashSet<String>,
) -> Result<Vec<FolderSync>> {
    let mut all = BTreeMap::new();
    let keys = were_in.into_iter().map(FolderKey::Id);
    for key in keys.chain(are_in.iter().map(|id| FolderKey::Remote(id))) {
        if let Some(folder) = visit.store().folder_sync(visit.lease, key).await? {
            all.insert(folder.id, folder);
        }
    }
    Ok(all.into_values().collect())
}

/// Reads a page of each folder's round; answers with what left them.
async fn left(visit: &Visit<'_>, folders: Vec<FolderSync>) -> Result<HashSet<String>> {
    let rounds = folders
        .into_iter()
        .map(|folder| async move { rounds::read(visit, &folder, 1).await });
    let left: Vec<Vec<String>> = futures::stream::iter(rounds.collect::<Vec<_>>())
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(left.into_iter().flatten().collect())
}

/// Decides on the hints whose message Graph does not know.
async fn settle_unknown(
    visit: &Visit<'_>,
    found: &mut Found,
    left: &HashSet<String>,
) -> Result<()> {
    let now = visit.now();
    let mut gone = Vec::new();
    for hint in found.unknown.drain(..) {
        let outcome = match unknown(&hint, left.contains(&hint.remote_id), now) {
            Unknown::Again(at) => HintOutcome::RetryAt(at),
            Unknown::Gone => {
                gone.extend(hint.known_folder.is_some().then(|| hint.remote_id.clone()));
                HintOutcome::Done
            }
        };
        found.settled.push((hint, outcome));
    }
    if !gone.is_empty() {
        visit
            .store()
            .forget_messages(visit.lease, &gone, now)
            .await?;
    }
    Ok(())
}

async fn settle(visit: &Visit<'_>, stamp: &Stamp, hints: &[(Hint, HintOutcome)]) -> Result<()> {
    let store = visit.store();
    store
        .settle_hints(visit.lease, stamp.version, false, hints)
        .await?;
    Ok(())
}
