//! Makes what people write here harmless on its way out and back into the editor. The same elements
//! stay as in mail that is read; pictures keep where they are, because here it is the author who put
//! them there.

use std::borrow::Cow;

use ammonia::{Builder, Url, UrlRelative};
use maildesk_model::markup;

use super::{allowed, link, style};

/// The class of the element that holds a signature, so that another one can take its place. Nothing
/// else that is written keeps a class.
pub(crate) const SIGNATURE: &str = "maildesk-signature";

/// Cleans HTML that somebody wrote, or a draft that is gone on with; `None` if it asks for more of a
/// browser and of us than a text of its length may.
pub(crate) fn written(dirty: &str) -> Option<String> {
    if !markup::is_bounded(dirty, markup::DEPTH_MAX) {
        return None;
    }
    let mut builder = builder();
    builder.add_tag_attributes("div", &["class"]);
    Some(builder.clean(dirty).to_string())
}

/// Cleans a signature: the same without pictures, which lie elsewhere or are shown by few, and
/// without the sign of a signature, of which there is one in a mail.
pub(crate) fn signature(dirty: &str) -> Option<String> {
    if !markup::is_bounded(dirty, markup::DEPTH_MAX) {
        return None;
    }
    let mut builder = builder();
    builder.rm_tags(["img"]);
    Some(builder.clean(dirty).to_string())
}

fn builder() -> Builder<'static> {
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
            (_, "class") => (value == SIGNATURE).then_some(Cow::Borrowed(value)),
            (_, "style") => Some(Cow::Owned(style::tame(value))),
            _ => Some(Cow::Borrowed(value)),
        });
    builder
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
            ("<div class=\"menu\">a</div>", "<div>a</div>"),
            ("<p class=\"maildesk-signature\">a</p>", "<p>a</p>"),
        ] {
            assert_eq!(written(dirty).unwrap(), clean, "{dirty}");
        }
        let signed = "<div>a</div><div class=\"maildesk-signature\">b</div>";
        assert_eq!(written(signed).unwrap(), signed);
        assert_eq!(written(&"<div>".repeat(5000)), None);
    }

    #[test]
    fn a_signature_has_no_pictures_and_no_signature_in_it() {
        for (dirty, clean) in [
            ("<b>Bo</b><br>{email}", "<b>Bo</b><br>{email}"),
            (
                "<a href=\"mailto:{email}\">a</a>",
                "<a href=\"mailto:{email}\">a</a>",
            ),
            ("a<img src=\"https://a.example/x.png\">b", "ab"),
            ("<div class=\"maildesk-signature\">a</div>", "<div>a</div>"),
            ("<a href=\"{name}\">a</a>", "<a>a</a>"),
            ("<script>x()</script><p onclick=\"x()\">a</p>", "<p>a</p>"),
        ] {
            assert_eq!(signature(dirty).unwrap(), clean, "{dirty}");
        }
        assert_eq!(signature(&"<div>".repeat(5000)), None);
    }
}
