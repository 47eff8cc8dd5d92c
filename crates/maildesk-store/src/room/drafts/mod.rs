//! Drafts. A person's call finds the draft by its author, holds the mailbox's row, and reads the
//! draft again under it; the runner's calls hold the same row by their lease.

mod adopt;
mod aside;
mod correspondents;
mod create;
mod edit;
mod files;
mod intents;
mod notes;
mod pieces;
mod row;
mod send;
mod submit;
mod work;

pub(super) use aside::gone;

use async_trait::async_trait;
use bytes::Bytes;
use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::draft::{Draft, DraftFile};
use maildesk_model::id::{DraftFileId, DraftId, IntentId, MailboxId, MessageId};
use maildesk_model::mailbox::Trouble;
use maildesk_model::message::Address;

use crate::SqlStore;
use crate::contract::{
    DraftChange, DraftEnd, DraftNote, DraftStore, DraftWork, Drafted, Lease, NewDraft,
    NewDraftFile, Result, Submission,
};

#[async_trait]
impl DraftStore for SqlStore {
    async fn create_draft(
        &self,
        viewer: Viewer,
        draft: &NewDraft,
        at: Timestamp,
    ) -> Result<Drafted<Draft>> {
        create::create(&self.db, viewer, draft, at).await
    }

    async fn adopt_draft(
        &self,
        viewer: Viewer,
        message: MessageId,
        body: &str,
        at: Timestamp,
    ) -> Result<Drafted<Draft>> {
        adopt::adopt(&self.db, viewer, message, body, at).await
    }

    async fn draft(&self, viewer: Viewer, id: DraftId) -> Result<Option<Draft>> {
        row::one(&mut self.db.read().await?, viewer, id).await
    }

    async fn drafts(&self, viewer: Viewer) -> Result<Vec<Draft>> {
        row::open(&mut self.db.read().await?, viewer).await
    }

    async fn count_drafts(&self, viewer: Viewer) -> Result<i64> {
        let mut conn = self.db.read().await?;
        row::count(&mut conn, viewer, " AND d.state = 'writing'").await
    }

    async fn update_draft(
        &self,
        viewer: Viewer,
        id: DraftId,
        change: &DraftChange,
        at: Timestamp,
    ) -> Result<Drafted<Draft>> {
        edit::update(&self.db, viewer, id, change, at).await
    }

    async fn add_draft_file(
        &self,
        viewer: Viewer,
        id: DraftId,
        file: &NewDraftFile,
        at: Timestamp,
    ) -> Result<Drafted<DraftFile>> {
        files::add(&self.db, viewer, id, file, at).await
    }

    async fn put_draft_part(
        &self,
        viewer: Viewer,
        id: DraftId,
        file: DraftFileId,
        offset: i64,
        bytes: &Bytes,
        at: Timestamp,
    ) -> Result<Drafted<DraftFile>> {
        files::put(&self.db, viewer, id, file, offset, bytes, at).await
    }

    async fn remove_draft_file(
        &self,
        viewer: Viewer,
        id: DraftId,
        file: DraftFileId,
        at: Timestamp,
    ) -> Result<Drafted<()>> {
        files::remove(&self.db, viewer, id, file, at).await
    }

    async fn send_draft(
        &self,
        viewer: Viewer,
        id: DraftId,
        send_at: Timestamp,
        at: Timestamp,
    ) -> Result<Drafted<IntentId>> {
        send::send(&self.db, viewer, id, send_at, at).await
    }

    async fn take_back_draft(
        &self,
        viewer: Viewer,
        id: DraftId,
        why: &Trouble,
        at: Timestamp,
    ) -> Result<Drafted<Draft>> {
        send::take_back(&self.db, viewer, id, why, at).await
    }

    async fn discard_draft(
        &self,
        viewer: Viewer,
        id: DraftId,
        at: Timestamp,
    ) -> Result<Drafted<()>> {
        edit::discard(&self.db, viewer, id, at).await
    }

    async fn submit(
        &self,
        viewer: Viewer,
        submission: &Submission,
        at: Timestamp,
    ) -> Result<Drafted<IntentId>> {
        submit::submit(&self.db, viewer, submission, at).await
    }

    async fn correspondents(
        &self,
        viewer: Viewer,
        mailbox: Option<MailboxId>,
        typed: &str,
        limit: i64,
    ) -> Result<Vec<Address>> {
        correspondents::find(&mut self.db.read().await?, viewer, mailbox, typed, limit).await
    }

    async fn draft_work(&self, lease: &Lease, id: DraftId) -> Result<Option<DraftWork>> {
        work::read(&mut self.db.read().await?, &self.sealer, lease.mailbox, id).await
    }

    async fn draft_bytes(
        &self,
        lease: &Lease,
        file: DraftFileId,
        offset: i64,
        len: i64,
    ) -> Result<Bytes> {
        pieces::read(&mut self.db.read().await?, lease.mailbox, file, offset, len).await
    }

    async fn note_draft(
        &self,
        lease: &Lease,
        id: DraftId,
        note: &DraftNote,
        at: Timestamp,
    ) -> Result<bool> {
        notes::note(&self.db, &self.sealer, lease, id, note, at).await
    }

    async fn end_draft(
        &self,
        lease: &Lease,
        id: DraftId,
        intent: IntentId,
        end: &DraftEnd,
        at: Timestamp,
    ) -> Result<()> {
        notes::end(&self.db, lease, id, intent, end, at).await
    }
}
