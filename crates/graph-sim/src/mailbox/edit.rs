//! Every edit of messages. Each keeps index, counts, log and the collected [`Change`]s in step.

use jiff::Timestamp;

use super::change::{Change, ChangeKind, Facets};
use super::fill::Fill;
use super::folder::{DELETIONS, SENT};
use super::log::{Entry, What, field};
use super::message::{Content, Flag, Importance, State, Stored};
use super::{FolderNo, Mailbox, MessageNo, words};

/// A message that comes into the mailbox.
pub(crate) struct Arrival {
    pub(crate) content: Content,
    pub(crate) folder: FolderNo,
    pub(crate) at: Timestamp,
    pub(crate) is_read: bool,
    pub(crate) importance: Importance,
    pub(crate) categories: Vec<String>,
    pub(crate) flag: Flag,
    /// How many updates follow by themselves, as Exchange goes on working on a new item.
    pub(crate) updates: u32,
}

/// Changes to a message; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patch {
    pub(crate) is_read: Option<bool>,
    pub(crate) flag: Option<Flag>,
    pub(crate) categories: Option<Vec<String>>,
    pub(crate) importance: Option<Importance>,
    pub(crate) other: Option<bool>,
    /// The rewritten content of a draft.
    pub(crate) content: Option<Content>,
}

impl Mailbox {
    /// Takes a new message in.
    pub(crate) fn arrive(&mut self, arrival: Arrival) -> MessageNo {
        let no = self.next;
        self.next += 1;
        let state = State {
            folder: arrival.folder,
            moves: 0,
            changes: 1,
            is_read: arrival.is_read,
            flag: arrival.flag,
            categories: arrival.categories,
            importance: arrival.importance,
            other: false,
            modified: arrival.at,
            logged: None,
            gone: false,
        };
        self.stored.insert(
            no,
            Box::new(Stored {
                content: arrival.content,
                arrived: arrival.at,
            }),
        );
        self.states.insert(no, state);
        self.enter(no, arrival.folder, arrival.at, arrival.updates);
        MessageNo(no)
    }

    /// Changes a message. Returns whether anything was different afterwards.
    pub(crate) fn patch(&mut self, no: MessageNo, patch: Patch, at: Timestamp) -> bool {
        let Some(before) = self.state(no).map(std::borrow::Cow::into_owned) else {
            return false;
        };
        let mut after = before.clone();
        let mut fields = 0;
        let mut set = |bit: u8, differs: bool| fields |= if differs { bit } else { 0 };
        set(
            field::READ,
            patch
                .is_read
                .is_some_and(|read| std::mem::replace(&mut after.is_read, read) != read),
        );
        set(
            field::FLAG,
            patch
                .flag
                .is_some_and(|flag| std::mem::replace(&mut after.flag, flag) != after.flag),
        );
        set(
            field::CATEGORIES,
            patch.categories.is_some_and(|list| {
                std::mem::replace(&mut after.categories, list) != after.categories
            }),
        );
        set(
            field::IMPORTANCE,
            patch.importance.is_some_and(|importance| {
                std::mem::replace(&mut after.importance, importance) != importance
            }),
        );
        set(
            field::INFERENCE,
            patch
                .other
                .is_some_and(|other| std::mem::replace(&mut after.other, other) != other),
        );
        if let Some(content) = patch.content {
            // Filled mail becomes stored mail once its content differs from what the seed says.
            let arrived = self.arrived(no).unwrap_or(content.created);
            self.stored
                .insert(no.0, Box::new(Stored { content, arrived }));
            fields |= field::CONTENT;
        }
        if fields == 0 {
            return false;
        }
        // A read toggle alone leaves change key and modification time as they were [recorded 7.4].
        if fields != field::READ {
            after.changes += 1;
            after.modified = at;
        }
        let folder = after.folder;
        let (was_read, is_read) = (before.is_read, after.is_read);
        let was = self.facets(no, &before);
        self.states.insert(no.0, after);
        let unread = &mut self.folders[folder.0 as usize].unread;
        *unread = unread
            .saturating_add(u32::from(was_read && !is_read))
            .saturating_sub(u32::from(!was_read && is_read));
        self.write_log(no.0, folder, at, What::Change(fields));
        self.tell(no, ChangeKind::Updated, folder, at, Some(was));
        true
    }

