//! Messages as MIME: written for `$value`, read when mail is delivered or drafted as `message/rfc822`.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use mail_parser::{MessageParser, MimeHeaders};

use super::message::{Attachment, Content, Enclosed, Person, Text};
use crate::hash::Hash;

/// A message as MIME text.
pub(crate) fn write(content: &Content) -> String {
    if let Some(mime) = &content.mime {
        return mime.clone();
    }
    let mut out = String::new();
    if let Some(from) = &content.from {
        header(&mut out, "From", &people(std::slice::from_ref(from)));
    }
    for (name, list) in [
        ("To", &content.to),
        ("Cc", &content.cc),
        ("Reply-To", &content.reply_to),
    ] {
        if !list.is_empty() {
            header(&mut out, name, &people(list));
        }
    }
    header(&mut out, "Subject", &encoded(&content.subject));
    header(
        &mut out,
        "Date",
        &jiff::fmt::rfc2822::to_string(&content.sent.to_zoned_datetime(jiff::tz::TimeZone::UTC))
            .unwrap_or_default(),
    );
    header(&mut out, "Message-ID", &content.internet_message_id);
    for (name, value) in &content.headers {
        header(&mut out, name, value);
    }
    header(&mut out, "MIME-Version", "1.0");
    if content.attachments.is_empty() {
        body_part(&mut out, &content.body);
        return out;
    }
    let boundary = format!(
        "=_{:016x}",
        Hash::new(0).text(&content.internet_message_id).finish()
    );
    header(
        &mut out,
        "Content-Type",
        &format!("multipart/mixed; boundary=\"{boundary}\""),
    );
    let _ = write!(out, "\r\n--{boundary}\r\n");
    body_part(&mut out, &content.body);
    for attachment in &content.attachments {
        let _ = write!(out, "\r\n--{boundary}\r\n");
        attachment_part(&mut out, attachment);
    }
    let _ = write!(out, "\r\n--{boundary}--\r\n");
    out
}

fn header(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, "{name}: {}\r\n", value.replace(['\r', '\n'], " "));
}

/// A header text, as encoded words where it is not plain ASCII.
fn encoded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut words = Vec::new();
    let mut word = String::new();
    for letter in text.chars() {
        if word.len() + letter.len_utf8() > 39 {
            words.push(std::mem::take(&mut word));
        }
        word.push(letter);
    }
    words.push(word);
    words
        .iter()
        .map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word)))
        .collect::<Vec<_>>()
        .join(" ")
}

