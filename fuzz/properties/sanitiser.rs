//! What is left of any HTML runs nothing, loads nothing, leads nowhere but out, is no longer than
//! its text allows, and keeps every word and element when it is cleaned again.
//!
//! The result is read by a tokenizer of its own that knows exactly what may stand there, so that a
//! mistake of the parser inside the cleaner is not repeated here.

use maildesk_model::id::{AttachmentId, MessageId};

use crate::html::{Clean, Inline, clean};

const NONCE: [u8; 16] = [0xab; 16];
/// Each letter may become an entity of six, each tag of three letters a link with all it needs,
/// and each word may get formatting again that was left open, as far as the bounds allow.
const GROWTH: usize = 64;
const SPARE: usize = 256 * 1024;
/// Elements that must never be left, whatever the list of allowed ones says.
const NEVER: [&str; 26] = [
    "script",
    "style",
    "iframe",
    "frame",
    "frameset",
    "object",
    "embed",
    "applet",
    "form",
    "input",
    "button",
    "select",
    "textarea",
    "svg",
    "math",
    "base",
    "meta",
    "link",
    "title",
    "template",
    "video",
    "audio",
    "noscript",
    "xmp",
    "plaintext",
    "html",
];
/// Attributes that stand nowhere; all that begin with `on` neither.
const NO_ATTRIBUTE: [&str; 9] = [
    "id",
    "class",
    "name",
    "srcset",
    "srcdoc",
    "action",
    "formaction",
    "background",
    "ping",
];
/// What a style loads or runs something with, and signs that could spell it.
const NO_STYLE: [&str; 5] = ["url(", "image(", "expression", "import", "\\"];
/// Properties that place or run something.
const NO_PROPERTY: [&str; 3] = ["position", "behavior", "z-index"];

/// Holds one body to it: without attachments, and with one that it may show.
pub(crate) fn check(data: &[u8]) {
    let dirty = String::from_utf8_lossy(data);
    for inline in [Inline::default(), one_picture()] {
        let Some(made) = clean(&dirty, &inline, NONCE) else {
            continue;
        };
        assert!(
            made.html.len() <= GROWTH * dirty.len() + SPARE,
            "{} bytes became {}",
            dirty.len(),
            made.html.len()
        );
        let tags = tags(&made.html);
        let remote: usize = tags.iter().map(|tag| harmless(tag, &inline)).sum();
        assert_eq!(made.has_remote_images, remote > 0);
        check_again(&made);
        check_folded(&dirty, inline, &made);
    }
}

/// What is quoted is folded, and nothing else is changed: every tag and every word stands where it
/// stood, ours nest with the others, and a parser sees them where they were put.
fn check_folded(dirty: &str, inline: Inline, plain: &Clean) {
    const BUTTON: &str = "<summary aria-label=\"Quoted\" title=\"Quoted\">…</summary>";
    let inline = Inline {
        fold: Some("Quoted".to_owned()),
        ..inline
    };
    let folded = clean(dirty, &inline, NONCE).expect("it was bounded before");
    assert_eq!(folded.has_remote_images, plain.has_remote_images);
    let html = folded.html.replace(BUTTON, "");
    assert_eq!(words(&html), words(&plain.html));
    let all = tags(&html);
    let mut open: Vec<bool> = Vec::new();
    let mut left = Vec::new();
    for tag in &all {
        let is_void = ["br", "col", "hr", "img", "wbr"].contains(&tag.name);
        let is_ours = if tag.is_end {
            open.pop().expect("what ends has begun")
        } else {
            let is_ours = tag.attributes == [("class", "quoted")];
            if !is_void {
                open.push(is_ours);
            }
            is_ours
        };
        assert!(!is_ours || tag.name == "details", "ours nest");
        if !is_ours {
            left.push((tag.is_end, tag.name, &tag.attributes));
        }
    }
    assert!(open.is_empty(), "everything ends");
    let before = tags(&plain.html);
    let before: Vec<_> = before
        .iter()
        .map(|tag| (tag.is_end, tag.name, &tag.attributes))
        .collect();
    assert_eq!(left, before);
}

/// What was cleaned is clean. Only the marks of our own making go: they are not for mail to write.
fn check_again(made: &Clean) {
    let Some(again) = clean(&made.html, &Inline::default(), NONCE) else {
        return;
    };
    assert!(!again.has_remote_images);
    for tag in tags(&again.html) {
        assert_eq!(harmless(&tag, &Inline::default()), 0);
    }
    let (first, second) = (words(&made.html), words(&again.html));
    assert_eq!(first, second, "cleaning again changes no word");
    let (first, second) = (elements(&made.html), elements(&again.html));
    assert_eq!(
        first, second,
        "cleaning again brings and loses no kind of element"
    );
}

/// All elements with their attributes, each kind once, but for the marks of our own, in an order of
/// their own: a parser moves what stands in a table and may not, closes a link before another one
/// begins, and repeats a format that was left open in every paragraph that follows.
fn elements(html: &str) -> Vec<String> {
    let is_ours = |(name, value): &(&str, &str)| {
        *name == "data-remote-src" || *name == "src" && value.starts_with("/api/")
    };
    let shown = |mut tag: Tag<'_>| {
        tag.attributes.retain(|attribute| !is_ours(attribute));
        tag.attributes.sort_unstable();
        format!("{} {:?}", tag.name, tag.attributes)
    };
    let mut all: Vec<String> = tags(html)
        .into_iter()
        .filter(|tag| !tag.is_end)
        .map(shown)
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn one_picture() -> Inline {
    Inline {
        message: Some(MessageId(1)),
        parts: vec![("logo@x.example".to_owned(), AttachmentId(2))],
        own_hosts: vec!["desk.example".to_owned()],
        fold: None,
    }
}

