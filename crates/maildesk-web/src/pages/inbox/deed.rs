//! What is done with messages: which intent it needs for each, and how it is taken back.

use std::collections::HashMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maildesk_model::folder::{Folder, WellKnown};
use maildesk_model::intent::{Change, Want};
use maildesk_model::message::{Flag, MessageSummary};
use maildesk_model::{FolderId, MailboxId, MessageId, Timestamp};

use super::labels::Relabel;
use crate::api::messages::change::wrong_categories;
use crate::api::messages::delete;
use crate::day;
use crate::words::text_id;

/// What is to be done with a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Deed {
    /// To the folder Archive of its mailbox.
    Archive,
    /// To Deleted Items, and from there for good.
    Delete,
    /// Out of where it was filed, into the inbox; a draft among the drafts.
    PutBack,
    /// To a folder of its mailbox.
    Move(FolderId),
    /// Read or unread.
    Mark(bool),
    /// Another flag, and the day it is due.
    Flag(Flag, Option<Timestamp>),
    /// Other categories.
    Categorise(Relabel),
    /// Back to what it was.
    Restore(Before),
}

/// What a message was before something was done with it: enough to take that back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Before {
    /// It lay in this folder.
    In(FolderId),
    /// It was read, or unread.
    Read(bool),
    /// Its flag, and the day it was due.
    Flagged(Flag, Option<Timestamp>),
    /// It had these categories.
    Categories(Vec<String>),
}

/// Why nothing can be done with a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Why {
    /// It is not there any more, or not for this person.
    Gone,
    /// It is one of more than are done with in one request.
    Many,
    /// Its mailbox has no such folder.
    NoFolder,
    /// The Archive folder of its mailbox is not known.
    NoArchive,
    /// The Deleted Items folder of its mailbox is not known.
    NoDeletedItems,
}

/// The folders of each mailbox that messages lie in.
pub(super) type Folders = HashMap<MailboxId, Vec<Folder>>;

impl Deed {
    /// The deed of a button's name. `folder` is the field beside it, `due` the day of a flag.
    pub(super) fn named(name: &str, folder: &str, due: Option<Timestamp>) -> Option<Self> {
        Some(match name {
            "archive" => Self::Archive,
            "delete" => Self::Delete,
            "put-back" => Self::PutBack,
            // A folder that is none is found out for each message.
            "move" => Self::Move(FolderId::parse(folder).unwrap_or(FolderId(0))),
            "read" | "unread" => Self::Mark(name == "read"),
            "flag" => Self::Flag(Flag::Flagged, due),
            "complete" => Self::Flag(Flag::Complete, None),
            "unflag" => Self::Flag(Flag::None, None),
            _ => return None,
        })
    }

    /// What it needs. `None`: the message is as wanted already.
    pub(super) fn want(
        &self,
        message: &MessageSummary,
        folders: &Folders,
    ) -> Result<Option<Want>, Why> {
        let around = folders.get(&message.mailbox).map_or(&[][..], Vec::as_slice);
        let change = match self {
            Self::Archive => {
                let archive = well_known(around, WellKnown::Archive);
                moved(message, archive.ok_or(Why::NoArchive)?)
            }
            Self::Move(folder) | Self::Restore(Before::In(folder)) => {
                moved(message, known(around, *folder)?)
            }
            Self::PutBack => {
                let home = if message.is_draft {
                    WellKnown::Drafts
                } else {
                    WellKnown::Inbox
                };
                moved(message, well_known(around, home).ok_or(Why::NoFolder)?)
            }
            Self::Delete => {
                let want = delete::decide(message.id, message.folder, around);
                return want.map(Some).map_err(|_| Why::NoDeletedItems);
            }
            Self::Mark(is_read) | Self::Restore(Before::Read(is_read)) => Change {
                is_read: (message.is_read != *is_read).then_some(*is_read),
                ..Change::default()
            },
            Self::Flag(flag, due) | Self::Restore(Before::Flagged(flag, due)) => {
                let is_so = message.flag == *flag && message.due == *due;
                Change {
                    flag: (!is_so).then_some(*flag),
                    due: due.filter(|_| !is_so),
                    ..Change::default()
                }
            }
            Self::Categorise(relabel) => Change {
                categories: relabel.applied(&message.categories),
                ..Change::default()
            },
            Self::Restore(Before::Categories(had)) => Change {
                categories: (message.categories != *had).then(|| had.clone()),
                ..Change::default()
            },
        };
        let message = message.id;
        Ok((!change.is_empty()).then_some(Want::Change { message, change }))
    }

