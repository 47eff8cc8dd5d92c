//! The piece of a text that says why it was found, for a list that shows one line of it.

use std::ops::Range;

use super::{Part, Search};

/// What is looked at in one go: a piece is found without cutting all of a long text into words.
const WINDOW: usize = 1024;
/// So much of a window is looked at again with the next one, for what lies across their border.
const OVERLAP: usize = 256;
/// So many characters at most stand before the first word that was looked for: a row shows one line,
/// and that word is to be in it.
const BEFORE: usize = 20;
/// How long a piece is.
const LENGTH: usize = 280;

impl Search {
    /// Whether it looks for words that a text can have.
    pub fn is_in_body(&self) -> bool {
        let mut words = self.all_words();
        words.any(|(part, ..)| part.is_none_or(|part| part == Part::Body))
    }

    /// The piece of a body's text around the first of the words, as a range of bytes on borders of
    /// characters; `None`: it has none of them.
    pub fn excerpt(&self, text: &str) -> Option<Range<usize>> {
        let mut begin = 0;
        loop {
            let end = border(text, begin + WINDOW);
            let found = self.marks(Part::Body, &text[begin..end]);
            // A word at the border of a window may be half of one; the other window has it whole.
            let is_last = end == text.len();
            let whole = found
                .into_iter()
                .find(|mark| (begin == 0 || mark.start > 0) && (is_last || begin + mark.end < end));
            if let Some(mark) = whole {
                return Some(around(text, begin + mark.start));
            }
            if is_last {
                return None;
            }
            begin = border(text, end - OVERLAP);
        }
    }
}

/// The first border of characters at or below a place.
fn border(text: &str, place: usize) -> usize {
    text.floor_char_boundary(place.min(text.len()))
}

/// A piece that begins a little before a place, with a whole word.
fn around(text: &str, place: usize) -> Range<usize> {
    let mut before = text[..place].char_indices().rev();
    let earliest = before.nth(BEFORE - 1).map_or(0, |(at, _)| at);
    let begin = if earliest == 0 {
        0
    } else {
        let before = &text[earliest..place];
        let space = before.find(char::is_whitespace);
        // Where nothing parts words, it begins where it may.
        space.map_or(earliest, |space| earliest + space)
    };
    begin..border(text, begin + LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece<'t>(typed: &str, text: &'t str) -> Option<&'t str> {
        Search::in_utc(typed)
            .excerpt(text)
            .map(|range| &text[range])
    }

    #[test]
    fn a_piece_has_the_word_and_what_stands_around_it() {
        assert_eq!(piece("plan", "The plan."), Some("The plan."));
        assert_eq!(piece("plans", "The plan."), None);
        assert_eq!(piece("from:plan", "The plan."), None);
        let long = format!(
            "{}needle in {}",
            "hay ".repeat(5_000),
            "straw ".repeat(5_000)
        );
        let found = piece("needle", &long).unwrap();
        assert!(found.trim_start().starts_with("hay hay"), "{found}");
        assert!(
            found.contains("needle in straw") && found.len() == LENGTH,
            "{found}"
        );
        let phrase = format!("{}on the way{}", "x ".repeat(3_000), " y".repeat(3_000));
        assert!(
            piece("\"on the way\"", &phrase)
                .unwrap()
                .contains("on the way")
        );
        let japanese = format!("{}東京都{}", "本".repeat(3_000), "語".repeat(3_000));
        assert!(piece("東京", &japanese).unwrap().contains("東京都"));
    }

    #[test]
    fn half_a_word_at_a_border_is_not_found() {
        for before in 740..800 {
            let text = format!("{}kneedle {}", "x".repeat(before), "y ".repeat(200));
            assert_eq!(piece("needle z", &text), None, "{before}");
            assert_eq!(piece("\"needle\"", &text), None, "{before}");
        }
    }

    /// Wherever it stands, and whatever windows end in.
    #[test]
    fn no_place_is_missed() {
        for place in (0..2 * WINDOW).step_by(3) {
            let text = format!("{}CAFÉ é é", "é ".repeat(place / 3 + 1));
            let found = piece("cafe", &text);
            assert!(found.is_some_and(|found| found.contains("CAFÉ")), "{place}");
        }
        for filler in ["x", "x ", "é", "東", "e\u{301}"] {
            for count in [0, 1, 340, 341, 342, 500, 511, 512, 513, 1023, 1024, 1025] {
                let text = format!("{} needle {}", filler.repeat(count), filler.repeat(count));
                assert!(piece("needle", &text).is_some(), "{filler} {count}");
            }
        }
    }
}
