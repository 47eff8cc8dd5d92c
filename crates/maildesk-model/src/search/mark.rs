//! Which pieces of a text were looked for, so that a page can mark them.

use std::ops::Range;

use super::{Part, Search};
use crate::words::places;

impl Search {
    /// The pieces of a text that were looked for, as ranges of bytes: in order, apart from one
    /// another, and on the borders of characters. Accents and case count as little as in a search.
    pub fn marks(&self, part: Part, text: &str) -> Vec<Range<usize>> {
        let is_here = |wanted: Option<Part>| wanted.is_none_or(|wanted| wanted == part);
        let mut marks: Vec<Range<usize>> = Vec::new();
        let words: Vec<_> = self.words.iter().filter(|one| is_here(one.part)).collect();
        if !words.is_empty() {
            let found = places(text, false).into_iter();
            let found = found.filter(|(word, _)| words.iter().any(|wanted| wanted.is(word)));
            marks.extend(found.map(|(_, at)| at));
        }
        for phrase in self.phrases.iter().filter(|one| is_here(one.part)) {
            let found = places(text, true);
            let runs = found.windows(phrase.words.len());
            let runs = runs.filter(|run| run.iter().map(|(word, _)| word).eq(&phrase.words));
            marks.extend(runs.filter_map(|run| {
                let ((_, first), (_, last)) = (run.first()?, run.last()?);
                Some(first.start..last.end)
            }));
        }
        joined(marks)
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

    #[test]
    fn whatever_is_typed_marks_lie_on_characters() {
        const PIECES: [&str; 18] = [
            "\"", "“", "from:", "before:", "2026-", "in:", ":", " ", "é", "e\u{301}", "東", "京",
            "ﬁ", "\u{301}", "a", "½", "𝔘", "กำ",
        ];
        let mut state = 7_u64;
        let mut draw = |count: usize| -> String {
            let mut next = || {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 33) as usize
            };
            let count = next() % count;
            (0..count).map(|_| PIECES[next() % PIECES.len()]).collect()
        };
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