    /// Moves a message. It keeps its immutable id and gets a new default one.
    pub(crate) fn move_message(&mut self, no: MessageNo, to: FolderNo, at: Timestamp) {
        let Some(before) = self.state(no).map(std::borrow::Cow::into_owned) else {
            return;
        };
        if before.folder == to {
            return;
        }
        self.leave(no, &before, at);
        self.settle(no, before, to, at);
    }

    /// Copies a message; the copy is a message of its own.
    pub(crate) fn copy_message(
        &mut self,
        no: MessageNo,
        to: FolderNo,
        at: Timestamp,
    ) -> Option<MessageNo> {
        let state = self.state(no)?.into_owned();
        let content = self.content(no, true)?.into_owned();
        let State {
            is_read,
            importance,
            categories,
            flag,
            ..
        } = state;
        Some(self.arrive(Arrival {
            content,
            folder: to,
            at,
            is_read,
            importance,
            categories,
            flag,
            updates: 0,
        }))
    }

    /// Destroys a message.
    pub(crate) fn purge(&mut self, no: MessageNo, at: Timestamp) {
        let Some(before) = self.state(no).map(std::borrow::Cow::into_owned) else {
            return;
        };
        self.leave(no, &before, at);
        self.states.insert(
            no.0,
            State {
                gone: true,
                logged: None,
                ..before
            },
        );
        self.stored.remove(&no.0);
    }

    /// Adds history that is made when it is read. Nobody is notified; delta rounds see it.
    pub(crate) fn fill(
        &mut self,
        count: u32,
        seed: u64,
        body_bytes: u32,
        own_folders: &[FolderNo],
        newest: Timestamp,
    ) {
        let first = self.next;
        self.next += count;
        self.seq += 1;
        let rest = ["sentitems", "archive", "deleteditems"]
            .iter()
            .filter_map(|name| self.find_folder(name));
        let folders: Vec<FolderNo> = std::iter::once(super::INBOX)
            .chain(rest)
            .chain(own_folders.iter().copied())
            .collect();
        // Twenty minutes from mail to mail, but never more than four years in all.
        let step = (4 * 31_536_000 / u64::from(count.max(1))).clamp(1, 1_200) as u32;
        let begins = newest.as_second() - i64::from(count) * i64::from(step);
        let owner = self.owner.clone();
        self.fills.push(Fill {
            first,
            count,
            seed,
            body_bytes,
            begins,
            step,
            folders,
            sent: SENT,
            seq: self.seq,
            owner,
        });
        self.index_fill(newest);
    }

    fn index_fill(&mut self, at: Timestamp) {
        let number = self.fills.len() as u32 - 1;
        let Some(fill) = self.fills.last().cloned() else {
            return;
        };
        let mut runs: Vec<(Vec<u32>, u32)> = vec![(Vec::new(), 0); self.folders.len()];
        for no in fill.first..fill.first + fill.count {
            let (run, unread) = &mut runs[fill.folder(no).0 as usize];
            run.push(no);
            *unread += u32::from(!fill.is_read(no));
        }
        for (folder, (run, unread)) in runs
            .into_iter()
            .enumerate()
            .filter(|(_, (run, _))| !run.is_empty())
        {
            let mut index = std::mem::take(&mut self.folders[folder].index);
            self.extend(&mut index, &run);
            let seq = self.seq;
            let folder = &mut self.folders[folder];
            folder.index = index;
            folder.unread += unread;
            folder.size += fill.weight() * run.len() as u64;
            folder.log.push(Entry {
                seq,
                at,
                no: fill.first,
                moves: 0,
                what: What::Fill(number),
                previous: None,
            });
        }
        let mut all = std::mem::take(&mut self.all);
        let run: Vec<u32> = (fill.first..fill.first + fill.count).collect();
        self.extend(&mut all, &run);
        self.all = all;
    }

    /// The folders that a fill shares its rest among: the first `count` of the mailbox's own, made where they are missing.
    pub(crate) fn fill_folders(&mut self, count: usize) -> Vec<FolderNo> {
        let mut folders: Vec<FolderNo> = Vec::new();
        for n in 0..count {
            let parent = if n < 10 { super::ROOT } else { folders[n % 10] };
            let name = words::folder(n);
            let there = self
                .children(parent, true)
                .iter()
                .find(|folder| folder.display_name == name)
                .map(|folder| folder.no);
            folders.push(
                there
                    .or_else(|| self.create_folder(parent, &name, false).ok())
                    .unwrap_or(super::ROOT),
            );
        }
        folders
    }

