//! Whether one message is what is looked for, decided on its texts.

use super::{Part, Search};
use crate::words::{asked, words};

/// The texts of a message, part by part.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Texts {
    /// The subject.
    pub subject: String,
    /// Names and addresses of author and sender.
    pub from: String,
    /// Names and addresses of everybody it went to.
    pub to: String,
    /// The text.
    pub body: String,
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Texts({} bytes of body)", self.body.len())
    }
}

impl Texts {
    const fn parts(&self) -> [(Part, &String); 4] {
        [
            (Part::Subject, &self.subject),
            (Part::From, &self.from),
            (Part::To, &self.to),
            (Part::Body, &self.body),
        ]
    }
}

impl Search {
    /// Whether every word and every phrase occurs in these texts.
    pub fn fits(&self, texts: &Texts) -> bool {
        self.words_fit(texts) && self.phrases_fit(texts)
    }

    /// Whether every phrase occurs: what is left to ask where an index has found the words.
    pub fn phrases_fit(&self, texts: &Texts) -> bool {
        if self.phrases.is_empty() {
            return true;
        }
        let parts = texts
            .parts()
            .map(|(part, text)| (part, format!(" {} ", asked(text))));
        self.phrases.iter().all(|phrase| {
            let words = format!(" {} ", phrase.words.join(" "));
            parts.iter().any(|(part, text)| {
                phrase.part.is_none_or(|wanted| wanted == *part) && text.contains(&words)
            })
        })
    }

    fn words_fit(&self, texts: &Texts) -> bool {
        let parts = texts.parts().map(|(part, text)| (part, words(text)));
        self.words.iter().all(|wanted| {
            parts.iter().any(|(part, words)| {
                wanted.part.is_none_or(|wanted| wanted == *part)
                    && words.split(' ').any(|word| wanted.is(word))
            })
        })
    }
}

impl super::Word {
    /// Whether this word is the one that is looked for.
    pub(super) fn is(&self, word: &str) -> bool {
        if self.is_beginning {
            word.starts_with(&self.text)
        } else {
            word == self.text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_and_phrase_must_occur() {
        let texts = Texts {
            subject: "Quarterly Réport 2026".into(),
            from: "Łucja Müller lucja@fabrikam.test".into(),
            to: "経理部 keiri@contoso.test".into(),
            body: "The numbers are in. お世話になっております。Report: quarterly".into(),
        };
        for (typed, fits) in [
            ("quarterly rep", true),
            ("rep quarterly", false),
            ("\"quarterly report\"", true),
            ("\"report quarterly\"", true),
            ("\"quarterly numbers\"", false),
            ("\"2026 łucja\"", false),
            ("\"世話になって\"", true),
            ("\"世話て\"", false),
            ("from:muller", true),
            ("from:keiri", false),
            ("to:経理", true),
            ("subject:numbers", false),
            ("subject:\"report 2026\" numb", true),
            ("\"report 20\"", false),
            ("", true),
        ] {
            assert_eq!(Search::in_utc(typed).fits(&texts), fits, "{typed}");
        }
    }
}
