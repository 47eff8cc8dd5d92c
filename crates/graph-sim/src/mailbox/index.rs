//! Messages in the order of their dates: sorted lists of numbers, four bytes a message.

use super::{FolderNo, Mailbox, MessageNo};

impl Mailbox {
    /// Where a message stands, or would stand, in an index.
    fn place(&self, index: &[u32], no: u32) -> Result<usize, usize> {
        let key = (self.received(MessageNo(no)), no);
        // Mail mostly arrives in order: look at the end first.
        match index.last() {
            Some(last) if (self.received(MessageNo(*last)), *last) < key => Err(index.len()),
            None => Err(0),
            Some(_) => {
                index.binary_search_by(|other| (self.received(MessageNo(*other)), *other).cmp(&key))
            }
        }
    }

    pub(super) fn insert(&mut self, folder: FolderNo, no: u32) {
        let index = &self.folders[folder.0 as usize].index;
        if let Err(at) = self.place(index, no) {
            self.folders[folder.0 as usize].index.insert(at, no);
        }
        if folder != super::DELETIONS
            && let Err(at) = self.place(&self.all, no)
        {
            self.all.insert(at, no);
        }
    }

    pub(super) fn remove(&mut self, folder: FolderNo, no: u32) {
        if let Ok(at) = self.place(&self.folders[folder.0 as usize].index, no) {
            self.folders[folder.0 as usize].index.remove(at);
        }
        if folder != super::DELETIONS
            && let Ok(at) = self.place(&self.all, no)
        {
            self.all.remove(at);
        }
    }

    /// Merges a run of numbers, which are in order among themselves, into an index.
    pub(super) fn extend(&self, index: &mut Vec<u32>, run: &[u32]) {
        let key = |no: u32| (self.received(MessageNo(no)), no);
        let Some(first) = run.first() else { return };
        // Everything before the run's first message stays where it is.
        let after = index.split_off(index.partition_point(|no| key(*no) < key(*first)));
        index.reserve(run.len() + after.len());
        let mut rest = run.iter().copied().peekable();
        for old in after {
            while let Some(new) = rest.next_if(|new| key(*new) < key(old)) {
                index.push(new);
            }
            index.push(old);
        }
        index.extend(rest);
    }

    /// The first position in an index whose message was received at or after an instant (seconds since 1970).
    pub(crate) fn position_at(&self, index: &[u32], seconds: i64) -> usize {
        index.partition_point(|no| self.received(MessageNo(*no)) < seconds)
    }

    /// The first position in an index whose key is not below (received, number).
    pub(crate) fn position_of(&self, index: &[u32], key: (i64, u32)) -> usize {
        index.partition_point(|no| (self.received(MessageNo(*no)), *no) < key)
    }

    /// Makes all indexes anew from what is kept on disk.
    pub(super) fn rebuild(&mut self) {
        let mut numbers: Vec<(i64, u32)> = self
            .stored
            .keys()
            .map(|no| (self.received(MessageNo(*no)), *no))
            .collect();
        for fill in &self.fills {
            numbers.extend((fill.first..fill.first + fill.count).map(|no| (fill.received(no), no)));
        }
        numbers.sort_unstable();
        for folder in &mut self.folders {
            folder.index.clear();
        }
        self.all.clear();
        for (_, no) in numbers {
            let folder = match self.states.get(&no) {
                Some(state) if state.gone => continue,
                Some(state) => state.folder,
                None => match self.fill_of(no) {
                    Some(fill) => fill.folder(no),
                    None => continue,
                },
            };
            self.folders[folder.0 as usize].index.push(no);
            if folder != super::DELETIONS {
                self.all.push(no);
            }
        }
    }
}
