//! What the mail core tells the delivery of notifications.

use jiff::Timestamp;

/// A folder's number within its mailbox.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub(crate) struct FolderNo(pub(crate) u32);

/// A message's number within its mailbox; it never changes and is never used again.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub(crate) struct MessageNo(pub(crate) u32);

/// How a subscriber hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    Created,
    Updated,
    Deleted,
}

/// What filters of subscriptions may ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facets {
    pub(crate) is_read: bool,
    pub(crate) is_draft: bool,
}

/// One thing that happened to a message in a folder. A move is two: deleted in the source, created in the destination, with the same immutable id.
/// The updates that follow an arrival are changes of their own.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) at: Timestamp,
    /// The mailbox's address.
    pub(crate) mailbox: String,
    /// The folder where it happened.
    pub(crate) folder: FolderNo,
    pub(crate) message: MessageNo,
    pub(crate) immutable_id: String,
    /// The default id in that folder at that time; it changes with each move.
    pub(crate) default_id: String,
    /// `W/"<changeKey>"`.
    pub(crate) etag: String,
    pub(crate) kind: ChangeKind,
    /// The facets before, unless the message is new here.
    pub(crate) was: Option<Facets>,
    /// The facets after, unless the message is gone from here.
    pub(crate) is: Option<Facets>,
}
