//! History that is made when somebody looks at it: a filled message follows from the seed and its index, and takes no room until it is changed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::message::{
    Attachment, Content, Enclosed, Flag, FlagStatus, Importance, Person, State, Text,
};
use super::{FolderNo, words};
use crate::hash::Hash;

/// Messages whose thread is chosen together; a conversation never reaches over this many.
const BLOCK: u32 = 64;
/// Room that a filled message takes in its folder beyond its body, in bytes.
const OVERHEAD: u64 = 1_800;

/// A run of filled messages with consecutive numbers, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Fill {
    /// The number of the oldest.
    pub(crate) first: u32,
    pub(crate) count: u32,
    pub(crate) seed: u64,
    /// About how long a body is.
    pub(crate) body_bytes: u32,
    /// When the oldest was received, in seconds since 1970.
    pub(crate) begins: i64,
    /// Seconds from one to the next, on average.
    pub(crate) step: u32,
    /// The inbox, then the folders that share the rest.
    pub(crate) folders: Vec<FolderNo>,
    /// Those of the folders in which the mailbox's owner is the sender.
    pub(crate) sent: FolderNo,
    /// The position in the log at which they appeared.
    pub(crate) seq: u64,
    /// Who owns the mailbox.
    pub(crate) owner: Person,
}

impl Fill {
    /// Whether a message number belongs to this run.
    pub(crate) fn holds(&self, no: u32) -> bool {
        no.wrapping_sub(self.first) < self.count
    }

    fn hash(&self, no: u32) -> Hash {
        Hash::new(self.seed).number(u64::from(no - self.first))
    }

    /// The folder in which a message began. Two of five are in the inbox.
    pub(crate) fn folder(&self, no: u32) -> FolderNo {
        let index = no - self.first;
        if index.is_multiple_of(5) || index % 5 == 2 || self.folders.len() == 1 {
            return self.folders[0];
        }
        self.folders
            [1 + (self.hash(no).number(11).finish() % (self.folders.len() as u64 - 1)) as usize]
    }

    /// When a message was received, in seconds since 1970. A later number is never earlier.
    pub(crate) fn received(&self, no: u32) -> i64 {
        let step = u64::from(self.step.max(1));
        self.begins
            + i64::from(no - self.first) * step as i64
            + (self.hash(no).number(12).finish() % step) as i64
    }

    /// When a message was last modified before anybody changed it: a moment after it was received.
    pub(crate) fn modified(&self, no: u32) -> Timestamp {
        instant(self.received(no) + 2)
    }

    /// Whether a message began as read.
    pub(crate) fn is_read(&self, no: u32) -> bool {
        let folder = self.folder(no);
        if folder == self.sent {
            return true;
        }
        let draw = self.hash(no).number(13).finish();
        let fresh = folder == self.folders[0] && self.first + self.count - no < 120;
        if fresh {
            !draw.is_multiple_of(3)
        } else {
            !draw.is_multiple_of(60)
        }
    }

    /// Bytes that a message adds to its folder.
    pub(crate) fn weight(&self) -> u64 {
        u64::from(self.body_bytes) + OVERHEAD
    }

    /// The state in which a message began.
    pub(crate) fn state(&self, no: u32) -> State {
        let draw = self.hash(no).number(14).finish();
        let flag_status = match draw % 97 {
            0 | 1 => FlagStatus::Flagged,
            2 => FlagStatus::Complete,
            _ => FlagStatus::NotFlagged,
        };
        let categories = if (draw >> 8).is_multiple_of(25) {
            vec![words::category(self.hash(no).number(15))]
        } else {
            Vec::new()
        };
        State {
            folder: self.folder(no),
            moves: 0,
            changes: 0,
            is_read: self.is_read(no),
            flag: Flag {
                status: flag_status,
                ..Flag::default()
            },
            categories,
            importance: if (draw >> 16).is_multiple_of(40) {
                Importance::High
            } else {
                Importance::Normal
            },
            other: (draw >> 24).is_multiple_of(4),
            modified: self.modified(no),
            logged: None,
            gone: false,
        }
    }

    /// The conversation of a message, and whether an earlier one began it.
    pub(crate) fn conversation(&self, no: u32) -> (u64, bool) {
        let index = no - self.first;
        let thread = |index: u32| {
            let draw = Hash::new(self.seed)
                .number(u64::from(index))
                .number(16)
                .finish();
            (draw % 5 < 3).then_some((draw >> 8) % 12)
        };
        let block = index - index % BLOCK;
        match thread(index) {
            None => (
                Hash::new(self.seed)
                    .number(17)
                    .number(u64::from(index))
                    .finish(),
                false,
            ),
            own => {
                let key = Hash::new(self.seed)
                    .number(18)
                    .number(u64::from(block))
                    .number(own.unwrap_or_default())
                    .finish();
                (key, (block..index).any(|earlier| thread(earlier) == own))
            }
        }
    }

