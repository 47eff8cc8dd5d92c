//! Cutting text into the words that are searched for, the same way for what is kept, for what is
//! asked, and for what is marked as found.
//!
//! Letters lose case and Latin accents ("Café" is found as "cafe"). Scripts written without spaces
//! (Chinese, Japanese, Thai, …) become overlapping pairs of characters, so that any piece of a
//! sentence is found.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer words are cut: what is that long is no word, and engines have limits.
const WORD_CHARS_MAX: usize = 60;
/// As many words of one text as are kept.
const WORDS_MAX: usize = 50_000;

/// The words of a text, with a space between two of them.
pub fn words(text: &str) -> String {
    cut(text, false)
}

/// The words of a text that is asked for: as [`words`], but the last character of a run without
/// spaces is not asked for by itself.
pub fn asked(text: &str) -> String {
    cut(text, true)
}

/// A word of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The word.
    pub word: String,
    /// Where it stands in the text, in bytes.
    pub at: Range<usize>,
    /// Whether it is one of those that [`asked`] cuts, too.
    pub is_asked: bool,
}

/// The words of a text and where each stands in it. In scripts without spaces they overlap.
pub fn places(text: &str) -> Vec<Place> {
    let mut cutter = Cutter::new(text.len(), false);
    let mut places = Vec::new();
    let mut begin = 0;
    while let Some(first) = text[begin..].chars().next() {
        // A character and the marks on it are one piece, as they are when a text is cut at once.
        let marks = text[begin + first.len_utf8()..].chars();
        let marks = marks.take_while(|c| is_combining_mark(*c));
        let end = begin + first.len_utf8() + marks.map(char::len_utf8).sum::<usize>();
        for c in folded(&text[begin..end]) {
            cutter.take(c, &(begin..end), &mut places);
        }
        begin = end;
    }
    cutter.end_run(&mut places);
    let words = cutter.cut.split(' ').map(str::to_owned);
    let places = words.zip(places);
    places
        .map(|(word, (at, is_asked))| Place { word, at, is_asked })
        .collect()
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    text.nfkd()
        .flat_map(char::to_lowercase)
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
}

/// Is told where each word stands.
trait Places {
    /// A word begins, and is so far this; whether it is asked for, too.
    fn begin(&mut self, at: &Range<usize>, is_asked: bool);

    /// The last word goes on to there.
    fn extend(&mut self, at: &Range<usize>);
}

/// Where words stand does not matter.
impl Places for () {
    fn begin(&mut self, _at: &Range<usize>, _is_asked: bool) {}

    fn extend(&mut self, _at: &Range<usize>) {}
}

impl Places for Vec<(Range<usize>, bool)> {
    fn begin(&mut self, at: &Range<usize>, is_asked: bool) {
        self.push((at.clone(), is_asked));
    }

    fn extend(&mut self, at: &Range<usize>) {
        if let Some((last, _)) = self.last_mut() {
            last.end = at.end;
        }
    }
}

struct Cutter {
    cut: String,
    count: usize,
    /// Characters of the word that is being written.
    length: usize,
    /// The character before in a script without spaces.
    before: Option<(char, Range<usize>)>,
    /// How many characters the run without spaces has so far.
    run: usize,
    /// Asked for, not kept: the last character of a run is not asked for by itself.
    asked: bool,
}

fn cut(text: &str, asked: bool) -> String {
    if text.is_ascii() {
        return cut_ascii(text);
    }
    let mut cutter = Cutter::new(text.len(), asked);
    folded(text).for_each(|c| cutter.take(c, &(0..0), &mut ()));
    cutter.end_run(&mut ());
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
    fn new(capacity: usize, asked: bool) -> Self {
        Self {
            cut: String::with_capacity(capacity),
            count: 0,
            length: 0,
            before: None,
            run: 0,
            asked,
        }
    }

    fn take(&mut self, c: char, at: &Range<usize>, places: &mut impl Places) {
        if self.count >= WORDS_MAX {
            return;
        }
        if is_unspaced(c) {
            self.length = 0;
            if let Some((before, began)) = self.before.replace((c, at.clone())) {
                self.begin_word(&began, true, places);
                places.extend(at);
                self.cut.extend([before, c]);
            }
            self.run += 1;
        } else if c.is_alphanumeric() || is_combining_mark(c) {
            self.end_run(places);
            if self.length == 0 {
                self.begin_word(at, true, places);
            }
            places.extend(at);
            if self.length < WORD_CHARS_MAX {
                self.cut.push(c);
            }
            self.length += 1;
        } else {
            self.length = 0;
            self.end_run(places);
        }
    }

    fn begin_word(&mut self, at: &Range<usize>, is_asked: bool, places: &mut impl Places) {
        if !self.cut.is_empty() {
            self.cut.push(' ');
        }
        self.count += 1;
        places.begin(at, is_asked);
    }

    /// Ends a run without spaces. Its last character is kept by itself, so that asking for one
    /// character (as a beginning) finds it wherever it stands.
    fn end_run(&mut self, places: &mut impl Places) {
        let is_asked = self.run == 1;
        if let Some((last, at)) = self.before.take()
            && (!self.asked || is_asked)
        {
            self.begin_word(&at, is_asked, places);
            self.cut.push(last);
        }
        self.run = 0;
    }
}

/// Whether a character belongs to a script that puts no spaces between words (Unicode blocks).
pub(crate) const fn is_unspaced(c: char) -> bool {
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
    fn a_run_without_spaces_is_kept_with_its_last_character_and_asked_without() {
        assert_eq!(words("東京都に"), "東京 京都 都に に");
        assert_eq!(asked("東京都に"), "東京 京都 都に");
        assert_eq!(asked("東"), "東");
    }

    #[test]
    fn places_are_those_of_the_words() {
        for text in [
            "Re: Café, CAFE\u{301} — ﬁne",
            "東京都 and naïve, 京 a東京b",
            "Ελλάδα\u{308}\u{301}x",
            "",
            " — ",
            "a\u{5b0}\u{5bc}b 한국어 𝔘nicode",
        ] {
            let places = places(text);
            for is_asked in [false, true] {
                let cut_so = places.iter().filter(|one| !is_asked || one.is_asked);
                let joined: Vec<&str> = cut_so.map(|one| &*one.word).collect();
                assert_eq!(joined.join(" "), cut(text, is_asked), "{text}");
            }
            for Place { word, at, .. } in places {
                assert_eq!(asked(&text[at.clone()]), word, "{text} at {at:?}");
            }
        }
    }

    #[test]
    fn endless_words_are_cut() {
        assert_eq!(words(&"x".repeat(500)).len(), WORD_CHARS_MAX);
        assert_eq!(words("a日b"), "a 日 b");
    }
}
