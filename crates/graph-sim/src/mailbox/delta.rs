//! Delta rounds over a folder, as pure reading.
//!
//! The first round walks the folder's index from the newest message to the oldest; later rounds walk its log. Everything a round needs to
//! go on is in the [`Place`] that the caller keeps in the link, so no client is remembered here.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::log::{Entry, What};
use super::message::State;
use super::{FolderNo, Mailbox, MessageNo};

/// Where a round stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Place {
    /// In a first round: everything newer than this key was given out. `None` at its beginning.
    First(Option<(i64, u32)>),
    /// In a later round, which reports what happened after position `from`: the next entry of the log, and how far a fill has been walked.
    Later { from: u64, entry: u32, offset: u32 },
}

/// What a round wants to know.
pub(crate) struct Ask<'a> {
    pub(crate) folder: FolderNo,
    pub(crate) place: Place,
    /// Changes after this position are not seen in this round.
    pub(crate) upto: u64,
    /// Items at most.
    pub(crate) limit: usize,
    /// Received at or after, in seconds since 1970.
    pub(crate) since: Option<i64>,
    /// Immutable ids: a message that came back is not reported as removed.
    pub(crate) immutable: bool,
    /// A message that came back is told removed before it is told again.
    pub(crate) back_is_told: bool,
    /// Whether a message that left and came back within the round is lost, as is seen with immutable ids.
    pub(crate) loses: &'a dyn Fn(MessageNo) -> bool,
}

/// One item of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// New in this folder for the client: the whole item.
    New(MessageNo),
    /// Changed; the bits of [`super::log::field`] say what.
    Changed(MessageNo, u8),
    /// Left the folder, with the moves that make its default id.
    Removed(MessageNo, u32),
}

impl Item {
    /// The message that it is about.
    pub(crate) const fn message(&self) -> MessageNo {
        match self {
            Self::New(no) | Self::Changed(no, _) | Self::Removed(no, _) => *no,
        }
    }
}

/// A page, and where to go on; `None` at the end of the round.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) items: Vec<Item>,
    pub(crate) next: Option<Place>,
}

impl Mailbox {
    /// The position up to which changes are visible that happened at or before an instant.
    pub(crate) fn seq_at(&self, folder: FolderNo, instant: jiff::Timestamp) -> u64 {
        let Some(folder) = self.folder(folder) else {
            return self.seq;
        };
        match folder
            .log
            .iter()
            .rev()
            .take_while(|entry| entry.at > instant)
            .last()
        {
            Some(earliest_hidden) => earliest_hidden.seq - 1,
            None => self.seq,
        }
    }

    /// A position at most so many changes of a folder before another one; never before filled history appeared, which would be all of it again.
    pub(crate) fn seq_before(&self, folder: FolderNo, seq: u64, changes: usize) -> u64 {
        let Some(folder) = self.folder(folder) else {
            return seq;
        };
        let end = folder.log.partition_point(|entry| entry.seq <= seq);
        let single = |entry: &&Entry| !matches!(entry.what, What::Fill(_));
        let earlier = folder.log[..end].iter().rev().take(changes);
        earlier
            .take_while(single)
            .last()
            .map_or(seq, |entry| entry.seq - 1)
    }

    /// What left a folder and did not come back, oldest first.
    pub(crate) fn left_earlier(&self, folder: FolderNo) -> Vec<Item> {
        let Some(folder) = self.folder(folder) else {
            return Vec::new();
        };
        let mut entries: Vec<u32> = folder.left.values().copied().collect();
        entries.sort_unstable();
        let entries = entries.iter().filter_map(|at| folder.log.get(*at as usize));
        entries
            .map(|entry| Item::Removed(MessageNo(entry.no), entry.moves))
            .collect()
    }

    /// One page of a round.
    pub(crate) fn delta_page(&self, ask: &Ask<'_>) -> Page {
        let Some(folder) = self.folder(ask.folder) else {
            return Page::default();
        };
        match ask.place {
            Place::First(after) => self.first_page(folder, ask, after),
            Place::Later {
                from,
                entry,
                offset,
            } => self.later_page(folder, ask, from, entry as usize, offset),
        }
    }

    fn first_page(&self, folder: &Folder, ask: &Ask<'_>, after: Option<(i64, u32)>) -> Page {
        let end = after.map_or(folder.index.len(), |key| {
            self.position_of(&folder.index, key)
        });
        let begin = ask
            .since
            .map_or(0, |since| self.position_at(&folder.index, since))
            .min(end);
        let mut items = Vec::new();
        for (at, no) in folder.index[begin..end].iter().enumerate().rev() {
            // What came after the round began is left to the next one.
            if self.entered_after(folder, *no, ask.upto) {
                continue;
            }
            items.push(Item::New(MessageNo(*no)));
            if items.len() == ask.limit && at > 0 {
                return Page {
                    items,
                    next: Some(Place::First(Some((self.received(MessageNo(*no)), *no)))),
                };
            }
        }
        Page { items, next: None }
    }

    /// Whether a message came into the folder after a position.
    fn entered_after(&self, folder: &Folder, no: u32, seq: u64) -> bool {
        let filled_after = || self.fill_of(no).is_some_and(|fill| fill.seq > seq);
        let Some(logged) = self.states.get(&no).and_then(|state| state.logged) else {
            return filled_after();
        };
        let mut entry = folder.log.get(logged as usize);
        while let Some(here) = entry.filter(|here| here.seq > seq) {
            if here.what == What::Enter || (here.previous.is_none() && filled_after()) {
                return true;
            }
            entry = here
                .previous
                .and_then(|previous| folder.log.get(previous as usize));
        }
        false
    }