    /// The number in an internet message id that [`Fill::content`] wrote.
    pub(crate) fn no_of(&self, internet_message_id: &str) -> Option<u32> {
        let rest = internet_message_id
            .strip_prefix('<')?
            .strip_suffix("@mail.example>")?;
        let (seed, index) = rest.split_once('.')?;
        let index: u32 = index.parse().ok()?;
        (seed == format!("{:016x}", self.seed) && index < self.count).then_some(self.first + index)
    }

    /// What a message says; without its body and attachments when they are not wanted, which is what costs.
    pub(crate) fn content(&self, no: u32, whole: bool) -> Content {
        let hash = self.hash(no);
        let (conversation, is_reply) = self.conversation(no);
        let topic = Hash::new(conversation);
        let other = words::person(topic.number(19));
        let (from, to) = if self.folder(no) == self.sent {
            (self.owner.clone(), other)
        } else {
            (other, self.owner.clone())
        };
        let subject = words::subject(topic);
        let received = instant(self.received(no));
        let greeting = to.name.split(' ').next().unwrap_or_default();
        let body = if whole {
            words::html(hash, greeting, &from.name, self.body_bytes as usize)
        } else {
            words::opening(hash, greeting, 255)
        };
        Content {
            subject: if is_reply {
                format!("Re: {subject}")
            } else {
                subject
            },
            cc: if hash.number(20).finish().is_multiple_of(6) {
                vec![words::person(topic.number(21))]
            } else {
                Vec::new()
            },
            body: if whole {
                Text::Html(body)
            } else {
                Text::Plain(body)
            },
            attachments: self.attachments(no, received),
            internet_message_id: format!("<{:016x}.{}@mail.example>", self.seed, no - self.first),
            conversation,
            conversation_index: conversation.to_be_bytes().to_vec(),
            created: received,
            received,
            sent: instant(self.received(no) - 2),
            sender: Some(from.clone()),
            from: Some(from),
            to: vec![to],
            ..Content::default()
        }
    }

    fn attachments(&self, no: u32, modified: Timestamp) -> Vec<Attachment> {
        let hash = self.hash(no).number(22);
        let draw = hash.finish();
        let count = if draw.is_multiple_of(9) {
            1 + (draw >> 8) % 3
        } else {
            0
        };
        (0..count as u32)
            .map(|n| {
                let hash = hash.number(u64::from(n) + 1);
                let (name, content_type) = words::file(hash);
                let is_inline =
                    content_type.starts_with("image/") && (draw >> 16).is_multiple_of(2);
                let enclosed = Enclosed::Filled {
                    seed: hash.finish(),
                    length: 2_000 + (hash.number(23).finish() % 58_000) as u32,
                };
                let content_id = is_inline.then(|| format!("image{n}@mail.example"));
                Attachment {
                    no: n,
                    name,
                    content_type: content_type.to_owned(),
                    is_inline,
                    content_id,
                    modified,
                    enclosed,
                }
            })
            .collect()
    }
}

/// An instant from seconds; filled mail never leaves the years that a timestamp can hold.
pub(crate) fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill() -> Fill {
        Fill {
            first: 1_000,
            count: 10_000,
            seed: 5,
            body_bytes: 900,
            begins: 1_700_000_000,
            step: 60,
            folders: vec![FolderNo(1), FolderNo(2), FolderNo(3)],
            sent: FolderNo(2),
            seq: 0,
            owner: Person {
                name: "Ada Lovelace".into(),
                address: "ada@contoso.test".into(),
            },
        }
    }

    #[test]
    fn the_same_message_is_made_each_time() {
        let fill = fill();
        assert_eq!(
            format!("{:?}", fill.content(4_321, true)),
            format!("{:?}", fill.content(4_321, true))
        );
        assert_eq!(
            fill.no_of(&fill.content(4_321, false).internet_message_id),
            Some(4_321)
        );
    }

    #[test]
    fn two_fifths_are_in_the_inbox_and_dates_follow_numbers() {
        let fill = fill();
        let inbox = (1_000..11_000)
            .filter(|no| fill.folder(*no) == FolderNo(1))
            .count();
        assert_eq!(inbox, 4_000);
        assert!((1_001..11_000).all(|no| fill.received(no) >= fill.received(no - 1)));
    }

    #[test]
    fn conversations_have_a_beginning_and_answers() {
        let fill = fill();
        let answers = (1_000..11_000)
            .filter(|no| fill.conversation(*no).1)
            .count();
        assert!((2_000..6_000).contains(&answers), "{answers}");
    }
}
