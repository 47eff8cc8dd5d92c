//! Pictures of mail that lie elsewhere, brought by this server where `images.proxy` is on, so that a
//! sender learns that a mail is read and not from which address.
//!
//! Who may have a picture brought is who holds an address that this server has signed, for one message
//! and one session: the body of that message holds it, once its reader wants pictures. So this is no
//! open proxy, and nothing is remembered for it. The key is the session's own secret for forms: whoever
//! signs in could sign with it, and could as well send themselves a mail.
//!
//! What is brought is looked at: it is a picture by its own first bytes, of a kind that is a picture and
//! nothing else, or it is not passed on. No SVG: it is a document, and one that loads others.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ammonia::Url;
use bytes::Bytes;
use maildesk_model::parameter::IMAGES_PROXY;
use maildesk_model::{MessageId, Secret, Timestamp, UserId};
use maildesk_store::StoreError;

use crate::app::App;
use crate::parts::{NoPicture, Sight};
use crate::shares::Shares;
use crate::signed;

/// Longer addresses are left alone: they would not fit into a request of ours.
const URL_MAX: usize = 4096;
/// An address, and as many as it may send on to.
const HOPS_MAX: usize = 4;
/// Larger pictures are not passed on. They are held whole until they are looked at.
const BYTES_MAX: usize = 10 << 20;
/// Pictures brought at once: what they hold at most is this many times the largest.
const AT_ONCE: usize = 16;
/// As many of them for one person.
const EACH_AT_ONCE: usize = 4;
/// How long one may take with all its hops, and how long it may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(8);
/// For so long a host that let us wait in vain is not asked again: a mail with many pictures of such a
/// host would keep its reader's browser from everything else.
const HUNG_FOR: Duration = Duration::from_mins(1);
/// As many such hosts are remembered; beyond, all are forgotten.
const HUNG_MAX: usize = 1000;
/// Ports of services that are none of the web, where a question of ours could be taken for something.
const SERVICES: u16 = 1024;

/// What is remembered between pictures.
#[derive(Debug)]
pub(crate) struct Bringing {
    shares: Shares,
    /// Hosts that let us wait in vain, and since when.
    hung: Mutex<HashMap<String, Timestamp>>,
}

impl Default for Bringing {
    fn default() -> Self {
        Self {
            shares: Shares::new(AT_ONCE, EACH_AT_ONCE),
            hung: Mutex::new(HashMap::new()),
        }
    }
}

impl Bringing {
    fn has_hung(&self, host: &str, now: Timestamp) -> bool {
        let hung = self.hung.lock().unwrap_or_else(PoisonError::into_inner);
        hung.get(host)
            .is_some_and(|since| now < since.plus(HUNG_FOR))
    }

    fn note_hung(&self, host: String, now: Timestamp) {
        let mut hung = self.hung.lock().unwrap_or_else(PoisonError::into_inner);
        if hung.len() >= HUNG_MAX {
            hung.clear();
        }
        hung.insert(host, now);
    }
}

/// A picture.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// What it is, by its own first bytes.
    pub(crate) content_type: &'static str,
    pub(crate) bytes: Bytes,
}

/// Whether this server brings pictures.
pub(crate) async fn are_brought(app: &App) -> Result<bool, StoreError> {
    let kept = app.store.parameter(IMAGES_PROXY).await?;
    Ok(kept.is_some_and(|kept| kept == "true"))
}

/// Where a picture is had of us: a path that is good for this session and this message. `None` for an
/// address that is never asked.
pub(crate) fn path(key: &Secret, message: MessageId, url: &str) -> Option<String> {
    read(url)?;
    let sign = signed::sign(key, &text(message, url));
    let url: String = form_urlencoded::byte_serialize(url.as_bytes()).collect();
    Some(format!("/messages/{message}/picture?url={url}&sign={sign}"))
}

/// Whether we have given this path out, for this session and this message.
pub(crate) fn is_signed(key: &Secret, message: MessageId, url: &str, sign: &str) -> bool {
    signed::is_signed(key, &text(message, url), sign)
}

fn text(message: MessageId, url: &str) -> String {
    format!("picture of {message}\n{url}")
}

/// An address that may be asked: one of the web, for what everybody gets there.
fn read(url: &str) -> Option<Url> {
    let url = Url::parse(url).ok().filter(|_| url.len() <= URL_MAX)?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_nobodys = url.username().is_empty() && url.password().is_none();
    let is_served = url.port().is_none_or(|port| port >= SERVICES);
    (is_web && is_nobodys && is_served).then_some(url)
}

/// Brings a picture, wherever its address sends on to, within the patience of a reader.
pub(crate) async fn bring(app: &App, person: UserId, url: &str) -> Result<Picture, NoPicture> {
    let brought = in_turn(app, person, url).await;
    let outcome = brought.as_ref().map_or_else(NoPicture::name, |_| "brought");
    metrics::counter!("maildesk_pictures_total", "outcome" => outcome).increment(1);
    tracing::debug!(outcome, "asked for a picture of a mail");
    brought
}

