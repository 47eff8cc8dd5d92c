//! Which pieces of a text were looked for, so that a page can mark them.

use std::ops::Range;

use super::{Part, Phrase, Search, Word};
use crate::words::{Place, places};

impl Search {
    /// The pieces of a text that were looked for, as ranges of bytes: in order, apart from one
    /// another, and on the borders of characters. Accents and case count as little as in a search.
    ///
    /// However much is looked for, the text is cut into words once.
    pub fn marks(&self, part: Part, text: &str) -> Vec<Range<usize>> {
        let is_here = |wanted: Option<Part>| wanted.is_none_or(|wanted| wanted == part);
        let words: Vec<&Word> = self.words.iter().filter(|one| is_here(one.part)).collect();
        let phrases = self.phrases.iter().filter(|one| is_here(one.part));
        let phrases: Vec<&Phrase> = phrases.collect();
        if words.is_empty() && phrases.is_empty() {
            return Vec::new();
        }
        let found = places(text);
        let is_one = |one: &&Place| words.iter().any(|wanted| wanted.is(&one.word));
        let ones = found.iter().filter(is_one).map(|one| one.at.clone());
        let mut marks: Vec<Range<usize>> = ones.collect();
        let asked: Vec<&Place> = found.iter().filter(|one| one.is_asked).collect();
        for (n, first) in asked.iter().enumerate() {
            let ends = phrases.iter().filter_map(|phrase| phrase.end(&asked[n..]));
            marks.extend(ends.map(|end| first.at.start..end));
        }
        joined(marks)
    }
}

impl Phrase {
    /// Where it ends, if the text begins with it.
    fn end(&self, text: &[&Place]) -> Option<usize> {
        let run = text.get(..self.words.len())?;
        let is_it = run.iter().map(|one| &one.word).eq(&self.words);
        run.last().filter(|_| is_it).map(|last| last.at.end)
    }
}

/// In order, and those that touch made one.
fn joined(mut marks: Vec<Range<usize>>) -> Vec<Range<usize>> {
    marks.sort_unstable_by_key(|mark| mark.start);
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(marks.len());
    for mark in marks {
        match joined.last_mut() {
            Some(last) if mark.start <= last.end => last.end = last.end.max(mark.end),
            _ => joined.push(mark),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with what is marked in brackets.
    fn marked(typed: &str, part: Part, text: &str) -> String {
        let mut told = String::new();
        let mut at = 0;
        for mark in Search::in_utc(typed).marks(part, text) {
            told.push_str(&text[at..mark.start]);
            told.push('[');
            told.push_str(&text[mark.clone()]);
            told.push(']');
            at = mark.end;
        }
        told.push_str(&text[at..]);
        told
    }

    #[test]
    fn what_was_looked_for_is_marked() {
        for (typed, text, expected) in [
            (
                "cafe",
                "Un CAFÉ, un cafe\u{301}.",
                "Un [CAFÉ], un [cafe\u{301}].",
            ),
            ("rep", "Report the rep", "[Report] the [rep]"),
            ("rep plan", "Report: plans", "Report: [plans]"),
            (
                "\"the plan\"",
                "the plan: the plan is the plan",
                "[the plan]: [the plan] is [the plan]",
            ),
            ("\"東京都\"", "私は東京都に行く", "私は[東京都]に行く"),
            ("東京都", "東京と京都", "[東京]と[京都]"),
            ("from:ada", "Ada", "Ada"),
            ("subject:ada x", "Ada", "[Ada]"),
            ("ﬁne", "ﬁne fine", "[ﬁne] [fine]"),
            ("is:unread", "unread", "unread"),
        ] {
            assert_eq!(marked(typed, Part::Subject, text), expected, "{typed}");
        }
        assert_eq!(marked("from:ada", Part::From, "Ada"), "[Ada]");
    }

    /// Texts of fewer than so many of some pieces, the same for a seed.
    fn texts(seed: u64, pieces: &[&str]) -> impl FnMut(usize) -> String {
        let mut state = seed;
        let mut next = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize
        };
        move |count| {
            let count = next() % count;
            let drawn = (0..count).map(|_| pieces[next() % pieces.len()]);
            drawn.collect()
        }
    }

    /// Each word and each phrase is marked as if it were looked for alone.
    #[test]
    fn what_is_looked_for_together_is_marked_as_each_alone() {
        const PIECES: [&str; 8] = ["a", "b", "é", "東", "京", "\u{301}", " ", ". "];
        let mut draw = texts(11, &PIECES);
        let mut marked = 0;
        for _ in 0..2_000 {
            let phrases = [draw(6), draw(6), draw(6)].map(|one| format!("\"{one}\""));
            let text = draw(30);
            let together = Search::in_utc(&phrases.join(" ")).marks(Part::Body, &text);
            let alone = phrases.iter().map(|one| Search::in_utc(one));
            let alone = alone.flat_map(|one| one.marks(Part::Body, &text));
            assert_eq!(together, joined(alone.collect()), "{phrases:?} in {text:?}");
            marked += together.len();
        }
        assert!(marked > 1_000, "{marked}");
    }

    #[test]
    fn whatever_is_typed_marks_lie_on_characters() {
        const PIECES: [&str; 18] = [
            "\"", "“", "from:", "before:", "2026-", "in:", ":", " ", "é", "e\u{301}", "東", "京",
            "ﬁ", "\u{301}", "a", "½", "𝔘", "กำ",
        ];
        let mut draw = texts(7, &PIECES);
        let mut marked = 0;
        for _ in 0..5_000 {
            let (typed, text) = (draw(8), draw(14));
            let mut end = 0;
            for mark in Search::in_utc(&typed).marks(Part::Body, &text) {
                assert!(
                    mark.start >= end && mark.start < mark.end,
                    "{typed:?} in {text:?}"
                );
                assert!(text.get(mark.clone()).is_some(), "{typed:?} in {text:?}");
                end = mark.end;
                marked += 1;
            }
        }
        assert!(marked > 1_000, "{marked}");
    }
}
