//! Bodies, compressed and raw as Graph gave them, and the attachments that are listed with them.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::io::Read as _;

use maildesk_model::id::MessageId;
use maildesk_model::message::{Body, RemoteAttachment};
use maildesk_model::words::words;
use sha2::{Digest, Sha256};
use zstd::bulk::Decompressor;

use crate::contract::{Result, StoreError};
use crate::db::{Conn, Row, Value, args};

/// Quick, and nearly as small as the higher levels on mail.
const LEVEL: i32 = 3;
/// A guard against a row that unpacks to more than any mail is; Graph's own limit is 150 MB.
const UNPACKED_MAX: usize = 256 << 20;

/// A body as it is kept.
pub(crate) struct Packed {
    is_html: bool,
    digest: Vec<u8>,
    content: Vec<u8>,
    plain: Option<Vec<u8>>,
    /// The words of its text; `None` where there is no text, so that the preview stands in.
    pub(crate) words: Option<String>,
}

impl Packed {
    /// Packs a body and its text.
    pub(crate) fn new(body: &Body, text: Option<&str>) -> Result<Self> {
        let mut hash = Sha256::new();
        hash.update([u8::from(body.is_html), u8::from(text.is_some())]);
        hash.update(body.content.as_bytes());
        let own = match text {
            None if !body.is_html => None,
            Some(text) if !body.is_html && text == body.content => None,
            other => other,
        };
        Ok(Self {
            is_html: body.is_html,
            digest: hash.finalize()[..16].to_vec(),
            content: pack(&body.content)?,
            plain: own.map(pack).transpose()?,
            words: match text {
                Some(text) => Some(words(text)),
                None if body.is_html => None,
                None => Some(words(&body.content)),
            }
            .filter(|words| !words.is_empty()),
        })
    }
}

