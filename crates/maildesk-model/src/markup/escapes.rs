//! What writing a text out costs: each character that may have to be escaped is found by a look that goes
//! on to the next angle bracket, and no further.
//!
//! So it is in html5ever's serializer, `write_escaped`: it searches the rest of the text for a bracket
//! first, and then what lies before that for `&` and for the first byte of a no-break space.

/// The bytes that a look stops at: `&`, and the first of two that may be a no-break space.
const MARKS: [u8; 2] = [b'&', 0xc2];

/// Marks since the last bracket of one text.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Open(u64);

impl Open {
    /// The text goes on; bytes that the looks pass over in what came now.
    pub(super) fn go_on(&mut self, text: &str) -> u64 {
        let mut scanned = 0;
        for byte in text.bytes() {
            if matches!(byte, b'<' | b'>') {
                self.0 = 0;
            }
            scanned += self.0;
            self.0 += u64::from(MARKS.contains(&byte));
        }
        scanned
    }
}

/// Bytes that the looks through this whole text pass over.
pub(super) fn scanned(text: &str) -> u64 {
    Open::default().go_on(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mark_looks_to_the_next_bracket() {
        for (text, looks) in [
            ("", 0),
            ("abc", 0),
            ("&abc", 3),
            ("&&a", 3),
            ("&a<bc", 1),
            ("&a<b&c", 2),
            ("\u{a0}a", 2),
        ] {
            assert_eq!(scanned(text), looks, "{text}");
        }
        let mut open = Open::default();
        assert_eq!(open.go_on("&a") + open.go_on("bc"), scanned("&abc"));
    }
}
