//! A conversation: messages that answer one another, as Graph groups them.

use std::fmt;

use crate::clock::Timestamp;
use crate::id::{ConversationId, FolderId};
use crate::message::{Address, Flag, MessageSummary};

/// Authors named for a thread: more do not fit into a row.
const AUTHORS_MAX: usize = 3;

/// What of a conversation lies in one folder: a row of a list of conversations.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ThreadId {
    /// The conversation.
    pub conversation: ConversationId,
    /// The folder.
    pub folder: FolderId,
}

impl ThreadId {
    /// Reads the opaque form; `None` if it was never one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let (conversation, folder) = text.split_once('-')?;
        Some(Self {
            conversation: ConversationId::parse(conversation)?,
            folder: FolderId::parse(folder)?,
        })
    }
}

/// The opaque form, as it stands in pages and forms.
impl fmt::Display for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.conversation, self.folder)
    }
}

/// A thread as a list shows it.
#[derive(Clone, PartialEq, Debug)]
pub struct ConversationSummary {
    /// Its newest message there.
    pub newest: MessageSummary,
    /// How many messages there are.
    pub total: i64,
    /// How many of them are unread.
    pub unread: i64,
    /// Whether one of them is flagged.
    pub is_flagged: bool,
    /// Whether one of them has attachments that are not inline.
    pub has_attachments: bool,
    /// Who wrote the newest of them: newest first, each once, three at most.
    pub authors: Vec<Address>,
    /// The categories of the newest of them, each once.
    pub categories: Vec<String>,
    /// The first day that one of the newest of them is due.
    pub due: Option<Timestamp>,
}

impl ConversationSummary {
    /// So many of the newest messages say who wrote, which categories there are and what is due: a
    /// row costs the same however long its thread is.
    pub const LOOKED_AT: usize = 10;

    /// A message that stands alone.
    pub fn of_one(newest: MessageSummary) -> Self {
        let mut one = Self {
            total: 1,
            unread: i64::from(!newest.is_read),
            is_flagged: newest.flag == Flag::Flagged,
            has_attachments: newest.has_attachments,
            authors: Vec::new(),
            categories: Vec::new(),
            due: None,
            newest,
        };
        let newest = one.newest.clone();
        one.look_at(newest.from.as_ref(), &newest.categories, newest.due);
        one
    }

    /// What these messages are together, the newest first; `None` of none.
    pub fn of(messages: &[&MessageSummary]) -> Option<Self> {
        let (newest, others) = messages.split_first()?;
        let mut thread = Self::of_one((*newest).clone());
        for (n, one) in others.iter().enumerate() {
            thread.total += 1;
            thread.unread += i64::from(!one.is_read);
            thread.is_flagged |= one.flag == Flag::Flagged;
            thread.has_attachments |= one.has_attachments;
            if n + 1 < Self::LOOKED_AT {
                thread.look_at(one.from.as_ref(), &one.categories, one.due);
            }
        }
        Some(thread)
    }

    /// Adds what the next older message says of the thread beside being counted.
    pub fn look_at(
        &mut self,
        author: Option<&Address>,
        categories: &[String],
        due: Option<Timestamp>,
    ) {
        if let Some(author) = author
            && self.authors.len() < AUTHORS_MAX
            && !self.authors.iter().any(|one| one.address == author.address)
        {
            self.authors.push(author.clone());
        }
        for name in categories {
            if !self.categories.contains(name) {
                self.categories.push(name.clone());
            }
        }
        self.due = self.due.into_iter().chain(due).min();
    }

    /// Which thread it is.
    pub const fn id(&self) -> ThreadId {
        self.newest.thread()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{MailboxId, MessageId};
    use crate::message::Importance;

    fn message(n: i64, author: &str) -> MessageSummary {
        MessageSummary {
            id: MessageId(n),
            mailbox: MailboxId(1),
            folder: FolderId(2),
            conversation: ConversationId(3),
            subject: String::new(),
            from: Some(Address {
                name: String::new(),
                address: author.to_owned(),
            }),
            to: Vec::new(),
            received_at: Timestamp::from_micros(n),
            preview: String::new(),
            is_read: true,
            is_draft: false,
            flag: Flag::None,
            due: None,
            importance: Importance::Normal,
            has_attachments: false,
            meeting: None,
            categories: Vec::new(),
            web_link: String::new(),
        }
    }

    #[test]
    fn a_thread_is_what_one_of_its_messages_is() {
        let mut messages: Vec<_> = ["ada", "bo", "ada", "cy", "di"]
            .iter()
            .zip((1..=5).rev())
            .map(|(author, n)| message(n, author))
            .collect();
        messages[1].is_read = false;
        messages[1].categories = vec!["a".to_owned(), "b".to_owned()];
        messages[2].flag = Flag::Flagged;
        messages[2].due = Some(Timestamp::from_micros(9));
        messages[3].due = Some(Timestamp::from_micros(8));
        messages[3].categories = vec!["b".to_owned()];
        messages[4].has_attachments = true;
        let all: Vec<_> = messages.iter().collect();
        let thread = ConversationSummary::of(&all).unwrap();
        assert_eq!(thread.newest, messages[0]);
        assert_eq!((thread.total, thread.unread), (5, 1));
        assert!(thread.is_flagged && thread.has_attachments);
        let authors: Vec<_> = thread.authors.iter().map(|one| &*one.address).collect();
        assert_eq!(authors, ["ada", "bo", "cy"]);
        assert_eq!(thread.categories, ["a", "b"]);
        assert_eq!(thread.due, Some(Timestamp::from_micros(8)));
        let one = ConversationSummary::of_one(messages[0].clone());
        assert_eq!((one.total, one.unread, one.is_flagged), (1, 0, false));
        assert_eq!(ConversationSummary::of(&[]), None);
    }

    #[test]
    fn of_a_long_thread_only_the_newest_say_more_than_their_count() {
        let mut messages: Vec<_> = (0..30).rev().map(|n| message(n, "ada")).collect();
        messages[9].categories = vec!["near".to_owned()];
        messages[10].categories = vec!["far".to_owned()];
        let all: Vec<_> = messages.iter().collect();
        let thread = ConversationSummary::of(&all).unwrap();
        assert_eq!(thread.total, 30);
        assert_eq!(thread.categories, ["near"]);
    }

    #[test]
    fn a_thread_has_a_name() {
        let id = message(1, "ada").thread();
        assert_eq!(ThreadId::parse(&id.to_string()), Some(id));
        for odd in ["", "-", "c-f", &id.folder.to_string()] {
            assert_eq!(ThreadId::parse(odd), None, "{odd}");
        }
    }
}
