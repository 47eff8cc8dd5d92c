//! A mailbox as it is kept on disk: everything but the indexes, which follow from the rest.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::Mailbox;
use super::fill::Fill;
use super::folder::Folder;
use super::message::{Person, State, Stored};

/// A mailbox on disk.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Kept<'a> {
    owner: Person,
    folders: Cow<'a, [Folder]>,
    fills: Cow<'a, [Fill]>,
    stored: Cow<'a, HashMap<u32, Box<Stored>>>,
    states: Cow<'a, HashMap<u32, State>>,
    next: u32,
    seq: u64,
    dead_tokens: Cow<'a, HashSet<u64>>,
}

impl Mailbox {
    /// What is to be kept.
    pub(crate) fn keep(&self) -> Kept<'_> {
        Kept {
            owner: self.owner.clone(),
            folders: Cow::Borrowed(&self.folders),
            fills: Cow::Borrowed(&self.fills),
            stored: Cow::Borrowed(&self.stored),
            states: Cow::Borrowed(&self.states),
            next: self.next,
            seq: self.seq,
            dead_tokens: Cow::Borrowed(&self.dead_tokens),
        }
    }

    /// Becomes what was kept.
    pub(crate) fn restore(&mut self, kept: Kept<'_>) {
        self.owner = kept.owner;
        self.folders = kept.folders.into_owned();
        self.fills = kept.fills.into_owned();
        self.stored = kept.stored.into_owned();
        self.states = kept.states.into_owned();
        self.next = kept.next;
        self.seq = kept.seq;
        self.dead_tokens = kept.dead_tokens.into_owned();
        self.rebuild();
    }
}
