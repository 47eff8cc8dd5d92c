//! What may stay in a mail's HTML. Everything not named here goes; its text stays, except of
//! elements whose text was never meant to be read.

use std::collections::{HashMap, HashSet};

/// Elements that stay.
pub(super) fn tags() -> HashSet<&'static str> {
    [
        "a",
        "abbr",
        "acronym",
        "address",
        "article",
        "aside",
        "b",
        "bdi",
        "bdo",
        "big",
        "blockquote",
        "br",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "dfn",
        "dir",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "font",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "main",
        "mark",
        "nav",
        "ol",
        "p",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "section",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "wbr",
    ]
    .into()
}

/// Elements that go with everything inside them.
pub(super) fn dropped_with_content() -> HashSet<&'static str> {
    [
        "applet", "audio", "canvas", "embed", "frameset", "iframe", "math", "noembed", "noframes",
        "object", "script", "select", "style", "svg", "template", "textarea", "title", "video",
        "xmp",
    ]
    .into()
}

/// Attributes by element. No `id`, `name` and `class`: nothing in a mail may be mistaken for, or
/// dressed up as, a part of the desk.
pub(super) fn attributes() -> HashMap<&'static str, HashSet<&'static str>> {
    let cell = [
        "abbr", "align", "bgcolor", "colspan", "headers", "height", "nowrap", "rowspan", "scope",
        "valign", "width",
    ];
    [
        ("a", &["href", "hreflang"][..]),
        ("bdo", &["dir"]),
        ("col", &["align", "span", "valign", "width"]),
        ("colgroup", &["align", "span", "valign", "width"]),
        ("details", &["open"]),
        ("div", &["align"]),
        ("font", &["color", "face", "size"]),
        ("h1", &["align"]),
        ("h2", &["align"]),
        ("h3", &["align"]),
        ("hr", &["align", "color", "noshade", "size", "width"]),
        (
            "img",
            &[
                "align", "alt", "border", "height", "hspace", "src", "vspace", "width",
            ],
        ),
        ("li", &["type", "value"]),
        ("ol", &["reversed", "start", "type"]),
        ("p", &["align"]),
        (
            "table",
            &[
                "align",
                "bgcolor",
                "border",
                "cellpadding",
                "cellspacing",
                "height",
                "summary",
                "width",
            ],
        ),
        ("tbody", &["align", "valign"]),
        ("td", &cell),
        ("tfoot", &["align", "valign"]),
        ("th", &cell),
        ("thead", &["align", "valign"]),
        ("time", &["datetime"]),
        ("tr", &["align", "bgcolor", "height", "valign"]),
        ("ul", &["type"]),
    ]
    .into_iter()
    .map(|(tag, attributes)| (tag, attributes.iter().copied().collect()))
    .collect()
}

/// Attributes that stay everywhere; `style` is filtered further.
pub(super) fn everywhere() -> HashSet<&'static str> {
    ["dir", "lang", "style", "title"].into()
}

/// Schemes that reach the decision on each attribute; what is not here goes at once.
pub(super) fn schemes() -> HashSet<&'static str> {
    ["cid", "data", "http", "https", "mailto", "tel"].into()
}

/// Whether a `data:` URL holds a picture of a kind that is only a picture.
pub(super) fn is_picture_data(value: &str) -> bool {
    let value = value.trim_start().to_ascii_lowercase();
    ["png", "jpeg", "jpg", "gif", "webp"]
        .into_iter()
        .any(|kind| value.starts_with(&format!("data:image/{kind};base64,")))
}
