//! The text of a body, for search and for people who want text.
//!
//! Mail is hostile: the HTML may be huge, nested a hundred thousand deep, or hit a mistake in the
//! renderer. None of that may cost more than the text of that one message.

use std::panic::{AssertUnwindSafe, catch_unwind};

use maildesk_model::markup;
use maildesk_model::message::Body;

/// Beyond this many bytes of HTML nothing is read; what people search for comes before that.
const HTML_MAX: usize = 512 * 1024;
/// As many bytes of text are kept.
const TEXT_MAX: usize = 256 * 1024;
/// Columns to wrap at. Wide, so that words and links stay whole for search.
const WIDTH: usize = 120;
/// HTML nested deeper than this is stripped of its tags instead of rendered: the renderer works
/// its way down by recursion, and a thread's stack ends somewhere.
const DEPTH_MAX: usize = 200;

/// The text of a body.
pub(crate) fn of(body: &Body) -> String {
    let content = clip(&body.content, HTML_MAX);
    if !body.is_html {
        return clip(content, TEXT_MAX).to_owned();
    }
    let mut text = if markup::is_bounded(content, DEPTH_MAX) {
        render(content).unwrap_or_else(|| strip(content))
    } else {
        strip(content)
    };
    text.truncate(clip(&text, TEXT_MAX).len());
    text
}

/// The longest beginning of at most `max` bytes that ends between two characters.
fn clip(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

fn render(html: &str) -> Option<String> {
    // A panic is the renderer's mistake over one message; nothing of ours is held meanwhile.
    let rendered = catch_unwind(AssertUnwindSafe(|| {
        html2text::config::plain_no_decorate()
            .allow_width_overflow()
            .string_from_read(html.as_bytes(), WIDTH)
    }));
    rendered.ok()?.ok()
}

/// What stands between the tags. Crude, and safe for anything.
fn strip(html: &str) -> String {
    let mut text = String::with_capacity(html.len() / 4);
    for piece in html.split('<') {
        let words = piece.split_once('>').map_or("", |(_, words)| words);
        for word in words.split_whitespace() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        if text.len() > TEXT_MAX {
            break;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(content: &str) -> Body {
        Body {
            is_html: true,
            content: content.to_owned(),
        }
    }

    #[test]
    fn people_and_search_get_the_words() {
        let text = of(&html(
            "<html><head><style>p{color:red}</style><title>no</title></head><body>\
             <p>Hello <b>Ada</b>,</p><ul><li>one</li><li>two &amp; three</li></ul></body></html>",
        ));
        for word in ["Hello Ada,", "one", "two & three"] {
            assert!(text.contains(word), "{word}: {text:?}");
        }
        assert!(!text.contains("color"), "{text:?}");
        let plain = Body {
            is_html: false,
            content: "a <b> c".into(),
        };
        assert_eq!(of(&plain), "a <b> c");
    }

    #[test]
    fn whatever_comes_costs_at_most_its_own_text() {
        let deep = |tag: &str| format!("{}words{}", format!("<{tag}>").repeat(100_000), "x");
        for tag in [
            "div",
            "table><tr><td",
            "blockquote",
            "ul><li",
            "b",
            "p",
            "td",
            "font",
        ] {
            let text = of(&html(&deep(tag)));
            assert!(text.len() <= TEXT_MAX);
        }
        for junk in [
            "<",
            "<<<>>>",
            "<a href=",
            "&#xFFFFFFFF;",
            "\u{0}",
            "</div></div>",
        ] {
            let _ = of(&html(junk));
        }
        let long = "ä".repeat(HTML_MAX);
        assert!(of(&html(&long)).len() <= TEXT_MAX);
    }

    #[test]
    fn formatting_that_would_come_back_for_every_word_is_not_rendered() {
        // Cells hide open formatting from its end tags, so that counting tags does not find it.
        let fonts: Vec<String> = (0..300)
            .map(|size| format!("<font size={size}><table><tr><td></font></table>"))
            .collect();
        let page = format!("<div>{}</div>{}", fonts.concat(), "<p>a".repeat(300));
        assert_eq!(of(&html(&page)), strip(&page));
    }

    #[test]
    fn html_too_deep_to_render_still_gives_its_words() {
        let nested = format!("{}deep words{}", "<div>".repeat(500), "</div>".repeat(500));
        assert!(of(&html(&nested)).contains("deep words"));
    }
}
