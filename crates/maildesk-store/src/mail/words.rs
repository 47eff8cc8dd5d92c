//! Cutting text into the words that are searched for, the same way for both engines and for what
//! is kept as for what is asked.
//!
//! Letters lose case and Latin accents ("Café" is found as "cafe"). Scripts written without spaces
//! (Chinese, Japanese, Thai, …) become overlapping pairs of characters, so that any piece of a
//! sentence is found.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer words are cut: what is that long is no word, and engines have limits.
const WORD_CHARS_MAX: usize = 60;
/// As many different words of one text as are kept.
const WORDS_MAX: usize = 20_000;

/// What to look for: every word must occur, the last one as a beginning.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Wanted {
    /// Whole words.
    pub(crate) whole: Vec<String>,
    /// The beginning of one more.
    pub(crate) beginning: String,
}

/// Cuts what a person typed. `None`: there is no word in it.
pub(crate) fn wanted(typed: &str) -> Option<Wanted> {
    let mut words = cut(typed, true);
    let beginning = words.pop()?;
    words.retain(|word| *word != beginning);
    Some(Wanted {
        whole: words,
        beginning,
    })
}

/// The different words of a text, in the order they first occur.
pub(crate) fn words(text: &str) -> Vec<String> {
    cut(text, false)
}

struct Cutter {
    found: Vec<String>,
    seen: HashSet<String>,
    word: String,
    length: usize,
    /// The character before in a script without spaces.
    before: Option<char>,
    /// Asked for, not kept: a pair is asked for without its last half.
    asked: bool,
    /// How many characters the run without spaces has so far.
    run: usize,
}

fn cut(text: &str, asked: bool) -> Vec<String> {
    let mut cutter = Cutter {
        found: Vec::new(),
        seen: HashSet::new(),
        word: String::new(),
        length: 0,
        before: None,
        asked,
        run: 0,
    };
    if text.is_ascii() {
        text.chars()
            .for_each(|c| cutter.take(c.to_ascii_lowercase()));
    } else {
        text.nfkd()
            .flat_map(char::to_lowercase)
            .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
            .for_each(|c| cutter.take(c));
    }
    cutter.end_word();
    cutter.end_run();
    cutter.found
}

impl Cutter {
    fn take(&mut self, c: char) {
        if self.found.len() >= WORDS_MAX {
            return;
        }
        if is_unspaced(c) {
            self.end_word();
            if let Some(before) = self.before.replace(c) {
                self.keep(String::from_iter([before, c]));
            }
            self.run += 1;
        } else if c.is_alphanumeric() || is_combining_mark(c) {
            self.end_run();
            if self.length < WORD_CHARS_MAX {
                self.word.push(c);
                self.length += 1;
            }
        } else {
            self.end_word();
            self.end_run();
        }
    }

    fn end_word(&mut self) {
        if !self.word.is_empty() {
            let word = std::mem::take(&mut self.word);
            self.keep(word);
        }
        self.length = 0;
    }

    /// Ends a run without spaces. Its last character is kept by itself, so that asking for one
    /// character (as a beginning) finds it wherever it stands.
    fn end_run(&mut self) {
        if let Some(last) = self.before.take()
            && (!self.asked || self.run == 1)
        {
            self.keep(last.to_string());
        }
        self.run = 0;
    }

    fn keep(&mut self, word: String) {
        // What is asked for keeps its order: its last word is the unfinished one.
        if self.asked {
            self.found.retain(|known| *known != word);
            self.found.push(word);
        } else if !self.seen.contains(&word) {
            self.seen.insert(word.clone());
            self.found.push(word);
        }
    }
}

/// Whether a character belongs to a script that puts no spaces between words (Unicode blocks).
const fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}'       // Thai, Lao
        | '\u{1000}'..='\u{109f}'     // Myanmar
        | '\u{1780}'..='\u{17ff}'     // Khmer
        | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30ff}'     // Hiragana, Katakana
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'     // Han
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(typed: &str) -> (Vec<String>, String) {
        let wanted = wanted(typed).unwrap();
        (wanted.whole, wanted.beginning)
    }

    #[test]
    fn words_lose_case_accents_and_repetition() {
        assert_eq!(
            words("Re: Café, CAFÉ — naïve ada@contoso.test"),
            ["re", "cafe", "naive", "ada", "contoso", "test"]
        );
        assert_eq!(words("Привет, мир! ΑΘΉΝΑ"), ["привет", "мир", "αθηνα"]);
        assert!(words(" -- \u{301} ").is_empty());
    }

    #[test]
    fn scripts_without_spaces_are_found_by_any_piece() {
        let kept = words("東京都に行く");
        for typed in ["東京都", "京都", "都に行", "東", "く"] {
            let (whole, beginning) = asked(typed);
            assert!(whole.iter().all(|word| kept.contains(word)), "{typed}");
            assert!(
                kept.iter().any(|word| word.starts_with(&beginning)),
                "{typed}"
            );
        }
        let (whole, beginning) = asked("京東");
        assert!(whole.is_empty() && !kept.iter().any(|word| word.starts_with(&beginning)));
    }

    #[test]
    fn the_last_word_is_a_beginning() {
        assert_eq!(
            asked("Quarterly rep"),
            (vec!["quarterly".into()], "rep".into())
        );
        assert_eq!(asked("a b a"), (vec!["b".into()], "a".into()));
        assert_eq!(wanted(" … "), None);
    }

    #[test]
    fn endless_words_are_cut() {
        assert_eq!(words(&"x".repeat(500))[0].len(), WORD_CHARS_MAX);
    }
}
