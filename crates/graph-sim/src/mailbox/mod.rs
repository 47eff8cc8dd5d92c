//! One mailbox: its folders, its messages, what changed in it, and the edits that change it.
//!
//! Nothing here knows HTTP, permissions or faults. Edits collect a [`Change`] for each thing that subscribers may hear of;
//! `World::edit` passes them on while the mailbox is still locked.
//!
//! | file | what |
//! |---|---|
//! | `message` | content (written once) and state (changes) of a message |
//! | `fill`, `words` | history that is made from seed and index when it is read |
//! | `folder`, `tree` | the folders, and edits of them |
//! | `edit` | every edit of messages |
//! | `index` | messages in the order of their dates |
//! | `log`, `delta` | what happened in a folder, and rounds over it |
//! | `ids` | the ids that clients see |
//! | `mime` | messages as MIME, both ways |

mod change;
mod delta;
mod edit;
mod fill;
mod folder;
mod ids;
mod index;
mod keep;
mod log;
pub(crate) mod message;
pub(crate) mod mime;
mod tree;
mod words;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

pub(crate) use change::{Change, ChangeKind, Facets, FolderNo, MessageNo};
pub(crate) use delta::{Ask, Item, Page, Place};
pub(crate) use edit::{Arrival, Patch};
pub(crate) use folder::{BORN, DELETIONS, DRAFTS, Folder, FolderKind, INBOX, OUTBOX, ROOT, SENT};
pub(crate) use ids::{Decoded, IdKind, Ids};
pub(crate) use keep::Kept;
pub(crate) use log::field;
pub(crate) use tree::FolderRefusal;

use fill::Fill;
use message::{Content, Person, State, Stored};

use crate::hash::Hash;

/// A mailbox and everything in it.
pub(crate) struct Mailbox {
    pub(crate) ids: Ids,
    /// Who owns it: the sender of what is sent from it.
    pub(crate) owner: Person,
    folders: Vec<Folder>,
    fills: Vec<Fill>,
    stored: HashMap<u32, Box<Stored>>,
    /// The state of every stored message and of every filled one that differs from how it began.
    states: HashMap<u32, State>,
    /// All messages outside of the recoverable items, by (received, number).
    all: Vec<u32>,
    next: u32,
    /// The position of the newest change.
    seq: u64,
    /// Delta tokens that died, by hash.
    dead_tokens: HashSet<u64>,
    changes: Vec<Change>,
}

impl Mailbox {
    /// An empty mailbox with its well-known folders.
    pub(crate) fn new(seed: u64, user_id: &str, owner: Person) -> Self {
        Self {
            ids: Ids::new(Hash::new(seed).text(user_id).finish()),
            owner,
            folders: folder::born(),
            fills: Vec::new(),
            stored: HashMap::new(),
            states: HashMap::new(),
            all: Vec::new(),
            next: 1,
            seq: 1,
            dead_tokens: HashSet::new(),
            changes: Vec::new(),
        }
    }

    /// Takes the changes collected since the last call.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// The position of the newest change.
    pub(crate) fn seq(&self) -> u64 {
        self.seq
    }

    /// Marks a delta token as dead, or asks whether it is.
    pub(crate) fn kill_token(&mut self, token: u64) {
        self.dead_tokens.insert(token);
    }

    /// Whether a delta token died.
    pub(crate) fn is_dead(&self, token: u64) -> bool {
        self.dead_tokens.contains(&token)
    }

    fn fill_of(&self, no: u32) -> Option<&Fill> {
        self.fills.iter().find(|fill| fill.holds(no))
    }

