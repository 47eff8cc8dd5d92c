//! What the inbox shows, as its address says it.

use jiff::tz::TimeZone;
use maildesk_model::search::Search;
use maildesk_model::{FolderId, MailboxId, MessageId};
use maildesk_store::contract::{ConversationQuery, MessageQuery};

use crate::api::cursor;
use crate::api::messages::change::CATEGORY_MAX;
use crate::api::messages::list::{AfterMessage, WORDS_MAX, filters};
use crate::error::Problem;

/// Rows of one page of the list.
pub(super) const PAGE: usize = 50;
/// Rows that a script may ask for in one go, to put a list right that somebody has scrolled through.
const ROWS_MAX: usize = 1000;

/// A quick filter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Filter {
    Unread,
    Flagged,
    Attachments,
}

impl Filter {
    const ALL: [Self; 3] = [Self::Unread, Self::Flagged, Self::Attachments];

    /// The name in addresses.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Unread => "unread",
            Self::Flagged => "flagged",
            Self::Attachments => "attachments",
        }
    }
}

/// Mailbox, folder, filter, words, place in the list, and the open message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct View {
    pub(super) mailbox: Option<MailboxId>,
    pub(super) folder: Option<FolderId>,
    pub(super) filter: Option<Filter>,
    pub(super) words: String,
    /// Where a search of a whole mailbox was begun: it can be confined to that, and ends there.
    pub(super) begun: Option<FolderId>,
    /// Only messages of this category, of whatever folder.
    pub(super) category: String,
    pub(super) after: String,
    pub(super) message: Option<MessageId>,
    /// Whether the buttons above the open message are about it alone, where the list has conversations.
    pub(super) is_alone: bool,
    /// How many rows at most. Not part of the address of a view: only what is fetched to refresh
    /// one has it.
    pub(super) rows: usize,
}

impl Default for View {
    fn default() -> Self {
        Self {
            mailbox: None,
            folder: None,
            filter: None,
            words: String::new(),
            begun: None,
            category: String::new(),
            after: String::new(),
            message: None,
            is_alone: false,
            rows: PAGE,
        }
    }
}

impl View {
    /// Reads the query of an address. An id that never was one of ours is not found; what else
    /// makes no sense is left out.
    pub(super) fn read(query: &str) -> Result<Self, Problem> {
        let mut view = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if value.is_empty() {
                continue;
            }
            match &*name {
                "mailbox" => view.mailbox = Some(known(MailboxId::parse(&value))?),
                "folder" => view.folder = Some(known(FolderId::parse(&value))?),
                "message" => view.message = Some(known(MessageId::parse(&value))?),
                "filter" => {
                    view.filter = Filter::ALL.into_iter().find(|one| one.name() == value);
                }
                "q" => view.words = value.trim().chars().take(WORDS_MAX).collect(),
                "begun" => view.begun = Some(known(FolderId::parse(&value))?),
                "category" => view.category = value.chars().take(CATEGORY_MAX).collect(),
                "alone" => view.is_alone = value == "yes",
                "after" => view.after = value.into_owned(),
                "rows" => view.rows = value.parse().unwrap_or(PAGE).clamp(PAGE, ROWS_MAX),
                _ => {}
            }
        }
        // Where nothing is looked for any more, one is where one was.
        if view.words.is_empty() {
            view = view.cleared();
        }
        Ok(view)
    }

    /// The address of this view.
    pub(super) fn path(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let mut add = |name: &str, value: String| {
            if !value.is_empty() {
                query.append_pair(name, &value);
            }
        };
        add("mailbox", opaque(self.mailbox));
        add("folder", opaque(self.folder));
        add("filter", self.filter.map_or("", Filter::name).to_owned());
        add("q", self.words.clone());
        add("begun", opaque(self.begun));
        add("category", self.category.clone());
        add("after", self.after.clone());
        add("message", opaque(self.message));
        add("alone", if self.is_alone { "yes" } else { "" }.to_owned());
        let query = query.finish();
        if query.is_empty() {
            "/".to_owned()
        } else {
            format!("/?{query}")
        }
    }

    /// Another folder (or all inboxes), from the top.
    pub(super) fn of(mailbox: Option<MailboxId>, folder: Option<FolderId>) -> Self {
        Self {
            mailbox,
            folder,
            ..Self::default()
        }
    }

    /// The same list from the top, with nothing open.
    pub(super) fn top(&self) -> Self {
        self.below(String::new())
    }

    /// The same list with another filter, from the top.
    pub(super) fn filtered(&self, filter: Option<Filter>) -> Self {
        Self {
            filter,
            ..self.top()
        }
    }

    /// The same list of all categories, from the top.
    pub(super) fn uncategorised(&self) -> Self {
        Self {
            category: String::new(),
            ..self.top()
        }
    }

    /// The list that the search was begun in, from the top.
    pub(super) fn cleared(&self) -> Self {
        Self {
            words: String::new(),
            folder: self.folder.or(self.begun),
            begun: None,
            ..self.clone()
        }
    }

    /// The same search in one folder alone, from the top.
    pub(super) fn narrowed(&self, folder: FolderId) -> Self {
        Self {
            folder: Some(folder),
            begun: None,
            ..self.top()
        }
    }

    /// The same search in the whole mailbox, from the top.
    pub(super) fn widened(&self) -> Self {
        Self {
            folder: None,
            begun: self.folder.or(self.begun),
            ..self.top()
        }
    }

    /// A mailbox's messages of a category, from the top.
    pub(super) fn of_category(mailbox: Option<MailboxId>, category: &str) -> Self {
        Self {
            category: category.to_owned(),
            ..Self::of(mailbox, None)
        }
    }

    /// The same list with this message open.
    pub(super) fn opening(&self, message: Option<MessageId>) -> Self {
        Self {
            message,
            is_alone: false,
            ..self.clone()
        }
    }

    /// The same place searched for other words, from the top.
    pub(super) fn searching(&self, words: String) -> Self {
        Self {
            words,
            after: String::new(),
            message: None,
            ..self.clone()
        }
    }

    /// The same list with this message open, and the buttons above about it and no other.
    pub(super) fn opening_alone(&self, message: MessageId) -> Self {
        Self {
            is_alone: true,
            ..self.opening(Some(message))
        }
    }

    /// The list further down.
    pub(super) fn below(&self, cursor: String) -> Self {
        Self {
            after: cursor,
            message: None,
            is_alone: false,
            ..self.clone()
        }
    }

    /// What is looked for, with dates that begin where the person is.
    pub(super) fn search(&self, zone: &TimeZone) -> Option<Search> {
        (!self.words.is_empty()).then(|| Search::read(&self.words, zone))
    }

    /// What to ask the store for: one more than is shown, which says whether there is more.
    pub(super) fn query(&self, zone: &TimeZone) -> Result<MessageQuery, Problem> {
        let mut query = MessageQuery {
            mailbox: self.mailbox,
            folder: self.folder,
            inboxes: self.folder.is_none() && !self.is_search(),
            search: self.search(zone),
            unread: (self.filter == Some(Filter::Unread)).then_some(true),
            flagged: (self.filter == Some(Filter::Flagged)).then_some(true),
            category: (!self.category.is_empty()).then(|| self.category.clone()),
            attachments: (self.filter == Some(Filter::Attachments)).then_some(true),
            after: None,
            limit: self.rows as i64 + 1,
        };
        if !self.after.is_empty() {
            let AfterMessage(at, id) = cursor::read(&self.after, &filters(&query))?;
            query.after = Some((at, id));
        }
        Ok(query)
    }

    /// Whether the list is of messages from wherever they lie, which no thread is.
    pub(super) fn is_search(&self) -> bool {
        !self.words.is_empty() || !self.category.is_empty()
    }
}

