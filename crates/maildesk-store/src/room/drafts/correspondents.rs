//! Completing an address from what was written before.

use maildesk_model::access::Viewer;
use maildesk_model::id::MailboxId;
use maildesk_model::message::Address;

use crate::contract::Result;
use crate::db::{Conn, args};
use crate::room::{visible, who};

/// After every text that goes on, in the order of bytes.
const LAST: char = char::MAX;

pub(super) async fn find(
    conn: &mut Conn,
    viewer: Viewer,
    mailbox: Option<MailboxId>,
    typed: &str,
    limit: i64,
) -> Result<Vec<Address>> {
    let typed = typed.to_lowercase();
    let sql = concat!(
        "SELECT c.address_key, MAX(c.name) AS name, MAX(c.address) AS address,
           CAST(SUM(c.uses) AS BIGINT) AS uses, MAX(c.last_at) AS last_at
         FROM (SELECT DISTINCT w.correspondent_id FROM mailbox b
             JOIN correspondent_word w ON w.mailbox_id = b.id
             WHERE ($3 = 0 OR b.id = $4) AND w.word >= $5 AND w.word < $6 AND ",
        visible!(),
        ") hit JOIN correspondent c ON c.id = hit.correspondent_id
         GROUP BY c.address_key ORDER BY uses DESC, last_at DESC, c.address_key LIMIT $7"
    );
    let values = args![
        mailbox.is_some(),
        mailbox.unwrap_or(MailboxId(0)),
        &typed,
        format!("{typed}{LAST}"),
        limit
    ];
    let rows = conn.all(sql, who(viewer, values)).await?;
    rows.iter()
        .map(|row| {
            Ok(Address {
                name: row.text("name")?,
                address: row.text("address")?,
            })
        })
        .collect()
}
