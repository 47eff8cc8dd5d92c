//! Reads a `$filter` into a [`Filter`]: tokens, then a parser that goes down from `or` over `and` to single comparisons.

use jiff::Timestamp;

use super::{Compare, Field, Filter, How, Value};
use crate::answer::Refusal;
use crate::mailbox::Mailbox;

/// Reads a `$filter`. Well-known folder names stand for their ids.
pub(super) fn filter(text: &str, mailbox: &Mailbox) -> Result<Filter, Refusal> {
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
            assert!(filter(text, &mailbox()).is_ok(), "{text}");
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
            assert!(filter(text, &mailbox()).is_err(), "{text}");
        }
    }
}
