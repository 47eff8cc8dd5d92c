//! `$filter` over messages: the part of OData that Outlook understands.

use std::cmp::Ordering;

use jiff::Timestamp;

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
        let tokens = tokens(text)?;
        let mut parser = Parser {
            tokens: &tokens,
            at: 0,
            mailbox,
        };
        let filter = parser.any()?;
        if parser.at == tokens.len() {
            Ok(filter)
        } else {
            Err(invalid(text))
        }
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

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
    Colon,
}

fn invalid(text: &str) -> Refusal {
    Refusal::new(400, "BadRequest", format!("Invalid filter clause: {text}")).inner()
}

fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut tokens = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            ',' => tokens.push(Token::Comma),
            ':' => tokens.push(Token::Colon),
            '\'' => tokens.push(quoted(&mut letters).ok_or_else(|| invalid(text))?),
            letter if letter.is_whitespace() => {}
            letter => {
                let mut word = String::from(letter);
                // An instant has colons of its own, a lambda (`c:c`) does not begin with a digit.
                let instant = letter.is_ascii_digit();
                while let Some(next) = letters.next_if(|next| {
                    !next.is_whitespace() && !"(),'".contains(*next) && (instant || *next != ':')
                }) {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Ok(tokens)
}

fn quoted(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Token> {
    let mut text = String::new();
    loop {
        match letters.next()? {
            '\'' if letters.next_if_eq(&'\'').is_some() => text.push('\''),
            '\'' => return Some(Token::Text(text)),
            letter => text.push(letter),
        }
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    mailbox: &'a Mailbox,
}

impl Parser<'_> {
    fn word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &Token) -> Result<(), Refusal> {
        if self.tokens.get(self.at) == Some(wanted) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.wrong())
        }
    }

    fn wrong(&self) -> Refusal {
        invalid(&format!(
            "syntax error at position {} of the '$filter' expression.",
            self.at
        ))
    }

    fn any(&mut self) -> Result<Filter, Refusal> {
        let mut left = self.all()?;
        while self.word("or") {
            left = Filter::Or(Box::new(left), Box::new(self.all()?));
        }
        Ok(left)
    }

    fn all(&mut self) -> Result<Filter, Refusal> {
        let mut left = self.one()?;
        while self.word("and") {
            left = Filter::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Filter, Refusal> {
        if self.word("not") {
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        match self.tokens.get(self.at).cloned() {
            Some(Token::Open) => {
                self.at += 1;
                let inner = self.any()?;
                self.expect(&Token::Close)?;
                Ok(inner)
            }
            Some(Token::Word(word)) => {
                self.at += 1;
                self.after(&word)
            }
            _ => Err(self.wrong()),
        }
    }

    fn after(&mut self, word: &str) -> Result<Filter, Refusal> {
        let called = self.tokens.get(self.at) == Some(&Token::Open);
        match word.to_ascii_lowercase().as_str() {
            "contains" if called => self.matching(How::Contains),
            "startswith" if called => self.matching(How::Starts),
            "endswith" if called => self.matching(How::Ends),
            "categories/any" if called => self.any_category(),
            "singlevalueextendedproperties/any" | "multivalueextendedproperties/any" if called => {
                self.skip_call()
            }
            _ => {
                let field = Field::parse(word)?;
                let compare = self.compare()?;
                let value = self.value(field)?;
                Ok(Filter::Compare(field, compare, value))
            }
        }
    }

    fn compare(&mut self) -> Result<Compare, Refusal> {
        let known = [
            ("eq", Compare::Eq),
            ("ne", Compare::Ne),
            ("gt", Compare::Gt),
            ("ge", Compare::Ge),
            ("lt", Compare::Lt),
            ("le", Compare::Le),
        ];
        known
            .into_iter()
            .find(|(name, _)| self.word(name))
            .map(|(_, compare)| compare)
            .ok_or_else(|| self.wrong())
    }

    fn value(&mut self, field: Field) -> Result<Value, Refusal> {
        let token = self
            .tokens
            .get(self.at)
            .cloned()
            .ok_or_else(|| self.wrong())?;
        self.at += 1;
        let value = match (field, token) {
            (Field::IsRead | Field::IsDraft | Field::HasAttachments, Token::Word(word)) => {
                match word.to_ascii_lowercase().as_str() {
                    "true" => Some(Value::Boolean(true)),
                    "false" => Some(Value::Boolean(false)),
                    _ => None,
                }
            }
            (
                Field::Received | Field::Sent | Field::Created | Field::Modified,
                Token::Word(word),
            ) => instant(&word).map(Value::Instant),
            (Field::ParentFolderId, Token::Text(text)) => Some(Value::Text(
                self.mailbox
                    .find_folder(&text)
                    .map_or(text, |no| self.mailbox.folder_id(no)),
            )),
            (Field::Id, Token::Text(text)) => Some(Value::Text(
                self.mailbox
                    .find_message(&text)
                    .map_or(text, |no| self.mailbox.immutable_id(no)),
            )),
            (
                Field::Received
                | Field::Sent
                | Field::Created
                | Field::Modified
                | Field::IsRead
                | Field::IsDraft
                | Field::HasAttachments,
                _,
            ) => None,
            (_, Token::Text(text)) => Some(Value::Text(text)),
            _ => None,
        };
        value.ok_or_else(|| self.wrong())
    }

    fn matching(&mut self, how: How) -> Result<Filter, Refusal> {
        self.expect(&Token::Open)?;
        let Some(Token::Word(path)) = self.tokens.get(self.at).cloned() else {
            return Err(self.wrong());
        };
        self.at += 1;
        self.expect(&Token::Comma)?;
        let Some(Token::Text(wanted)) = self.tokens.get(self.at).cloned() else {
            return Err(self.wrong());
        };
        self.at += 1;
        self.expect(&Token::Close)?;
        Ok(Filter::Match(
            Field::parse(&path)?,
            how,
            wanted.to_lowercase(),
        ))
    }

    fn any_category(&mut self) -> Result<Filter, Refusal> {
        self.expect(&Token::Open)?;
        self.at += 1;
        self.expect(&Token::Colon)?;
        self.at += 1;
        if !self.word("eq") {
            return Err(self.wrong());
        }
        let Some(Token::Text(wanted)) = self.tokens.get(self.at).cloned() else {
            return Err(self.wrong());
        };
        self.at += 1;
        self.expect(&Token::Close)?;
        Ok(Filter::AnyCategory(wanted))
    }

    fn skip_call(&mut self) -> Result<Filter, Refusal> {
        let mut depth = 0;
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            match token {
                Token::Open => depth += 1,
                Token::Close if depth == 1 => return Ok(Filter::Never),
                Token::Close => depth -= 1,
                _ => {}
            }
        }
        Err(self.wrong())
    }
}

/// An instant as clients send it: with `Z` or an offset, with or without fractions, or only a date.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    // A `+` that was not encoded arrives as a space and ends the word; a bare date means midnight.
    text.parse()
        .ok()
        .or_else(|| format!("{text}T00:00:00Z").parse().ok())
        .or_else(|| format!("{text}Z").parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::message::Person;

    fn mailbox() -> Mailbox {
        Mailbox::new(1, "user", Person::default())
    }

    #[test]
    fn what_outlook_accepts_is_accepted() {
        for text in [
            "isRead eq false AND parentFolderId eq 'inbox'",
            "receivedDateTime ge 2026-01-01T00:00:00Z and receivedDateTime lt 2026-02-01",
            "receivedDateTime ge 2026-01-01T00:00:00.123456+00:00",
            "(from/emailAddress/address eq 'a@b.test' or contains(subject,'it''s')) and not hasAttachments eq true",
            "categories/any(c:c eq 'Red category')",
            "singleValueExtendedProperties/any(ep: ep/id eq 'String {x} Name y' and ep/value eq 'z')",
        ] {
            assert!(Filter::parse(text, &mailbox()).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in [
            "isRead",
            "isRead eq 5",
            "colour eq 'red'",
            "isRead eq false and",
            "contains(subject)",
            "subject eq 'open",
        ] {
            assert!(Filter::parse(text, &mailbox()).is_err(), "{text}");
        }
    }
}
