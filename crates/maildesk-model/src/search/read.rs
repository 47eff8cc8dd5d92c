//! Taking apart what was typed into the search box.

use jiff::tz::TimeZone;

use super::{About, Part, Phrase, Remark, Search, Word, date, remark};
use crate::folder::WellKnown;
use crate::words;

/// What can stand around a phrase: phones and some languages write these by themselves.
const QUOTES: [char; 6] = ['"', '“', '”', '„', '«', '»'];

/// What well-known folders are called in short.
const SHORT: [(&str, WellKnown); 5] = [
    ("sent", WellKnown::SentItems),
    ("deleted", WellKnown::DeletedItems),
    ("trash", WellKnown::DeletedItems),
    ("junk", WellKnown::JunkEmail),
    ("spam", WellKnown::JunkEmail),
];

/// A piece of what was typed.
#[derive(Clone, Copy)]
pub(super) struct Token<'t> {
    /// What stands before the first colon; empty without one.
    pub(super) operator: &'t str,
    /// What stands behind it, or all of it.
    pub(super) value: &'t str,
    /// All of it, without the quotes.
    whole: &'t str,
    /// All of it, as it stands there.
    pub(super) typed: &'t str,
    is_quoted: bool,
}

impl Search {
    /// Takes apart what was typed. Dates begin at midnight in `zone`.
    ///
    /// Words must all occur, the last one as a beginning if it has two letters. `"…"` is a phrase. The operators are
    /// `from:` `to:` `subject:` (words or a phrase), `has:attachment`, `is:unread` `is:read`
    /// `is:flagged`, `in:FOLDER`, `before:DATE` (earlier than that) and `after:DATE` (then or
    /// later). What looks like an operator and is none is words.
    pub fn read(typed: &str, zone: &TimeZone) -> Self {
        let mut search = Self::default();
        let mut texts = Vec::new();
        let mut span = Vec::new();
        let mut read = tokens(typed).into_iter().peekable();
        while let Some(token) = read.next() {
            match search.operator(token, zone) {
                Some(Operator::Text(part)) => texts.push((Some(part), token.value, token)),
                Some(Operator::Time) => span.push(token.typed),
                Some(Operator::Done) => {}
                None => {
                    let said = remark::of_words(token, read.peek().copied());
                    search.remarks.extend(said);
                    texts.push((None, token.whole, token));
                }
            }
        }
        search.say_if_timeless(&span);
        let cut = |text: &str| -> Vec<String> {
            let words = words::asked(text);
            words.split_whitespace().map(str::to_owned).collect()
        };
        let mut texts = texts
            .into_iter()
            .map(|(part, text, token)| (part, cut(text), token))
            .filter(|(_, words, _)| !words.is_empty())
            .peekable();
        while let Some((part, words, token)) = texts.next() {
            if token.is_quoted && words.len() > 1 {
                search.phrases.push(Phrase { part, words });
            } else {
                let is_last = texts.peek().is_none();
                search.add(part, words, is_last && !token.is_quoted);
            }
        }
        search
    }

    /// [`Search::read`] for those whose time zone is not known.
    pub fn in_utc(typed: &str) -> Self {
        Self::read(typed, &TimeZone::UTC)
    }

    fn add(&mut self, part: Option<Part>, words: Vec<String>, is_last: bool) {
        let last = words.len() - 1;
        for (n, text) in words.into_iter().enumerate() {
            if !self
                .words
                .iter()
                .any(|word| word.part == part && word.text == text)
            {
                self.words.push(Word {
                    part,
                    is_beginning: is_last && n == last && begins_words(&text),
                    text,
                });
            }
        }
    }

    /// Says that after one date and before another there is no time.
    fn say_if_timeless(&mut self, span: &[&str]) {
        let (Some(from), Some(before)) = (self.from, self.before) else {
            return;
        };
        if from >= before {
            self.remarks.push(Remark {
                about: About::NoTime,
                typed: span.join(" "),
                instead: Vec::new(),
            });
        }
    }

    /// Only unread or only read ones; what was typed before and says the opposite is overruled.
    fn filter_read(&mut self, unread: bool) {
        if self.unread == Some(!unread) {
            let typed = if unread { "is:read" } else { "is:unread" };
            self.remarks.push(Remark {
                about: About::Overruled,
                typed: typed.to_owned(),
                instead: Vec::new(),
            });
        }
        self.unread = Some(unread);
    }

