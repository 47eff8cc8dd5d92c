//! What a person looks for: words, phrases, and operators such as `from:ada before:2026-08-31`.
//!
//! [`Search::read`] takes apart what was typed; nothing that can be typed is an error. What has a
//! meaning nobody can guess is left out, and that and what may be meant otherwise is said in a [`Remark`]. [`Search::fits`] decides for one
//! message and [`Search::marks`] says what to mark in a text, both by the rules of [`words`](crate::words),
//! which the store's index follows too. A new operator is a line in `read.rs`.

mod date;
mod excerpt;
mod fit;
mod mark;
mod near;
mod read;
mod remark;

pub use fit::Texts;

use crate::clock::Timestamp;

/// A part of a message that words can be looked for in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Part {
    /// The subject.
    Subject,
    /// Who wrote and who sent it, names and addresses.
    From,
    /// Whom it went to, copies and answers included, names and addresses.
    To,
    /// The text.
    Body,
}

/// A word that must occur.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    /// In this part; otherwise in any.
    pub part: Option<Part>,
    /// The word as [`words`](crate::words) cuts it.
    pub text: String,
    /// Any word that begins so will do.
    pub is_beginning: bool,
}

/// Words that must occur one right after another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Phrase {
    /// In this part; otherwise in any one.
    pub part: Option<Part>,
    /// The words, at least two.
    pub words: Vec<String>,
}

/// Something of what was typed that was left out, or is taken in another way than it may be meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remark {
    /// What it is about.
    pub about: About,
    /// The piece of what was typed, as it stands there.
    pub typed: String,
    /// What could stand there instead, likeliest first; where nobody can guess, nothing.
    pub instead: Vec<String>,
}

/// What a [`Remark`] is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// What follows `before:` or `after:` is no date: left out.
    NotADate,
    /// After one date and before another there is no time: nothing can be found.
    NoTime,
    /// An operator that there is not: taken as words.
    UnknownOperator,
    /// An operator does not take this value: taken as words.
    UnknownValue,
    /// An operator with nothing right behind it: taken as a word.
    NoValue,
    /// A later operator says the opposite: left out.
    Overruled,
    /// No folder is called so: nothing can be found.
    NoFolder,
}

/// What is looked for. Everything in it must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Search {
    /// Words.
    pub words: Vec<Word>,
    /// Phrases; their words stand here only.
    pub phrases: Vec<Phrase>,
    /// Names of folders, one of which it lies in; as [`Search::is_folder`] compares them.
    pub folders: Vec<String>,
    /// Only unread (`true`) or only read (`false`) ones.
    pub unread: Option<bool>,
    /// Only flagged ones (`true`).
    pub flagged: Option<bool>,
    /// Only those with attachments (`true`).
    pub attachments: Option<bool>,
    /// Received at this instant or later.
    pub from: Option<Timestamp>,
    /// Received before this instant.
    pub before: Option<Timestamp>,
    /// What was left out or taken otherwise, in the order it was typed.
    pub remarks: Vec<Remark>,
}

impl Search {
    /// Whether there is nothing in it that could be found.
    pub fn is_empty(&self) -> bool {
        let Self {
            words,
            phrases,
            folders,
            unread,
            flagged,
            attachments,
            from,
            before,
            remarks: _,
        } = self;
        words.is_empty()
            && phrases.is_empty()
            && folders.is_empty()
            && unread.is_none()
            && flagged.is_none()
            && attachments.is_none()
            && from.is_none()
            && before.is_none()
    }

    /// Every word that must occur, those of phrases included.
    pub fn all_words(&self) -> impl Iterator<Item = (Option<Part>, &str, bool)> {
        let words = self
            .words
            .iter()
            .map(|word| (word.part, &*word.text, word.is_beginning));
        let phrases = self.phrases.iter().flat_map(|phrase| {
            let words = phrase.words.iter();
            words.map(|word| (phrase.part, &**word, false))
        });
        words.chain(phrases)
    }
}
