//! Cutting text into the words that are searched for, the same way for both engines and for what
//! is kept as for what is asked.
//!
//! Letters lose case and Latin accents ("Café" is found as "cafe"). Scripts written without spaces
//! (Chinese, Japanese, Thai, …) become overlapping pairs of characters, so that any piece of a
//! sentence is found.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer words are cut: what is that long is no word, and engines have limits.
const WORD_CHARS_MAX: usize = 60;
/// As many words of one text as are kept.
const WORDS_MAX: usize = 50_000;

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
    let cut = cut(typed, true);
    let mut words = cut.split(' ').rev().filter(|word| !word.is_empty());
    let beginning = words.next()?.to_owned();
    let mut whole: Vec<String> = Vec::new();
    for word in words {
        if word != beginning && !whole.iter().any(|known| known == word) {
            whole.push(word.to_owned());
        }
    }
    whole.reverse();
    Some(Wanted { whole, beginning })
}

/// The words of a text, with a space between two of them.
pub(crate) fn words(text: &str) -> String {
    cut(text, false)
}

struct Cutter {
    cut: String,
    count: usize,
    /// Characters of the word that is being written.
    length: usize,
    /// The character before in a script without spaces.
    before: Option<char>,
    /// How many characters the run without spaces has so far.
    run: usize,
    /// Asked for, not kept: the last character of a run is not asked for by itself.
    asked: bool,
}

fn cut(text: &str, asked: bool) -> String {
    if text.is_ascii() {
        return cut_ascii(text);
    }
    let mut cutter = Cutter {
        cut: String::with_capacity(text.len()),
        count: 0,
        length: 0,
        before: None,
        run: 0,
        asked,
    };
    text.nfkd()
        .flat_map(char::to_lowercase)
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .for_each(|c| cutter.take(c));
    cutter.end_run();
    cutter.cut
}

/// The same for plain text, which most mail is, in a fraction of the time.
fn cut_ascii(text: &str) -> String {
    let mut cut = String::with_capacity(text.len());
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    for word in words.filter(|word| !word.is_empty()).take(WORDS_MAX) {
        if !cut.is_empty() {
            cut.push(' ');
        }
        cut.push_str(&word[..word.len().min(WORD_CHARS_MAX)]);
    }
    cut.make_ascii_lowercase();
    cut
}

impl Cutter {
    fn take(&mut self, c: char) {
        if self.count >= WORDS_MAX {
            return;
        }
        if is_unspaced(c) {
            self.length = 0;
            if let Some(before) = self.before.replace(c) {
                self.begin_word();
                self.cut.extend([before, c]);
            }
            self.run += 1;
        } else if c.is_alphanumeric() || is_combining_mark(c) {
            self.end_run();
            if self.length == 0 {
                self.begin_word();
            }
            if self.length < WORD_CHARS_MAX {
                self.cut.push(c);
            }
            self.length += 1;
        } else {
            self.length = 0;
            self.end_run();
        }
    }

    fn begin_word(&mut self) {
        if !self.cut.is_empty() {
            self.cut.push(' ');
        }
        self.count += 1;
    }

    /// Ends a run without spaces. Its last character is kept by itself, so that asking for one
    /// character (as a beginning) finds it wherever it stands.
    fn end_run(&mut self) {
        if let Some(last) = self.before.take()
            && (!self.asked || self.run == 1)
        {
            self.begin_word();
            self.cut.push(last);
        }
        self.run = 0;
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
            "re cafe cafe naive ada contoso test"
        );
        assert_eq!(words("Привет, мир! ΑΘΉΝΑ"), "привет мир αθηνα");
        assert!(words(" -- \u{301} ").is_empty());
    }

    #[test]
    fn scripts_without_spaces_are_found_by_any_piece() {
        let kept = words("東京都に行く");
        let kept: Vec<&str> = kept.split(' ').collect();
        for typed in ["東京都", "京都", "都に行", "東", "く"] {
            let (whole, beginning) = asked(typed);
            assert!(
                whole.iter().all(|word| kept.contains(&word.as_str())),
                "{typed}"
            );
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
        assert_eq!(words(&"x".repeat(500)).len(), WORD_CHARS_MAX);
        assert_eq!(words("a日b"), "a 日 b");
    }
}
