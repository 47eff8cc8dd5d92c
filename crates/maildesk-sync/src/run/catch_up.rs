//! "All of it": every listed folder, a few at a time, with everybody else's turn in between.

use futures::{StreamExt as _, TryStreamExt as _};
use maildesk_model::FolderId;
use maildesk_store::contract::{FolderKey, Stamp};

use super::{AT_ONCE, Failure, Result, Visit, rounds, sweep};
use crate::memory::CatchUp;

/// Folders visited in one step.
const AT_A_TIME: usize = 12;
/// A folder that Microsoft fails over again and again is left to the sweeps after this many times.
const FAILURES_MOST: u32 = 5;

/// Begins a round over all folders, or goes on with one.
pub(super) async fn go_on(visit: &Visit<'_>, stamp: &Stamp) -> Result<()> {
    let (memory, mailbox) = (&visit.shared.memory, visit.mailbox());
    let mut round = match memory.catch_up(mailbox) {
        Some(round) => round,
        None => begin(visit, stamp).await?,
    };
    if round.left.is_empty() || round.failures >= FAILURES_MOST {
        memory.set_catch_up(mailbox, None);
        let store = visit.store();
        let version = round.version;
        store.settle_hints(visit.lease, version, true, &[]).await?;
        return Ok(());
    }
    let some: Vec<FolderId> = round.left.iter().copied().take(AT_A_TIME).collect();
    let read = read(visit, &some).await;
    match &read {
        Ok(()) => drop(round.left.drain(..some.len())),
        Err(Failure::Graph(_)) => round.failures += 1,
        Err(_) => {}
    }
    memory.set_catch_up(mailbox, Some(round));
    read
}

async fn begin(visit: &Visit<'_>, stamp: &Stamp) -> Result<CatchUp> {
    sweep::look(visit).await?;
    let store = visit.store();
    let all = store
        .stalest_folders(visit.lease, sweep::FOLDERS_MAX)
        .await?;
    Ok(CatchUp {
        version: stamp.version,
        left: all.into_iter().map(|folder| folder.id).collect(),
        failures: 0,
    })
}

async fn read(visit: &Visit<'_>, folders: &[FolderId]) -> Result<()> {
    let rounds = folders.iter().map(|folder| async move {
        let key = FolderKey::Id(*folder);
        match visit.store().folder_sync(visit.lease, key).await? {
            Some(folder) => rounds::read(visit, &folder, rounds::PAGES).await.map(drop),
            None => Ok(()),
        }
    });
    futures::stream::iter(rounds.collect::<Vec<_>>())
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}
