//! Finds out whether a folder without a row is in scope, and brings it in if it is.
//!
//! Messages may be read before the folders' delta has told of a new folder they lie in, and
//! mailbox-wide lists hold messages of hidden folders too. Only Graph knows which is which.

use maildesk_graph::{GraphError, RemoteFolder as Folder};
use maildesk_store::contract::{FolderChanges, FolderKey};

use super::{Result, Visit, folders};
use crate::plan;

/// Folders are not nested deeper than this by anybody; Exchange allows 300.
const DEPTH_MAX: usize = 32;

/// Whether the folder is in scope. A folder that is, and has no row yet, has one afterwards, and
/// so have those above it.
pub(super) async fn bring_in(visit: &Visit<'_>, folder: &str) -> Result<bool> {
    if is_kept(visit, folder).await? {
        return Ok(true);
    }
    let memory = &visit.shared.memory;
    if memory.is_outside(visit.mailbox(), folder) {
        return Ok(false);
    }
    let Some(chain) = chain_to_known(visit, folder).await? else {
        memory.set_outside(visit.mailbox(), folder);
        return Ok(false);
    };
    let root = folders::root(visit).await?;
    let kept = chain.into_iter().rev();
    let mut changed: Vec<_> = kept
        .map(|one| plan::scope::kept(one, &root, None))
        .collect();
    folders::name(visit, &mut changed).await?;
    let changes = FolderChanges {
        changed,
        ..FolderChanges::default()
    };
    let (store, at) = (visit.store(), visit.now());
    store.apply_folders(visit.lease, &changes, at).await?;
    Ok(true)
}

async fn is_kept(visit: &Visit<'_>, folder: &str) -> Result<bool> {
    let key = FolderKey::Remote(folder);
    Ok(visit.store().folder_sync(visit.lease, key).await?.is_some())
}

/// The folder and those above it, up to the first that is known to be in scope. `None`: it lies
/// elsewhere, or is hidden, or is gone.
async fn chain_to_known(visit: &Visit<'_>, folder: &str) -> Result<Option<Vec<Folder>>> {
    let mut chain = Vec::new();
    let mut id = folder.to_owned();
    while chain.len() < DEPTH_MAX {
        let found = match visit.session.folder(&id).await {
            Ok(found) => found.value,
            Err(GraphError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let Some(parent) = found.parent.clone() else {
            return Ok(None);
        };
        if !plan::scope::is_shown(&found) || parent == id {
            return Ok(None);
        }
        chain.push(found);
        if is_kept(visit, &parent).await? || parent == folders::root(visit).await? {
            return Ok(Some(chain));
        }
        id = parent;
    }
    Ok(None)
}