    /// Which messages of a thread it is about, the newest first: all, but for flags. A flag says that
    /// something is to be done, once and not once for each message: it is set where there is one, else
    /// on the newest, and taken off wherever there is one.
    pub(super) fn of_thread<'m>(&self, thread: &[&'m MessageSummary]) -> Vec<&'m MessageSummary> {
        let Self::Flag(flag, _) = self else {
            return thread.to_vec();
        };
        let flagged = thread.iter().filter(|one| one.flag == Flag::Flagged);
        let flagged: Vec<_> = flagged.copied().collect();
        match (flagged.is_empty(), flag) {
            (false, _) => flagged,
            (true, Flag::None) => thread.to_vec(),
            (true, _) => thread.iter().take(1).copied().collect(),
        }
    }

    /// Whether it is about every message of a thread.
    pub(super) const fn is_of_all(&self) -> bool {
        !matches!(self, Self::Flag(..))
    }

    /// What the message is before it is done.
    pub(super) fn before(&self, message: &MessageSummary) -> Before {
        match self {
            Self::Archive
            | Self::Delete
            | Self::PutBack
            | Self::Move(_)
            | Self::Restore(Before::In(_)) => Before::In(message.folder),
            Self::Mark(_) | Self::Restore(Before::Read(_)) => Before::Read(message.is_read),
            Self::Flag(..) | Self::Restore(Before::Flagged(..)) => {
                Before::Flagged(message.flag, message.due)
            }
            Self::Categorise(_) | Self::Restore(Before::Categories(_)) => {
                Before::Categories(message.categories.clone())
            }
        }
    }
}

fn moved(message: &MessageSummary, to: FolderId) -> Change {
    Change {
        folder: (message.folder != to).then_some(to),
        ..Change::default()
    }
}

fn known(folders: &[Folder], id: FolderId) -> Result<FolderId, Why> {
    let is_here = folders.iter().any(|folder| folder.id == id);
    is_here.then_some(id).ok_or(Why::NoFolder)
}

fn well_known(folders: &[Folder], known: WellKnown) -> Option<FolderId> {
    let mut folders = folders.iter();
    let found = folders.find(|folder| folder.well_known == Some(known));
    found.map(|folder| folder.id)
}

/// What is done first with what lies in such a folder, by its button: filed away, or got back from
/// where it was filed. The name of the deed, the icon, the text.
pub(super) const fn filing(
    lies_in: Option<WellKnown>,
) -> (&'static str, &'static str, &'static str) {
    match lies_in {
        Some(WellKnown::DeletedItems) => ("put-back", "inbox", text_id("do-restore")),
        Some(WellKnown::Archive | WellKnown::JunkEmail) => {
            ("put-back", "inbox", text_id("do-put-back"))
        }
        _ => ("archive", "archive", text_id("do-archive")),
    }
}

impl Why {
    const ALL: [Self; 5] = [
        Self::Gone,
        Self::Many,
        Self::NoFolder,
        Self::NoArchive,
        Self::NoDeletedItems,
    ];

    /// The word in an address.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Many => "many",
            Self::NoFolder => "folder",
            Self::NoArchive => "archive",
            Self::NoDeletedItems => "deleted-items",
        }
    }

    /// Reads [`Why::name`].
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.name() == name)
    }
}

/// The form in an address.
impl fmt::Display for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In(folder) => write!(f, "in-{folder}"),
            Self::Read(true) => f.write_str("read"),
            Self::Read(false) => f.write_str("unread"),
            Self::Flagged(flag, None) => write!(f, "flag-{}", flag.name()),
            Self::Flagged(flag, Some(due)) => {
                write!(f, "flag-{}-{}", flag.name(), day::name(*due))
            }
            // Names hold whatever somebody likes.
            Self::Categories(had) => write!(
                f,
                "labels-{}",
                URL_SAFE_NO_PAD.encode(serde_json::json!(had).to_string())
            ),
        }
    }
}

impl Before {
    /// Reads what [`Before`] writes.
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "read" => Self::Read(true),
            "unread" => Self::Read(false),
            _ => match text.split_once('-')? {
                ("in", folder) => Self::In(FolderId::parse(folder)?),
                ("labels", had) => {
                    let had = URL_SAFE_NO_PAD.decode(had).ok()?;
                    let had: Vec<String> = serde_json::from_slice(&had).ok()?;
                    Self::Categories(wrong_categories(&had).is_empty().then_some(had)?)
                }
                ("flag", flag) => match flag.split_once('-') {
                    Some((flag, due)) => {
                        Self::Flagged(Flag::from_name(flag)?, Some(day::from_name(due)?))
                    }
                    None => Self::Flagged(Flag::from_name(flag)?, None),
                },
                _ => return None,
            },
        })
    }

    /// Reads a group as an address has it: what they were, and which, between dots.
    pub(super) fn group(text: &str) -> Option<(Self, Vec<MessageId>)> {
        let mut parts = text.split('.');
        let before = Self::parse(parts.next()?)?;
        let ids = parts.map(MessageId::parse).collect::<Option<Vec<_>>>()?;
        Some((before, ids))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_before_stands_in_an_address() {
        let ids = [MessageId(1), MessageId(2)];
        for before in [
            Before::In(FolderId(7)),
            Before::Read(true),
            Before::Read(false),
            Before::Flagged(Flag::Complete, None),
            Before::Flagged(Flag::Flagged, day::from_name("2026-12-24")),
            Before::Categories(Vec::new()),
            Before::Categories(vec!["Zoë. & co-".to_owned(), "in-x.y".to_owned()]),
        ] {
            let text = format!("{before}.{}.{}", ids[0], ids[1]);
            assert_eq!(Before::group(&text), Some((before, ids.to_vec())));
        }
        for odd in [
            "",
            "in-x",
            "odd",
            "read.x",
            "flag-odd",
            "flag-flagged-x",
            "labels-",
            "labels-x",
            "in-",
        ] {
            assert_eq!(Before::group(odd), None, "{odd}");
        }
        for why in Why::ALL {
            assert_eq!(Why::from_name(why.name()), Some(why));
        }
    }
}
