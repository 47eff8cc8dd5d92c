//! Text that a stranger wrote, made fit to stand in a line of ours.
//!
//! Kept is what came; here, where it is shown, goes what would pretend to be something else: characters
//! that turn the direction make `cod.exe` look like `exe.doc`, and an end of a line begins a new one.

/// Whether it shows nothing of its own, and changes how the rest is shown.
pub(crate) fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2064}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
        )
}

/// Whether it is a space, or a letter that looks like one and pushes out of sight what follows.
pub(crate) fn is_blank(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(
            letter,
            '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
        )
}

/// The text in one line: ends of lines, tabs and what looks like a space become spaces, what is unseen
/// goes.
pub(crate) fn line(text: &str) -> String {
    let blank = |letter| if is_blank(letter) { ' ' } else { letter };
    let line = text.chars().map(blank).filter(|letter| !is_unseen(*letter));
    line.collect::<String>().trim().to_owned()
}

/// The same where markup cannot keep it apart from what stands beside it: its direction ends with it.
pub(crate) fn isolated(text: &str) -> String {
    format!("\u{2068}{}\u{2069}", line(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pretends_goes_and_what_is_written_stays() {
        for (text, shown) in [
            ("Grace Hopper", "Grace Hopper"),
            ("gro.elpmaxe@ada \u{202e}", "gro.elpmaxe@ada"),
            ("a\u{2066}b\u{2069}c\u{200f}", "abc"),
            ("a\r\nBcc: b\tc\0\u{1b}[31m", "a  Bcc: b c[31m"),
            ("שלום, 世界 👩\u{200d}💻", "שלום, 世界 👩\u{200d}💻"),
            ("\u{85}\u{2028} ", ""),
            ("a.pdf\u{200b}\u{2060}.exe", "a.pdf.exe"),
            ("a\u{2800}\u{3164}b", "a  b"),
        ] {
            assert_eq!(line(text), shown, "{text:?}");
        }
        assert_eq!(isolated("a\u{2069}"), "\u{2068}a\u{2069}");
    }
}
