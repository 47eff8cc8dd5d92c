//! Whether foreign HTML may be made into a tree at all.
//!
//! A parser of HTML repairs what is broken, and that has a price the author of a mail can set: text
//! behind formatting that was never closed gets all of it once more, so that forty kilobytes become
//! a hundred megabytes; each tag may make the parser walk up all elements that are open, so that depth
//! costs time by its square, and so does the number of a tag's attributes. What stands in a table and
//! may not is put before it, for which a tree is searched through all that stands there already; and who
//! writes a text out looks from each `&` to the next tag. Here the same parser runs over the same text,
//! keeps nothing, and stops as soon as it is too much.

mod escapes;
mod tags;
mod tree;

use std::rc::Rc;

use html5ever::tendril::{StrTendril, TendrilSink as _};
use html5ever::{ParseOpts, parse_fragment};
use tags::Tags;
use tree::{Counter, Counts};

/// Browsers nest no deeper than this; what lies below is shown side by side. Mail that was written
/// to be read stays far above, chains of a hundred answers too.
pub const DEPTH_MAX: usize = 512;
/// Elements of one body, comments among them: twenty megabytes of a tree. The longest newsletters and
/// chains of answers have some ten thousand.
const ELEMENTS_MAX: usize = 100_000;
/// Elements beyond those that the text itself is long enough to hold.
const ELEMENTS_SPARE: usize = 2048;
/// The shortest way to ask for an element is a tag of this many letters.
const TAG_BYTES: usize = 3;
/// What all attributes together may have beyond twice the text itself: formatting that comes back for
/// every word brings its attributes along each time.
const ATTRIBUTES_SPARE: usize = 64 * 1024;
/// Comparisons of attributes' names: a moment's work, and six thousand attributes of one tag.
const COMPARED_MAX: usize = 20_000_000;
/// Steps through the children of an element, to place another before one of them: a moment's work.
const SEARCHED_MAX: u64 = 20_000_000;
/// Bytes looked through for what must be escaped, which goes by tens of gigabytes a second.
const SCANNED_MAX: u64 = 8_000_000_000;
/// Bytes between two looks: so few that what they can ask for is soon done.
const PIECE: usize = 1024;

/// Whether the tree of `html` is at most `depth_max` deep, has no more elements and attributes than a
/// text of its length may ask for and a hundred thousand elements at most, and is made and written out
/// in time that grows with its length. What is refused can still be shown and searched as text.
pub fn is_bounded(html: &str, depth_max: usize) -> bool {
    let elements_max = ELEMENTS_MAX.min(html.len() / TAG_BYTES + ELEMENTS_SPARE);
    let attributes_max = 2 * html.len() + ATTRIBUTES_SPARE;
    let counts = Rc::new(Counts::default());
    let mut parser = parse_fragment(
        Counter::new(Rc::clone(&counts)),
        ParseOpts::default(),
        tree::element("div"),
        Vec::new(),
        false,
    );
    let mut tags = Tags::default();
    let mut rest = html;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(end_of_piece(rest));
        if tags.follow(piece) > COMPARED_MAX {
            return false;
        }
        let before = counts.calls.get();
        parser.process(StrTendril::from(piece));
        if counts.calls.get() > before {
            tags.start_anew();
        }
        let too_much = counts.elements.get() > elements_max
            || counts.attributes.get() > attributes_max
            || counts.searched.get() > SEARCHED_MAX
            || counts.scanned.get() > SCANNED_MAX
            || counts.deepest.get() > depth_max;
        if too_much {
            return false;
        }
        rest = behind;
    }
    true
}

