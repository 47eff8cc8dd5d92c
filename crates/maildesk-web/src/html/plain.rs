//! Shows plain text as HTML: line breaks and spaces stay, addresses become links, and what is quoted
//! can be folded.
//!
//! One pass over the text: what stands between blanks is looked at once, whatever it is.

use std::fmt::Write;

use ammonia::Url;

use super::{LINK, escape, fold, quoted};

/// Schemes that are followed. What looks like one of others stays text.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];
/// No address is longer (RFC 5321, 4.5.3.1.3, with room for those of the web).
const ADDRESS_MAX: usize = 2048;

/// The text with its addresses as links.
pub(crate) fn linked(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 64);
    let is_between = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"');
    let mut rest = text;
    while !rest.is_empty() {
        let (between, from) = split_at(rest, |c| !is_between(c));
        html.push_str(&escape(between));
        let (run, behind) = split_at(from, is_between);
        link_run(run, &mut html);
        rest = behind;
    }
    html
}

/// The text with its addresses as links, and what it quotes folded under a button of that name.
pub(crate) fn folded(text: &str, label: &str) -> String {
    let mut html = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for quote in quoted::quoted(text) {
        html.push_str(&linked(&text[at..quote.start]));
        html.push_str(&fold::opening(label));
        html.push_str(&linked(&text[quote.clone()]));
        html.push_str(fold::CLOSING);
        at = quote.end;
    }
    html + &linked(&text[at..])
}

/// Splits before the first letter that is one of these.
fn split_at(text: &str, is_one: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(is_one).unwrap_or(text.len()))
}

/// What stands between two blanks: one address of the web with what is around it, or words between
/// signs, each of which may be an address of mail.
fn link_run(run: &str, html: &mut String) {
    if let Some((at, scheme)) = beginning(run) {
        let (before, from) = run.split_at(at);
        let (address, behind) = from.split_at(end(from));
        if let Some(href) = web_address(address, scheme) {
            html.push_str(&escape(before));
            link(&href, address, html);
            html.push_str(&escape(behind));
            return;
        }
    }
    let mut rest = run;
    while !rest.is_empty() {
        let is_sign = |c: char| matches!(c, ',' | ';' | ':' | '(' | ')' | '[' | ']' | '|' | '\'');
        let (word, behind) = split_at(rest, is_sign);
        let address = word.trim_end_matches(['.', '!', '?']);
        if is_mail_address(address) {
            link(&format!("mailto:{address}"), address, html);
            html.push_str(&escape(&word[address.len()..]));
        } else {
            html.push_str(&escape(word));
        }
        let (signs, further) = split_at(behind, |c| !is_sign(c));
        html.push_str(&escape(signs));
        rest = further;
    }
}

/// Where an address of the web begins, and what to put in front of it.
fn beginning(run: &str) -> Option<(usize, &'static str)> {
    let lower = run.to_ascii_lowercase();
    let known = SCHEMES.iter().map(|scheme| (*scheme, ""));
    let found = known
        .chain([("www.", "http://")])
        .filter_map(|(scheme, prefix)| lower.find(scheme).map(|at| (at, prefix)));
    let (at, prefix) = found.min_by_key(|(at, _)| *at)?;
    let before = run[..at].chars().next_back();
    (!before.is_some_and(char::is_alphanumeric)).then_some((at, prefix))
}

/// Where it ends: signs that end a sentence are not part of it, nor is a bracket that was opened
/// before it.
fn end(text: &str) -> usize {
    let (mut opened, mut closed) = ([0_usize; 3], [0_usize; 3]);
    for c in text.chars() {
        if let Some(kind) = "([{".find(c) {
            opened[kind] += 1;
        } else if let Some(kind) = ")]}".find(c) {
            closed[kind] += 1;
        }
    }
    let mut end = text.len();
    for c in text.chars().rev() {
        match ")]}".find(c) {
            Some(kind) if closed[kind] > opened[kind] => closed[kind] -= 1,
            None if ".,;:!?'*|".contains(c) => {}
            _ => break,
        }
        end -= c.len_utf8();
    }
    end
}

fn web_address(address: &str, prefix: &str) -> Option<String> {
    if address.len() > ADDRESS_MAX {
        return None;
    }
    let url = Url::parse(&format!("{prefix}{address}")).ok()?;
    let is_there = match url.scheme() {
        "http" | "https" => url.host_str().is_some_and(|host| !host.is_empty()),
        "mailto" => url.path().contains('@'),
        _ => false,
    };
    is_there.then(|| url.into())
}

fn is_mail_address(word: &str) -> bool {
    let Some((local, domain)) = word.split_once('@') else {
        return false;
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-');
    let is_label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    word.len() <= ADDRESS_MAX
        && !local.is_empty()
        && local.chars().all(fits)
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

fn link(href: &str, text: &str, html: &mut String) {
    let (href, text) = (escape(href), escape(text));
    let _ = write!(html, "<a href=\"{href}\" {LINK}>{text}</a>");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a(href: &str, text: &str) -> String {
        format!("<a href=\"{href}\" {LINK}>{text}</a>")
    }

    #[test]
    fn addresses_become_links_and_their_sentence_stays() {
        for (text, html) in [
            (
                "See https://a.example/b?c=1&d=2.",
                format!(
                    "See {}.",
                    a(
                        "https://a.example/b?c=1&amp;d=2",
                        "https://a.example/b?c=1&amp;d=2"
                    )
                ),
            ),
            (
                "(http://a.example/x_(y)) <https://b.example>",
                format!(
                    "({}) &lt;{}&gt;",
                    a("http://a.example/x_(y)", "http://a.example/x_(y)"),
                    a("https://b.example/", "https://b.example")
                ),
            ),
            (
                "www.a.example!",
                format!("{}!", a("http://www.a.example/", "www.a.example")),
            ),
            (
                "To: ada@a.example, b.c+d@e.example.\n",
                format!(
                    "To: {}, {}.\n",
                    a("mailto:ada@a.example", "ada@a.example"),
                    a("mailto:b.c+d@e.example", "b.c+d@e.example")
                ),
            ),
            (
                "mailto:ada@a.example",
                a("mailto:ada@a.example", "mailto:ada@a.example"),
            ),
            (
                "url:HTTPS://A.example",
                format!("url:{}", a("https://a.example/", "HTTPS://A.example")),
            ),
        ] {
            assert_eq!(linked(text), html, "{text}");
        }
    }

    #[test]
    fn what_leads_elsewhere_stays_text() {
        for text in [
            "javascript:alert(1)//a.example",
            "ftp://a.example",
            "file:///etc/passwd",
            "data:text/html,x",
            "https://",
            "xhttp://a.example",
            "a@b",
            "@a.example",
            "a@.example",
            "mailto:",
        ] {
            assert_eq!(linked(text), escape(text), "{text}");
        }
        let nasty = linked("https://a.example/\"onclick=x()><script>\u{202e}");
        assert!(
            !nasty.contains("<script") && !nasty.contains("\"onclick"),
            "{nasty}"
        );
    }

    #[test]
    fn a_long_text_is_one_pass() {
        let text = "(((https://a.example".repeat(50_000);
        assert!(linked(&text).len() < text.len() + 200);
        let text = "a@b.example,".repeat(50_000);
        assert_eq!(linked(&text).matches("<a ").count(), 50_000);
    }
}
