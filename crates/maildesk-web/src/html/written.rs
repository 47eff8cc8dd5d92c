//! Makes what people write here harmless on its way out and back into the editor. The same elements
//! stay as in mail that is read; pictures keep where they are, because here it is the author who put
//! them there.

use std::borrow::Cow;

use ammonia::{Builder, Url, UrlRelative};
use maildesk_model::markup;

use super::{allowed, link, style};

/// Cleans HTML that somebody wrote, or a draft that is gone on with; `None` if it asks for more of a
/// browser and of us than a text of its length may.
pub(crate) fn written(dirty: &str) -> Option<String> {
    if !markup::is_bounded(dirty, markup::DEPTH_MAX) {
        return None;
    }
    let mut builder = Builder::empty();
    builder
        .tags(allowed::tags())
        .clean_content_tags(allowed::dropped_with_content())
        .tag_attributes(allowed::attributes())
        .generic_attributes(allowed::everywhere())
        .filter_style_properties(style::properties())
        .url_schemes(allowed::schemes())
        .url_relative(UrlRelative::Deny)
        .link_rel(None)
        .strip_comments(true)
        .attribute_filter(|tag, attribute, value| match (tag, attribute) {
            ("a", "href") => link(value),
            ("img", "src") => picture(value),
            (_, "style") => Some(Cow::Owned(style::tame(value))),
            _ => Some(Cow::Borrowed(value)),
        });
    Some(builder.clean(dirty).to_string())
}

fn picture(value: &str) -> Option<Cow<'_, str>> {
    let url = Url::parse(value).ok()?;
    let stays = match url.scheme() {
        "cid" | "http" | "https" => true,
        "data" => allowed::is_picture_data(value),
        _ => false,
    };
    stays.then_some(Cow::Borrowed(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_editor_makes_stays_and_what_it_does_not_goes() {
        let text = "<p><b>Hi</b> <a href=\"https://a.example/\">there</a></p>";
        assert_eq!(written(text).unwrap(), text);
        let picture = "<img src=\"cid:logo@a\" alt=\"logo\">";
        assert_eq!(written(picture).unwrap(), picture);
        for (dirty, clean) in [
            ("<p onclick=\"x()\">a</p>", "<p>a</p>"),
            ("<script>x()</script>a", "a"),
            ("<a href=\"javascript:x()\">a</a>", "<a>a</a>"),
            ("<img src=\"/api/v1/x\">", "<img>"),
            ("<img src=\"data:image/svg+xml;base64,AA==\">", "<img>"),
            ("<!-- x -->a", "a"),
        ] {
            assert_eq!(written(dirty).unwrap(), clean, "{dirty}");
        }
        assert_eq!(written(&"<div>".repeat(5000)), None);
    }
}
