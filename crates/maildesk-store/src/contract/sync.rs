//! What sync needs: leases, the work that is due, and the transactions that make the store equal
//! to the mailbox.

use async_trait::async_trait;
use bytes::Bytes;
use maildesk_model::clock::Timestamp;
use maildesk_model::folder::WellKnown;
use maildesk_model::id::{AttachmentId, FolderId, IntentId, MailboxId, MessageId, NodeId};
use maildesk_model::intent::Intent;
use maildesk_model::mailbox::{Connection, MailboxState, Trouble};
use maildesk_model::message::{AttachmentKind, RemoteMessage};
use maildesk_model::stamp::Trigger;

use super::{Lease, Result};

/// A mailbox as sync sees it.
#[derive(Clone, PartialEq, Debug)]
pub struct SyncMailbox {
    /// Our key.
    pub id: MailboxId,
    /// Its mail address.
    pub address: String,
    /// How it is reached.
    pub connection: Connection,
    /// How it is doing.
    pub state: MailboxState,
    /// No request before then (`Retry-After`).
    pub not_before: Option<Timestamp>,
    /// Requests that failed in a row; the exponent of the backoff.
    pub failures: i64,
    /// When the connection was first made.
    pub connected_at: Option<Timestamp>,
    /// When the next sweep is due; `None` until the first.
    pub next_sweep_at: Option<Timestamp>,
    /// The folder delta link; `None` until the folders have been listed once.
    pub folders_link: Option<String>,
    /// The version of the `$select` list its delta links were made with (S2).
    pub select_version: i64,
    /// Folders in scope.
    pub folder_count: i64,
    /// Of how many days bodies are kept, as the system parameter says; `None`: of all.
    pub bodies_days: Option<i64>,
    /// Bodies of mail received before this are left at Microsoft; `None`: none are.
    pub bodies_from: Option<Timestamp>,
}

/// A stamp that is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stamp {
    /// Grows with every hint; a settled version that grew meanwhile stays due.
    pub version: i64,
    /// Everything is due.
    pub all: bool,
    /// Why.
    pub trigger: Trigger,
    /// Hinted ids that are due, oldest first.
    pub hints: Vec<Hint>,
}

/// A hinted message id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hint {
    /// Graph's id.
    pub remote_id: String,
    /// The stamp's version when it was last hinted.
    pub version: i64,
    /// When it was first hinted.
    pub announced_at: Timestamp,
    /// How often it could not be read yet (P4).
    pub attempts: i64,
    /// The folder the message lies in by our rows, if we have it.
    pub known_folder: Option<FolderId>,
}

/// What became of a hint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HintOutcome {
    /// Read, and the deltas of its folders too.
    Done,
    /// Not readable yet; again then.
    RetryAt(Timestamp),
}

/// A message whose folder said it was removed; it is shown until it is known where it went (S4).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missing {
    /// Our key.
    pub id: MessageId,
    /// Graph's id.
    pub remote_id: String,
}

/// A folder as sync sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FolderSync {
    /// Our key.
    pub id: FolderId,
    /// Graph's id.
    pub remote_id: String,
    /// Set where Graph knows the folder by name.
    pub well_known: Option<WellKnown>,
    /// How far it is.
    pub cursor: Cursor,
    /// When its delta was last read to the end.
    pub visited_at: Option<Timestamp>,
}

/// How far the listing of a folder is. The links carry state of the mailbox: never log one.
#[derive(Clone, PartialEq, Eq)]
pub enum Cursor {
    /// Not begun (or begun anew after the link died).
    Start,
    /// In the middle of the first listing: Graph's next link.
    Listing(String),
    /// Listed; in the middle of a later round that has several pages.
    Round {
        /// Where this round goes on.
        next: String,
    },
    /// Listed: the delta link for the next round.
    Done(String),
}

impl std::fmt::Debug for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Start => "Start",
            Self::Listing(_) => "Listing(…)",
            Self::Round { .. } => "Round(…)",
            Self::Done(_) => "Done(…)",
        })
    }
}

