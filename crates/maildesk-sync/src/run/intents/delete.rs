//! Out of Deleted Items, for good. The one thing that cannot be taken back, so it looks first.

use maildesk_graph::{GraphError, Want};
use maildesk_model::folder::WellKnown;
use maildesk_store::contract::{FolderKey, IntentOutcome, IntentTarget};

use super::{Result, Visit, take_in_seen};
use crate::plan::intent::{Why, refusal};
use crate::run::folders;

/// Folders above a message that are walked through; Exchange nests no deeper than 300.
const DEPTH_MAX: usize = 32;

/// Where a folder lies.
enum Place {
    /// Deleted Items, or somewhere below.
    Deleted,
    /// Elsewhere below the root.
    Elsewhere,
    /// Out of everybody's sight: it was deleted for good already.
    Outside,
}

/// Deletes the message, if it still lies in Deleted Items. Somebody may have taken it out again.
pub(super) async fn for_good(visit: &Visit<'_>, target: &IntentTarget) -> Result<IntentOutcome> {
    let seen = match visit.session.message(&target.message, Want::FIELDS).await {
        Ok(seen) => seen,
        Err(GraphError::NotFound { .. }) => return Ok(IntentOutcome::Deleted),
        Err(error) => return Err(error.into()),
    };
    let folder = seen.value.folder.clone().unwrap_or_default();
    match place(visit, folder).await? {
        Place::Deleted => {}
        Place::Outside => return Ok(IntentOutcome::Deleted),
        Place::Elsewhere => {
            take_in_seen(visit, seen).await?;
            return Ok(IntentOutcome::Refused(refusal(Why::NotDeleted)));
        }
    }
    match visit.session.delete_message(&target.message).await {
        Ok(_) | Err(GraphError::NotFound { .. }) => Ok(IntentOutcome::Deleted),
        Err(error) => Err(error.into()),
    }
}

async fn place(visit: &Visit<'_>, mut folder: String) -> Result<Place> {
    let key = FolderKey::WellKnown(WellKnown::DeletedItems);
    let deleted = visit.store().folder_sync(visit.lease, key).await?;
    let deleted = deleted.map(|folder| folder.remote_id);
    for _ in 0..DEPTH_MAX {
        if Some(&folder) == deleted.as_ref() {
            return Ok(Place::Deleted);
        }
        if folder == folders::root(visit).await? {
            return Ok(Place::Elsewhere);
        }
        let above = match visit.session.folder(&folder).await {
            Ok(found) => found.value.parent,
            Err(GraphError::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        match above {
            Some(above) if above != folder => folder = above,
            _ => return Ok(Place::Outside),
        }
    }
    Ok(Place::Elsewhere)
}
