//! First listings: every message of a folder, newest first (S1), or all over again after its link
//! died (S3).

use maildesk_graph::{DeltaFrom, DeltaLink, DeltaNext, DeltaPage, GraphError, Reply};
use maildesk_model::message::RemoteMessage;
use maildesk_store::contract::{Cursor, FolderSync, MessageBatch, Source};

use super::{Result, Visit, rounds, skew_micros, take_in};
use crate::plan;

/// Pages listed in one step. While one is written the next is fetched, which is what makes an
/// import quick; between steps everybody else has their turn.
const PAGES: usize = 4;

type Page = Reply<DeltaPage<RemoteMessage>>;

/// Lists some pages of the folder.
pub(super) async fn list(visit: &Visit<'_>, folder: &FolderSync) -> Result<()> {
    let begin = match &folder.cursor {
        Cursor::Listing(next) => Some(DeltaLink::new(next.as_str())),
        _ => None,
    };
    let mut page = match fetch(visit, folder, begin.as_ref()).await {
        Ok(page) => page,
        Err(error) => return rounds::broken(visit, folder, error).await,
    };
    for left in (0..PAGES).rev() {
        let next = match &page.value.next {
            DeltaNext::Next(link) if left > 0 && !(visit.hurry)() => Some(link.clone()),
            _ => None,
        };
        let ahead = async {
            match &next {
                Some(link) => Some(fetch(visit, folder, Some(link)).await),
                None => None,
            }
        };
        let (taken, ahead) = futures::join!(take_page_in(visit, folder, page), ahead);
        taken?;
        page = match ahead {
            None => return Ok(()),
            Some(Ok(page)) => page,
            Some(Err(error)) => return rounds::broken(visit, folder, error).await,
        };
    }
    Ok(())
}

async fn fetch(
    visit: &Visit<'_>,
    folder: &FolderSync,
    link: Option<&DeltaLink>,
) -> std::result::Result<Page, GraphError> {
    let from = link.map_or(DeltaFrom::Start, DeltaFrom::Link);
    let size = rounds::page_size(visit.failures);
    visit
        .session
        .message_delta(&folder.remote_id, from, size)
        .await
}

async fn take_page_in(visit: &Visit<'_>, folder: &FolderSync, page: Page) -> Result<()> {
    let skew_micros = skew_micros(&page);
    let cursor = match &page.value.next {
        DeltaNext::Next(link) => Cursor::Listing(link.expose().to_owned()),
        DeltaNext::Done(link) => Cursor::Done(link.expose().to_owned()),
    };
    let sorted = plan::page::sort_out(page.value.items);
    let batch = MessageBatch {
        changed: take_in::with_texts(sorted.changed).await,
        removed: sorted.removed,
        cursor: Some((folder.id, cursor)),
        source: Source::Listing,
        skew_micros,
        at: visit.now(),
    };
    let applied = take_in::apply(visit, &batch).await?;
    if applied.became_active {
        tracing::info!("every folder is listed");
    }
    Ok(())
}
