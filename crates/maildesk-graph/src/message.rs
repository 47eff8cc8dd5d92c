//! What can be asked of messages and what comes back: selections, pages, patches.

use maildesk_model::Timestamp;
use maildesk_model::message::Flag;

use crate::link::DeltaLink;

/// The version of the `$select` list of messages. It is baked into delta links, so a stored link
/// of another version must be thrown away and its folder read anew (S2). It goes up whenever the
/// list in `query` changes.
pub const SELECT_VERSION: i64 = 1;

/// What to bring along with a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Want {
    /// The body, as HTML where there is HTML, and with it all that an invitation tells of its meeting;
    /// without it only that it is one.
    pub body: bool,
    /// The list of attachments (names and sizes, no bytes).
    pub attachments: bool,
}

impl Want {
    /// The fields of a list and nothing else.
    pub const FIELDS: Self = Self {
        body: false,
        attachments: false,
    };
    /// Everything but the attachments' bytes.
    pub const ALL: Self = Self {
        body: true,
        attachments: true,
    };
}

/// Changes to write on a message; `None` stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MessagePatch {
    /// Read or unread.
    pub is_read: Option<bool>,
    /// The flag.
    pub flag: Option<Flag>,
    /// The day a flag is due, as its midnight in UTC; only with [`Flag::Flagged`].
    pub due: Option<Timestamp>,
    /// All categories.
    pub categories: Option<Vec<String>>,
}

/// A page of a list.
#[derive(Clone, PartialEq, Debug)]
pub struct Page<T> {
    /// The items, in Graph's order.
    pub items: Vec<T>,
    /// Where it goes on; `None` at the end.
    pub next: Option<DeltaLink>,
}

impl<T> Page<T> {
    /// The link to the next page.
    pub const fn link(&self) -> Option<&DeltaLink> {
        self.next.as_ref()
    }
}

/// A mail to send.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMail {
    /// The addresses it goes to.
    pub to: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// Its text, without markup.
    pub text: String,
    /// Whether it is marked as important.
    pub important: bool,
}

/// Addresses and content stay out of logs.
impl std::fmt::Debug for NewMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewMail")
            .field("to", &self.to.len())
            .finish_non_exhaustive()
    }
}

/// Where a delta read begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeltaFrom<'a> {
    /// At the beginning: a first round that lists everything.
    Start,
    /// At a stored next or delta link.
    Link(&'a DeltaLink),
}

/// One item of a delta page.
#[derive(Clone, PartialEq, Debug)]
pub enum DeltaItem<T> {
    /// New or changed; may be sparse, and may repeat what is known.
    Changed(T),
    /// No longer in this folder: deleted *or moved* (S4). Holds the remote id.
    Removed(String),
}

/// A page of a delta round. It may be empty and still go on; the same item may come more than
/// once, and the last one counts.
#[derive(Clone, PartialEq, Debug)]
pub struct DeltaPage<T> {
    /// The items, in Graph's order.
    pub items: Vec<DeltaItem<T>>,
    /// What to store and ask next.
    pub next: DeltaNext,
}

/// What follows a delta page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeltaNext {
    /// The round goes on here.
    Next(DeltaLink),
    /// The round is over; the next one begins here.
    Done(DeltaLink),
}

impl DeltaNext {
    /// The link, whichever it is: what the folder's row keeps.
    pub const fn link(&self) -> &DeltaLink {
        match self {
            Self::Next(link) | Self::Done(link) => link,
        }
    }
}

/// Where a list of bodies begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BodiesFrom<'a> {
    /// At the newest message.
    Newest,
    /// At the newest message received at this instant or before it.
    Before(Timestamp),
    /// At a next link.
    Link(&'a DeltaLink),
}
