//! Folders as message writes need them.

use std::collections::HashMap;

use maildesk_model::folder::WellKnown;
use maildesk_model::id::{FolderId, MailboxId};

use crate::contract::Result;
use crate::db::{Conn, Row, Value, args};

/// A folder, as far as a message cares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) id: FolderId,
    pub(crate) generation: i64,
    pub(crate) well_known: Option<WellKnown>,
}

const READ: &str = "SELECT id, remote_id, generation, well_known FROM folder";

impl Place {
    fn read(row: &Row) -> Result<Self> {
        let name = row.opt_text("well_known")?;
        Ok(Self {
            id: FolderId(row.int("id")?),
            generation: row.int("generation")?,
            well_known: name.as_deref().and_then(WellKnown::from_name),
        })
    }

    /// Whether a new message here is our own doing.
    pub(crate) const fn holds_own_mail(&self) -> bool {
        match self.well_known {
            Some(known) => known.holds_own_mail(),
            None => false,
        }
    }
}

/// The folders in scope that have one of these remote ids.
pub(crate) async fn by_remote(
    conn: &mut Conn,
    mailbox: MailboxId,
    remote_ids: &[Value],
) -> Result<HashMap<String, Place>> {
    let sql = format!("{READ} WHERE mailbox_id = $1 AND gone_at IS NULL AND remote_id IN (LIST)");
    conn.all_in(&sql, args![mailbox], remote_ids)
        .await?
        .iter()
        .map(|row| Ok((row.text("remote_id")?, Place::read(row)?)))
        .collect()
}

/// One folder in scope by its key.
pub(crate) async fn by_id(
    conn: &mut Conn,
    mailbox: MailboxId,
    id: FolderId,
) -> Result<Option<Place>> {
    let sql = format!("{READ} WHERE mailbox_id = $1 AND gone_at IS NULL AND id = $2");
    let row = conn.one(crate::db::Sql(sql), args![mailbox, id]).await?;
    row.as_ref().map(Place::read).transpose()
}

/// Whether every folder is listed, and the folders themselves have been.
pub(crate) async fn all_listed(conn: &mut Conn, mailbox: MailboxId) -> Result<bool> {
    let unlisted = conn
        .one(
            "SELECT id FROM mailbox b WHERE id = $1 AND (folders_link IS NULL
               OR EXISTS (SELECT 1 FROM folder f WHERE f.mailbox_id = b.id AND f.gone_at IS NULL
                 AND f.cursor_state <> 'done' AND f.cursor_state IN ('start', 'listing')))",
            args![mailbox],
        )
        .await?;
    Ok(unlisted.is_none())
}
