//! Mail that a sweep finds, without a sync: this crate knows none.

use std::time::Duration;

use maildesk_model::folder::WellKnown;
use maildesk_model::message::RemoteMessage;
use maildesk_model::{MailboxId, Timestamp};
use maildesk_store::SqlStore;
use maildesk_store::contract::{
    FolderChanges, Incoming, Lease, MessageBatch, RemoteFolder, Source, SyncEnd, SyncStore,
};

use crate::world::World;

impl World {
    /// A sweep finds these mails, which have just arrived, and ends. Whatever was stamped is done.
    pub(crate) async fn sweep(&self, mailbox: MailboxId, found: &[&str]) {
        self.ask_for_a_sync(mailbox).await;
        let lease = self.begin_sync(mailbox).await;
        take_in(self.store(), &lease, found, self.now()).await;
        self.end_sync(lease).await;
    }

    /// Ends a run as a sync does.
    pub(crate) async fn end_sync(&self, lease: Lease) {
        let at = self.now();
        let end = SyncEnd {
            next_sweep_at: Some(at.plus(Duration::from_hours(1000))),
            trigger: None,
            well: true,
            not_before: None,
            at,
        };
        self.store().finish_sync(&lease, &end).await.unwrap();
    }
}

async fn take_in(store: &SqlStore, lease: &Lease, found: &[&str], at: Timestamp) {
    let inbox = RemoteFolder {
        remote_id: "inbox".to_owned(),
        parent: None,
        name: "Inbox".to_owned(),
        well_known: Some(WellKnown::Inbox),
        unread: 0,
        total: 0,
    };
    let tree = FolderChanges {
        changed: vec![inbox],
        removed: Vec::new(),
        whole: true,
        link: Some("folders".to_owned()),
    };
    store.apply_folders(lease, &tree, at).await.unwrap();
    let changed = found.iter().map(|id| Incoming {
        message: RemoteMessage {
            remote_id: (*id).to_owned(),
            folder: Some("inbox".to_owned()),
            subject: Some("Hello".to_owned()),
            to: Some(Vec::new()),
            received_at: Some(at),
            preview: Some(String::new()),
            is_read: Some(false),
            is_draft: Some(false),
            conversation: Some((*id).to_owned()),
            ..RemoteMessage::default()
        },
        text: None,
    });
    let batch = MessageBatch {
        changed: changed.collect(),
        removed: Vec::new(),
        cursor: None,
        source: Source::Live,
        skew_micros: 0,
        at,
    };
    store.apply_messages(lease, &batch).await.unwrap();
}