async fn in_turn(app: &App, person: UserId, url: &str) -> Result<Picture, NoPicture> {
    let host = read(url).and_then(|url| url.host_str().map(str::to_owned));
    let host = host.ok_or(NoPicture::Refused)?;
    let share = tokio::select! {
        biased;
        share = app.pictures.shares.take(person) => share,
        () = app.clock.sleep(PATIENCE) => None,
    };
    let _held = share.ok_or(NoPicture::TimedOut)?;
    if app.pictures.has_hung(&host, app.clock.now()) {
        return Err(NoPicture::TimedOut);
    }
    tokio::select! {
        biased;
        brought = over_hops(app, url) => brought,
        () = app.clock.sleep(PATIENCE) => {
            app.pictures.note_hung(host, app.clock.now());
            Err(NoPicture::TimedOut)
        }
    }
}

async fn over_hops(app: &App, url: &str) -> Result<Picture, NoPicture> {
    let mut url = read(url).ok_or(NoPicture::Refused)?;
    for _ in 0..HOPS_MAX {
        let Sight {
            status,
            location,
            bytes,
        } = app.elsewhere.look(url.as_str(), BYTES_MAX).await?;
        match (status, location) {
            (200..=299, _) => {
                let content_type = kind(&bytes).ok_or(NoPicture::Refused)?;
                return Ok(Picture {
                    content_type,
                    bytes: bytes.into(),
                });
            }
            (301 | 302 | 303 | 307 | 308, Some(location)) => {
                let next = url.join(&location).map_err(|_| NoPicture::Refused)?;
                url = read(next.as_str()).ok_or(NoPicture::Refused)?;
            }
            _ => return Err(NoPicture::NotThere),
        }
    }
    Err(NoPicture::Refused)
}

/// Kinds of pictures, each by what stands at a place near its beginning.
const SIGNS: [(&str, usize, &[u8]); 7] = [
    ("image/png", 0, b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", 0, b"\xff\xd8\xff"),
    ("image/gif", 0, b"GIF87a"),
    ("image/gif", 0, b"GIF89a"),
    ("image/webp", 8, b"WEBPVP8"),
    ("image/avif", 4, b"ftypavif"),
    ("image/avif", 4, b"ftypavis"),
];

/// What a picture is by its first bytes; `None` for what is none, or more than one.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    let has = |at: usize, sign: &[u8]| bytes.get(at..).is_some_and(|rest| rest.starts_with(sign));
    let known = SIGNS.iter().find(|(_, at, sign)| has(*at, sign));
    known.map(|(kind, ..)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_everybody_gets_from_the_web_is_asked() {
        for (url, may_be) in [
            ("https://t.example/p.png?a=1#x", true),
            ("http://t.example:8080/p", true),
            ("https://t.example:443/p", true),
            ("http://192.0.2.1/p", true),
            ("https://ada:secret@t.example/p", false),
            ("https://ada@t.example/p", false),
            ("http://t.example:25/p", false),
            ("ftp://t.example/p", false),
            ("file:///etc/passwd", false),
            ("data:image/png;base64,AA==", false),
            ("/p.png", false),
            ("", false),
        ] {
            assert_eq!(read(url).is_some(), may_be, "{url}");
        }
        let long = |n| format!("https://t.example/{}", "x".repeat(n));
        assert!(read(&long(4000)).is_some() && read(&long(5000)).is_none());
    }

    #[test]
    fn a_signature_is_good_for_one_address_of_one_message_in_one_session() {
        let (key, other) = (Secret::new("one session"), Secret::new("another"));
        let url = "https://t.example/p.png?a=1&b=ü";
        let path = path(&key, MessageId(1), url).unwrap();
        let sign = path.rsplit('=').next().unwrap();
        assert_eq!(sign.len(), 64);
        assert!(is_signed(&key, MessageId(1), url, sign));
        assert!(!is_signed(&other, MessageId(1), url, sign));
        assert!(!is_signed(&key, MessageId(2), url, sign));
        assert!(!is_signed(
            &key,
            MessageId(1),
            "https://t.example/q.png",
            sign
        ));
        for wrong in [
            "",
            "00",
            "zz",
            "ü",
            &sign[..63],
            &sign[..62],
            &"0".repeat(64),
        ] {
            assert!(!is_signed(&key, MessageId(1), url, wrong), "{wrong}");
        }
        assert_eq!(
            super::path(&key, MessageId(1), "https://a@b.example/"),
            None
        );
    }

    #[test]
    fn a_picture_is_what_its_first_bytes_say() {
        for (bytes, wanted) in [
            (&b"\x89PNG\r\n\x1a\n\0\0"[..], Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"GIF89a..", Some("image/gif")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"\0\0\0\x1cftypavif", Some("image/avif")),
            (b"BM6\0\0\0\0\0\0\0", None),
            (b"RIFF\0\0\0\0WAVE", None),
            (b"\0\0\0\x1cftypmp42", None),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", None),
            (b"<!doctype html>", None),
            (b"\x89PNG", None),
            (b"", None),
        ] {
            assert_eq!(kind(bytes), wanted, "{bytes:?}");
        }
    }
}
