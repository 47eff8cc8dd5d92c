//! The named ways between which some switches choose.

use serde::{Deserialize, Serialize};

/// A cloud of Microsoft's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Cloud {
    /// The worldwide one.
    Global,
    /// GCC High.
    UsGov,
    /// The Department of Defense's.
    UsDod,
    /// The one that 21Vianet runs.
    China,
}

/// How a dead delta token is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Death {
    /// 410, as captured.
    SyncStateNotFound,
    /// 400, as documented.
    #[serde(rename = "syncStateNotFound")]
    Documented,
    /// 410.
    #[serde(rename = "resyncRequired")]
    ResyncRequired,
    /// 400.
    InvalidSyncStateData,
    /// 410 with a code of its own: the mailbox was moved.
    Moved,
}

/// Where a deleted message goes; nothing that Microsoft wrote says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeleteTo {
    /// Into the recoverable items, as users tell.
    #[default]
    RecoverableItems,
    /// Into the deleted items, from there into the recoverable ones.
    DeletedItems,
    /// Nowhere.
    Nowhere,
}
