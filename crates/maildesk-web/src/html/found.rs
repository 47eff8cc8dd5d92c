//! Marks what was looked for in HTML that was cleaned. Only texts between tags are looked at, so that
//! whatever is marked, taking the marks out gives back the same document.

use std::ops::Range;

use super::fold::tag_length;

/// What stands before and behind a marked piece. Nothing in a mail has this class, because cleaning
/// leaves none.
const OPEN: &str = "<mark class=\"found\">";
const CLOSE: &str = "</mark>";
/// Longer HTML is shown without marks.
const LONGEST: usize = 1 << 20;
/// As many pieces are marked; whoever reads so far has seen where they are.
const MARKS_MAX: usize = 2000;

/// The HTML with marks around the pieces of its texts that are found, given as ranges of bytes in order.
/// What a button is called (`summary`) is not marked.
pub(crate) fn marked(html: &str, find: impl Fn(&str) -> Vec<Range<usize>>) -> String {
    if html.len() > LONGEST {
        return html.to_owned();
    }
    let mut marked = String::with_capacity(html.len() + 256);
    let mut left = MARKS_MAX;
    let mut is_button = false;
    let mut rest = html;
    while !rest.is_empty() {
        let (text, tag) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        if is_button || left == 0 || text.trim().is_empty() {
            marked.push_str(text);
        } else {
            left -= add(&mut marked, text, &find, left);
        }
        let (tag, after) = tag.split_at(tag_length(tag));
        if tag.starts_with("<summary") {
            is_button = true;
        } else if tag.starts_with("</summary") {
            is_button = false;
        }
        marked.push_str(tag);
        rest = after;
    }
    marked
}

/// Adds a text with its marks, `most` at most; how many.
fn add(
    marked: &mut String,
    text: &str,
    find: &impl Fn(&str) -> Vec<Range<usize>>,
    most: usize,
) -> usize {
    let read = Read::new(text);
    let mut at = 0;
    let mut count = 0;
    for found in find(&read.text).into_iter().take(most) {
        let (begin, end) = (read.place(found.start), read.place(found.end));
        marked.push_str(&text[at..begin]);
        marked.push_str(OPEN);
        marked.push_str(&text[begin..end]);
        marked.push_str(CLOSE);
        at = end;
        count += 1;
    }
    marked.push_str(&text[at..]);
    count
}

/// A text as it is read, and where each of its pieces stands in the HTML.
struct Read {
    text: String,
    /// Behind each entity: the place in the text, and that in the HTML.
    entities: Vec<(usize, usize)>,
}

/// The entities in which cleaned HTML writes what would be markup.
const ENTITIES: [(&str, char); 5] = [
    ("&amp;", '&'),
    ("&lt;", '<'),
    ("&gt;", '>'),
    ("&quot;", '"'),
    ("&nbsp;", '\u{a0}'),
];

impl Read {
    fn new(html: &str) -> Self {
        let mut read = Self {
            text: String::with_capacity(html.len()),
            entities: Vec::new(),
        };
        let mut rest = html;
        while let Some(at) = rest.find('&') {
            let (before, from) = rest.split_at(at);
            read.text.push_str(before);
            let known = ENTITIES.iter().find(|(name, _)| from.starts_with(name));
            let (length, letter) = known.map_or((1, '&'), |(name, letter)| (name.len(), *letter));
            read.text.push(letter);
            rest = &from[length..];
            read.entities
                .push((read.text.len(), html.len() - rest.len()));
        }
        read.text.push_str(rest);
        read
    }

    /// Where a place of the text stands in the HTML.
    fn place(&self, at: usize) -> usize {
        let behind = self.entities.partition_point(|(text, _)| *text <= at);
        match behind.checked_sub(1).map(|last| self.entities[last]) {
            Some((text, html)) => html + (at - text),
            None => at,
        }
    }
}

#[cfg(test)]
mod tests {
    use maildesk_model::search::{Part, Search};

    use super::super::{Inline, clean, from_foreign_text};
    use super::*;

    fn for_words(typed: &str, html: &str) -> String {
        let search = Search::in_utc(typed);
        marked(html, |text| search.marks(Part::Body, text))
    }