/// One tag of the result; an end tag has no attributes.
struct Tag<'a> {
    is_end: bool,
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
}

/// Checks a tag; the number of remote pictures it keeps for later.
fn harmless(tag: &Tag<'_>, inline: &Inline) -> usize {
    assert!(!NEVER.contains(&tag.name), "<{}> is left", tag.name);
    let mut remote = 0;
    for (name, value) in &tag.attributes {
        assert!(!name.starts_with("on"), "{name} is left");
        assert!(!NO_ATTRIBUTE.contains(name), "{name} is left");
        match (tag.name, *name) {
            ("a", "href") => assert!(leads_out(value), "a link leads to {value}"),
            ("img", "src") => assert!(is_here(value, inline), "{value} would be loaded"),
            ("img", "data-remote-src") => {
                assert!(starts_with_any(value, &["http://", "https://"]));
                remote += 1;
            }
            (_, "href" | "src" | "data-remote-src" | "xlink:href") => {
                panic!("{name} on <{}>", tag.name)
            }
            (_, "style") => {
                let style = unescaped(value).to_ascii_lowercase();
                let bad = NO_STYLE.iter().find(|bad| style.contains(*bad));
                assert_eq!(bad, None, "{value}");
                for declaration in style.split(';').filter(|one| !one.is_empty()) {
                    let parts: Vec<&str> = declaration.split(':').map(str::trim).collect();
                    assert_eq!(parts.len(), 2, "{value}");
                    assert!(!NO_PROPERTY.contains(&parts[0]), "{value}");
                }
            }
            _ => {}
        }
    }
    let has = |wanted: (&str, &str)| tag.attributes.contains(&wanted);
    if tag.name == "a" && !tag.attributes.is_empty() {
        assert!(has(("target", "_blank")) && has(("rel", "noopener noreferrer nofollow")));
    }
    remote
}

/// An attribute's value as it was before it was written.
fn unescaped(value: &str) -> String {
    let signs = [
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", "\u{a0}"),
    ];
    let text = signs.iter().fold(value.to_owned(), |text, (name, sign)| {
        text.replace(name, sign)
    });
    text.replace("&amp;", "&")
}

/// As a browser reads an address: blanks before it and breaks within it do not count.
fn leads_out(value: &str) -> bool {
    let plain: String = value
        .trim_start_matches(|letter: char| letter <= ' ')
        .replace(['\t', '\n', '\r'], "");
    starts_with_any(&plain, &["http:", "https:", "mailto:", "tel:"])
}

fn is_here(value: &str, inline: &Inline) -> bool {
    let ours = inline.message.is_some_and(|message| {
        value == format!("/api/v1/messages/{message}/attachments/{}", AttachmentId(2))
    });
    let pictures =
        ["png", "jpeg", "jpg", "gif", "webp"].map(|kind| format!("data:image/{kind};base64,"));
    ours || starts_with_any(value.trim_start(), &pictures.each_ref().map(String::as_str))
}

fn starts_with_any(value: &str, starts: &[&str]) -> bool {
    let value = value.to_ascii_lowercase();
    starts.iter().any(|start| value.starts_with(start))
}

/// All tags of a text that holds nothing but text, `<name a="b">` and `</name>`.
fn tags(html: &str) -> Vec<Tag<'_>> {
    let mut pieces = html.split('<');
    let text = pieces.next().unwrap_or_default();
    assert!(!text.contains('>'), "a bare > in {text}");
    pieces.map(tag).collect()
}

fn tag(piece: &str) -> Tag<'_> {
    let is_name = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let (inside, text) = split_outside_quotes(piece);
    assert!(!text.contains('>'), "a bare > in {text}");
    if let Some(name) = inside.strip_prefix('/') {
        assert!(is_name(name), "an odd end tag {name}");
        return Tag {
            is_end: true,
            name,
            attributes: Vec::new(),
        };
    }
    let (name, mut rest) = inside.split_once(' ').unwrap_or((inside, ""));
    assert!(is_name(name), "an odd tag {inside}");
    let mut attributes = Vec::new();
    while !rest.is_empty() {
        let (name, behind) = rest.split_once("=\"").expect("a value in quotes");
        let (value, behind) = behind.split_once('"').expect("a closed quote");
        assert!(is_name(name), "an odd attribute {name}");
        attributes.push((name, value));
        rest = behind.strip_prefix(' ').unwrap_or_else(|| {
            assert!(behind.is_empty(), "something behind a value: {behind}");
            behind
        });
    }
    Tag {
        is_end: false,
        name,
        attributes,
    }
}

/// The inside of a tag, and the text behind it.
fn split_outside_quotes(piece: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, letter) in piece.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '>' if !quoted => return (&piece[..at], &piece[at + 1..]),
            _ => {}
        }
    }
    panic!("a tag without an end: {piece}")
}

/// The text without tags and blanks; a parser may move blanks in tables.
fn words(html: &str) -> String {
    let mut pieces = html.split('<');
    let first = pieces.next().unwrap_or_default();
    let texts = pieces.map(|piece| split_outside_quotes(piece).1);
    let all: String = std::iter::once(first).chain(texts).collect();
    all.split_whitespace().collect()
}
