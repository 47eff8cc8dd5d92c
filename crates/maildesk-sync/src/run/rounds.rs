//! Later rounds of a folder's delta: what changed since the last one (S2, S3).

use maildesk_graph::{DeltaFrom, DeltaLink, DeltaNext, DeltaPage, GraphError, Reply};
use maildesk_model::message::RemoteMessage;
use maildesk_store::contract::{Cursor, FolderSync, MessageBatch, Source};

use super::{Result, Visit, folders, skew_micros, take_in};
use crate::plan;

/// Messages on a page. Graph takes 1,000 for lists; delta pages of a few hundred come quickly.
pub(super) const PAGE: u32 = 250;
/// Pages of one round read in one step. What is left is a row, and gone on with in its turn.
pub(super) const PAGES: usize = 4;

/// Reads up to `pages` pages of a listed folder's round. Answers with the ids that it called
/// removed. A folder that is not listed yet has no round.
pub(super) async fn read(
    visit: &Visit<'_>,
    folder: &FolderSync,
    pages: usize,
) -> Result<Vec<String>> {
    let (Cursor::Done(link) | Cursor::Round { next: link }) = &folder.cursor else {
        return Ok(Vec::new());
    };
    let mut link = DeltaLink::new(link.as_str());
    let mut removed = Vec::new();
    for _ in 0..pages {
        let from = DeltaFrom::Link(&link);
        let page = visit
            .session
            .message_delta(&folder.remote_id, from, page_size(visit.failures))
            .await;
        let page = match page {
            Ok(page) => page,
            Err(error) => return broken(visit, folder, error).await.map(|()| removed),
        };
        let next = page.value.next.clone();
        removed.extend(take_page_in(visit, folder, page).await?);
        match next {
            DeltaNext::Done(_) => break,
            DeltaNext::Next(next) => link = next,
        }
    }
    Ok(removed)
}

/// Large pages are a reason for time-outs (facts.md 6), so they shrink while calls fail.
pub(super) fn page_size(failures: i64) -> u32 {
    (PAGE >> failures.clamp(0, 4)).max(10)
}

async fn take_page_in(
    visit: &Visit<'_>,
    folder: &FolderSync,
    page: Reply<DeltaPage<RemoteMessage>>,
) -> Result<Vec<String>> {
    let skew_micros = skew_micros(&page);
    let cursor = match &page.value.next {
        DeltaNext::Next(link) => Cursor::Round {
            next: link.expose().to_owned(),
        },
        DeltaNext::Done(link) => Cursor::Done(link.expose().to_owned()),
    };
    let sorted = plan::page::sort_out(page.value.items);
    let batch = MessageBatch {
        changed: take_in::with_texts(sorted.changed).await,
        removed: sorted.removed,
        cursor: Some((folder.id, cursor)),
        source: Source::Live,
        skew_micros,
        at: visit.now(),
    };
    take_in::apply(visit, &batch).await?;
    Ok(batch.removed)
}

/// What an error of a folder's delta means for the folder; what it means for the mailbox is handed
/// on.
pub(super) async fn broken(
    visit: &Visit<'_>,
    folder: &FolderSync,
    error: GraphError,
) -> Result<()> {
    match error {
        GraphError::DeltaExpired { .. } => {
            tracing::info!(folder.id = %folder.id, "the delta link has died: listing the folder anew");
            let (store, at) = (visit.store(), visit.now());
            store.restart_folder(visit.lease, folder.id, at).await?;
            Ok(())
        }
        GraphError::NotFound { .. } => folders::gone(visit, folder).await,
        error => Err(error.into()),
    }
}
