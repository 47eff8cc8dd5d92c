//! Whether foreign HTML may be made into a tree at all.
//!
//! A parser of HTML repairs what is broken, and that has a price the author of a mail can set: text
//! behind formatting that was never closed gets all of it once more, so that forty kilobytes become
//! a hundred megabytes; each tag may make the parser walk up all elements that are open, so that depth
//! costs time by its square, and so does the number of a tag's attributes. Here the same parser runs
//! over the same text, keeps nothing, and stops as soon as it is too much.

mod tags;

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink as _};
use html5ever::{Attribute, ExpandedName, ParseOpts, QualName, local_name, ns, parse_fragment};
use tags::Tags;

/// Browsers nest no deeper than this; what lies below is shown side by side. Mail that was written
/// to be read stays far above, chains of a hundred answers too.
pub const DEPTH_MAX: usize = 512;
/// Elements beyond those that the text itself is long enough to hold.
const ELEMENTS_SPARE: usize = 2048;
/// The shortest way to ask for an element is a tag of this many letters.
const TAG_BYTES: usize = 3;
/// What all attributes together may have beyond twice the text itself: formatting that comes back for
/// every word brings its attributes along each time.
const ATTRIBUTES_SPARE: usize = 64 * 1024;
/// Comparisons of attributes' names: a moment's work, and six thousand attributes of one tag.
const COMPARED_MAX: usize = 20_000_000;
/// Bytes between two looks: so few that what they can ask for is soon done.
const PIECE: usize = 1024;

/// Whether the tree of `html` is at most `depth_max` deep and has no more elements and attributes
/// than a text of its length may ask for. What is refused can still be shown and searched as text.
pub fn is_bounded(html: &str, depth_max: usize) -> bool {
    let elements_max = html.len() / TAG_BYTES + ELEMENTS_SPARE;
    let attributes_max = 2 * html.len() + ATTRIBUTES_SPARE;
    let counts = Rc::new(Counts::default());
    let mut parser = parse_fragment(
        Counter::new(Rc::clone(&counts)),
        ParseOpts::default(),
        element("div"),
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

fn element(name: &str) -> QualName {
    QualName::new(None, ns!(html), name.into())
}

/// What was made so far.
#[derive(Default)]
struct Counts {
    elements: Cell<usize>,
    /// Bytes of their names and values.
    attributes: Cell<usize>,
    deepest: Cell<usize>,
    /// How often the parser has spoken.
    calls: Cell<usize>,
}

impl Counts {
    fn call(&self) {
        self.calls.set(self.calls.get() + 1);
    }
}

/// A node: what the parser wants to know of it again, and how deep it lies.
struct Node {
    name: QualName,
    depth: Cell<usize>,
}

/// Takes the place of a tree: counts, and keeps no children.
struct Counter {
    counts: Rc<Counts>,
    document: Rc<Node>,
}

impl Counter {
    fn new(counts: Rc<Counts>) -> Self {
        let name = QualName::new(None, ns!(), local_name!(""));
        Self {
            counts,
            document: node(name),
        }
    }

    fn place(&self, child: NodeOrText<Rc<Node>>, depth: usize) {
        self.counts.call();
        if let NodeOrText::AppendNode(child) = child {
            child.depth.set(depth);
            self.counts
                .deepest
                .set(self.counts.deepest.get().max(depth));
        }
    }

    fn count(&self, name: QualName) -> Rc<Node> {
        self.counts.call();
        self.counts.elements.set(self.counts.elements.get() + 1);
        node(name)
    }
}

fn node(name: QualName) -> Rc<Node> {
    Rc::new(Node {
        name,
        depth: Cell::new(0),
    })
}

impl TreeSink for Counter {
    type Handle = Rc<Node>;
    type Output = ();
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) {}

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Rc<Node> {
        Rc::clone(&self.document)
    }

    fn elem_name<'a>(&'a self, target: &'a Rc<Node>) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(
        &self,
        name: QualName,
        attributes: Vec<Attribute>,
        _: ElementFlags,
    ) -> Rc<Node> {
        let bytes = attributes
            .iter()
            .map(|one| one.name.local.len() + one.value.len());
        let all = self.counts.attributes.get() + bytes.sum::<usize>();
        self.counts.attributes.set(all);
        self.count(name)
    }

    fn create_comment(&self, _: StrTendril) -> Rc<Node> {
        self.count(element(""))
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Rc<Node> {
        self.count(element(""))
    }

    fn append(&self, parent: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        self.place(child, parent.depth.get() + 1);
    }

    fn append_based_on_parent_node(
        &self,
        element: &Rc<Node>,
        before: &Rc<Node>,
        child: NodeOrText<Rc<Node>>,
    ) {
        self.place(child, element.depth.get().max(before.depth.get() + 1));
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &Rc<Node>) -> Rc<Node> {
        let contents = node(element(""));
        contents.depth.set(target.depth.get() + 1);
        contents
    }

    fn same_node(&self, one: &Rc<Node>, other: &Rc<Node>) -> bool {
        Rc::ptr_eq(one, other)
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        self.place(child, sibling.depth.get());
    }

    fn add_attrs_if_missing(&self, _: &Rc<Node>, _: Vec<Attribute>) {}

    fn remove_from_parent(&self, _: &Rc<Node>) {}

    fn reparent_children(&self, _: &Rc<Node>, _: &Rc<Node>) {}
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
        assert!(bounded(&"<p>a".repeat(100_000)));
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
    fn depth_ends_where_it_is_told_to() {
        for tag in ["<div>", "<span>", "<ul><li>", "<table><tr><td>", "<b><i>"] {
            assert!(!bounded(&tag.repeat(100_000)), "{tag}");
        }
        assert!(is_bounded(&"<div>".repeat(99), 100));
        assert!(!is_bounded(&"<div>".repeat(100), 100));
    }
}
