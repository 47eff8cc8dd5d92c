//! Mailboxes as people handle them: add, list, share, rename, disconnect, remove.

use async_trait::async_trait;
use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::folder::Folder;
use maildesk_model::id::{MailboxId, UserId};
use maildesk_model::mailbox::{Connection, Mailbox};
use maildesk_model::stamp::Trigger;

use super::Result;

/// A mailbox to add.
#[derive(Clone, Debug)]
pub struct NewMailbox {
    /// What people call it.
    pub name: String,
    /// Its mail address; unique among mailboxes that are not removed, in any case.
    pub address: String,
    /// How it is reached. As the organisation it begins to sync at once; as a person it waits for
    /// the sign-in.
    pub connection: Connection,
    /// Now.
    pub at: Timestamp,
}

/// Mailboxes as people handle them.
#[async_trait]
pub trait MailboxStore {
    /// Adds a mailbox. [`Conflict`](super::StoreError::Conflict) when the address is there already;
    /// the tombstone of a removed one is no obstacle. Rings [`Bell::Work`](super::Bell::Work).
    async fn add_mailbox(&self, mailbox: NewMailbox) -> Result<MailboxId>;

    /// The mailboxes this person may see, by name; at most `limit` after `after`.
    async fn mailboxes(
        &self,
        viewer: Viewer,
        after: Option<(String, MailboxId)>,
        limit: i64,
    ) -> Result<Vec<Mailbox>>;

    /// One mailbox, if this person may see it.
    async fn mailbox(&self, viewer: Viewer, id: MailboxId) -> Result<Option<Mailbox>>;

    /// Renames. False: not there, or not theirs to see.
    async fn rename_mailbox(
        &self,
        viewer: Viewer,
        id: MailboxId,
        name: &str,
        at: Timestamp,
    ) -> Result<bool>;

    /// Shares the mailbox with exactly these people. `None`: not there. `Some(false)`: one of the
    /// people is not there; nothing was changed.
    async fn set_access(
        &self,
        viewer: Viewer,
        id: MailboxId,
        users: &[UserId],
        at: Timestamp,
    ) -> Result<Option<bool>>;

    /// Shares all of these mailboxes with all of these people, or with none of them any more; whoever
    /// else they are shared with stays. False when a mailbox or one of the people is not there;
    /// nothing was changed then.
    async fn share(
        &self,
        viewer: Viewer,
        mailboxes: &[MailboxId],
        users: &[UserId],
        shared: bool,
        at: Timestamp,
    ) -> Result<bool>;

    /// With whom the mailbox is shared.
    async fn access(&self, viewer: Viewer, id: MailboxId) -> Result<Option<Vec<UserId>>>;

    /// Which of the mailboxes this person may see are shared with whom, by person and then by the
    /// mailbox's name; at most `limit` pairs.
    async fn shares(&self, viewer: Viewer, limit: i64) -> Result<Vec<(UserId, MailboxId, String)>>;

    /// Removes a mailbox: it is gone for everybody at once; its rows go in batches afterwards
    /// ([`SyncStore::sweep_removed`](super::SyncStore::sweep_removed)) and its subscriptions become
    /// retiring. False: not there.
    async fn remove_mailbox(&self, viewer: Viewer, id: MailboxId, at: Timestamp) -> Result<bool>;

    /// Disconnects a mailbox: nothing of it is due from now on, and whoever syncs it can write
    /// nothing more. Its subscriptions become retiring, and its tokens go with the last of them (and
    /// once nobody looks for unknown ones, [`PushStore::note_orphans`](super::PushStore::note_orphans)),
    /// now if it has none. Everything else stays, and what people change waits. Sign-ins under way
    /// are forgotten. False: not there.
    async fn disconnect_mailbox(
        &self,
        viewer: Viewer,
        id: MailboxId,
        at: Timestamp,
    ) -> Result<bool>;

    /// Connects a disconnected mailbox of the organisation again: it goes on where it stopped, with
    /// everything due. Changes nothing about a mailbox that is not disconnected. False: not there,
    /// or somebody has to sign in for it
    /// ([`ConnectionStore::complete_sign_in`](super::ConnectionStore::complete_sign_in)).
    async fn connect_again(&self, viewer: Viewer, id: MailboxId, at: Timestamp) -> Result<bool>;

    /// Makes a sync of the mailbox due now, with everything in it. False: not there.
    async fn request_sync(
        &self,
        viewer: Viewer,
        id: MailboxId,
        trigger: Trigger,
        at: Timestamp,
    ) -> Result<bool>;

    /// The folders in scope: parents before children, well-known ones first, then by name.
    /// `None`: the mailbox does not exist for this person.
    async fn folders(&self, viewer: Viewer, mailbox: MailboxId) -> Result<Option<Vec<Folder>>>;
}
