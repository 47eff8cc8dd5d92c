//! The mailboxes on the left, the chosen one with its folders.

use maildesk_model::folder::{Folder, WellKnown};
use maildesk_model::mailbox::{Mailbox, MailboxState};
use maildesk_model::{FolderId, Timestamp};

use super::view::View;
use crate::pages::shell::Shell;

/// A mailbox in the tree.
#[derive(Debug)]
pub(super) struct MailboxEntry {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) address: String,
    pub(super) path: String,
    pub(super) unread: i64,
    pub(super) is_current: bool,
    /// How fresh it is, or what is in the way.
    pub(super) freshness: String,
    pub(super) is_troubled: bool,
    /// An import under way.
    pub(super) import: Option<Import>,
    pub(super) folders: Vec<FolderEntry>,
}

/// How far the first listing is.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) listed: i64,
    pub(super) expected: i64,
    pub(super) text: String,
}

/// A folder in the tree.
#[derive(Debug)]
pub(super) struct FolderEntry {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) unread: i64,
    pub(super) depth: usize,
    pub(super) is_current: bool,
    pub(super) icon: &'static str,
}

/// Deeper folders are drawn no further to the right.
const DEPTH_MAX: usize = 6;

/// One mailbox; `folders` are those of the chosen one.
pub(super) fn mailbox(
    shell: &Shell,
    view: &View,
    mailbox: &Mailbox,
    folders: &[Folder],
) -> MailboxEntry {
    let import = (mailbox.state == MailboxState::Importing).then(|| import(shell, mailbox));
    MailboxEntry {
        id: mailbox.id.to_string(),
        name: mailbox.name.clone(),
        address: mailbox.address.clone(),
        path: View::of(Some(mailbox.id), None).path(),
        unread: mailbox.unread,
        is_current: view.mailbox == Some(mailbox.id) && view.folder.is_none(),
        freshness: freshness(shell, mailbox),
        is_troubled: matches!(mailbox.state, MailboxState::Reconnect | MailboxState::Error),
        import,
        folders: entries(view, folders),
    }
}

fn import(shell: &Shell, mailbox: &Mailbox) -> Import {
    let progress = mailbox.import;
    // Mail that arrives meanwhile may make more than were expected.
    let expected = progress.expected.max(progress.listed);
    let values = [
        ("listed", progress.listed.into()),
        ("expected", expected.into()),
    ];
    Import {
        listed: progress.listed,
        expected,
        text: shell.words.fill_all("import-of", values).into_owned(),
    }
}

/// "checked 14:02", "waiting for Microsoft until 14:32", or what a person must do.
fn freshness(shell: &Shell, mailbox: &Mailbox) -> String {
    let words = shell.words;
    let at = |at: Timestamp| shell.time_of(at).short;
    match (mailbox.state, mailbox.not_before, mailbox.last_sync_at) {
        _ if mailbox.disconnected_at.is_some() => words.say("fresh-disconnected"),
        (MailboxState::Reconnect, ..) => words.say("fresh-reconnect"),
        (MailboxState::Error, ..) => words.say("fresh-error"),
        (MailboxState::Connecting, ..) => words.say("fresh-connecting"),
        (_, Some(until), _) if until > shell.now => words.fill("fresh-waiting", at(until)),
        (MailboxState::Importing, ..) => words.say("fresh-importing"),
        (_, _, Some(checked)) => words.fill("fresh-checked", at(checked)),
        (_, _, None) => words.say("fresh-never"),
    }
    .into_owned()
}

/// Parents before children, as deep as they lie.
fn entries(view: &View, folders: &[Folder]) -> Vec<FolderEntry> {
    let mut entries = Vec::with_capacity(folders.len());
    below(view, folders, None, 0, &mut entries);
    // A folder whose parent is not here is shown all the same.
    if entries.len() < folders.len() {
        let shown: Vec<_> = entries.iter().map(|entry| entry.path.clone()).collect();
        for folder in folders {
            let entry = entry(view, folder, 0);
            if !shown.contains(&entry.path) {
                entries.push(entry);
            }
        }
    }
    entries
}

fn below(
    view: &View,
    folders: &[Folder],
    parent: Option<FolderId>,
    depth: usize,
    entries: &mut Vec<FolderEntry>,
) {
    // A loop in the data must not become one here.
    if depth > folders.len() || depth > 64 {
        return;
    }
    for folder in folders.iter().filter(|folder| folder.parent == parent) {
        entries.push(entry(view, folder, depth.min(DEPTH_MAX)));
        below(view, folders, Some(folder.id), depth + 1, entries);
    }
}

fn entry(view: &View, folder: &Folder, depth: usize) -> FolderEntry {
    FolderEntry {
        name: folder.name.clone(),
        path: View::of(Some(folder.mailbox), Some(folder.id)).path(),
        unread: folder.unread,
        depth,
        is_current: view.folder == Some(folder.id),
        icon: icon(folder.well_known),
    }
}

const fn icon(well_known: Option<WellKnown>) -> &'static str {
    match well_known {
        Some(WellKnown::Inbox) => "inbox",
        Some(WellKnown::Drafts) => "draft",
        Some(WellKnown::SentItems | WellKnown::Outbox) => "sent",
        Some(WellKnown::Archive) => "archive",
        Some(WellKnown::DeletedItems) => "bin",
        Some(WellKnown::JunkEmail) => "junk",
        _ => "folder",
    }
}
