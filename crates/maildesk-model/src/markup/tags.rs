//! What the attributes of tags cost a parser: each is compared with all before it in its tag, and a
//! parser says nothing of a tag until it has read the whole of it.
//!
//! The letters are followed as the HTML standard's tokenizer follows them (its section "Tokenization",
//! from the tag open state to the after attribute value state). Comments and the like are passed over up
//! to the first `>`; whoever follows along starts anew when the real parser has spoken.

/// Follows the tags of a text.
#[derive(Default)]
pub(super) struct Tags {
    place: Place,
    /// Attributes of this tag so far.
    attributes: usize,
    /// Comparisons of all tags so far.
    compared: usize,
}

/// Where in a tag the next letter stands.
#[derive(Clone, Copy, Default)]
enum Place {
    #[default]
    Text,
    Open,
    CloseOpen,
    PassedOver,
    TagName,
    BeforeName,
    Name,
    AfterName,
    BeforeValue,
    Quoted(u8),
    Unquoted,
    AfterQuoted,
}

impl Tags {
    /// The parser has made something of all letters so far: what follows is text again.
    pub(super) fn start_anew(&mut self) {
        self.place = Place::Text;
    }

    /// Follows more letters; how many comparisons there were in all.
    pub(super) fn follow(&mut self, letters: &str) -> usize {
        for letter in letters.bytes() {
            self.place = self.step(letter);
        }
        self.compared
    }

    #[expect(
        clippy::match_same_arms,
        reason = "each arm is a rule of the standard, and stands where its state does"
    )]
    fn step(&mut self, letter: u8) -> Place {
        let is_blank = matches!(letter, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c');
        match self.place {
            Place::Text if letter == b'<' => Place::Open,
            Place::Open if letter == b'/' => Place::CloseOpen,
            Place::Open | Place::CloseOpen if letter.is_ascii_alphabetic() => {
                self.attributes = 0;
                Place::TagName
            }
            Place::Open if letter == b'<' => Place::Open,
            Place::Open if !matches!(letter, b'!' | b'?') => Place::Text,
            Place::Text => Place::Text,
            _ if letter == b'>' && !matches!(self.place, Place::Quoted(_)) => Place::Text,
            Place::Open | Place::CloseOpen | Place::PassedOver => Place::PassedOver,
            Place::TagName | Place::Name | Place::AfterName | Place::AfterQuoted
                if letter == b'/' =>
            {
                Place::BeforeName
            }
            Place::TagName if is_blank => Place::BeforeName,
            Place::TagName => Place::TagName,
            Place::BeforeName if is_blank || letter == b'/' => Place::BeforeName,
            Place::Name | Place::AfterName if letter == b'=' => Place::BeforeValue,
            Place::Name | Place::AfterName if is_blank => Place::AfterName,
            Place::Name => Place::Name,
            Place::BeforeValue if is_blank => Place::BeforeValue,
            Place::BeforeValue if matches!(letter, b'"' | b'\'') => Place::Quoted(letter),
            Place::BeforeValue => Place::Unquoted,
            Place::Quoted(mark) if letter == mark => Place::AfterQuoted,
            Place::Quoted(mark) => Place::Quoted(mark),
            Place::Unquoted | Place::AfterQuoted if is_blank => Place::BeforeName,
            Place::Unquoted => Place::Unquoted,
            Place::BeforeName | Place::AfterName | Place::AfterQuoted => {
                self.compared += self.attributes;
                self.attributes += 1;
                Place::Name
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Comparisons among the attributes of one tag of so many.
    fn among(attributes: usize) -> usize {
        attributes * attributes.saturating_sub(1) / 2
    }

    #[test]
    fn attributes_are_counted_as_the_standard_parts_them() {
        for (tag, attributes) in [
            ("<p>a b c d", 0),
            ("<p a b c>d e", 3),
            ("<p a/b/c>", 3),
            ("<p a=1 b='2 3 4'c=\"5 6\"d>", 4),
            ("<p a = b c>", 2),
            ("<p a=b/c/d e>", 2),
            ("<p =a b>", 2),
            ("<p a\"b c\"d e>", 3),
            ("<p a='>' b>", 2),
            ("</p a b>", 2),
            ("<!-- a b c d -->", 0),
            ("< a b c d>", 0),
            ("<<p a b>", 2),
        ] {
            assert_eq!(Tags::default().follow(tag), among(attributes), "{tag}");
        }
        let mut tags = Tags::default();
        tags.follow("<p a b");
        tags.start_anew();
        assert_eq!(tags.follow("c d <p a b c>"), among(2) + among(3));
    }
}
