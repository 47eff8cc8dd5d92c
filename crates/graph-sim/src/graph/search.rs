//! `$search` over messages: words that must all occur, and the common prefixes of Outlook's query language.

use crate::answer::Refusal;
use crate::mailbox::message::{Person, Text};
use crate::mailbox::{Mailbox, MessageNo};
use crate::plain;

/// A search.
pub(crate) struct Search(Vec<(Option<String>, String)>);

impl Search {
    /// Reads a `$search`.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let text = text.trim().trim_matches('"').replace("\\\"", "\"");
        let words: Vec<(Option<String>, String)> = text
            .split_whitespace()
            .filter(|word| !word.eq_ignore_ascii_case("and"))
            .map(|word| match word.split_once(':') {
                Some((prefix, word)) => (
                    Some(prefix.to_lowercase()),
                    word.trim_matches('"').to_lowercase(),
                ),
                None => (None, word.trim_matches('"').to_lowercase()),
            })
            .collect();
        if words.is_empty() {
            return Err(Refusal::new(
                400,
                "ErrorInvalidUrlQuery",
                "The $search expression is empty.",
            ));
        }
        Ok(Self(words))
    }

    /// Whether a message has every word.
    pub(crate) fn passes(&self, mailbox: &Mailbox, no: MessageNo) -> bool {
        let Some(content) = mailbox.content(no, true) else {
            return false;
        };
        let people = |list: &[Person]| {
            let one = |person: &Person| format!("{} {}", person.name, person.address);
            list.iter()
                .map(one)
                .collect::<Vec<_>>()
                .join(" ")
                .to_lowercase()
        };
        let from = people(content.from.as_slice());
        let to = people(&content.to);
        let subject = content.subject.to_lowercase();
        let body = match &content.body {
            Text::Html(html) => plain::from_html(html).to_lowercase(),
            Text::Plain(text) => text.to_lowercase(),
        };
        self.0.iter().all(|(prefix, word)| match prefix.as_deref() {
            Some("subject") => subject.contains(word),
            Some("from") => from.contains(word),
            Some("to" | "recipients") => to.contains(word),
            Some("body") => body.contains(word),
            Some("hasattachments" | "hasattachment") => {
                content.has_attachments() == (word == "true")
            }
            _ => [&subject, &from, &to, &body]
                .iter()
                .any(|text| text.contains(word)),
        })
    }
}
