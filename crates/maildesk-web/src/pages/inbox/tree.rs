//! The mailboxes on the left, the chosen one with its folders.

use maildesk_model::folder::{Folder, WellKnown};
use maildesk_model::mailbox::{Mailbox, MailboxState};
use maildesk_model::{FolderId, Timestamp};

use super::view::View;
use crate::foreign;
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
    /// Its folders show until somebody folds them: those of the chosen mailbox, or of the only one.
    pub(super) is_open: bool,
}

/// How far the first listing is.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) listed: i64,
    pub(super) expected: i64,
    pub(super) text: String,
}

/// A folder in the tree.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FolderEntry {
    pub(super) id: String,
    /// Graph's well-known name in lower case, or empty.
    pub(super) known: &'static str,
    pub(super) name: String,
    pub(super) path: String,
    pub(super) unread: i64,
    pub(super) depth: usize,
    /// The ids of what it lies in, outermost first: folded, they hide it.
    pub(super) under: String,
    /// Whether others lie in it.
    pub(super) has_children: bool,
    pub(super) is_current: bool,
    pub(super) icon: &'static str,
}

/// Deeper folders are drawn no further to the right.
const DEPTH_MAX: usize = 6;

/// One mailbox with its folders.
pub(super) fn mailbox(
    shell: &Shell,
    view: &View,
    mailbox: &Mailbox,
    folders: &[Folder],
    is_only: bool,
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
        is_open: is_only || view.mailbox == Some(mailbox.id),
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
    below(view, folders, None, &[], &mut entries);
    // A folder whose parent is not here is shown all the same.
    if entries.len() < folders.len() {
        for folder in folders {
            let entry = entry(view, folders, folder, &[]);
            if !entries.iter().any(|known| known.id == entry.id) {
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
    above: &[FolderId],
    entries: &mut Vec<FolderEntry>,
) {
    // A loop in the data must not become one here.
    if above.len() > folders.len() || above.len() > 64 {
        return;
    }
    for folder in folders.iter().filter(|folder| folder.parent == parent) {
        entries.push(entry(view, folders, folder, above));
        let above = [above, &[folder.id]].concat();
        below(view, folders, Some(folder.id), &above, entries);
    }
}

fn entry(view: &View, folders: &[Folder], folder: &Folder, above: &[FolderId]) -> FolderEntry {
    let under = above.iter().fold(folder.mailbox.to_string(), |text, id| {
        format!("{text} {id}")
    });
    FolderEntry {
        id: folder.id.to_string(),
        known: folder.well_known.map_or("", WellKnown::name),
        name: foreign::line(&folder.name),
        path: View::of(Some(folder.mailbox), Some(folder.id)).path(),
        unread: folder.unread,
        depth: above.len().min(DEPTH_MAX),
        under,
        has_children: folders.iter().any(|one| one.parent == Some(folder.id)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use maildesk_model::MailboxId;

    fn folder(id: i64, parent: Option<i64>) -> Folder {
        Folder {
            id: FolderId(id),
            mailbox: MailboxId(1),
            name: id.to_string(),
            parent: parent.map(FolderId),
            well_known: None,
            unread: 0,
            total: 0,
            visited_at: None,
        }
    }

    /// Each folder once: below its parent, and where that is missing or a loop, at the end.
    #[test]
    fn every_folder_is_in_the_tree_once() {
        let folders = [
            folder(1, None),
            folder(2, Some(1)),
            folder(3, Some(2)),
            folder(4, None),
            folder(5, Some(99)),
            folder(6, Some(7)),
            folder(7, Some(6)),
        ];
        let entries = entries(&View::default(), &folders);
        let order: Vec<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(order, ["1", "2", "3", "4", "5", "6", "7"]);
        let depths: Vec<_> = entries.iter().map(|entry| entry.depth).collect();
        assert_eq!(depths, [0, 1, 2, 0, 0, 0, 0]);
        let above = format!("{} {} {}", MailboxId(1), FolderId(1), FolderId(2));
        assert_eq!(entries[2].under, above);
        assert!(entries[1].has_children && !entries[2].has_children);
    }
}
