//! `/messages/{id}/attachments/{attachment}/preview`: a file to look at, in a window of its own.
//!
//! Only pictures, PDF and text, as what they are to be and never as what the sender calls them: whatever
//! is inside, a browser shows it as that or not at all. No HTML and no SVG, which are documents.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use maildesk_model::message::{Attachment, AttachmentKind};
use maildesk_model::{AttachmentId, MessageId};

use crate::api::messages::attachment;
use crate::api::messages::disposition::content_disposition;
use crate::app::App;
use crate::error::Problem;
use crate::pages::person::Person;
use crate::request::id::Two;

/// A picture and a text do nothing and load nothing.
const STILL: &str = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; \
     frame-ancestors 'none'";
/// The same for a PDF, whose viewer browsers keep out of a sandbox; it runs in theirs, not here.
const PDF: &str = "default-src 'none'; object-src 'self'; \
     style-src 'unsafe-inline'; script-src 'none'; frame-ancestors 'none'";
/// Texts longer than this are downloaded: no browser likes to show them.
const TEXT_MAX: i64 = 5_000_000;

/// What can be looked at: what it is shown as, the types it is sent as, and the ends of its names.
const SHOWN: [(&str, &[&str], &[&str]); 7] = [
    ("image/png", &["image/png"], &["png"]),
    (
        "image/jpeg",
        &["image/jpeg", "image/jpg", "image/pjpeg"],
        &["jpg", "jpeg"],
    ),
    ("image/gif", &["image/gif"], &["gif"]),
    ("image/webp", &["image/webp"], &["webp"]),
    ("image/bmp", &["image/bmp"], &["bmp"]),
    (
        "application/pdf",
        &["application/pdf", "application/x-pdf"],
        &["pdf"],
    ),
    (
        "text/plain; charset=utf-8",
        &[
            "text/plain",
            "text/csv",
            "text/markdown",
            "application/json",
        ],
        &[
            "txt", "text", "log", "csv", "md", "json", "ini", "conf", "yml", "yaml",
        ],
    ),
];

/// As what a file is shown; `None` if it can only be downloaded.
pub(super) fn shown_as(file: &Attachment) -> Option<&'static str> {
    if file.kind != AttachmentKind::File {
        return None;
    }
    let claimed = file.content_type.split(';').next().unwrap_or_default();
    let claimed = claimed.trim().to_ascii_lowercase();
    let by_type = SHOWN
        .iter()
        .find(|(_, types, _)| types.contains(&&*claimed));
    // Many programs call every file a stream of bytes; then its name says what it is.
    let is_vague = matches!(
        &*claimed,
        "" | "application/octet-stream" | "binary/octet-stream"
    );
    let end = file
        .name
        .rsplit_once('.')
        .map(|(_, end)| end.to_ascii_lowercase());
    let by_name = || {
        let end = end.as_deref().filter(|_| is_vague)?;
        SHOWN.iter().find(|(_, _, ends)| ends.contains(&end))
    };
    let (shown, _, ends) = by_type.or_else(by_name)?;
    // What looks like a picture here and is saved as a program is not shown; as text all is text.
    let is_called_so = end.as_deref().is_none_or(|end| ends.contains(&end));
    (is_called_so || shown.starts_with("text/")).then_some(())?;
    let is_too_long = shown.starts_with("text/") && file.size > TEXT_MAX;
    (!is_too_long).then_some(shown)
}

/// The file.
pub(super) async fn show(
    State(app): State<App>,
    person: Person,
    Two(message, id): Two<MessageId, AttachmentId>,
) -> Result<Response, Problem> {
    let file = attachment::here(&app, &person.caller, message, id).await?;
    let Some(shown) = shown_as(&file.attachment) else {
        return Err(Problem::conflict(
            "no_preview",
            "This file cannot be shown here. Download it to open it.",
        ));
    };
    let policy = if shown == "application/pdf" {
        PDF
    } else {
        STILL
    };
    let headers = [
        (header::CONTENT_TYPE, shown.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            content_disposition("inline", &file.attachment.name),
        ),
        (header::CONTENT_SECURITY_POLICY, policy.to_owned()),
        (header::CONTENT_LENGTH, file.size.to_string()),
    ];
    Ok((headers, file.body(app)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, content_type: &str) -> Attachment {
        Attachment {
            id: AttachmentId(1),
            message: MessageId(1),
            name: name.to_owned(),
            content_type: content_type.to_owned(),
            size: 5,
            is_inline: false,
            content_id: None,
            kind: AttachmentKind::File,
        }
    }

    #[test]
    fn only_what_cannot_run_is_shown() {
        for (name, claimed, shown) in [
            ("a.png", "image/PNG; name=a", Some("image/png")),
            ("a.pdf", "application/octet-stream", Some("application/pdf")),
            ("a.csv", "text/csv", Some("text/plain; charset=utf-8")),
            ("a.html", "text/html", None),
            ("a.html", "application/octet-stream", None),
            ("a.png", "text/html", None),
            ("a.svg", "image/svg+xml", None),
            ("a.xml", "text/xml", None),
            ("a.js", "", None),
            ("a", "", None),
            ("a.html", "text/plain", Some("text/plain; charset=utf-8")),
            ("a", "image/png", Some("image/png")),
            ("a.exe", "application/pdf", None),
            ("a.pdf.exe", "image/png", None),
        ] {
            assert_eq!(shown_as(&file(name, claimed)), shown, "{name} {claimed}");
        }
        let long = Attachment {
            size: TEXT_MAX + 1,
            ..file("a.txt", "text/plain")
        };
        assert_eq!(shown_as(&long), None);
        let link = Attachment {
            kind: AttachmentKind::Reference,
            ..file("a.png", "image/png")
        };
        assert_eq!(shown_as(&link), None);
    }
}
