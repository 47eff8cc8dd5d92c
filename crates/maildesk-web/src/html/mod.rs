//! Makes foreign HTML harmless when it is read, so that a better cleaner counts for old mail.
//!
//! What comes out holds no script, no style sheet, no form, no frame, no id and no class, and
//! loads nothing by itself: remote images keep their address in `data-remote-src`, inline images
//! point at our own attachment URL. Showing it in a sandboxed frame is the second wall, not this
//! one's excuse.

mod allowed;
mod colours;
mod fold;
mod found;
mod plain;
mod quoted;
mod style;
mod turns;
mod written;

use std::borrow::Cow;
use std::fmt::Write;

use ammonia::{Builder, Url, UrlRelative};
use maildesk_model::id::{AttachmentId, MessageId};
use maildesk_model::markup;
use percent_encoding::percent_decode_str;

pub(crate) use colours::{Colours, colours};
use fold::Fold;
pub(crate) use found::marked;
pub(crate) use turns::Turns;
pub(crate) use written::{SIGNATURE, signature, written};

/// What every link of a mail has besides where it leads: out of the desk, which it learns nothing of.
const LINK: &str = "target=\"_blank\" rel=\"noopener noreferrer nofollow\"";

/// Where `cid:` links of a body lead.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inline {
    /// The message.
    pub(crate) message: Option<MessageId>,
    /// Content ids without angle brackets, and the attachment each names.
    pub(crate) parts: Vec<(String, AttachmentId)>,
    /// The names of this server: no picture elsewhere is asked of it.
    pub(crate) own_hosts: Vec<String>,
    /// What the button is called that quotations are folded under; without it they stay as they are.
    pub(crate) fold: Option<String>,
}

/// HTML that can be shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Clean {
    /// The HTML.
    pub(crate) html: String,
    /// Whether there are remote images that were not loaded.
    pub(crate) has_remote_images: bool,
}

/// Cleans HTML; `None` if it asks for more of a browser and of us than a text of its length may.
/// `nonce` must be unpredictable for whoever wrote the mail.
pub(crate) fn clean(dirty: &str, inline: &Inline, nonce: [u8; 16]) -> Option<Clean> {
    if !markup::is_bounded(dirty, markup::DEPTH_MAX) {
        return None;
    }
    let mark = Mark::new(nonce);
    let html = builder(inline, &mark).clean(dirty).to_string();
    let html = match &inline.fold {
        Some(label) => fold::fold(
            &html,
            Fold {
                mark: &mark.scheme,
                label,
            },
        ),
        None => html,
    };
    Some(mark.taken_out(html))
}

/// Whether HTML that was cleaned shows no picture and no letter of these.
pub(crate) fn shows_none(html: &str, is_seen: impl Fn(char) -> bool) -> bool {
    fold::shows_none(html, is_seen)
}

/// Shows plain text as HTML, with its line breaks and spaces.
pub(crate) fn from_text(text: &str) -> String {
    as_written(&escape(text))
}

/// Shows plain text that a stranger wrote: as [`from_text`], and its addresses are links. What it
/// quotes is folded under a button, if that has a name.
pub(crate) fn from_foreign_text(text: &str, fold: Option<&str>) -> String {
    as_written(&match fold {
        Some(label) => plain::folded(text, label),
        None => plain::linked(text),
    })
}

fn as_written(html: &str) -> String {
    format!("<div style=\"white-space:pre-wrap\">{html}</div>")
}

/// A text that shows as itself inside HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
    html
}

/// What [`escape`] made, and what cleaning writes into an attribute, as it was.
pub(crate) fn unescaped(html: &str) -> String {
    html.replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// A value put in front of remote addresses while cleaning, so that the finished text can be
/// searched for it. Nobody can have written it before, because it holds a nonce.
struct Mark {
    scheme: String,
    attribute: String,
}

impl Mark {
    fn new(nonce: [u8; 16]) -> Self {
        let mut scheme = String::from("remote-");
        for byte in nonce {
            let _ = write!(scheme, "{byte:02x}");
        }
        scheme.push(':');
        let attribute = format!(" src=\"{scheme}");
        Self { scheme, attribute }
    }

    /// What was cleaned, with the addresses of remote pictures where nothing loads them.
    fn taken_out(&self, html: String) -> Clean {
        let has_remote_images = html.contains(&self.attribute);
        Clean {
            html: html.replace(&self.attribute, " data-remote-src=\""),
            has_remote_images,
        }
    }
}

fn builder<'a>(inline: &'a Inline, mark: &'a Mark) -> Builder<'a> {
    let mut builder = Builder::empty();
    builder
        .tags(allowed::tags())
        .clean_content_tags(allowed::dropped_with_content())
        .tag_attributes(allowed::attributes())
        .generic_attributes(allowed::everywhere())
        .filter_style_properties(style::properties())
        .url_schemes(allowed::schemes())
        // Relative addresses are decided on in the filter below, which also makes some.
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank")
        .strip_comments(true);
    if inline.fold.is_some() {
        builder.add_tag_attributes("blockquote", &["class", "type"]);
        builder.add_tag_attributes("div", &["class", "id"]);
    }
    let (inline, scheme) = (inline.clone(), mark.scheme.clone());
    builder.attribute_filter(move |tag, attribute, value| match (tag, attribute) {
        ("blockquote" | "div", "class" | "id" | "type") => {
            fold::is_sign(attribute, value).then(|| Cow::Owned(scheme.clone()))
        }
        ("a", "href") => link(value),
        ("img", "src") => image(value, &inline, &scheme),
        (_, "style") => Some(Cow::Owned(style::tame(value))),
        _ => Some(Cow::Borrowed(value)),
    });
    builder
}

/// Links lead out of the desk, or nowhere.
fn link(value: &str) -> Option<Cow<'_, str>> {
    let url = Url::parse(value).ok()?;
    matches!(url.scheme(), "http" | "https" | "mailto" | "tel").then_some(Cow::Borrowed(value))
}

fn image<'v>(value: &'v str, inline: &Inline, scheme: &str) -> Option<Cow<'v, str>> {
    let url = Url::parse(value).ok()?;
    match url.scheme() {
        "cid" => attachment(url.path(), inline).map(Cow::Owned),
        "http" | "https" if is_own(&url, inline) => None,
        "http" | "https" => Some(Cow::Owned(format!("{scheme}{url}"))),
        // Pictures that came inside the HTML itself. No SVG: it is a document.
        "data" => allowed::is_picture_data(value).then_some(Cow::Borrowed(value)),
        _ => None,
    }
}

fn is_own(url: &Url, inline: &Inline) -> bool {
    let host = url.host_str().map(|host| host.trim_end_matches('.'));
    host.is_some_and(|host| inline.own_hosts.iter().any(|own| own == host))
}

fn attachment(cid: &str, inline: &Inline) -> Option<String> {
    let cid = percent_decode_str(cid).decode_utf8().ok()?;
    let (_, attachment) = inline
        .parts
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(&cid))?;
    let message = inline.message?;
    Some(format!(
        "/api/v1/messages/{message}/attachments/{attachment}"
    ))
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
