//! `Content-Disposition` and `Content-Type` of a download: whatever a stranger sent is saved, and
//! never run as a part of the desk.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::foreign;

/// RFC 8187, 3.2.1: what need not be encoded in an extended value (`attr-char`).
const NOT_ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');
/// File systems end names at 255 bytes.
const NAME_MAX: usize = 200;
/// Types that a browser shows and never runs; everything else is just bytes. No SVG and no XML:
/// they are documents.
const HARMLESS: [&str; 8] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/bmp",
    "application/pdf",
    "application/zip",
    "text/plain",
];

/// The header's value (RFC 6266): `attachment` or `inline`, with the name in both forms.
pub(crate) fn content_disposition(how: &str, name: &str) -> String {
    let name = file_name(name);
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '%' => '_',
            c if c.is_ascii() => c,
            _ => '_',
        })
        .collect();
    let extended = utf8_percent_encode(&name, NOT_ATTR_CHAR);
    format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{extended}")
}

/// The type to answer with.
pub(super) fn content_type(claimed: &str) -> &'static str {
    let essence = claimed.split(';').next().unwrap_or_default().trim();
    HARMLESS
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(essence))
        .unwrap_or("application/octet-stream")
}

/// The last part of a name, without what file systems and people stumble over: control and
/// direction characters, which make `cod.exe` look like `exe.doc`.
pub(crate) fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen = last.chars().filter(|c| !foreign::is_unseen(*c));
    let seen: String = seen
        .map(|c| if foreign::is_blank(c) { ' ' } else { c })
        .collect();
    // Many blanks would push out of sight how the name ends.
    let mut kept = seen
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    while kept.len() > NAME_MAX {
        kept.pop();
    }
    let kept = kept.trim().trim_start_matches('.');
    if kept.is_empty() {
        "attachment".to_owned()
    } else {
        kept.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_both_forms() {
        let table = [
            (
                "report.pdf",
                "attachment; filename=\"report.pdf\"; filename*=UTF-8''report.pdf",
            ),
            (
                "Über uns.txt",
                "attachment; filename=\"_ber uns.txt\"; filename*=UTF-8''%C3%9Cber%20uns.txt",
            ),
            (
                "a\"b\\c\r\nd%41.txt",
                "attachment; filename=\"cd_41.txt\"; filename*=UTF-8''cd%2541.txt",
            ),
            (
                "../../etc/passwd",
                "attachment; filename=\"passwd\"; filename*=UTF-8''passwd",
            ),
            (
                "\u{202e}cod.exe",
                "attachment; filename=\"cod.exe\"; filename*=UTF-8''cod.exe",
            ),
            (
                "a.pdf \u{2800}\u{2800}  .exe",
                "attachment; filename=\"a.pdf .exe\"; filename*=UTF-8''a.pdf%20.exe",
            ),
            (
                "",
                "attachment; filename=\"attachment\"; filename*=UTF-8''attachment",
            ),
            (
                "..",
                "attachment; filename=\"attachment\"; filename*=UTF-8''attachment",
            ),
        ];
        for (name, wanted) in table {
            assert_eq!(content_disposition("attachment", name), wanted, "{name:?}");
            http::HeaderValue::from_str(wanted).unwrap();
        }
        let long = content_disposition("attachment", &"ü".repeat(500));
        assert!(long.len() < 1000, "{long}");
    }

    #[test]
    fn types_that_run_become_bytes() {
        for (claimed, wanted) in [
            ("image/PNG; name=x", "image/png"),
            ("text/html", "application/octet-stream"),
            ("image/svg+xml", "application/octet-stream"),
            ("text/javascript", "application/octet-stream"),
            ("", "application/octet-stream"),
        ] {
            assert_eq!(content_type(claimed), wanted);
        }
    }
}
