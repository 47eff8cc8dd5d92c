//! What Graph says of a folder.

/// A folder as Graph gives it, field by field. `None` means *not said*: delta items are sparse.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RemoteFolder {
    /// Graph's id; constant for folders.
    pub remote_id: String,
    /// Display name in the mailbox's language; it may hold `/`.
    pub name: Option<String>,
    /// Remote id of the folder above.
    pub parent: Option<String>,
    /// How many folders lie directly in it.
    pub children: Option<i64>,
    /// Unread messages directly in it.
    pub unread: Option<i64>,
    /// All messages directly in it.
    pub total: Option<i64>,
    /// Hidden from people; out of scope (S5).
    pub is_hidden: Option<bool>,
    /// A search folder (any `@odata.type` but `mailFolder`); out of scope (S5).
    pub is_search: bool,
}
