//! The pieces of texts that say why messages were found. The work for each is bounded: no more than the
//! beginning of a text is unpacked and looked through.

use std::collections::HashMap;

use maildesk_model::access::Viewer;
use maildesk_model::id::MessageId;
use maildesk_model::search::Search;

use super::{visible, who};
use crate::contract::Result;
use crate::db::{Conn, Value, args};
use crate::mail::body;

/// Messages looked at in one call.
const MESSAGES_MAX: usize = 200;
/// Messages whose texts are read together.
const AT_ONCE: usize = 50;
/// So much of a text is looked through: with most mail all of it, and less than a millisecond.
const LOOKED_AT: usize = 16 << 10;
/// A text that takes more room than this, packed, is not read.
const PACKED_MAX: i64 = 256 << 10;

pub(super) async fn read(
    conn: &mut Conn,
    viewer: Viewer,
    search: &Search,
    messages: &[MessageId],
) -> Result<HashMap<MessageId, String>> {
    let mut found = HashMap::new();
    if !search.is_in_body() {
        return Ok(found);
    }
    let sql = concat!(
        "SELECT m.id, COALESCE(t.plain, t.content) AS packed
         FROM message m JOIN mailbox b ON b.id = m.mailbox_id JOIN body t ON t.message_id = m.id
         WHERE m.id IN (LIST) AND m.folder_id IS NOT NULL
           AND (t.plain IS NOT NULL OR t.is_html = 0)
           AND LENGTH(COALESCE(t.plain, t.content)) <= $3 AND ",
        visible!()
    );
    let messages = &messages[..messages.len().min(MESSAGES_MAX)];
    for some in messages.chunks(AT_ONCE) {
        let ids: Vec<Value> = some.iter().map(|id| Value::from(*id)).collect();
        for row in conn
            .all_in(sql, who(viewer, args![PACKED_MAX]), &ids)
            .await?
        {
            let text = body::unpack_beginning(&row.bytes("packed")?, LOOKED_AT)?;
            if let Some(piece) = search.excerpt(&text) {
                found.insert(MessageId(row.int("id")?), text[piece].to_owned());
            }
        }
    }
    Ok(found)
}
