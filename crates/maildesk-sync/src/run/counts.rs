//! Compares Graph's counts of folders with ours, and lists those anew that differ for good (S11).

use maildesk_graph::GraphError;
use maildesk_store::contract::{Differing, FolderKey};

use super::{Result, Visit};
use crate::plan::counts::{Ledger, still_differs};

/// Compares, when it is time.
pub(super) async fn compare(visit: &Visit<'_>) -> Result<()> {
    let (store, now) = (visit.store(), visit.now());
    let kept = store.counts_kept(visit.lease).await?;
    let ledger = Ledger::read(&kept.noted.unwrap_or_default());
    if !ledger.is_due(now) {
        return Ok(());
    }
    let (again, ledger) = ledger.compare(&kept.differing, now);
    for one in kept
        .differing
        .iter()
        .filter(|one| again.contains(&one.folder))
    {
        reconcile(visit, one).await?;
    }
    store.note_counts(visit.lease, &ledger.write()).await?;
    Ok(())
}

/// Lists a folder anew, if Graph says of it now what was compared.
async fn reconcile(visit: &Visit<'_>, one: &Differing) -> Result<()> {
    let store = visit.store();
    let key = FolderKey::Id(one.folder);
    let Some(folder) = store.folder_sync(visit.lease, key).await? else {
        return Ok(());
    };
    let now = match visit.session.folder(&folder.remote_id).await {
        Ok(reply) => reply.value,
        // The folders' delta will say so.
        Err(GraphError::NotFound { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let still = now.total.zip(now.unread);
    if !still.is_some_and(|(total, unread)| still_differs(one, total, unread)) {
        return Ok(());
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
    Ok(())
}