    fn later_page(
        &self,
        folder: &Folder,
        ask: &Ask<'_>,
        from: u64,
        mut at: usize,
        mut offset: u32,
    ) -> Page {
        let mut items = Vec::new();
        let mut removed = HashSet::new();
        if at == 0 {
            at = folder.log.partition_point(|entry| entry.seq <= from);
        }
        while let Some(entry) = folder.log.get(at).filter(|entry| entry.seq <= ask.upto) {
            if let What::Fill(number) = entry.what {
                let (found, rest) = self.filled(
                    folder.no,
                    number as usize,
                    offset,
                    ask,
                    ask.limit - items.len(),
                );
                items.extend(found);
                if let Some(rest) = rest {
                    return Page {
                        items,
                        next: Some(Place::Later {
                            from,
                            entry: at as u32,
                            offset: rest,
                        }),
                    };
                }
            } else if let Some(item) = self.item(folder, ask, from, at, entry)
                && (!matches!(item, Item::Removed(..))
                    || removed.insert((entry.no, if ask.immutable { 0 } else { entry.moves })))
            {
                items.push(item);
            }
            (at, offset) = (at + 1, 0);
            let more = folder
                .log
                .get(at)
                .is_some_and(|entry| entry.seq <= ask.upto);
            if items.len() >= ask.limit && more {
                return Page {
                    items,
                    next: Some(Place::Later {
                        from,
                        entry: at as u32,
                        offset: 0,
                    }),
                };
            }
        }
        Page { items, next: None }
    }

    /// The messages of a fill that have not moved, from an offset on.
    fn filled(
        &self,
        folder: FolderNo,
        number: usize,
        offset: u32,
        ask: &Ask<'_>,
        room: usize,
    ) -> (Vec<Item>, Option<u32>) {
        let mut items = Vec::new();
        let Some(fill) = self.fills.get(number) else {
            return (items, None);
        };
        for index in offset..fill.count {
            let no = fill.first + index;
            if items.len() >= room {
                return (items, Some(index));
            }
            // What moved since is told by the entries that say so.
            let unmoved = self
                .states
                .get(&no)
                .is_none_or(|state| !state.gone && state.moves == 0);
            if fill.folder(no) == folder
                && unmoved
                && ask.since.is_none_or(|since| fill.received(no) >= since)
            {
                items.push(Item::New(MessageNo(no)));
            }
        }
        (items, None)
    }

    /// What an entry of the log means to a client that has seen everything up to `from`.
    fn item(
        &self,
        folder: &Folder,
        ask: &Ask<'_>,
        from: u64,
        at: usize,
        entry: &Entry,
    ) -> Option<Item> {
        let no = MessageNo(entry.no);
        let here = self
            .states
            .get(&entry.no)
            .filter(|state| !state.gone && state.folder == folder.no);
        if entry.what == What::Leave {
            let back = ask.immutable
                && !ask.back_is_told
                && here.is_some()
                && !self.is_lost(folder, ask, from, no);
            return (!back).then_some(Item::Removed(no, entry.moves));
        }
        let state = here?;
        // Under default ids a message that has moved since is another one.
        if !ask.immutable && state.moves != entry.moves {
            return None;
        }
        if Self::last_before(folder, state, ask.upto) != Some(at)
            || (ask.immutable && self.is_lost(folder, ask, from, no))
        {
            return None;
        }
        let (is_new, fields) = self.since(folder, entry, from);
        if is_new {
            let wanted = ask.since.is_none_or(|since| self.received(no) >= since);
            return wanted.then_some(Item::New(no));
        }
        Some(Item::Changed(no, fields))
    }

    /// The newest entry of a message at or before a position.
    fn last_before(folder: &Folder, state: &State, upto: u64) -> Option<usize> {
        let mut at = state.logged? as usize;
        while folder.log.get(at)?.seq > upto {
            at = folder.log[at].previous? as usize;
        }
        Some(at)
    }

    /// Whether a message came into the folder after `from`, and which fields changed since.
    fn since(&self, folder: &Folder, newest: &Entry, from: u64) -> (bool, u8) {
        let mut fields = 0;
        let mut entry = Some(newest);
        while let Some(here) = entry.filter(|here| here.seq > from) {
            match here.what {
                What::Enter => return (true, fields),
                What::Change(bits) => fields |= bits,
                What::Leave | What::Fill(_) => {}
            }
            if here.previous.is_none() && self.fill_of(here.no).is_some_and(|fill| fill.seq > from)
            {
                return (true, fields);
            }
            entry = here
                .previous
                .and_then(|previous| folder.log.get(previous as usize));
        }
        (false, fields)
    }

    /// Whether a message that was here before the round left and came back in it, and is lost for that.
    fn is_lost(&self, folder: &Folder, ask: &Ask<'_>, from: u64, no: MessageNo) -> bool {
        let mut at = self
            .states
            .get(&no.0)
            .and_then(|state| Self::last_before(folder, state, ask.upto));
        let mut earliest = None;
        while let Some(entry) = at
            .and_then(|at| folder.log.get(at))
            .filter(|entry| entry.seq > from)
        {
            earliest = Some(entry.what);
            at = entry.previous.map(|previous| previous as usize);
        }
        earliest == Some(What::Leave) && (ask.loses)(no)
    }
}

#[cfg(test)]
mod tests;