thread_local! {
    /// Each thread keeps its own: making one takes longer than most texts do.
    static UNPACKING: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Compresses a text.
pub(crate) fn pack(text: &str) -> Result<Vec<u8>> {
    zstd::bulk::compress(text.as_bytes(), LEVEL)
        .map_err(|error| StoreError::Unavailable(Box::new(error)))
}

/// Reads [`pack`].
pub(crate) fn unpack(bytes: &[u8]) -> Result<String> {
    let broken = |_| StoreError::Corrupt("a body does not unpack".into());
    let size = Decompressor::upper_bound(bytes).unwrap_or(UNPACKED_MAX);
    let plain = UNPACKING.with_borrow_mut(|kept| {
        let unpacking = match kept {
            Some(unpacking) => unpacking,
            None => kept.insert(Decompressor::new()?),
        };
        unpacking.decompress(bytes, size.min(UNPACKED_MAX))
    });
    let plain = plain.map_err(broken)?;
    String::from_utf8(plain).map_err(|_| StoreError::Corrupt("a body is not text".into()))
}

/// The beginning of what [`unpack`] reads, without unpacking more than that.
pub(crate) fn unpack_beginning(bytes: &[u8], most: usize) -> Result<String> {
    let broken = |_| StoreError::Corrupt("a body does not unpack".into());
    let mut begun = Vec::new();
    let unpacking = zstd::stream::read::Decoder::with_buffer(bytes).map_err(broken)?;
    let read = unpacking.take(most as u64).read_to_end(&mut begun);
    read.map_err(broken)?;
    // It may end within a character.
    let whole = match std::str::from_utf8(&begun) {
        Ok(text) => text.len(),
        Err(error) => error.valid_up_to(),
    };
    begun.truncate(whole);
    String::from_utf8(begun).map_err(|_| StoreError::Corrupt("a body is not text".into()))
}

/// Writes bodies; answers which messages got one they did not have, and which got another.
pub(crate) async fn write(
    conn: &mut Conn,
    bodies: &[(MessageId, &Packed)],
) -> Result<(Vec<MessageId>, Vec<MessageId>)> {
    if bodies.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let ids: Vec<Value> = bodies.iter().map(|(id, _)| Value::from(*id)).collect();
    let kept = conn
        .all_in(
            "SELECT message_id, digest FROM body WHERE message_id IN (LIST)",
            Vec::new(),
            &ids,
        )
        .await?
        .iter()
        .map(|row| Ok((row.int("message_id")?, row.bytes("digest")?)))
        .collect::<Result<HashMap<_, _>>>()?;
    let (mut came, mut changed, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for (id, packed) in bodies {
        match kept.get(&id.0) {
            Some(digest) if *digest == packed.digest => continue,
            Some(_) => changed.push(*id),
            None => came.push(*id),
        }
        rows.push(args![
            *id,
            packed.is_html,
            packed.digest.clone(),
            packed.content.clone(),
            packed.plain.clone()
        ]);
    }
    conn.insert(
        "INSERT INTO body (message_id, is_html, digest, content, plain) VALUES",
        "ON CONFLICT (message_id) DO UPDATE SET is_html = excluded.is_html,
         digest = excluded.digest, content = excluded.content, plain = excluded.plain",
        rows,
    )
    .await?;
    Ok((came, changed))
}

/// The body of a message and its text.
pub(crate) async fn read(
    conn: &mut Conn,
    message: MessageId,
) -> Result<Option<(Body, Option<String>)>> {
    let row = conn
        .one(
            "SELECT is_html, content, plain FROM body WHERE message_id = $1",
            args![message],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let body = Body {
        is_html: row.truth("is_html")?,
        content: unpack(&row.bytes("content")?)?,
    };
    let text = match row.opt_bytes("plain")? {
        Some(plain) => Some(unpack(&plain)?),
        None if body.is_html => None,
        None => Some(body.content.clone()),
    };
    Ok(Some((body, text)))
}

/// The text of the body in a row where all of it may be missing; its content is asked for only
/// where it is the text.
pub(super) fn text_of(row: &Row) -> Result<Option<String>> {
    let text = match row.opt_bytes("plain")? {
        Some(plain) => Some(plain),
        None => row.opt_bytes("content")?,
    };
    text.as_deref().map(unpack).transpose()
}

/// Makes the attachments of a message equal to Graph's list. True when anything changed. Bytes
/// that are here stay with an attachment that stays.
pub(crate) async fn write_attachments(
    conn: &mut Conn,
    message: MessageId,
    attachments: &[RemoteAttachment],
) -> Result<bool> {
    let kept = conn
        .all(
            "SELECT id, remote_id, name, content_type, size, is_inline, content_id, kind
             FROM attachment WHERE message_id = $1",
            args![message],
        )
        .await?;
    let mut stays = HashSet::new();
    let mut changed = false;
    for row in &kept {
        let remote_id = row.text("remote_id")?;
        let now = attachments.iter().find(|one| one.remote_id == remote_id);
        let Some(now) = now else {
            conn.run(
                "DELETE FROM attachment WHERE id = $1",
                args![row.int("id")?],
            )
            .await?;
            changed = true;
            continue;
        };
        let same = row.text("name")? == now.name
            && row.text("content_type")? == now.content_type
            && row.int("size")? == now.size
            && row.truth("is_inline")? == now.is_inline
            && row.opt_text("content_id")? == now.content_id
            && row.text("kind")? == now.kind.name();
        if same {
            stays.insert(remote_id);
        }
    }
    let rows: Vec<_> = attachments
        .iter()
        .filter(|one| stays.insert(one.remote_id.clone()))
        .map(|one| values(message, one))
        .collect();
    changed |= !rows.is_empty();
    conn.insert(
        "INSERT INTO attachment
         (message_id, remote_id, name, content_type, size, is_inline, content_id, kind) VALUES",
        "ON CONFLICT (message_id, remote_id) DO UPDATE SET name = excluded.name,
         content_type = excluded.content_type, size = excluded.size,
         is_inline = excluded.is_inline, content_id = excluded.content_id, kind = excluded.kind",
        rows,
    )
    .await?;
    Ok(changed)
}

fn values(message: MessageId, one: &RemoteAttachment) -> Vec<Value> {
    args![
        message,
        &one.remote_id,
        &one.name,
        &one.content_type,
        one.size,
        one.is_inline,
        one.content_id.as_ref(),
        one.kind.name()
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_come_back_as_they_were() {
        let long = "<p>Hällo & 東京</p>".repeat(1000);
        assert_eq!(unpack(&pack(&long).unwrap()).unwrap(), long);
        assert_eq!(unpack(&pack("").unwrap()).unwrap(), "");
        assert!(unpack(b"nonsense").is_err());
        assert_eq!(
            unpack(&pack("after nonsense").unwrap()).unwrap(),
            "after nonsense"
        );
        let packed = pack(&long).unwrap();
        for most in [0, 1, 5, 6, 14, 15, 16, 9_999] {
            let begun = unpack_beginning(&packed, most).unwrap();
            assert!(long.starts_with(&begun), "{most}");
            assert!(begun.len() <= most && begun.len() + 3 > most, "{most}");
        }
        assert_eq!(unpack_beginning(&packed, 1 << 20).unwrap(), long);
        assert!(unpack_beginning(b"nonsense", 10).is_err());
    }

    #[test]
    fn a_plain_body_is_its_own_text() {
        let body = Body {
            is_html: false,
            content: "hello".into(),
        };
        let packed = Packed::new(&body, Some("hello")).unwrap();
        assert!(packed.plain.is_none());
        assert_eq!(packed.words.unwrap(), "hello");
    }
}