    /// The state of a message, unless it is gone for good.
    pub(crate) fn state(&self, no: MessageNo) -> Option<Cow<'_, State>> {
        match self.states.get(&no.0) {
            Some(state) if state.gone => None,
            Some(state) => Some(Cow::Borrowed(state)),
            None => self.fill_of(no.0).map(|fill| Cow::Owned(fill.state(no.0))),
        }
    }

    /// What a message says. Of filled mail, body text beyond the preview only when the `whole` of it is wanted.
    pub(crate) fn content(&self, no: MessageNo, whole: bool) -> Option<Cow<'_, Content>> {
        match self.stored.get(&no.0) {
            Some(stored) => Some(Cow::Borrowed(&stored.content)),
            None => self
                .fill_of(no.0)
                .map(|fill| Cow::Owned(fill.content(no.0, whole))),
        }
    }

    /// When a message came into this mailbox; `None` for filled mail, which was always there.
    pub(crate) fn arrived(&self, no: MessageNo) -> Option<Timestamp> {
        self.stored.get(&no.0).map(|stored| stored.arrived)
    }

    /// When a message was received, in seconds since 1970.
    pub(crate) fn received(&self, no: MessageNo) -> i64 {
        match self.stored.get(&no.0) {
            Some(stored) => stored.content.received.as_second(),
            None => self.fill_of(no.0).map_or(0, |fill| fill.received(no.0)),
        }
    }

    /// When a message was last modified; cheaper than its whole state.
    pub(crate) fn modified(&self, no: MessageNo) -> Option<Timestamp> {
        match self.states.get(&no.0) {
            Some(state) => Some(state.modified),
            None => self.fill_of(no.0).map(|fill| fill.modified(no.0)),
        }
    }

    /// Whether a message is read; cheaper than its whole state.
    pub(crate) fn is_read(&self, no: MessageNo) -> bool {
        match self.states.get(&no.0) {
            Some(state) => state.is_read,
            None => self.fill_of(no.0).is_some_and(|fill| fill.is_read(no.0)),
        }
    }

    /// Messages with an internet message id.
    pub(crate) fn by_internet_message_id(&self, id: &str) -> Vec<MessageNo> {
        let filled = self.fills.iter().find_map(|fill| fill.no_of(id));
        let stored = self
            .stored
            .iter()
            .filter(|(_, stored)| stored.content.internet_message_id == id)
            .map(|(no, _)| *no);
        let mut found: Vec<u32> = filled.into_iter().chain(stored).collect();
        found.sort_unstable();
        found
            .into_iter()
            .map(MessageNo)
            .filter(|no| self.state(*no).is_some())
            .collect()
    }

    /// The message that an id means, if it is one of this mailbox's and still good.
    pub(crate) fn find_message(&self, id: &str) -> Result<MessageNo, Lost> {
        match self.ids.decode(id) {
            Decoded::Own(IdKind::Immutable, no, _) => self
                .state(MessageNo(no))
                .map(|_| MessageNo(no))
                .ok_or(Lost::NotFound),
            Decoded::Own(IdKind::Message, no, moves) => match self.state(MessageNo(no)) {
                Some(state) if state.moves == moves => Ok(MessageNo(no)),
                _ => Err(Lost::NotFound),
            },
            Decoded::Foreign | Decoded::Own(..) => Err(Lost::NotFound),
            Decoded::Malformed => Err(Lost::Malformed),
        }
    }

    /// The id of a message as the caller wants it.
    pub(crate) fn message_id(&self, no: MessageNo, moves: u32, immutable: bool) -> String {
        if immutable {
            self.immutable_id(no)
        } else {
            self.ids.encode(IdKind::Message, no.0, moves)
        }
    }

    /// The immutable id of a message.
    pub(crate) fn immutable_id(&self, no: MessageNo) -> String {
        self.ids.encode(IdKind::Immutable, no.0, 0)
    }

    /// The change key of a message.
    pub(crate) fn change_key(&self, no: MessageNo, changes: u32) -> String {
        self.ids.change_key(no.0, changes)
    }

    /// How many messages there are outside of the recoverable items.
    pub(crate) fn all(&self) -> &[u32] {
        &self.all
    }

    /// Bytes that a message adds to its folder.
    pub(crate) fn weight(&self, no: u32) -> u64 {
        match self.stored.get(&no) {
            Some(stored) => stored.weight(),
            None => self.fill_of(no).map_or(0, Fill::weight),
        }
    }
}

/// Why an id leads to no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// Well formed, but nothing is there.
    NotFound,
    /// Not an id.
    Malformed,
}