    /// The folder with an id, a well-known name, or a display name below the root; made if there is none.
    pub(crate) fn folder_named(&mut self, name: &str) -> Option<FolderNo> {
        let there = self.find_folder(name).or_else(|| {
            self.children(super::ROOT, true)
                .iter()
                .find(|folder| folder.display_name == name)
                .map(|folder| folder.no)
        });
        there.or_else(|| self.create_folder(super::ROOT, name, false).ok())
    }

    fn enter(&mut self, no: u32, folder: FolderNo, at: Timestamp, updates: u32) {
        self.insert(folder, no);
        let (weight, unread) = (self.weight(no), !self.is_read(MessageNo(no)));
        let room = &mut self.folders[folder.0 as usize];
        room.size += weight;
        room.unread += u32::from(unread);
        self.write_log(no, folder, at, What::Enter);
        self.tell(MessageNo(no), ChangeKind::Created, folder, at, None);
        for _ in 0..updates {
            let was = self
                .state(MessageNo(no))
                .map(|state| self.facets(MessageNo(no), &state));
            self.tell(MessageNo(no), ChangeKind::Updated, folder, at, was);
        }
    }

    fn leave(&mut self, no: MessageNo, before: &State, at: Timestamp) {
        let folder = before.folder;
        self.remove(folder, no.0);
        let weight = self.weight(no.0);
        let room = &mut self.folders[folder.0 as usize];
        room.size = room.size.saturating_sub(weight);
        room.unread = room.unread.saturating_sub(u32::from(!before.is_read));
        let was = self.facets(no, before);
        self.tell(no, ChangeKind::Deleted, folder, at, Some(was));
        self.write_log(no.0, folder, at, What::Leave);
    }

    fn write_log(&mut self, no: u32, folder: FolderNo, at: Timestamp, what: What) {
        self.seq += 1;
        let (moves, logged) = self
            .state(MessageNo(no))
            .map_or((0, None), |state| (state.moves, state.logged));
        let room = &mut self.folders[folder.0 as usize];
        let here = room.log.len() as u32;
        let previous = if what == What::Enter {
            room.left.remove(&no)
        } else {
            logged
        };
        room.log.push(Entry {
            seq: self.seq,
            at,
            no,
            moves,
            what,
            previous,
        });
        if what == What::Leave {
            room.left.insert(no, here);
        } else if let Some(state) = self.states.get_mut(&no) {
            state.logged = Some(here);
        }
    }

    fn facets(&self, no: MessageNo, state: &State) -> Facets {
        Facets {
            is_read: state.is_read,
            is_draft: self
                .stored
                .get(&no.0)
                .is_some_and(|stored| stored.content.is_draft),
        }
    }

    /// Collects a change for subscribers. What happens in the recoverable items is nobody's business.
    fn tell(
        &mut self,
        no: MessageNo,
        kind: ChangeKind,
        folder: FolderNo,
        at: Timestamp,
        was: Option<Facets>,
    ) {
        if folder == DELETIONS {
            return;
        }
        let Some(state) = self.state(no) else { return };
        let is = (kind != ChangeKind::Deleted).then(|| self.facets(no, &state));
        let (moves, changes) = (state.moves, state.changes);
        let change = Change {
            at,
            mailbox: self.owner.address.clone(),
            folder,
            message: no,
            immutable_id: self.immutable_id(no),
            default_id: self.message_id(no, moves, false),
            etag: format!("W/\"{}\"", self.change_key(no, changes)),
            kind,
            was,
            is,
        };
        self.changes.push(change);
    }

    /// Sends a draft: it leaves the drafts and comes into the sent items under the same immutable id.
    pub(crate) fn send_draft(&mut self, no: MessageNo, at: Timestamp) {
        let Some(before) = self.state(no).map(std::borrow::Cow::into_owned) else {
            return;
        };
        self.leave(no, &before, at);
        if let Some(stored) = self.stored.get_mut(&no.0) {
            stored.content.is_draft = false;
            stored.content.sent = at;
            stored.content.received = at;
        }
        self.settle(no, before, SENT, at);
    }

    /// Puts a message that has just left its folder into another.
    fn settle(&mut self, no: MessageNo, before: State, to: FolderNo, at: Timestamp) {
        let after = State {
            folder: to,
            moves: before.moves + 1,
            changes: before.changes + 1,
            modified: at,
            logged: None,
            ..before
        };
        self.states.insert(no.0, after);
        self.enter(no.0, to, at, 0);
    }
}
