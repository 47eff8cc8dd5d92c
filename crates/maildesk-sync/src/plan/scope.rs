//! Which folders are in scope: visible mail folders under the root, sub-folders too (S5).
//!
//! Search folders and hidden ones are not, nor is what lies below them; recoverable items and the
//! archive mailbox do not lie below the root at all.

use std::collections::HashSet;

use maildesk_graph::RemoteFolder as Folder;
use maildesk_model::folder::WellKnown;
use maildesk_store::contract::RemoteFolder;

/// What a round of the folders' delta means for the store.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Scoped {
    /// In scope, new or changed.
    pub(crate) changed: Vec<RemoteFolder>,
    /// Gone, or out of scope.
    pub(crate) removed: Vec<String>,
}

/// Whether people see this folder where they see the one above it.
pub(crate) const fn is_shown(folder: &Folder) -> bool {
    !folder.is_search && !matches!(folder.is_hidden, Some(true))
}

/// Whether Graph said everything of the folder that is kept.
pub(crate) const fn is_whole(folder: &Folder) -> bool {
    folder.name.is_some()
        && folder.parent.is_some()
        && folder.unread.is_some()
        && folder.total.is_some()
}

/// As the store takes it. What lies right under the root has no folder above it.
pub(crate) fn kept(folder: Folder, root: &str, well_known: Option<WellKnown>) -> RemoteFolder {
    RemoteFolder {
        remote_id: folder.remote_id,
        parent: folder.parent.filter(|parent| parent != root),
        name: folder.name.unwrap_or_default(),
        well_known,
        unread: folder.unread.unwrap_or(0),
        total: folder.total.unwrap_or(0),
    }
}

/// Sorts whole folders out, in whatever order parents and children come. `known` are the folders
/// in scope so far.
pub(crate) fn sort_out(folders: Vec<Folder>, root: &str, known: &HashSet<String>) -> Scoped {
    let mut scoped = Scoped::default();
    let (mut left, hidden): (Vec<Folder>, Vec<Folder>) = folders.into_iter().partition(is_shown);
    let mut inside: HashSet<String> = known.clone();
    for folder in hidden {
        inside.remove(&folder.remote_id);
        scoped.removed.push(folder.remote_id);
    }
    // A moved folder is inside only if the folder it lies in now is.
    for folder in &left {
        inside.remove(&folder.remote_id);
    }
    loop {
        let (came, rest): (Vec<Folder>, Vec<Folder>) = left.into_iter().partition(|folder| {
            let parent = folder.parent.as_deref().unwrap_or_default();
            parent == root || inside.contains(parent)
        });
        if came.is_empty() {
            scoped
                .removed
                .extend(rest.into_iter().map(|one| one.remote_id));
            break;
        }
        for folder in came {
            inside.insert(folder.remote_id.clone());
            scoped.changed.push(kept(folder, root, None));
        }
        left = rest;
    }
    scoped.removed.retain(|id| known.contains(id));
    scoped
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "root";

    fn folder(id: &str, parent: &str) -> Folder {
        Folder {
            remote_id: id.to_owned(),
            name: Some(id.to_uppercase()),
            parent: Some(parent.to_owned()),
            unread: Some(1),
            total: Some(2),
            ..Folder::default()
        }
    }

    fn known(ids: &[&str]) -> HashSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    fn ids(scoped: &Scoped) -> (Vec<&str>, Vec<&str>) {
        let changed = scoped.changed.iter().map(|one| &*one.remote_id);
        (
            changed.collect(),
            scoped.removed.iter().map(|id| &**id).collect(),
        )
    }

    #[test]
    fn a_folder_is_whole_when_all_that_is_kept_of_it_was_said() {
        let whole = folder("a", ROOT);
        assert!(is_whole(&whole));
        let unsaid: [fn(&mut Folder); 4] = [
            |folder| folder.name = None,
            |folder| folder.parent = None,
            |folder| folder.unread = None,
            |folder| folder.total = None,
        ];
        for forget in unsaid {
            let mut sparse = whole.clone();
            forget(&mut sparse);
            assert!(!is_whole(&sparse), "{sparse:?}");
        }
        let kept = kept(whole, ROOT, Some(WellKnown::Inbox));
        assert_eq!(
            (kept.name.as_str(), kept.unread, kept.total, kept.well_known),
            ("A", 1, 2, Some(WellKnown::Inbox))
        );
    }

    #[test]
    fn children_may_come_before_their_parents() {
        let folders = vec![folder("c", "b"), folder("b", "a"), folder("a", ROOT)];
        let scoped = sort_out(folders, ROOT, &known(&[]));
        assert_eq!(ids(&scoped), (vec!["a", "b", "c"], vec![]));
        assert_eq!(scoped.changed[0].parent, None);
        assert_eq!(scoped.changed[1].parent.as_deref(), Some("a"));
    }

    #[test]
    fn hidden_and_search_folders_and_what_lies_below_or_elsewhere_stay_out() {
        let hidden = Folder {
            is_hidden: Some(true),
            ..folder("h", ROOT)
        };
        let search = Folder {
            is_search: true,
            ..folder("s", ROOT)
        };
        let folders = vec![
            hidden,
            folder("below", "h"),
            search,
            folder("x", "recoverable"),
        ];
        assert_eq!(sort_out(folders, ROOT, &known(&[])), Scoped::default());
    }

    #[test]
    fn what_leaves_the_scope_is_removed() {
        let hidden = Folder {
            is_hidden: Some(true),
            ..folder("h", ROOT)
        };
        let folders = vec![hidden, folder("child", "h"), folder("away", "elsewhere")];
        let scoped = sort_out(folders, ROOT, &known(&["h", "child", "away", "stays"]));
        assert_eq!(ids(&scoped), (vec![], vec!["h", "child", "away"]));
    }

    #[test]
    fn folders_below_one_another_in_a_circle_are_nowhere() {
        let folders = vec![folder("a", "b"), folder("b", "a")];
        let scoped = sort_out(folders, ROOT, &known(&["a", "b"]));
        assert_eq!(ids(&scoped), (vec![], vec!["a", "b"]));
    }
}