    /// The document without its marks.
    fn unmarked(html: &str) -> String {
        let mut pieces = html.split(OPEN);
        let mut whole = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            whole.push_str(&piece.replacen(CLOSE, "", 1));
        }
        whole
    }

    #[test]
    fn words_are_marked_in_texts_and_nowhere_else() {
        let m = |text: &str| format!("{OPEN}{text}{CLOSE}");
        for (typed, html, expected) in [
            (
                "plan",
                "<p>The plan</p>",
                format!("<p>The {}</p>", m("plan")),
            ),
            (
                "plan",
                "<p title=\"plan > plan\"><a href=\"https://plan.example/plan\">a plan</a></p>",
                format!(
                    "<p title=\"plan > plan\"><a href=\"https://plan.example/plan\">a {}</a></p>",
                    m("plan")
                ),
            ),
            (
                "cafe",
                "Un CAFÉ&nbsp;noir",
                format!("Un {}&nbsp;noir", m("CAFÉ")),
            ),
            (
                "\"r d\"",
                "R&amp;D &lt;r d&gt;",
                format!("{} &lt;{}&gt;", m("R&amp;D"), m("r d")),
            ),
            (
                "amp",
                "a &amp; b &amp;amp;",
                format!("a &amp; b &amp;{};", m("amp")),
            ),
            ("lt", "1 &lt; 2", "1 &lt; 2".to_owned()),
            (
                "quoted text",
                "<summary>Quoted text</summary>quoted",
                format!("<summary>Quoted text</summary>{}", m("quoted")),
            ),
            ("hello", "<b>he</b>llo", "<b>he</b>llo".to_owned()),
            (
                "mark",
                "<mark>mark</mark>",
                format!("<mark>{}</mark>", m("mark")),
            ),
            ("東京", "<p>東京都</p>", format!("<p>{}都</p>", m("東京"))),
            ("from:plan", "plan", "plan".to_owned()),
        ] {
            assert_eq!(for_words(typed, html), expected, "{typed} in {html}");
            assert_eq!(unmarked(&expected), html);
        }
    }

    #[test]
    fn what_is_very_long_or_found_very_often_has_an_end() {
        let often = "plan ".repeat(3 * MARKS_MAX);
        let marks = for_words("plan", &often).matches(OPEN).count();
        assert_eq!(marks, MARKS_MAX);
        let long = "plan ".repeat(LONGEST / 4);
        assert_eq!(for_words("plan", &long), long);
    }

    /// Whatever a stranger writes and whoever looks for whatever.
    #[test]
    fn taking_the_marks_out_gives_the_same_document() {
        const HTML: [&str; 26] = [
            "<p>",
            "</p>",
            "<b>",
            "</b>",
            "<div class=gmail_quote>",
            "<blockquote>",
            "</blockquote>",
            "<a href='https://a.example/?a=1&b=2' title='a > b \"'>",
            "</a>",
            "<mark class=found>",
            "</mark>",
            "<img alt='a <b>' src=cid:x>",
            "<style>a{}</style>",
            "<!-- a -->",
            "<table><tr><td>",
            "<pre>\n",
            "&amp;",
            "&lt;mark class=\"found\"&gt;",
            "&nbsp;",
            "a",
            "plan ",
            "é",
            "東京",
            "&#x22;",
            " <",
            "< b",
        ];
        const TYPED: [&str; 7] = [
            "a",
            "plan",
            "\"a plan\"",
            "東京",
            "mark found",
            "lt amp",
            "é",
        ];
        let mut state = 5_u64;
        let mut next = |count: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % count
        };
        let inline = Inline {
            fold: Some("Quoted text".to_owned()),
            ..Inline::default()
        };
        let mut marks = 0;
        for _ in 0..5_000 {
            let length = next(14);
            let dirty: String = (0..length).map(|_| HTML[next(HTML.len())]).collect();
            let typed = TYPED[next(TYPED.len())];
            let cleaned = clean(&dirty, &inline, [7; 16]).expect("it is short").html;
            for html in [cleaned, from_foreign_text(&dirty, None)] {
                let marked = for_words(typed, &html);
                assert_eq!(unmarked(&marked), html, "{typed} in {dirty:?}");
                // No mark stands inside a tag: what stands between tags is the same text, too.
                assert_eq!(texts(&marked), texts(&html), "{typed} in {dirty:?}");
                marks += marked.matches(OPEN).count();
            }
        }
        assert!(marks > 2_000, "{marks}");
    }

    /// What stands between the tags.
    fn texts(html: &str) -> String {
        let mut texts = String::new();
        let mut rest = html;
        while let Some(at) = rest.find('<') {
            texts.push_str(&rest[..at]);
            rest = &rest[at + tag_length(&rest[at..])..];
        }
        texts + rest
    }
}