/// The conversations that such messages are of. A list has them folder by folder, so nothing may be
/// looked for.
pub(super) fn conversations(query: &MessageQuery) -> ConversationQuery {
    ConversationQuery {
        mailbox: query.mailbox,
        folder: query.folder,
        unread: query.unread == Some(true),
        flagged: query.flagged == Some(true),
        attachments: query.attachments == Some(true),
        after: query.after,
        limit: query.limit,
    }
}

fn known<T>(id: Option<T>) -> Result<T, Problem> {
    id.ok_or_else(Problem::not_found)
}

fn opaque<T: ToString>(id: Option<T>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_shown() {
        let view = View {
            mailbox: Some(MailboxId(1)),
            folder: Some(FolderId(2)),
            filter: Some(Filter::Unread),
            words: "a & b".to_owned(),
            begun: Some(FolderId(4)),
            category: "Müll & mehr".to_owned(),
            after: "xyz".to_owned(),
            message: Some(MessageId(3)),
            is_alone: true,
            rows: PAGE,
        };
        let path = view.path();
        let query = path.strip_prefix("/?").unwrap();
        assert_eq!(View::read(query).unwrap(), view);
        assert_eq!(View::default().path(), "/");
        // Every way on is about the whole again.
        assert!(!view.opening(view.message).is_alone && !view.filtered(None).is_alone);
        assert!(view.opening(None).opening_alone(MessageId(4)).is_alone);
        assert_eq!(View::read("filter=odd&x=y&q=").unwrap(), View::default());
        // A search that has no words any more is the list it was begun in.
        let cleared = View {
            words: String::new(),
            folder: None,
            ..view.clone()
        };
        let query = cleared.path();
        let cleared = View::read(query.strip_prefix("/?").unwrap()).unwrap();
        assert_eq!((cleared.folder, cleared.begun), (Some(FolderId(4)), None));
        assert!(View::read("mailbox=nonsense").is_err());
        for (asked, rows) in [("150", 150), ("9", PAGE), ("9999", ROWS_MAX), ("x", PAGE)] {
            assert_eq!(View::read(&format!("rows={asked}")).unwrap().rows, rows);
        }
    }
}