/// What is due for a mailbox, read in one go. Its size does not grow with the mailbox.
#[derive(Clone, PartialEq, Debug)]
pub struct Work {
    /// The mailbox.
    pub mailbox: SyncMailbox,
    /// The stamp, if one is due.
    pub stamp: Option<Stamp>,
    /// Intents of the sync lane that are due, oldest first, at most 20.
    pub intents: Vec<Intent>,
    /// Messages to look for, at most 20.
    pub missing: Vec<Missing>,
    /// The next folder whose first listing is not done: inbox first, then the well-known ones,
    /// then the largest.
    pub unlisted: Option<FolderSync>,
    /// A folder in the middle of a later round.
    pub unfinished: Option<FolderSync>,
    /// When the newest message without a body was received.
    pub body_gap: Option<Timestamp>,
}

/// A folder as Graph describes it. Only folders in scope are handed in (S5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RemoteFolder {
    /// Graph's id.
    pub remote_id: String,
    /// Graph's id of the folder above; `None` right under the root.
    pub parent: Option<String>,
    /// Display name as it is.
    pub name: String,
    /// Graph's name for it; `None` here keeps what is stored.
    pub well_known: Option<WellKnown>,
    /// Unread messages by Graph's count.
    pub unread: i64,
    /// Messages by Graph's count.
    pub total: i64,
}

/// Changes of folders.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FolderChanges {
    /// New or changed.
    pub changed: Vec<RemoteFolder>,
    /// Graph's ids of those that are gone or went out of scope. Their messages become missing.
    pub removed: Vec<String>,
    /// `changed` is the whole tree: what is not in it is gone.
    pub whole: bool,
    /// The delta link to go on from.
    pub link: Option<String>,
}

/// A message on its way into the store.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Incoming {
    /// What Graph said.
    pub message: RemoteMessage,
    /// The text of its body, where the body came along.
    pub text: Option<String>,
}

/// Where messages come from; decides what is an arrival.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// The first listing, a listing from scratch, or bodies: nothing in it is an arrival unless it
    /// was received after the connection began.
    Listing,
    /// A hint, a sweep or a delta round.
    Live,
}

/// Messages to take in, with the cursor they came with: one transaction (invariant 4).
#[derive(Clone, Debug)]
pub struct MessageBatch {
    /// New or changed, in Graph's order; the last of the same id wins.
    pub changed: Vec<Incoming>,
    /// Graph's ids that a folder's delta called removed. Only a message that still lies in that
    /// folder becomes missing.
    pub removed: Vec<String>,
    /// The folder the delta was about, and how far it is now.
    pub cursor: Option<(FolderId, Cursor)>,
    /// Where they come from.
    pub source: Source,
    /// Graph's clock less ours, in microseconds; arrivals are corrected by it.
    pub skew_micros: i64,
    /// Now.
    pub at: Timestamp,
}

/// What a batch did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Applied {
    /// Messages that arrived: received after the connection began, not our own doing, new here.
    pub arrived: Vec<MessageId>,
    /// Rows added.
    pub added: i64,
    /// Rows changed.
    pub changed: i64,
    /// Sparse items of messages we do not have; they were hinted on the stamp and will be read.
    pub unknown: i64,
    /// Removed here and to be looked for.
    pub missing: i64,
    /// The mailbox became active with this batch.
    pub became_active: bool,
}

/// What became of an intent.
#[derive(Clone, PartialEq, Debug)]
pub enum IntentOutcome {
    /// Carried out; what Graph answered is taken in with it, and the overlay goes.
    Done(Option<Box<RemoteMessage>>),
    /// Carried out, and the message is gone for good.
    Deleted,
    /// Refused; the overlay goes and what was before is shown again.
    Refused(Trouble),
    /// Not decided; again then.
    RetryAt(Timestamp),
    /// Something of it is done; the rest then. Tries are counted anew.
    GoOnAt(Timestamp),
}