/// Where the next tag may begin, so that what the parser says of one is not mixed up with another.
fn end_of_piece(rest: &str) -> usize {
    let most = rest.ceil_char_boundary(PIECE);
    let next = rest[..most].bytes().skip(1).position(|one| one == b'<');
    next.map_or(most, |behind_first| behind_first + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounded(html: &str) -> bool {
        is_bounded(html, DEPTH_MAX)
    }

    #[test]
    fn mail_that_was_written_to_be_read_is_bounded() {
        let row = "<tr><td width=1><font face=Arial><b>a</b> <a href=x>b</a><br></font></td></tr>";
        let letter = format!("<html><body><table>{}</table>", row.repeat(5000));
        let answers = "<div><blockquote><p>a<div>".repeat(100);
        for html in ["", "a", "<p>a", &letter, &answers] {
            assert!(bounded(html));
        }
        assert!(bounded(&"<p>a".repeat(50_000)));
        assert!(bounded(&"<b><p>a</b>".repeat(100)));
    }

    #[test]
    fn formatting_that_comes_back_for_every_word_is_not() {
        let fonts: Vec<String> = (0..400).map(|size| format!("<font size={size}>")).collect();
        let fonts = fonts.concat();
        let words = "<p>a".repeat(400);
        assert!(!bounded(&format!("<p>{fonts}{words}")));
        // Cells hide open formatting from their end tags.
        let hidden: Vec<String> = (0..400)
            .map(|size| format!("<font size={size}><table><tr><td></font></table>"))
            .collect();
        assert!(!bounded(&format!("<div>{}</div>{words}", hidden.concat())));
        // A page of frames would hide the rest from a parser of pages.
        assert!(!bounded(&format!("<frameset><p>{fonts}{words}")));
    }

    #[test]
    fn attributes_that_come_back_for_every_word_are_not() {
        let title = "A".repeat(20_000);
        let words = "<p>a".repeat(10_000);
        assert!(!bounded(&format!("<p><b title={title}>{words}")));
        assert!(bounded(&format!("<p><b title={title}>b</b>{words}")));
        let picture = format!(
            "<img src=\"data:image/png;base64,{}\">",
            "A/".repeat(500_000)
        );
        assert!(bounded(&picture.repeat(3)));
    }

    #[test]
    fn a_tag_of_too_many_attributes_is_not() {
        let many: Vec<String> = (0..100_000).map(|n| format!("a{n} ")).collect();
        let many = many.concat();
        let slashed = many.replace(' ', "/");
        for attributes in [&many, &slashed] {
            assert!(!bounded(&format!("<p {attributes}>a")));
            // However it is hidden from who reads along.
            for before in [
                "<!-- x=\" -->",
                "<style>p x=\"</style>",
                "<svg><style>",
                "<p x='\"'>",
                "<select>",
            ] {
                assert!(!bounded(&format!("{before}<p {attributes}>a")), "{before}");
            }
        }
        assert!(bounded(&format!("<!-- {many} -->a")));
        assert!(bounded(&format!("<p>{many}<p title=\"{many}\">")));
        assert!(bounded(&"<td a b c d e f g h>".repeat(10)));
    }

    #[test]
    fn more_elements_than_anybody_writes_are_not() {
        assert!(!bounded(&"<p>".repeat(ELEMENTS_MAX + 1)));
        assert!(!bounded(&"<br>a".repeat(ELEMENTS_MAX + 1)));
        assert!(!bounded(&"<!---->".repeat(ELEMENTS_MAX + 1)));
    }

    #[test]
    fn what_must_be_put_before_a_table_of_many_is_not() {
        for misplaced in [
            "<table>x",
            "<table><b>x</b>",
            "<table><tr>x",
            "<table><div>",
        ] {
            assert!(bounded(&misplaced.repeat(20)), "{misplaced}");
            assert!(!bounded(&misplaced.repeat(20_000)), "{misplaced}");
        }
        let before = "<br>".repeat(30_000);
        assert!(bounded(&format!("{before}<table>x</table>")));
        assert!(!bounded(&format!(
            "{before}<table>{}",
            "x<i></i>".repeat(2_000)
        )));
        // Wherever the table stands, and however often its end is asked for.
        assert!(!bounded(&format!("<p>{}", "<table></p>x".repeat(20_000))));
        // Where it stands in order, a table of any length costs nothing of it.
        assert!(bounded(&"<table><tr><td>x</table>".repeat(20_000)));
    }

    #[test]
    fn a_text_that_is_long_in_escaping_is_not() {
        for sign in ["&", "&amp;", "&notanent ", "&nbsp;", "\u{a0}", "\u{b0}"] {
            assert!(bounded(&sign.repeat(10_000)), "{sign}");
            assert!(!bounded(&sign.repeat(400_000)), "{sign}");
            assert!(!bounded(&format!("<p title='{}'>", sign.repeat(400_000))));
            // Text in front of a table is one with what the table may not hold.
            let halves = format!("{0}<table>{0}", sign.repeat(130_000));
            assert!(!bounded(&halves), "{sign}");
            assert!(bounded(&format!("{sign}<br>").repeat(40_000)), "{sign}");
        }
        assert!(bounded(&"&lt;a&amp;b&gt;".repeat(100_000)));
        assert!(bounded(&"\u{e4}".repeat(1_000_000)));
    }

    #[test]
    fn depth_ends_where_it_is_told_to() {
        for tag in ["<div>", "<span>", "<ul><li>", "<table><tr><td>", "<b><i>"] {
            assert!(!bounded(&tag.repeat(100_000)), "{tag}");
        }
        assert!(is_bounded(&"<div>".repeat(99), 100));
        assert!(!is_bounded(&"<div>".repeat(100), 100));
    }
}
