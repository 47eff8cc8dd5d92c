//! Folds what a mail quotes under a small button of pure HTML.
//!
//! Works on what the cleaner has made: elements that nest, attributes in quotes, nothing else. Only
//! `<details>` with its button is put in between, and only where that nests too, so that no word can be
//! lost. One pass, and one more to put it together.

use std::ops::Range;

use super::escape;

/// A quotation as short as this stays where something is written below it: it is what that answers.
const SHORT: usize = 300;
/// Elements without an end.
const VOID: [&str; 5] = ["br", "col", "hr", "img", "wbr"];
/// Elements between whose content something may be put in.
const ROOM: [&str; 13] = [
    "article",
    "blockquote",
    "body",
    "center",
    "div",
    "figure",
    "font",
    "footer",
    "main",
    "section",
    "span",
    "td",
    "th",
];
/// Inside of these nothing can be pressed, or something else is.
const NO_ROOM: [&str; 3] = ["a", "details", "summary"];
/// Elements that may begin with the mark of a quotation and hold nothing before it.
const WRAPS: [&str; 3] = ["center", "div", "section"];

/// What quotations are recognised by, and what their button is called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fold<'a> {
    /// The value that the cleaner has put in place of signs of a quotation.
    pub(super) mark: &'a str,
    /// The name of the button for those who listen.
    pub(super) label: &'a str,
}

/// Whether a mail program says by an attribute that what it stands on is a quotation, or begins one.
pub(super) fn is_sign(attribute: &str, value: &str) -> bool {
    const CLASSES: [&str; 4] = [
        "gmail_quote",
        "yahoo_quoted",
        "protonmail_quote",
        "zmail_extra",
    ];
    const IDS: [&str; 3] = [
        "divrplyfwdmsg",
        "appendonsend",
        "mail-editor-reference-message-container",
    ];
    let value = value.to_ascii_lowercase();
    match attribute {
        "class" => value.split_whitespace().any(|one| CLASSES.contains(&one)),
        // Copies of copies have a letter put in front, as `x_divRplyFwdMsg`.
        "id" => IDS.contains(&value.trim_start_matches("x_")),
        "type" => value == "cite",
        _ => false,
    }
}

/// What of the text is folded.
struct Quote {
    range: Range<usize>,
    /// Visible letters before its beginning and before its end.
    seen: Range<usize>,
    /// Whether a mail program said that it is one.
    is_sure: bool,
}

/// The HTML with its quotations folded and the marks of the cleaner taken out.
pub(super) fn fold(html: &str, how: Fold<'_>) -> String {
    let mut walk = Walk {
        html,
        mark: how.mark,
        around: Vec::new(),
        seen: 0,
        rule: None,
        inside: None,
        found: Vec::new(),
    };
    walk.all();
    let (quotes, seen) = (walk.found, walk.seen);
    let inside: usize = quotes.iter().map(|quote| quote.seen.len()).sum();
    let mut folded = String::with_capacity(html.len() + 256);
    let mut at = 0;
    // Where everything is quoted, everything is what there is to read.
    for quote in quotes.iter().filter(|_| inside < seen) {
        if is_worth_it(quote, seen) {
            folded.push_str(&html[at..quote.range.start]);
            folded.push_str(&opening(how.label));
            folded.push_str(&html[quote.range.clone()]);
            folded.push_str(CLOSING);
            at = quote.range.end;
        }
    }
    folded.push_str(&html[at..]);
    for attribute in ["class", "id", "type"] {
        folded = folded.replace(&format!(" {attribute}=\"{}\"", how.mark), "");
    }
    folded
}

/// The end of what [`opening`] begins.
pub(super) const CLOSING: &str = "</details>";

/// The button that what follows is folded under. No class is left in mail, so this one is ours.
pub(super) fn opening(label: &str) -> String {
    let label = escape(label);
    format!(
        "<details class=\"quoted\"><summary aria-label=\"{label}\" title=\"{label}\">…</summary>"
    )
}

fn is_worth_it(quote: &Quote, seen: usize) -> bool {
    let is_last = quote.seen.end == seen;
    !quote.seen.is_empty() && (is_last || quote.is_sure && quote.seen.len() > SHORT)
}

/// An element that is open.
struct Element<'a> {
    name: &'a str,
    start: usize,
    /// Visible letters before it.
    seen: usize,
}

/// The quotation that one is in.
struct Inside {
    start: usize,
    seen: usize,
    /// How many elements are around it.
    depth: usize,
    /// Whether it is one element; else it goes on to the end of what is around it.
    is_element: bool,
    is_sure: bool,
}

