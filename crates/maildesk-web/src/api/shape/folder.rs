//! A folder in JSON.

use maildesk_model::folder::Folder;
use serde::Serialize;
use utoipa::ToSchema;

use super::names::WellKnownName;

/// A folder of a mailbox.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = Folder)]
pub(crate) struct FolderBody {
    /// Its id.
    pub(crate) id: String,
    /// Graph's display name as it is; it may hold `/`.
    name: String,
    /// The folder above; null right under the root.
    #[schema(required)]
    parent_id: Option<String>,
    /// Set where Graph knows the folder by a name of its own.
    #[schema(required)]
    well_known_name: Option<WellKnownName>,
    /// Unread messages.
    unread_count: i64,
    /// All messages.
    total_count: i64,
}

impl From<Folder> for FolderBody {
    fn from(folder: Folder) -> Self {
        Self {
            id: folder.id.to_string(),
            name: folder.name,
            parent_id: folder.parent.map(|id| id.to_string()),
            well_known_name: folder.well_known.map(WellKnownName),
            unread_count: folder.unread,
            total_count: folder.total,
        }
    }
}
