//! HTML as plain text and back, as far as previews and `outlook.body-content-type` need it.

/// The text of an HTML body: blocks become lines, tags, scripts and styles go, entities are resolved.
pub(crate) fn from_html(html: &str) -> String {
    beginning(html, usize::MAX)
}

/// The preview of an HTML body.
pub(crate) fn preview_of_html(html: &str) -> String {
    // A letter takes four bytes at most, and blocks add two each.
    preview(&beginning(html, 2 * 4 * PREVIEW))
}

/// Letters in a preview [facts 7.1].
const PREVIEW: usize = 255;
/// Bytes of an entity that is looked for behind an `&`: each is looked at once for each `&` before it.
const ENTITY_MAX: usize = 12;

/// The text of an HTML body, at least `enough` bytes of it when there is that much.
fn beginning(html: &str, enough: usize) -> String {
    let mut text = String::with_capacity(enough.min(html.len() / 2));
    let mut rest = html;
    while let Some(open) = rest.find('<').filter(|_| text.len() < enough) {
        push_words(&mut text, &rest[..open], enough);
        let tag_and_rest = &rest[open + 1..];
        let Some(close) = tag_and_rest.find('>') else {
            rest = "";
            break;
        };
        let tag = &tag_and_rest[..close];
        rest = &tag_and_rest[close + 1..];
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        match name.as_str() {
            "script" | "style" | "head" if !tag.starts_with('/') => {
                rest = after_end_of(rest, &name);
            }
            "br" | "p" | "div" | "tr" | "li" | "h1" | "h2" | "h3" | "table"
                if !text.is_empty() && !text.ends_with('\n') =>
            {
                while text.ends_with(' ') {
                    text.pop();
                }
                text.push_str("\r\n");
            }
            _ => {}
        }
    }
    if text.len() < enough {
        push_words(&mut text, rest, enough);
    }
    text.trim_end().to_owned()
}

fn after_end_of<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut ends = rest.match_indices("</").filter(|(at, _)| {
        let named = rest.as_bytes().get(at + 2..at + 2 + name.len());
        named.is_some_and(|named| named.eq_ignore_ascii_case(name.as_bytes()))
    });
    ends.next()
        .and_then(|(at, _)| rest[at..].find('>').map(|close| &rest[at + close + 1..]))
        .unwrap_or("")
}

/// Adds words, at least `enough` bytes in all when there are that many.
fn push_words(text: &mut String, raw: &str, enough: usize) {
    let mut rest = raw;
    while let Some(letter) = rest.chars().next().filter(|_| text.len() < enough) {
        if letter == '&'
            && let Some((entity, after)) = entity_and_rest(&rest[1..])
            && let Some(meant) = entity_of(entity)
        {
            text.push(meant);
            rest = after;
            continue;
        }
        rest = &rest[letter.len_utf8()..];
        if !letter.is_whitespace() {
            text.push(letter);
        } else if !text.is_empty() && !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
    }
}

fn entity_and_rest(raw: &str) -> Option<(&str, &str)> {
    let end = raw.bytes().take(ENTITY_MAX).position(|byte| byte == b';')?;
    Some((&raw[..end], &raw[end + 1..]))
}

fn entity_of(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

/// Text with what HTML would take for markup escaped.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A plain body as HTML.
pub(crate) fn to_html(text: &str) -> String {
    format!(
        "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body>{}</body></html>",
        escape(text).replace("\r\n", "<br>\r\n")
    )
}

/// The first letters of a text on one line.
pub(crate) fn preview(text: &str) -> String {
    let mut preview: String = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(PREVIEW)
        .collect();
    preview.truncate(preview.trim_end().len());
    preview
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_lines_of_text() {
        let html = "<html><head><style>p{}</style></head><body><p>Hello&nbsp;Ada,</p><p>5 &lt; 6 &amp; <b>bold</b><br>end</p><script>x<y</script></body></html>";
        assert_eq!(from_html(html), "Hello Ada,\r\n5 < 6 & bold\r\nend");
        assert_eq!(preview(&from_html(html)), "Hello Ada, 5 < 6 & bold end");
    }

    /// Each of these once took the square of its length, and hours.
    #[test]
    fn a_long_text_takes_no_longer_than_it_is() {
        let many = 4_000_000;
        for (unit, text) in [("&", "&"), ("<script>&</SCRIPT>a", "a"), ("&#;", "&#;")] {
            let html = unit.repeat(many / unit.len());
            assert_eq!(from_html(&html), text.repeat(many / unit.len()), "{unit}");
            assert_eq!(preview_of_html(&html).chars().count(), PREVIEW);
        }
        assert_eq!(
            from_html("&#x1F600;&#00000000065;"),
            "\u{1F600}&#00000000065;"
        );
    }
}
