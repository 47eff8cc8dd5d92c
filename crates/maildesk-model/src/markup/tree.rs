//! Takes the place of a tree while a parser makes one: counts, and keeps no children.

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, ExpandedName, QualName, local_name, ns};

use super::escapes::{self, Open};

/// What was made so far, and what it cost whoever keeps it.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) elements: Cell<usize>,
    /// Bytes of their names and values.
    pub(super) attributes: Cell<usize>,
    pub(super) deepest: Cell<usize>,
    /// Children passed by on the way to one of them.
    pub(super) searched: Cell<u64>,
    /// Bytes passed by on the way to what must be escaped.
    pub(super) scanned: Cell<u64>,
    /// How often the parser has spoken.
    pub(super) calls: Cell<usize>,
}

impl Counts {
    fn call(&self) {
        self.calls.set(self.calls.get() + 1);
    }

    fn search(&self, children: usize) {
        self.searched.set(self.searched.get() + children as u64);
    }

    fn scan(&self, bytes: u64) {
        self.scanned.set(self.scanned.get() + bytes);
    }
}

/// A node: what the parser wants to know of it again, and where it lies.
pub(super) struct Node {
    name: QualName,
    depth: Cell<usize>,
    /// How many children it has, texts too; those that went away are still counted.
    children: Cell<usize>,
    /// How many stand before it among its parent's children.
    place: Cell<usize>,
    /// The text that its children end with.
    text: Cell<Option<Open>>,
    /// The text in front of it.
    text_before: Cell<Option<Open>>,
}

fn node(name: QualName) -> Rc<Node> {
    Rc::new(Node {
        name,
        depth: Cell::new(0),
        children: Cell::new(0),
        place: Cell::new(0),
        text: Cell::new(None),
        text_before: Cell::new(None),
    })
}

/// The name of an element of HTML.
pub(super) fn element(name: &str) -> QualName {
    QualName::new(None, ns!(html), name.into())
}

/// Counts what the parser makes.
pub(super) struct Counter {
    counts: Rc<Counts>,
    document: Rc<Node>,
}

impl Counter {
    pub(super) fn new(counts: Rc<Counts>) -> Self {
        let name = QualName::new(None, ns!(), local_name!(""));
        Self {
            counts,
            document: node(name),
        }
    }

    fn lay(&self, child: &Node, depth: usize, place: usize) {
        child.depth.set(depth);
        child.place.set(place);
        let deepest = self.counts.deepest.get().max(depth);
        self.counts.deepest.set(deepest);
    }

    /// More text where the cell says that there is some, or where a new one begins; whether it does.
    fn write(&self, at: &Cell<Option<Open>>, text: &str) -> bool {
        let mut open = at.get().unwrap_or_default();
        self.counts.scan(open.go_on(text));
        at.replace(Some(open)).is_none()
    }

    fn count(&self, name: QualName) -> Rc<Node> {
        self.counts.call();
        self.counts.elements.set(self.counts.elements.get() + 1);
        node(name)
    }
}

fn add(to: &Cell<usize>, more: usize) {
    to.set(to.get() + more);
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
        for one in &attributes {
            let bytes = one.name.local.len() + one.value.len();
            add(&self.counts.attributes, bytes);
            self.counts.scan(escapes::scanned(&one.value));
        }
        self.count(name)
    }

    fn create_comment(&self, _: StrTendril) -> Rc<Node> {
        self.count(element(""))
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Rc<Node> {
        self.count(element(""))
    }

    fn append(&self, parent: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        self.counts.call();
        match child {
            NodeOrText::AppendNode(child) => {
                self.lay(&child, parent.depth.get() + 1, parent.children.get());
                child.text_before.set(parent.text.take());
                add(&parent.children, 1);
            }
            NodeOrText::AppendText(text) => {
                let is_new = self.write(&parent.text, &text);
                add(&parent.children, usize::from(is_new));
            }
        }
    }

    /// Before the first, as though it had a parent, or else into the other: which of the two only a tree
    /// knows, so the dearer one is counted.
    fn append_based_on_parent_node(
        &self,
        element: &Rc<Node>,
        other: &Rc<Node>,
        child: NodeOrText<Rc<Node>>,
    ) {
        let below_other = other.depth.get() + 1;
        if let NodeOrText::AppendNode(child) = &child {
            self.append_before_sibling(element, NodeOrText::AppendNode(Rc::clone(child)));
            self.lay(child, child.depth.get().max(below_other), child.place.get());
        } else {
            self.append_before_sibling(element, child);
        }
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
        self.counts.call();
        self.counts.search(sibling.place.get());
        match child {
            NodeOrText::AppendNode(child) => {
                self.lay(&child, sibling.depth.get(), sibling.place.get());
                child.text_before.set(sibling.text_before.take());
                add(&sibling.place, 1);
            }
            NodeOrText::AppendText(text) => {
                let is_new = self.write(&sibling.text_before, &text);
                add(&sibling.place, usize::from(is_new));
            }
        }
    }

    fn add_attrs_if_missing(&self, _: &Rc<Node>, _: Vec<Attribute>) {}

    fn remove_from_parent(&self, target: &Rc<Node>) {
        self.counts.search(target.place.get());
    }

    fn reparent_children(&self, from: &Rc<Node>, to: &Rc<Node>) {
        let moved = from.children.take();
        self.counts.search(moved);
        add(&to.children, moved);
        to.text.set(from.text.take());
    }
}