/// How to reach what an intent is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IntentTarget {
    /// Graph's id of the message.
    pub message: String,
    /// Graph's id of the target folder of a move.
    pub folder: Option<String>,
    /// Graph's id of the attachment.
    pub attachment: Option<(AttachmentId, String, AttachmentKind)>,
}

/// How a run ended.
#[derive(Clone, PartialEq, Debug)]
pub struct SyncEnd {
    /// The next sweep, when this run was one.
    pub next_sweep_at: Option<Timestamp>,
    /// What made it run; `None` where nothing had to be done.
    pub trigger: Option<Trigger>,
    /// The run ended well: freshness is noted, failures and trouble are cleared.
    pub well: bool,
    /// No request before then.
    pub not_before: Option<Timestamp>,
    /// Now.
    pub at: Timestamp,
}

/// Everything sync does to the store. All writes are fenced by the lease.
#[async_trait]
pub trait SyncStore {
    /// Claims the most urgent mailbox that is due and free: stamps first, then intents, then
    /// sweeps, then imports and bodies. A mailbox that waits (`not_before`), needs a sign-in or is
    /// removed is not due. Two claimants never get the same one.
    async fn claim_mailbox(
        &self,
        node: &NodeId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>>;

    /// Keeps the lease longer.
    async fn renew_lease(&self, lease: &Lease, until: Timestamp) -> Result<()>;

    /// Gives the mailbox back.
    async fn release_lease(&self, lease: &Lease) -> Result<()>;

    /// Ends every lease, of sync and of push, so that a start after a crash waits for nobody. Only
    /// for a caller that knows that no other node runs; whoever still holds one can write nothing.
    async fn end_all_leases(&self) -> Result<()>;

    /// When the next mailbox will be due although nothing new happens; `None`: never.
    async fn next_due_at(&self, now: Timestamp) -> Result<Option<Timestamp>>;

    /// What is due for the claimed mailbox.
    async fn work(&self, lease: &Lease, now: Timestamp) -> Result<Work>;

    /// The folders longest unvisited (listed ones only), those whose counts differ from Graph's
    /// first.
    async fn stalest_folders(&self, lease: &Lease, limit: i64) -> Result<Vec<FolderSync>>;

    /// How the counts compare (S11).
    async fn counts_kept(&self, lease: &Lease) -> Result<CountsKept>;

    /// Keeps what was noted at a comparison.
    async fn note_counts(&self, lease: &Lease, noted: &str) -> Result<()>;

    /// One folder by Graph's id, or by its well-known name.
    async fn folder_sync(&self, lease: &Lease, which: FolderKey<'_>) -> Result<Option<FolderSync>>;

    /// Which of Graph's ids have a row in this mailbox.
    async fn known_messages(&self, lease: &Lease, remote_ids: &[String]) -> Result<Vec<String>>;

    /// Takes folder changes in.
    async fn apply_folders(
        &self,
        lease: &Lease,
        changes: &FolderChanges,
        at: Timestamp,
    ) -> Result<()>;

    /// Takes messages in: rows, cursor, conversations, counts, bodies, attachments, arrivals, the
    /// journal, in one transaction. Fields present are merged, waiting intents stay laid over them.
    async fn apply_messages(&self, lease: &Lease, batch: &MessageBatch) -> Result<Applied>;

    /// Begins a folder anew after its link died. Rows stay and are reconciled when the listing is
    /// through: what was not seen in it becomes missing (S3).
    async fn restart_folder(&self, lease: &Lease, folder: FolderId, at: Timestamp) -> Result<()>;

    /// Begins the folder list anew after its link died.
    async fn restart_folders(&self, lease: &Lease, at: Timestamp) -> Result<()>;

    /// Begins every folder anew because the `$select` list has a new version.
    async fn set_select_version(&self, lease: &Lease, version: i64, at: Timestamp) -> Result<()>;

    /// Takes messages away that Graph does not know any more.
    async fn forget_messages(
        &self,
        lease: &Lease,
        remote_ids: &[String],
        at: Timestamp,
    ) -> Result<()>;

    /// Notes that these bodies cannot be had (Graph does not know them), so that the import of
    /// bodies goes on.
    async fn no_body(&self, lease: &Lease, received_at: Timestamp, at: Timestamp) -> Result<()>;

    /// Leaves bodies of mail received before `from` at Microsoft, at most `limit` of them (some more
    /// that nobody has yet): they go from here, and are not waited for. Where bodies of older mail
    /// were left than are to be now, they are waited for again, as many at once. Done when the
    /// mailbox's `bodies_from` is `from`. Of what went, those words are found that lists show. What
    /// somebody opens comes all the same, and stays.
    async fn leave_bodies(
        &self,
        lease: &Lease,
        from: Option<Timestamp>,
        limit: i64,
        at: Timestamp,
    ) -> Result<()>;

    /// Graph's ids of messages without a body received at exactly that second, at most `limit`.
    async fn bodyless(
        &self,
        lease: &Lease,
        received_at: Timestamp,
        limit: i64,
    ) -> Result<Vec<String>>;

    /// Settles hints. A hint whose version grew meanwhile stays due. `all_done` clears the "all" of
    /// the stamp of `version`, likewise.
    async fn settle_hints(
        &self,
        lease: &Lease,
        version: i64,
        all_done: bool,
        hints: &[(Hint, HintOutcome)],
    ) -> Result<()>;

    /// How to reach what the intent is about; `None` when it is gone.
    async fn intent_target(&self, lease: &Lease, intent: IntentId) -> Result<Option<IntentTarget>>;

    /// Settles an intent. Rings [`Bell::Intent`](super::Bell::Intent).
    async fn settle_intent(
        &self,
        lease: &Lease,
        intent: IntentId,
        outcome: &IntentOutcome,
        at: Timestamp,
    ) -> Result<()>;

    /// Keeps one chunk of an attachment's bytes; chunk 0 begins anew. At most 256 KiB each.
    async fn put_blob_chunk(
        &self,
        lease: &Lease,
        attachment: AttachmentId,
        n: i64,
        bytes: Bytes,
        at: Timestamp,
    ) -> Result<()>;

    /// All chunks are there; readers may have them. Evicts what nobody opened for long while all
    /// blobs together exceed `cap_bytes`.
    async fn finish_blob(
        &self,
        lease: &Lease,
        attachment: AttachmentId,
        size: i64,
        cap_bytes: i64,
        at: Timestamp,
    ) -> Result<()>;

    /// Sets state and trouble of the mailbox; the journal and push learn of it.
    async fn set_mailbox_state(
        &self,
        lease: &Lease,
        state: MailboxState,
        trouble: Option<&Trouble>,
        at: Timestamp,
    ) -> Result<()>;

    /// Ends a run and gives the lease back.
    async fn finish_sync(&self, lease: &Lease, end: &SyncEnd) -> Result<()>;

    /// Deletes some rows of removed mailboxes, at most `limit`. True when there is more. Leaves a
    /// mailbox's own row until its subscriptions are gone.
    async fn sweep_removed(&self, limit: i64) -> Result<bool>;
}

/// How Graph's counts of a mailbox's folders compare with its rows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CountsKept {
    /// What was noted at the last comparison; `None`: there was none.
    pub noted: Option<String>,
    /// Listed folders whose counts differ.
    pub differing: Vec<Differing>,
}

/// A folder whose counts differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Differing {
    /// Our key.
    pub folder: FolderId,
    /// Messages that Graph counts and we do not have; below zero, that we have and Graph does not.
    pub total: i64,
    /// Likewise of unread ones.
    pub unread: i64,
    /// Messages that we have where Graph last said they were, whatever people have asked for since.
    pub held: i64,
    /// Unread ones of them, likewise.
    pub held_unread: i64,
}

/// How to name a folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FolderKey<'a> {
    /// By our key.
    Id(FolderId),
    /// By Graph's id.
    Remote(&'a str),
    /// By Graph's name.
    WellKnown(WellKnown),
}
