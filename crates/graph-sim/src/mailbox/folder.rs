//! Folders: the tree every mailbox begins with, and what each keeps about its messages.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::FolderNo;
use super::log::Entry;

/// Where a folder's messages come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FolderKind {
    /// It holds them.
    Mail,
    /// It shows the unread ones of another folder.
    Search(FolderNo),
}

/// A folder. Its number is its place in the mailbox's list and is never used again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Folder {
    pub(crate) no: FolderNo,
    /// None only for the two roots.
    pub(crate) parent: Option<FolderNo>,
    pub(crate) display_name: String,
    pub(crate) well_known: Option<String>,
    pub(crate) hidden: bool,
    pub(crate) kind: FolderKind,
    pub(crate) deleted: bool,
    pub(crate) unread: u32,
    /// Bytes.
    pub(crate) size: u64,
    /// The position in the mailbox's order of changes at which the folder itself last changed.
    pub(crate) seq: u64,
    /// What happened to its messages, oldest first.
    pub(crate) log: Vec<Entry>,
    /// Messages that left, with the entry that says so.
    pub(crate) left: HashMap<u32, u32>,
    /// Its messages by (received, number). Not kept on disk: it follows from the rest.
    #[serde(skip)]
    pub(crate) index: Vec<u32>,
}

impl Folder {
    /// An empty folder.
    pub(crate) fn new(no: FolderNo, parent: Option<FolderNo>, display_name: &str) -> Self {
        Self {
            no,
            parent,
            display_name: display_name.to_owned(),
            well_known: None,
            hidden: false,
            kind: FolderKind::Mail,
            deleted: false,
            unread: 0,
            size: 0,
            seq: 0,
            log: Vec::new(),
            left: HashMap::new(),
            index: Vec::new(),
        }
    }
}

/// A folder that every mailbox has: display name, well-known name, parent's well-known name, hidden.
pub(crate) type Born = (&'static str, &'static str, &'static str, bool);

/// The tree that every mailbox begins with. The first is the root of mail; the second holds what was deleted for good and is not below it.
pub(crate) const BORN: [Born; 20] = [
    ("Top of Information Store", "msgfolderroot", "", false),
    ("Recoverable Items", "recoverableitemsroot", "", true),
    (
        "Deletions",
        "recoverableitemsdeletions",
        "recoverableitemsroot",
        true,
    ),
    ("Inbox", "inbox", "msgfolderroot", false),
    ("Drafts", "drafts", "msgfolderroot", false),
    ("Sent Items", "sentitems", "msgfolderroot", false),
    ("Deleted Items", "deleteditems", "msgfolderroot", false),
    ("Junk Email", "junkemail", "msgfolderroot", false),
    ("Archive", "archive", "msgfolderroot", false),
    ("Outbox", "outbox", "msgfolderroot", false),
    (
        "Conversation History",
        "conversationhistory",
        "msgfolderroot",
        false,
    ),
    ("Clutter", "clutter", "msgfolderroot", true),
    ("Scheduled", "scheduled", "msgfolderroot", true),
    ("Sync Issues", "syncissues", "msgfolderroot", true),
    ("Conflicts", "conflicts", "syncissues", true),
    ("Local Failures", "localfailures", "syncissues", true),
    ("Server Failures", "serverfailures", "syncissues", true),
    ("Conversation Action Settings", "", "msgfolderroot", true),
    ("Finder", "searchfolders", "", true),
    ("Unread Mail", "", "msgfolderroot", false),
];

/// The number of the root of mail.
pub(crate) const ROOT: FolderNo = FolderNo(0);
/// The number of the recoverable items' deletions.
pub(crate) const DELETIONS: FolderNo = FolderNo(2);
/// The number of the inbox.
pub(crate) const INBOX: FolderNo = FolderNo(3);
/// The number of the drafts.
pub(crate) const DRAFTS: FolderNo = FolderNo(4);
/// The number of the sent items.
pub(crate) const SENT: FolderNo = FolderNo(5);

/// The number of the outbox.
pub(crate) const OUTBOX: FolderNo = FolderNo(9);

/// The folders of a new mailbox.
pub(crate) fn born() -> Vec<Folder> {
    let find = |name: &str| {
        BORN.iter()
            .position(|born| born.1 == name && !name.is_empty())
            .map(|no| FolderNo(no as u32))
    };
    let mut folders: Vec<Folder> = BORN
        .iter()
        .enumerate()
        .map(|(no, (display_name, well_known, parent, hidden))| Folder {
            well_known: (!well_known.is_empty()).then(|| (*well_known).to_owned()),
            hidden: *hidden,
            ..Folder::new(FolderNo(no as u32), find(parent), display_name)
        })
        .collect();
    if let Some(search) = folders.last_mut() {
        search.kind = FolderKind::Search(INBOX);
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_mean_what_they_say() {
        let folders = born();
        let name = |no: FolderNo| folders[no.0 as usize].well_known.as_deref();
        assert_eq!(
            [ROOT, DELETIONS, INBOX, DRAFTS, SENT, OUTBOX].map(name),
            [
                Some("msgfolderroot"),
                Some("recoverableitemsdeletions"),
                Some("inbox"),
                Some("drafts"),
                Some("sentitems"),
                Some("outbox")
            ]
        );
        assert_eq!(folders[14].parent, Some(FolderNo(13)));
    }
}
