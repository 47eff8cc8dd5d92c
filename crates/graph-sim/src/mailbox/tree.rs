//! The folder tree: finding folders and editing them.

use super::folder::{DELETIONS, FolderKind, ROOT};
use super::ids::{Decoded, IdKind};
use super::{Folder, FolderNo, Mailbox};
use jiff::Timestamp;

/// Why an edit of a folder is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FolderRefusal {
    /// A sibling has that name.
    Exists,
    /// The folder is one that every mailbox has, or a search folder.
    Distinguished,
    /// It would become its own ancestor.
    Circle,
}

impl Mailbox {
    /// The folder that an id or a well-known name means, if there is one.
    pub(crate) fn find_folder(&self, id_or_name: &str) -> Option<FolderNo> {
        if let Decoded::Own(IdKind::Folder, no, _) = self.ids.decode(id_or_name) {
            return self.folder(FolderNo(no)).map(|folder| folder.no);
        }
        let named = |folder: &&Folder| {
            folder
                .well_known
                .as_deref()
                .is_some_and(|name| name.eq_ignore_ascii_case(id_or_name))
        };
        self.folders
            .iter()
            .filter(|folder| !folder.deleted)
            .find(named)
            .map(|folder| folder.no)
    }

    /// A folder, unless it was deleted.
    pub(crate) fn folder(&self, no: FolderNo) -> Option<&Folder> {
        self.folders
            .get(no.0 as usize)
            .filter(|folder| !folder.deleted)
    }

    /// Every folder ever, deleted ones too.
    pub(crate) fn folders(&self) -> &[Folder] {
        &self.folders
    }

    /// The id of a folder.
    pub(crate) fn folder_id(&self, no: FolderNo) -> String {
        self.ids.encode(IdKind::Folder, no.0, 0)
    }

    /// The children of a folder, by display name.
    pub(crate) fn children(&self, parent: FolderNo, hidden_too: bool) -> Vec<&Folder> {
        let mut children: Vec<&Folder> = self
            .folders
            .iter()
            .filter(|folder| {
                folder.parent == Some(parent) && !folder.deleted && (hidden_too || !folder.hidden)
            })
            .collect();
        children.sort_by(|a, b| a.display_name.cmp(&b.display_name).then(a.no.cmp(&b.no)));
        children
    }

    /// Whether a folder is an ordinary, visible one below the root: those that a mail client shows.
    pub(crate) fn in_scope(&self, no: FolderNo) -> bool {
        let mut at = no;
        while at != ROOT {
            match self.folder(at) {
                Some(folder) if !folder.hidden && folder.kind == FolderKind::Mail => {
                    match folder.parent {
                        Some(parent) => at = parent,
                        None => return false,
                    }
                }
                _ => return false,
            }
        }
        no != ROOT
    }

    /// Whether one folder is, or is below, another.
    pub(crate) fn is_below(&self, no: FolderNo, ancestor: FolderNo) -> bool {
        let mut at = Some(no);
        while let Some(here) = at {
            if here == ancestor {
                return true;
            }
            at = self
                .folders
                .get(here.0 as usize)
                .and_then(|folder| folder.parent);
        }
        false
    }

    /// How many children a folder has that are not hidden.
    pub(crate) fn child_count(&self, no: FolderNo) -> usize {
        self.folders
            .iter()
            .filter(|folder| folder.parent == Some(no) && !folder.deleted && !folder.hidden)
            .count()
    }

    /// (unread, total) of a folder; a search folder counts what it shows.
    pub(crate) fn counts(&self, folder: &Folder) -> (usize, usize) {
        match folder.kind {
            FolderKind::Mail => (folder.unread as usize, folder.index.len()),
            FolderKind::Search(source) => {
                let unread = self.folders[source.0 as usize].unread as usize;
                (unread, unread)
            }
        }
    }

    fn sibling(&self, parent: FolderNo, name: &str, but: Option<FolderNo>) -> bool {
        self.folders.iter().any(|folder| {
            folder.parent == Some(parent)
                && !folder.deleted
                && Some(folder.no) != but
                && folder.display_name.eq_ignore_ascii_case(name)
        })
    }

    /// Creates a folder.
    pub(crate) fn create_folder(
        &mut self,
        parent: FolderNo,
        name: &str,
        hidden: bool,
    ) -> Result<FolderNo, FolderRefusal> {
        if self.sibling(parent, name, None) {
            return Err(FolderRefusal::Exists);
        }
        let no = FolderNo(self.folders.len() as u32);
        self.seq += 1;
        let mut folder = Folder::new(no, Some(parent), name);
        folder.hidden = hidden;
        folder.seq = self.seq;
        self.folders.push(folder);
        Ok(no)
    }

    /// Renames a folder.
    pub(crate) fn rename_folder(&mut self, no: FolderNo, name: &str) -> Result<(), FolderRefusal> {
        let folder = &self.folders[no.0 as usize];
        let parent = folder.parent.ok_or(FolderRefusal::Distinguished)?;
        if folder.well_known.is_some() {
            return Err(FolderRefusal::Distinguished);
        }
        if self.sibling(parent, name, Some(no)) {
            return Err(FolderRefusal::Exists);
        }
        self.seq += 1;
        let folder = &mut self.folders[no.0 as usize];
        name.clone_into(&mut folder.display_name);
        folder.seq = self.seq;
        Ok(())
    }

    /// Gives a folder that every mailbox has its name in the owner's language.
    pub(crate) fn localise(&mut self, well_known: &str, name: &str) -> bool {
        let is_it = |folder: &&mut Folder| folder.well_known.as_deref() == Some(well_known);
        let folder = self.folders.iter_mut().find(is_it);
        folder.is_some_and(|folder| {
            name.clone_into(&mut folder.display_name);
            true
        })
    }

    /// Moves a folder below another.
    pub(crate) fn move_folder(
        &mut self,
        no: FolderNo,
        parent: FolderNo,
    ) -> Result<(), FolderRefusal> {
        let folder = &self.folders[no.0 as usize];
        if folder.well_known.is_some() || folder.parent.is_none() {
            return Err(FolderRefusal::Distinguished);
        }
        if self.is_below(parent, no) {
            return Err(FolderRefusal::Circle);
        }
        if self.sibling(parent, &folder.display_name, Some(no)) {
            return Err(FolderRefusal::Exists);
        }
        self.seq += 1;
        let folder = &mut self.folders[no.0 as usize];
        folder.parent = Some(parent);
        folder.seq = self.seq;
        Ok(())
    }

    /// Deletes a folder with everything below it; its messages go to the recoverable items.
    pub(crate) fn delete_folder(
        &mut self,
        no: FolderNo,
        at: Timestamp,
    ) -> Result<(), FolderRefusal> {
        let folder = &self.folders[no.0 as usize];
        if folder.well_known.is_some() || folder.parent.is_none() {
            return Err(FolderRefusal::Distinguished);
        }
        let below: Vec<FolderNo> = self
            .folders
            .iter()
            .filter(|folder| !folder.deleted && self.is_below(folder.no, no))
            .map(|folder| folder.no)
            .collect();
        for folder in below {
            for message in self.folders[folder.0 as usize].index.clone() {
                self.move_message(super::MessageNo(message), DELETIONS, at);
            }
            self.seq += 1;
            let folder = &mut self.folders[folder.0 as usize];
            folder.deleted = true;
            folder.seq = self.seq;
        }
        Ok(())
    }
}
