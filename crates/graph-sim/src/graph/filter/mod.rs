//! `$filter` over messages: the part of OData that Outlook understands.

mod parse;

use std::cmp::Ordering;

use jiff::Timestamp;

pub(crate) use parse::instant;

use super::select::unknown_property;
use crate::answer::Refusal;
use crate::mailbox::message::Content;
use crate::mailbox::{FolderNo, Mailbox, MessageNo};

/// A comparison, a call, or several of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Compare(Field, Compare, Value),
    /// `contains`, `startswith`, `endswith`.
    Match(Field, How, String),
    /// `categories/any(c:c eq 'x')`.
    AnyCategory(String),
    /// Valid on messages, and never true of simulated ones (extended properties).
    Never,
}

/// What can be filtered and sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Id,
    Subject,
    BodyPreview,
    From,
    FromName,
    Sender,
    Received,
    Sent,
    Created,
    Modified,
    IsRead,
    IsDraft,
    HasAttachments,
    Importance,
    Inference,
    FlagStatus,
    InternetMessageId,
    ConversationId,
    ParentFolderId,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

/// How a text is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Contains,
    Starts,
    Ends,
}

/// A literal, or what a field holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Boolean(bool),
    Instant(Timestamp),
}

impl Field {
    /// Finds a field by its path.
    pub(crate) fn parse(path: &str) -> Result<Self, Refusal> {
        Ok(match path.to_ascii_lowercase().as_str() {
            "id" => Self::Id,
            "subject" => Self::Subject,
            "bodypreview" => Self::BodyPreview,
            "from/emailaddress/address" => Self::From,
            "from/emailaddress/name" => Self::FromName,
            "sender/emailaddress/address" => Self::Sender,
            "receiveddatetime" => Self::Received,
            "sentdatetime" => Self::Sent,
            "createddatetime" => Self::Created,
            "lastmodifieddatetime" => Self::Modified,
            "isread" => Self::IsRead,
            "isdraft" => Self::IsDraft,
            "hasattachments" => Self::HasAttachments,
            "importance" => Self::Importance,
            "inferenceclassification" => Self::Inference,
            "flag/flagstatus" => Self::FlagStatus,
            "internetmessageid" => Self::InternetMessageId,
            "conversationid" => Self::ConversationId,
            "parentfolderid" => Self::ParentFolderId,
            _ => {
                return Err(unknown_property(
                    path.split('/').next().unwrap_or(path),
                    "Message",
                ));
            }
        })
    }

    /// What the field holds in a message. Texts compare without regard to case.
    pub(crate) fn of(self, mailbox: &Mailbox, no: MessageNo) -> Option<Value> {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        match self {
            Self::IsRead => return Some(Value::Boolean(mailbox.is_read(no))),
            Self::Received => {
                return Timestamp::from_second(mailbox.received(no))
                    .ok()
                    .map(Value::Instant);
            }
            Self::Modified => return mailbox.modified(no).map(Value::Instant),
            Self::Id => return text(&mailbox.immutable_id(no)),
            _ => {}
        }
        let state = mailbox.state(no)?;
        match self {
            Self::Importance => return text(state.importance.wire()),
            Self::Inference => return text(if state.other { "other" } else { "focused" }),
            Self::FlagStatus => return text(state.flag.status.wire()),
            Self::ParentFolderId => return text(&mailbox.folder_id(state.folder)),
            _ => {}
        }
        let content = mailbox.content(no, false)?;
        self.of_content(mailbox, &content)
    }

    fn of_content(self, mailbox: &Mailbox, content: &Content) -> Option<Value> {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        match self {
            Self::Subject => text(&content.subject),
            Self::BodyPreview => text(&super::render::preview_of(content)),
            Self::From => text(content.from.as_ref().map_or("", |from| &from.address)),
            Self::FromName => text(content.from.as_ref().map_or("", |from| &from.name)),
            Self::Sender => text(content.sender.as_ref().map_or("", |sender| &sender.address)),
            Self::Sent => Some(Value::Instant(content.sent)),
            Self::Created => Some(Value::Instant(content.created)),
            Self::IsDraft => Some(Value::Boolean(content.is_draft)),
            Self::HasAttachments => Some(Value::Boolean(content.has_attachments())),
            Self::InternetMessageId => text(&content.internet_message_id),
            Self::ConversationId => text(&mailbox.ids.conversation(content.conversation)),
            _ => None,
        }
    }
}