struct Walk<'a> {
    html: &'a str,
    mark: &'a str,
    around: Vec<Element<'a>>,
    seen: usize,
    /// The last rule: where it begins, how many elements are around it, and what was seen before it.
    rule: Option<(usize, usize, usize)>,
    inside: Option<Inside>,
    found: Vec<Quote>,
}

impl Walk<'_> {
    fn all(&mut self) {
        let mut at = 0;
        while let Some(before) = self.html[at..].find('<') {
            let start = at + before;
            self.seen += letters(&self.html[at..start]);
            at = start + tag_length(&self.html[start..]);
            self.tag(start..at);
        }
        self.seen += letters(&self.html[at..]);
        self.end(self.html.len());
    }

    fn tag(&mut self, range: Range<usize>) {
        let tag = &self.html[range.clone()];
        if tag.starts_with("</") {
            self.around.pop();
            let left = self.around.len();
            match self.inside {
                Some(Inside {
                    depth,
                    is_element: true,
                    ..
                }) if left == depth => self.end(range.end),
                Some(Inside {
                    depth,
                    is_element: false,
                    ..
                }) if left < depth => self.end(range.start),
                _ => {}
            }
            return;
        }
        let name = tag.trim_matches(['<', '>']);
        let name = name.split(' ').next().unwrap_or_default();
        if self.inside.is_none() && self.has_room() {
            self.inside = self.begins(name, tag, range.start);
        }
        match name {
            "hr" => self.rule = Some((range.start, self.around.len(), self.seen)),
            "img" => self.seen += 1,
            _ => {}
        }
        if !VOID.contains(&name) {
            self.around.push(Element {
                name,
                start: range.start,
                seen: self.seen,
            });
        }
    }

    /// Whether something may be put in here.
    fn has_room(&self) -> bool {
        let around = self.around.last();
        around.is_none_or(|last| ROOM.contains(&last.name))
            && !self.around.iter().any(|one| NO_ROOM.contains(&one.name))
    }

    /// The quotation that begins with this element, if one does.
    fn begins(&mut self, name: &str, tag: &str, start: usize) -> Option<Inside> {
        let has = |attribute: &str| tag.contains(&format!(" {attribute}=\"{}\"", self.mark));
        let is_rule = has("id") || name == "div" && is_rule_of_outlook(tag);
        let is_element = name == "blockquote" || has("class");
        let is_sure = is_rule || has("class") || has("type");
        if !is_rule && !is_element {
            return None;
        }
        let (start, depth) = if is_rule {
            self.lifted(start)
        } else {
            (start, self.around.len())
        };
        // Quotations that show nothing may lie between it and here.
        self.found.retain(|quote| quote.range.end <= start);
        Some(Inside {
            start,
            seen: self.seen,
            depth,
            is_element: !is_rule,
            is_sure,
        })
    }

    /// Where a quotation begins that goes on to the end of what is around it: with the elements that
    /// begin with it, and the rule above it.
    fn lifted(&self, mut start: usize) -> (usize, usize) {
        let mut depth = self.around.len();
        while let Some(last) = depth.checked_sub(1).map(|at| &self.around[at])
            && last.seen == self.seen
            && WRAPS.contains(&last.name)
        {
            let is_free = depth < 2 || ROOM.contains(&self.around[depth - 2].name);
            if !is_free {
                break;
            }
            depth -= 1;
            start = last.start;
        }
        match self.rule {
            Some((rule, at, seen)) if at == depth && seen == self.seen && rule < start => {
                (rule, depth)
            }
            _ => (start, depth),
        }
    }

    fn end(&mut self, end: usize) {
        if let Some(inside) = self.inside.take() {
            self.found.push(Quote {
                range: inside.start..end,
                seen: inside.seen..self.seen,
                is_sure: inside.is_sure,
            });
        }
    }
}

/// Whether what the cleaner has made shows no picture and no letter of these.
pub(super) fn shows_none(html: &str, is_seen: impl Fn(char) -> bool) -> bool {
    let mut rest = html;
    while let Some(before) = rest.find('<') {
        let (text, tag) = rest.split_at(before);
        if tag.starts_with("<img") || text.replace("&nbsp;", " ").contains(&is_seen) {
            return false;
        }
        rest = &tag[tag_length(tag)..];
    }
    !rest.replace("&nbsp;", " ").contains(&is_seen)
}

