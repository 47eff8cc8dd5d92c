//! The scheduled look at a mailbox: new mail anywhere, the inbox, the folders, and those of them
//! that waited longest (P6, S10).

use futures::{StreamExt as _, TryStreamExt as _};
use maildesk_graph::GraphError;
use maildesk_model::folder::WellKnown;
use maildesk_store::contract::{FolderKey, FolderSync};

use super::{AT_ONCE, Failure, Result, Visit, counts, fetch, folders, newest, rounds};
use crate::plan;

/// Folders looked at to choose from; more than any mailbox has.
pub(super) const FOLDERS_MAX: i64 = 10_000;

/// Sweeps.
pub(super) async fn sweep(visit: &Visit<'_>) -> Result<()> {
    look(visit).await?;
    if let Some(inbox) = folder(visit, WellKnown::Inbox).await? {
        rounds::read(visit, &inbox, rounds::PAGES).await?;
    }
    let count = usize::try_from(visit.folder_count).unwrap_or(0);
    let settings = &visit.shared.settings;
    let pace = plan::sweep::pace(count, settings.interval, settings.every_folder_within);
    let compares = !visit.importing && counts::is_due(visit).await?;
    let pace = if compares {
        pace.comparing(count)
    } else {
        pace
    };
    let limit = visit.folder_count.clamp(1, FOLDERS_MAX);
    let stalest = visit.store().stalest_folders(visit.lease, limit).await?;
    rounds_of(visit, plan::sweep::pick(&stalest, pace)).await?;
    if compares {
        counts::compare(visit).await?;
    }
    Ok(())
}

/// What every look at the whole mailbox begins with: its folders, and its newest mail.
pub(super) async fn look(visit: &Visit<'_>) -> Result<()> {
    if let Some(link) = visit.folders_link {
        folders::changes(visit, link).await?;
    }
    newest::read(visit).await
}

async fn folder(visit: &Visit<'_>, known: WellKnown) -> Result<Option<FolderSync>> {
    let key = FolderKey::WellKnown(known);
    Ok(visit.store().folder_sync(visit.lease, key).await?)
}

/// Reads the rounds of several folders. One that Microsoft fails over keeps no other waiting: it
/// stays the longest unvisited, and has its next turn soon.
pub(super) async fn rounds_of(visit: &Visit<'_>, folders: Vec<FolderSync>) -> Result<()> {
    let rounds = folders.into_iter().map(|folder| async move {
        match rounds::read(visit, &folder, rounds::PAGES).await {
            Err(Failure::Graph(error @ GraphError::Later { .. }))
                if !fetch::is_about_the_mailbox(&error) =>
            {
                tracing::debug!(folder.id = %folder.id, code = error.code(), "a folder could not be read");
                Ok(())
            }
            other => other.map(drop),
        }
    });
    futures::stream::iter(rounds.collect::<Vec<_>>())
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}