    /// Takes a token as an operator; `None`: it is none.
    fn operator(&mut self, token: Token<'_>, zone: &TimeZone) -> Option<Operator> {
        let value = token.value;
        if value.is_empty() {
            return None;
        }
        let date = |remarks: &mut Vec<Remark>| {
            let begins = date::begins(value, zone);
            if begins.is_none() {
                let operator = token.operator.to_ascii_lowercase();
                let instead = date::meant(value).into_iter();
                let instead = instead.map(|date| format!("{operator}:{date}")).collect();
                remarks.push(Remark::new(About::NotADate, token, instead));
            }
            begins
        };
        match &*token.operator.to_ascii_lowercase() {
            "from" => return Some(Operator::Text(Part::From)),
            "to" => return Some(Operator::Text(Part::To)),
            "subject" => return Some(Operator::Text(Part::Subject)),
            "in" => self.folders.push(folder_name(value)),
            "before" => {
                let before = date(&mut self.remarks);
                self.before = [self.before, before].into_iter().flatten().min();
                return Some(before.map_or(Operator::Done, |_| Operator::Time));
            }
            "after" => {
                let from = date(&mut self.remarks);
                self.from = self.from.max(from);
                return Some(from.map_or(Operator::Done, |_| Operator::Time));
            }
            "has" => match &*value.to_ascii_lowercase() {
                "attachment" | "attachments" => self.attachments = Some(true),
                _ => return None,
            },
            "is" => match &*value.to_ascii_lowercase() {
                "unread" => self.filter_read(true),
                "read" => self.filter_read(false),
                "flagged" => self.flagged = Some(true),
                _ => return None,
            },
            _ => return None,
        }
        Some(Operator::Done)
    }

    /// Whether a folder is one of those named: by the name people see or by its well-known name,
    /// whatever the case, accents and spaces.
    pub fn is_folder(&self, name: &str, well_known: Option<WellKnown>) -> bool {
        let (name, known) = (folder_name(name), well_known.map(WellKnown::name));
        self.folders.iter().any(|wanted| {
            let short = SHORT.iter().find(|(short, _)| short == wanted);
            *wanted == name
                || Some(&**wanted) == known
                || short.is_some_and(|(_, meant)| Some(*meant) == well_known)
        })
    }
}

/// Whether words are looked for that begin so. One letter begins so many that finding the newest
/// takes long and says little; one character of a script without spaces is a word itself.
fn begins_words(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(words::is_unspaced) || letters.next().is_some()
}

enum Operator {
    /// Its value is looked for in this part.
    Text(Part),
    /// It is a stretch of time, and taken.
    Time,
    /// It is taken.
    Done,
}

/// A folder's name as it is compared; one without letters and digits as it is.
fn folder_name(name: &str) -> String {
    let folded = words::words(name).replace(' ', "");
    if folded.is_empty() {
        name.trim().to_owned()
    } else {
        folded
    }
}

/// The pieces of what was typed, in order.
pub(super) fn tokens(typed: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = typed.trim_start();
    while !rest.is_empty() {
        let (token, after) = token(rest);
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

/// The first token of a text that begins with one, and what follows it.
fn token(text: &str) -> (Token<'_>, &str) {
    if let Some((value, after)) = quoted(text) {
        return (phrase("", value, before(text, after)), after);
    }
    let ends = |c: char| c.is_whitespace() || QUOTES.contains(&c);
    let (run, after) = text.split_at(text.find(ends).unwrap_or(text.len()));
    if let Some(operator) = run.strip_suffix(':')
        && let Some((value, after)) = quoted(after)
    {
        return (phrase(operator, value, before(text, after)), after);
    }
    let (operator, value) = run.split_once(':').unwrap_or_default();
    let token = Token {
        operator,
        value,
        whole: run,
        typed: run,
        is_quoted: false,
    };
    (token, after)
}

/// What of a text stands before its end.
fn before<'t>(text: &'t str, end: &str) -> &'t str {
    &text[..text.len() - end.len()]
}

const fn phrase<'t>(operator: &'t str, value: &'t str, typed: &'t str) -> Token<'t> {
    Token {
        operator,
        value,
        whole: value,
        typed,
        is_quoted: true,
    }
}

