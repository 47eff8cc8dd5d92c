//! What sync needs. Every write begins by checking the lease, in its own transaction.

mod blobs;
mod counts;
mod end;
pub(super) mod folders;
mod hints;
pub(super) mod lease;
pub(super) mod left;
mod messages;
mod removal;
mod settle;
pub(super) mod work;

use async_trait::async_trait;
use bytes::Bytes;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{AttachmentId, FolderId, IntentId, NodeId};
use maildesk_model::mailbox::{MailboxState, Trouble};

use crate::SqlStore;
use crate::contract::{
    Applied, CountsKept, FolderChanges, FolderKey, FolderSync, Hint, HintOutcome, IntentOutcome,
    IntentTarget, Lease, MessageBatch, Result, SyncEnd, SyncStore, Work,
};

#[async_trait]
impl SyncStore for SqlStore {
    async fn claim_mailbox(
        &self,
        node: &NodeId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Lease>> {
        lease::claim(&self.db, node, now, until).await
    }

    async fn renew_lease(&self, lease: &Lease, until: Timestamp) -> Result<()> {
        lease::renew(&self.db, lease, until).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<()> {
        lease::release(&self.db, lease).await
    }

    async fn end_all_leases(&self) -> Result<()> {
        lease::end_all(&self.db).await
    }

    async fn next_due_at(&self, _now: Timestamp) -> Result<Option<Timestamp>> {
        lease::next_due_at(&self.db).await
    }

    async fn work(&self, lease: &Lease, now: Timestamp) -> Result<Work> {
        folders::reconcile(&self.db, lease, now).await?;
        work::read(&mut self.db.read().await?, lease.mailbox, now).await
    }

    async fn stalest_folders(&self, lease: &Lease, limit: i64) -> Result<Vec<FolderSync>> {
        work::stalest(&mut self.db.read().await?, lease.mailbox, limit).await
    }

    async fn counts_kept(&self, lease: &Lease) -> Result<CountsKept> {
        counts::kept(&mut self.db.read().await?, lease.mailbox).await
    }

    async fn note_counts(&self, lease: &Lease, noted: &str) -> Result<()> {
        counts::note(&self.db, lease, noted).await
    }

    async fn folder_sync(&self, lease: &Lease, which: FolderKey<'_>) -> Result<Option<FolderSync>> {
        work::folder(&mut self.db.read().await?, lease.mailbox, which).await
    }

    async fn known_messages(&self, lease: &Lease, remote_ids: &[String]) -> Result<Vec<String>> {
        work::known(&mut self.db.read().await?, lease.mailbox, remote_ids).await
    }

    async fn apply_folders(
        &self,
        lease: &Lease,
        changes: &FolderChanges,
        at: Timestamp,
    ) -> Result<()> {
        folders::apply(&self.db, lease, changes, at).await?;
        folders::reconcile(&self.db, lease, at).await.map(drop)
    }

    async fn apply_messages(&self, lease: &Lease, batch: &MessageBatch) -> Result<Applied> {
        messages::apply(&self.db, lease, batch).await
    }

    async fn restart_folder(&self, lease: &Lease, folder: FolderId, at: Timestamp) -> Result<()> {
        folders::restart(&self.db, lease, folder, at).await
    }

    async fn restart_folders(&self, lease: &Lease, _at: Timestamp) -> Result<()> {
        folders::restart_list(&self.db, lease).await
    }

    async fn set_select_version(&self, lease: &Lease, version: i64, _at: Timestamp) -> Result<()> {
        folders::set_select_version(&self.db, lease, version).await
    }

    async fn forget_messages(
        &self,
        lease: &Lease,
        remote_ids: &[String],
        at: Timestamp,
    ) -> Result<()> {
        messages::forget(&self.db, lease, remote_ids, at).await
    }

    async fn no_body(&self, lease: &Lease, received_at: Timestamp, at: Timestamp) -> Result<()> {
        messages::no_body(&self.db, lease, received_at, at).await
    }

    async fn leave_bodies(
        &self,
        lease: &Lease,
        from: Option<Timestamp>,
        limit: i64,
        at: Timestamp,
    ) -> Result<()> {
        left::leave(&self.db, lease, from, limit, at).await
    }

    async fn bodyless(
        &self,
        lease: &Lease,
        received_at: Timestamp,
        limit: i64,
    ) -> Result<Vec<String>> {
        work::bodyless(
            &mut self.db.read().await?,
            lease.mailbox,
            received_at,
            limit,
        )
        .await
    }

    async fn settle_hints(
        &self,
        lease: &Lease,
        version: i64,
        all_done: bool,
        hints: &[(Hint, HintOutcome)],
    ) -> Result<()> {
        hints::settle(&self.db, lease, version, all_done, hints).await
    }

    async fn intent_target(&self, lease: &Lease, intent: IntentId) -> Result<Option<IntentTarget>> {
        settle::target(&mut self.db.read().await?, lease.mailbox, intent).await
    }

    async fn settle_intent(
        &self,
        lease: &Lease,
        intent: IntentId,
        outcome: &IntentOutcome,
        at: Timestamp,
    ) -> Result<()> {
        settle::settle(&self.db, lease, intent, outcome, at).await
    }

    async fn put_blob_chunk(
        &self,
        lease: &Lease,
        attachment: AttachmentId,
        n: i64,
        bytes: Bytes,
        at: Timestamp,
    ) -> Result<()> {
        blobs::put(&self.db, lease, attachment, n, bytes, at).await
    }

    async fn finish_blob(
        &self,
        lease: &Lease,
        attachment: AttachmentId,
        size: i64,
        cap_bytes: i64,
        at: Timestamp,
    ) -> Result<()> {
        blobs::finish(&self.db, lease, attachment, size, cap_bytes, at).await
    }

    async fn set_mailbox_state(
        &self,
        lease: &Lease,
        state: MailboxState,
        trouble: Option<&Trouble>,
        at: Timestamp,
    ) -> Result<()> {
        end::set_state(&self.db, lease, state, trouble, at).await
    }

    async fn finish_sync(&self, lease: &Lease, end: &SyncEnd) -> Result<()> {
        end::finish(&self.db, lease, end).await
    }

    async fn sweep_removed(&self, limit: i64) -> Result<bool> {
        removal::sweep(&self.db, limit).await
    }
}
