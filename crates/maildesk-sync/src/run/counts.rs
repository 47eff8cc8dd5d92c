//! Compares Graph's counts of folders with ours, and lists those anew that differ for good (S11).

use maildesk_graph::{DeltaFrom, DeltaLink, DeltaNext, GraphError};
use maildesk_store::contract::{Differing, FolderKey};

use super::fetch::is_about_the_mailbox;
use super::{Result, Visit, folders};
use crate::plan::counts::{Ledger, PAGE, pages, still_differs};

/// Whether it is time to compare.
pub(super) async fn is_due(visit: &Visit<'_>) -> Result<bool> {
    let kept = visit.store().counts_kept(visit.lease).await?;
    let ledger = Ledger::read(&kept.noted.unwrap_or_default());
    Ok(ledger.is_due(visit.now()))
}

/// Has Graph count, and compares once all is counted.
pub(super) async fn compare(visit: &Visit<'_>) -> Result<()> {
    let (store, now) = (visit.store(), visit.now());
    let noted = store.counts_kept(visit.lease).await?.noted;
    let mut ledger = Ledger::read(&noted.unwrap_or_default());
    if let Some(link) = count(visit, ledger.counting()).await? {
        ledger.goes_on(link);
        store.note_counts(visit.lease, &ledger.write()).await?;
        return Ok(());
    }
    let kept = store.counts_kept(visit.lease).await?;
    let (again, mut ledger) = ledger.compare(&kept.differing, now);
    for one in kept
        .differing
        .iter()
        .filter(|one| again.contains(&one.folder))
    {
        if !reconcile(visit, one).await? {
            ledger.put_off(one, now);
        }
    }
    store.note_counts(visit.lease, &ledger.write()).await?;
    Ok(())
}

/// Takes Graph's counts of the folders in, as many as one sweep may ask for. The others are behind the
/// link.
async fn count(visit: &Visit<'_>, link: Option<&str>) -> Result<Option<String>> {
    let mut link = link.map(DeltaLink::new);
    for _ in 0..pages(usize::try_from(visit.folder_count).unwrap_or(0)) {
        let from = link.as_ref().map_or(DeltaFrom::Start, DeltaFrom::Link);
        let page = match visit.session.folder_delta(from, PAGE).await {
            Ok(page) => page.value,
            // It waited too long; the next request begins anew.
            Err(GraphError::DeltaExpired { .. }) if link.is_some() => {
                link = None;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        folders::told(visit, page.items).await?;
        match page.next {
            DeltaNext::Next(next) => link = Some(next),
            // The mailbox has a link of its own for what changes from here on.
            DeltaNext::Done(_) => return Ok(None),
        }
    }
    Ok(link.map(|link| link.expose().to_owned()))
}

/// Lists a folder anew, if Graph says of it now what was compared. False if it was not listed.
async fn reconcile(visit: &Visit<'_>, one: &Differing) -> Result<bool> {
    let store = visit.store();
    let key = FolderKey::Id(one.folder);
    let Some(folder) = store.folder_sync(visit.lease, key).await? else {
        return Ok(false);
    };
    let now = match visit.session.folder(&folder.remote_id).await {
        Ok(reply) => reply.value,
        // The folders' delta will say so.
        Err(GraphError::NotFound { .. }) => return Ok(false),
        // One folder that cannot be asked for must not end the sweep of all others.
        Err(error) if !is_about_the_mailbox(&error) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let still = now.total.zip(now.unread);
    if !still.is_some_and(|(total, unread)| still_differs(one, total, unread)) {
        return Ok(false);
    }
    tracing::warn!(
        folder.id = %one.folder,
        messages = one.total,
        unread = one.unread,
        "the counts of a folder differ from Microsoft's: listing it anew"
    );
    metrics::counter!("maildesk_reconciled_total").increment(1);
    store
        .restart_folder(visit.lease, one.folder, visit.now())
        .await?;
    Ok(true)
}