fn people(list: &[Person]) -> String {
    let one = |person: &Person| match person.name.as_str() {
        "" => format!("<{}>", person.address),
        name if name.is_ascii() => format!("\"{}\" <{}>", name.replace('"', "'"), person.address),
        name => format!("{} <{}>", encoded(name), person.address),
    };
    list.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn body_part(out: &mut String, body: &Text) {
    let (kind, text) = match body {
        Text::Html(text) => ("text/html", text),
        Text::Plain(text) => ("text/plain", text),
    };
    let _ = write!(
        out,
        "Content-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    base64_lines(out, text.as_bytes());
}

fn attachment_part(out: &mut String, attachment: &Attachment) {
    let kind = if attachment.is_inline {
        "inline"
    } else {
        "attachment"
    };
    if let Enclosed::Item { mime, .. } = &attachment.enclosed {
        let _ = write!(
            out,
            "Content-Type: message/rfc822\r\nContent-Disposition: {kind}\r\n\r\n{mime}"
        );
        return;
    }
    let _ = write!(
        out,
        "Content-Type: {}; name=\"{}\"\r\nContent-Transfer-Encoding: base64\r\n",
        attachment.content_type,
        encoded(&attachment.name)
    );
    let _ = write!(
        out,
        "Content-Disposition: {kind}; filename=\"{}\"\r\n",
        encoded(&attachment.name)
    );
    if let Some(id) = &attachment.content_id {
        let _ = write!(out, "Content-ID: <{id}>\r\n");
    }
    out.push_str("\r\n");
    base64_lines(out, &attachment.bytes());
}

fn base64_lines(out: &mut String, bytes: &[u8]) {
    for line in bytes.chunks(57) {
        STANDARD.encode_string(line, out);
        out.push_str("\r\n");
    }
}

impl Attachment {
    /// The bytes of a file, the MIME of an item, the link of a reference.
    pub(crate) fn bytes(&self) -> Bytes {
        match &self.enclosed {
            Enclosed::File(bytes) => bytes.clone(),
            Enclosed::Item { mime, .. } => Bytes::from(mime.clone()),
            Enclosed::Reference { url } => Bytes::from(url.clone()),
            Enclosed::Filled { seed, length } => {
                Bytes::from(Hash::new(*seed).noise(*length as usize))
            }
        }
    }
}

/// Reads MIME. `None` when it is not a message. `now` stands in for a missing date.
pub(crate) fn read(raw: &[u8], now: Timestamp) -> Option<Content> {
    let message = MessageParser::default().parse(raw)?;
    if message.headers().is_empty() {
        return None;
    }
    let html_body = message.html_part(0).filter(|part| part.is_text_html());
    let body = match html_body {
        Some(_) => Text::Html(message.body_html(0).unwrap_or_default().into_owned()),
        None => Text::Plain(message.body_text(0).unwrap_or_default().into_owned()),
    };
    let sent = message
        .date()
        .and_then(|date| Timestamp::from_second(date.to_timestamp()).ok())
        .unwrap_or(now);
    let from = addresses(message.from()).into_iter().next();
    Some(Content {
        subject: message.subject().unwrap_or_default().to_owned(),
        sender: addresses(message.sender())
            .into_iter()
            .next()
            .or_else(|| from.clone()),
        from,
        to: addresses(message.to()),
        cc: addresses(message.cc()),
        bcc: addresses(message.bcc()),
        reply_to: addresses(message.reply_to()),
        body,
        attachments: message
            .attachments()
            .enumerate()
            .map(|(no, part)| attachment(no as u32, part, now))
            .collect(),
        internet_message_id: message
            .message_id()
            .map(|id| format!("<{id}>"))
            .unwrap_or_default(),
        headers: message
            .headers_raw()
            .map(|(name, value)| (name.to_owned(), value.trim().replace("\r\n", "")))
            .collect(),
        created: now,
        received: now,
        sent,
        mime: Some(String::from_utf8_lossy(raw).into_owned()),
        ..Content::default()
    })
}

fn addresses(list: Option<&mail_parser::Address<'_>>) -> Vec<Person> {
    let all = list.into_iter().flat_map(mail_parser::Address::iter);
    all.filter_map(|one| {
        let address = one.address()?.to_owned();
        Some(Person {
            name: one.name().unwrap_or(&address).to_owned(),
            address,
        })
    })
    .collect()
}

fn attachment(no: u32, part: &mail_parser::MessagePart<'_>, now: Timestamp) -> Attachment {
    let content_type = part.content_type().map_or_else(
        || "application/octet-stream".to_owned(),
        |kind| {
            format!(
                "{}/{}",
                kind.ctype(),
                kind.subtype().unwrap_or("octet-stream")
            )
        },
    );
    let is_inline = part
        .content_disposition()
        .is_some_and(mail_parser::ContentType::is_inline)
        || (part.content_id().is_some() && content_type.starts_with("image/"));
    let enclosed = match part.message() {
        Some(inner) => Enclosed::Item {
            subject: inner.subject().unwrap_or_default().to_owned(),
            mime: String::from_utf8_lossy(inner.raw_message()).into_owned(),
        },
        None => Enclosed::File(Bytes::copy_from_slice(part.contents())),
    };
    let name = match &enclosed {
        Enclosed::Item { subject, .. } => subject.clone(),
        _ => part.attachment_name().unwrap_or("attachment").to_owned(),
    };
    Attachment {
        no,
        name,
        content_type,
        is_inline,
        content_id: part.content_id().map(str::to_owned),
        modified: now,
        enclosed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIME: &str = "From: \"Grace\" <grace@fabrikam.test>\r\nTo: ada@contoso.test\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\nMessage-ID: <a@b>\r\nDate: Fri, 2 Jan 2026 03:04:05 +0000\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hi</p>\r\n--x\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--x--\r\n";

    #[test]
    fn mime_is_read_with_its_attachments() {
        let content = read(MIME.as_bytes(), Timestamp::UNIX_EPOCH).expect("a message");
        assert_eq!(
            (
                content.subject.as_str(),
                content.internet_message_id.as_str()
            ),
            ("Grüße", "<a@b>")
        );
        assert!(matches!(&content.body, Text::Html(html) if html.contains("<p>Hi</p>")));
        assert_eq!(content.attachments[0].bytes().as_ref(), [0, 1, 2]);
        assert_eq!(write(&content), MIME);
    }

    #[test]
    fn what_is_written_can_be_read() {
        let content = Content {
            subject: "Ärger mit der Lieferung, sehr großer Ärger mit der Lieferung".into(),
            from: Some(Person {
                name: "Zoë".into(),
                address: "zoe@fabrikam.test".into(),
            }),
            body: Text::Html("<p>ä</p>".into()),
            internet_message_id: "<1@x>".into(),
            ..Content::default()
        };
        let back = read(write(&content).as_bytes(), Timestamp::UNIX_EPOCH).expect("a message");
        assert_eq!((back.subject, back.from), (content.subject, content.from));
        assert_eq!(back.body, content.body);
    }
}
