//! The switches that choose between named ways, and those about what happens to mail.

use serde::{Deserialize, Serialize};

use super::Rate;

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

/// Faults in what happens to mail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct MailFaults {
    /// What was accepted for sending waits this long in the outbox, in milliseconds.
    pub send_lag_ms: u64,
    /// Messages that a mailbox may send in a minute; 30 when left out.
    pub sends_per_minute: Option<u64>,
    /// A 202 has a `Retry-After`, and still was done.
    pub accepted_retry_after: Rate,
    /// Where `DELETE` puts a message.
    pub delete_to: DeleteTo,
    /// Bodies are HTML unless text is preferred, as documented; as they are when left out.
    pub html_bodies: Rate,
    /// A search is refused for its stale data.
    pub stale_search: Rate,
}