/// What stands in quotes at the beginning, and what follows; without an end it goes to the end.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix(QUOTES)?;
    Some(inside.split_once(QUOTES).unwrap_or((inside, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words in short: `part:word`, `*` behind a beginning, phrases in quotes.
    fn looked_for(typed: &str) -> String {
        let search = Search::in_utc(typed);
        let part = |part: Option<Part>| part.map_or(String::new(), |part| format!("{part:?}:"));
        let mut told: Vec<String> = search
            .words
            .iter()
            .map(|word| {
                let star = if word.is_beginning { "*" } else { "" };
                format!("{}{}{star}", part(word.part), word.text)
            })
            .collect();
        told.extend(search.phrases.iter().map(|phrase| {
            let words = phrase.words.join(" ");
            format!("{}\"{words}\"", part(phrase.part))
        }));
        told.join(" ")
    }

    #[test]
    fn words_and_phrases() {
        for (typed, expected) in [
            ("Quarterly rep", "quarterly rep*"),
            ("a b a", "a b"),
            ("\"Quarterly Réport\" plan", "plan* \"quarterly report\""),
            ("plan \"quarterly report\"", "plan \"quarterly report\""),
            ("“on the way", "\"on the way\""),
            ("«eins zwei»drei", "drei* \"eins zwei\""),
            ("\"one\"", "one"),
            ("\"東京都\" に行く", "に行 行く* \"東京 京都\""),
            ("東", "東*"),
            ("vitamin c", "vitamin c"),
            (" … \"\" '", ""),
            ("don't", "don t"),
        ] {
            assert_eq!(looked_for(typed), expected, "{typed}");
        }
    }

    #[test]
    fn operators_name_a_part() {
        for (typed, expected) in [
            ("from:ada report", "From:ada report*"),
            ("report FROM:Ada", "report From:ada*"),
            (
                "from:\"Ada Lovelace\" to:bo",
                "To:bo* From:\"ada lovelace\"",
            ),
            ("subject:\"Hi\"", "Subject:hi"),
            ("from:ada@contoso.test", "From:ada From:contoso From:test*"),
            ("from:", "from*"),
            ("from: ada", "from ada*"),
            ("re:from:ada", "re from ada*"),
            ("http://a.test", "http a test*"),
            ("has:wings is:odd foo:bar", "has wings is odd foo bar*"),
            ("from:…", ""),
        ] {
            assert_eq!(looked_for(typed), expected, "{typed}");
        }
    }

    #[test]
    fn operators_filter() {
        let search = Search::in_utc(
            "has:attachment is:unread is:flagged in:Archive after:2026-08 before:2026-09-01",
        );
        assert!(search.words.is_empty() && search.remarks.is_empty());
        assert_eq!(search.attachments, Some(true));
        assert_eq!((search.unread, search.flagged), (Some(true), Some(true)));
        assert_eq!(search.folders, ["archive"]);
        let day = |at: Option<crate::Timestamp>| at.unwrap().to_rfc3339();
        assert_eq!(day(search.from), "2026-08-01T00:00:00Z");
        assert_eq!(day(search.before), "2026-09-01T00:00:00Z");
        let narrower = Search::in_utc("before:2026 before:2025 after:2020 after:2021 is:READ");
        assert_eq!(day(narrower.before), "2025-01-01T00:00:00Z");
        assert_eq!(day(narrower.from), "2021-01-01T00:00:00Z");
        assert_eq!(narrower.unread, Some(false));
    }

    #[test]
    fn a_malformed_date_is_said_and_left_out() {
        let search = Search::in_utc("before:31.8.2026 plan AFTER:soon");
        let said: Vec<_> = search
            .remarks
            .iter()
            .map(|one| (one.about, &*one.typed))
            .collect();
        let expected = ["before:31.8.2026", "AFTER:soon"].map(|typed| (About::NotADate, typed));
        assert_eq!(said, expected);
        assert_eq!((search.from, search.before), (None, None));
        assert_eq!(search.words.len(), 1);
        assert!(Search::in_utc("before:soon").is_empty());
        assert!(Search::in_utc(" … ").is_empty());
        assert!(!Search::in_utc("is:read").is_empty());
    }

    #[test]
    fn folders_go_by_either_name() {
        let is = |typed: &str, name: &str, known| Search::in_utc(typed).is_folder(name, known);
        assert!(is("in:inbox", "Posteingang", Some(WellKnown::Inbox)));
        assert!(is("in:posteingang", "Posteingang", Some(WellKnown::Inbox)));
        assert!(is(
            "in:\"Sent Items\"",
            "Gesendet",
            Some(WellKnown::SentItems)
        ));
        assert!(is("in:sent", "Gesendet", Some(WellKnown::SentItems)));
        assert!(is("in:sent", "Sent", None));
        assert!(is("in:\"Projets été\"", "projets ete", None));
        assert!(is("in:a in:b", "B", None));
        assert!(is("in:☂", "☂", None));
        assert!(!is("in:☂", "☃", None));
        assert!(!is("in:in", "Inbox", Some(WellKnown::Inbox)));
        assert!(!is("plain words", "plain words", None));
    }
}