impl Value {
    /// Orders two values of one type.
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => Some(a.to_lowercase().cmp(&b.to_lowercase())),
            (Self::Boolean(a), Self::Boolean(b)) => Some(a.cmp(b)),
            (Self::Instant(a), Self::Instant(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

impl Filter {
    /// Reads a `$filter`. Well-known folder names stand for their ids.
    pub(crate) fn parse(text: &str, mailbox: &Mailbox) -> Result<Self, Refusal> {
        parse::filter(text, mailbox)
    }

    /// Whether a message passes.
    pub(crate) fn passes(&self, mailbox: &Mailbox, no: MessageNo) -> bool {
        match self {
            Self::And(a, b) => a.passes(mailbox, no) && b.passes(mailbox, no),
            Self::Or(a, b) => a.passes(mailbox, no) || b.passes(mailbox, no),
            Self::Not(inner) => !inner.passes(mailbox, no),
            Self::Never => false,
            Self::AnyCategory(wanted) => mailbox.state(no).is_some_and(|state| {
                state
                    .categories
                    .iter()
                    .any(|category| category.eq_ignore_ascii_case(wanted))
            }),
            Self::Match(field, how, wanted) => match field.of(mailbox, no) {
                Some(Value::Text(text)) => how.holds(&text.to_lowercase(), wanted),
                _ => false,
            },
            Self::Compare(field, compare, wanted) => field
                .of(mailbox, no)
                .is_some_and(|value| compare.holds(value.order(wanted))),
        }
    }

    /// The comparisons that must all hold, as far as they stand at the top.
    pub(crate) fn conjuncts(&self) -> Vec<&Self> {
        match self {
            Self::And(a, b) => [a.conjuncts(), b.conjuncts()].concat(),
            other => vec![other],
        }
    }

    /// The fields in the order in which they are written.
    pub(crate) fn fields(&self) -> Vec<Field> {
        match self {
            Self::And(a, b) | Self::Or(a, b) => [a.fields(), b.fields()].concat(),
            Self::Not(inner) => inner.fields(),
            Self::Compare(field, ..) | Self::Match(field, ..) => vec![*field],
            Self::AnyCategory(_) | Self::Never => Vec::new(),
        }
    }

    /// The earliest and latest second that a message may have been received in, as far as comparisons at the top say it.
    pub(crate) fn received_bounds(&self) -> (Option<i64>, Option<i64>) {
        let mut bounds = (None, None);
        for conjunct in self.conjuncts() {
            if let Self::Compare(Field::Received, compare, Value::Instant(instant)) = conjunct {
                let seconds = instant.as_second();
                match compare {
                    Compare::Ge | Compare::Gt => bounds.0 = Some(seconds),
                    Compare::Le | Compare::Lt => bounds.1 = Some(seconds),
                    Compare::Eq => bounds = (Some(seconds), Some(seconds)),
                    Compare::Ne => {}
                }
            }
        }
        bounds
    }

    /// The folder that every passing message must be in, as far as comparisons at the top say it.
    pub(crate) fn folder(&self, mailbox: &Mailbox) -> Option<FolderNo> {
        self.conjuncts()
            .into_iter()
            .find_map(|conjunct| match conjunct {
                Self::Compare(Field::ParentFolderId, Compare::Eq, Value::Text(id)) => {
                    mailbox.find_folder(id)
                }
                _ => None,
            })
    }

    /// The internet message id that every passing message must have.
    pub(crate) fn internet_message_id(&self) -> Option<&str> {
        self.conjuncts()
            .into_iter()
            .find_map(|conjunct| match conjunct {
                Self::Compare(Field::InternetMessageId, Compare::Eq, Value::Text(id)) => {
                    Some(id.as_str())
                }
                _ => None,
            })
    }
}

impl Compare {
    fn holds(self, order: Option<Ordering>) -> bool {
        match (self, order) {
            (Self::Ne, None) => true,
            (_, None) => false,
            (Self::Eq, Some(order)) => order.is_eq(),
            (Self::Ne, Some(order)) => order.is_ne(),
            (Self::Gt, Some(order)) => order.is_gt(),
            (Self::Ge, Some(order)) => order.is_ge(),
            (Self::Lt, Some(order)) => order.is_lt(),
            (Self::Le, Some(order)) => order.is_le(),
        }
    }
}

impl How {
    fn holds(self, text: &str, wanted: &str) -> bool {
        match self {
            Self::Contains => text.contains(wanted),
            Self::Starts => text.starts_with(wanted),
            Self::Ends => text.ends_with(wanted),
        }
    }
}