/// The line that Outlook draws above what it quotes, which has no other sign.
fn is_rule_of_outlook(tag: &str) -> bool {
    let Some((_, style)) = tag.split_once(" style=\"") else {
        return false;
    };
    let style: String = style.split_whitespace().collect();
    let style = style.to_ascii_lowercase();
    let is_drawn = [
        "border-top:solid#e1e1e11.0pt",
        "border-top:solid#b5c4df1.0pt",
    ];
    is_drawn.iter().any(|drawn| style.contains(drawn))
}

/// The length of the tag that a text begins with. The cleaner writes every value in quotes.
pub(super) fn tag_length(text: &str) -> usize {
    let mut is_quoted = false;
    let end = text.bytes().position(|byte| {
        is_quoted ^= byte == b'"';
        byte == b'>' && !is_quoted
    });
    end.map_or(text.len(), |end| end + 1)
}

/// How many letters of a text are seen; of an entity, more than one.
fn letters(text: &str) -> usize {
    let text = text.replace("&nbsp;", " ");
    text.chars().filter(|c| !c.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::super::{Inline, clean};

    fn folded(dirty: &str) -> String {
        let inline = Inline {
            fold: Some("Quoted text".to_owned()),
            ..Inline::default()
        };
        let html = clean(dirty, &inline, [0xab; 16])
            .expect("it is bounded")
            .html;
        let button = super::opening("Quoted text");
        html.replace(&button, "[").replace(super::CLOSING, "]")
    }

    #[track_caller]
    fn folds(dirty: &str, wanted: &str) {
        assert_eq!(folded(dirty), wanted, "{dirty}");
    }

    #[test]
    fn what_mail_programs_quote_is_folded() {
        folds(
            "<div>Yes</div><div class='gmail_quote x'><div>On Monday Ada wrote:</div><blockquote class=gmail_quote>No?<blockquote>x</blockquote></blockquote></div>",
            "<div>Yes</div>[<div><div>On Monday Ada wrote:</div><blockquote>No?<blockquote>x</blockquote></blockquote></div>]",
        );
        folds(
            "<p>Yes</p><hr><div id='x_divRplyFwdMsg'><b>From:</b> Ada</div><div>No?</div>",
            "<p>Yes</p>[<hr><div><b>From:</b> Ada</div><div>No?</div>]",
        );
        folds(
            "<div><p>Yes</p><div id=appendonsend></div><hr><div id=divRplyFwdMsg>From: Ada</div><p>No?</p></div>",
            "<div><p>Yes</p>[<div></div><hr><div>From: Ada</div><p>No?</p>]</div>",
        );
        folds(
            "<div><p>Yes</p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p>From: Ada</p></div></div><p>No?</p></div>",
            "<div><p>Yes</p>[<div><div style=\"border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in\"><p>From: Ada</p></div></div><p>No?</p>]</div>",
        );
        folds(
            "a<blockquote type=cite>b</blockquote>&nbsp;<br>",
            "a[<blockquote>b</blockquote>]&nbsp;<br>",
        );
    }

    #[test]
    fn what_an_answer_stands_under_stays_unless_it_is_long() {
        folds(
            "a<blockquote type=cite>b</blockquote>c",
            "a<blockquote>b</blockquote>c",
        );
        let long = "b".repeat(super::SHORT + 1);
        folds(
            &format!("a<blockquote type=cite>{long}</blockquote>c"),
            &format!("a[<blockquote>{long}</blockquote>]c"),
        );
        folds(
            &format!("a<blockquote>{long}</blockquote>c"),
            &format!("a<blockquote>{long}</blockquote>c"),
        );
    }

    #[test]
    fn what_shows_nothing_is_known() {
        let none = |html| super::shows_none(html, |c| !c.is_whitespace());
        assert!(none("<p title=\"a>b\">&nbsp; <br></p>\n") && none(""));
        assert!(!none("<p>a</p>") && !none("<p></p>&amp;") && !none("<img alt=\"\">"));
    }

    #[test]
    fn where_everything_is_quoted_or_nothing_can_be_pressed_nothing_is_folded() {
        folds(
            "<div id=divRplyFwdMsg>From: Ada</div>b",
            "<div>From: Ada</div>b",
        );
        folds(
            "<blockquote>a</blockquote> <br>",
            "<blockquote>a</blockquote> <br>",
        );
        folds(
            "a<details><blockquote>b</blockquote></details>",
            // The end of the mail's own element, which this test writes as it writes ours.
            "a<details><blockquote>b</blockquote>]",
        );
    }
}
