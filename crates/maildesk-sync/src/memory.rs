//! What this node remembers of a mailbox beside the rows: nothing that matters when it is lost.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use maildesk_model::{FolderId, MailboxId};

/// Folders out of scope remembered for each mailbox. Beyond that the list begins anew.
const OUTSIDE_MAX: usize = 500;

/// A round over every folder, under way because the stamp said "all".
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct CatchUp {
    /// The stamp's version when it began; what was stamped since needs another round.
    pub(crate) version: i64,
    /// Folders still to visit.
    pub(crate) left: Vec<FolderId>,
    /// Times it was broken off by Microsoft.
    pub(crate) failures: u32,
}

/// What is remembered of one mailbox.
#[derive(Debug, Default)]
struct Remembered {
    /// Graph's id of the root folder, which has no row.
    root: Option<String>,
    /// Graph's ids of folders that were found to be out of scope.
    outside: HashSet<String>,
    catch_up: Option<CatchUp>,
}

/// What is remembered of all mailboxes this node has worked on.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<HashMap<MailboxId, Remembered>>);

impl Memory {
    fn with<T>(&self, mailbox: MailboxId, act: impl FnOnce(&mut Remembered) -> T) -> T {
        let mut all = self
            .0
            .lock()
            .expect("nothing panics while it holds this lock");
        act(all.entry(mailbox).or_default())
    }

    pub(crate) fn root(&self, mailbox: MailboxId) -> Option<String> {
        self.with(mailbox, |one| one.root.clone())
    }

    pub(crate) fn set_root(&self, mailbox: MailboxId, root: &str) {
        self.with(mailbox, |one| one.root = Some(root.to_owned()));
    }

    pub(crate) fn is_outside(&self, mailbox: MailboxId, folder: &str) -> bool {
        self.with(mailbox, |one| one.outside.contains(folder))
    }

    pub(crate) fn set_outside(&self, mailbox: MailboxId, folder: &str) {
        self.with(mailbox, |one| {
            if one.outside.len() >= OUTSIDE_MAX {
                one.outside.clear();
            }
            one.outside.insert(folder.to_owned());
        });
    }

    /// Folders changed: any of them may be in scope now.
    pub(crate) fn forget_outside(&self, mailbox: MailboxId) {
        self.with(mailbox, |one| one.outside.clear());
    }

    pub(crate) fn catch_up(&self, mailbox: MailboxId) -> Option<CatchUp> {
        self.with(mailbox, |one| one.catch_up.clone())
    }

    pub(crate) fn set_catch_up(&self, mailbox: MailboxId, catch_up: Option<CatchUp>) {
        self.with(mailbox, |one| one.catch_up = catch_up);
    }
}
