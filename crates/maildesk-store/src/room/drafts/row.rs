//! Draft rows: read for their author, and held while they are changed.

use std::collections::HashMap;

use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::draft::{Draft, DraftFile, DraftKind, DraftState, DraftText, OPEN_MAX};
use maildesk_model::id::{DraftFileId, DraftId, MailboxId, MessageId, UserId};
use maildesk_model::message::Importance;

use super::aside::is_open;
use crate::contract::{DraftRefusal, Drafted, Result, StoreError};
use crate::db::{Conn, Row, Tx, Value, args};
use crate::mail::people;
use crate::room::{visible, wants, who};

/// The columns of a draft, with the message that is Graph's copy.
pub(super) const READ: &str = "SELECT d.*, m.id AS message_id, m.modified_at AS copy_at,
       CASE WHEN d.quoted IS NULL THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END AS has_quote
     FROM draft d JOIN mailbox b ON b.id = d.mailbox_id
       LEFT JOIN message m ON m.mailbox_id = d.mailbox_id AND m.remote_id = d.remote_id";

/// A draft that is held for a change: what decides about it.
pub(super) struct Held {
    pub(super) mailbox: MailboxId,
    pub(super) state: DraftState,
    pub(super) version: i64,
    pub(super) edits: i64,
    pub(super) saved_edits: i64,
    pub(super) saved_at: Option<Timestamp>,
    pub(super) remote_id: Option<String>,
    pub(super) creating_at: Option<Timestamp>,
    pub(super) asked_at: Option<Timestamp>,
}

impl Held {
    /// Whether Graph's copy lacks something.
    pub(super) const fn is_unsaved(&self) -> bool {
        self.edits != self.saved_edits
    }
}

pub(super) fn draft(row: &Row) -> Result<Draft> {
    let state = row.named("state", DraftState::from_name)?;
    let asked = row.opt_int("asked_at")?.is_some();
    Ok(Draft {
        id: DraftId(row.int("id")?),
        mailbox: MailboxId(row.int("mailbox_id")?),
        user: UserId(row.int("user_id")?),
        kind: row.named("kind", DraftKind::from_name)?,
        origin: row.opt_int("origin_id")?.map(MessageId),
        message: row.opt_int("message_id")?.map(MessageId),
        text: DraftText {
            to: people::to_addresses(&row.text("recipients")?)?,
            cc: people::to_addresses(&row.text("cc")?)?,
            bcc: people::to_addresses(&row.text("bcc")?)?,
            subject: row.text("subject")?,
            body: row.text("body")?,
            quotes: row.truth("quotes")?,
            importance: row.named("importance", Importance::from_name)?,
        },
        has_quote: row.truth("has_quote")?,
        version: row.int("version")?,
        is_saved: row.int("edits")? == row.int("saved_edits")?,
        state,
        send_at: row.opt_time("send_at")?,
        can_take_back: state == DraftState::Sending && !asked,
        updated_at: row.time("updated_at")?,
        trouble: people::to_opt_trouble(row.opt_text("trouble")?)?,
        files: Vec::new(),
    })
}

pub(super) fn file(row: &Row) -> Result<DraftFile> {
    Ok(DraftFile {
        id: DraftFileId(row.int("id")?),
        name: row.text("name")?,
        content_type: row.text("content_type")?,
        size: row.int("size")?,
        received: row.int("received")?,
        is_here: row.truth("is_here")?,
    })
}

/// Gives each draft the files its author sees.
async fn with_files(conn: &mut Conn, drafts: &mut [Draft]) -> Result<()> {
    let ids: Vec<Value> = drafts.iter().map(|draft| Value::from(draft.id)).collect();
    let sql = "SELECT * FROM draft_file WHERE removed = 0 AND draft_id IN (LIST) ORDER BY id";
    let mut files: HashMap<i64, Vec<DraftFile>> = HashMap::new();
    for row in &conn.all_in(sql, args![], &ids).await? {
        let of = files.entry(row.int("draft_id")?).or_default();
        of.push(file(row)?);
    }
    for draft in drafts {
        draft.files = files.remove(&draft.id.0).unwrap_or_default();
    }
    Ok(())
}

/// The draft, if it is this person's and was not thrown away.
pub(super) async fn one(conn: &mut Conn, viewer: Viewer, id: DraftId) -> Result<Option<Draft>> {
    let sql = format!(
        "{READ} WHERE d.id = $3 AND d.user_id = $2 AND d.state <> 'discarded' AND {}",
        visible!()
    );
    let row = conn
        .one(crate::db::Sql(sql), who(viewer, args![id]))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut found = [draft(&row)?];
    with_files(conn, &mut found).await?;
    let [found] = found;
    Ok(Some(found))
}

/// The draft that was just written.
pub(super) async fn written(conn: &mut Conn, viewer: Viewer, id: DraftId) -> Result<Draft> {
    let found = one(conn, viewer, id).await?;
    found.ok_or_else(|| StoreError::Corrupt("a draft that was just written is gone".into()))
}

/// The person's open drafts.
pub(super) async fn open(conn: &mut Conn, viewer: Viewer) -> Result<Vec<Draft>> {
    let sql = format!(
        "{READ} WHERE {} AND {} ORDER BY d.updated_at DESC, d.id DESC LIMIT $3",
        is_open!(),
        visible!()
    );
    let values = who(viewer, args![OPEN_MAX as i64]);
    let rows = conn.all(crate::db::Sql(sql), values).await?;
    let mut drafts = rows.iter().map(draft).collect::<Result<Vec<_>>>()?;
    with_files(conn, &mut drafts).await?;
    Ok(drafts)
}

/// How many drafts the person has open, of those that a further condition lets through.
pub(super) async fn count(conn: &mut Conn, viewer: Viewer, and: &str) -> Result<i64> {
    let sql = format!(
        "SELECT COUNT(*) AS open FROM draft d JOIN mailbox b ON b.id = d.mailbox_id
         WHERE {} AND {}{and}",
        is_open!(),
        visible!()
    );
    let row = conn
        .one(crate::db::Sql(sql), who(viewer, Vec::new()))
        .await?;
    row.map_or(Ok(0), |row| row.int("open"))
}

/// Holds a draft of this person for a change, by way of its mailbox.
pub(super) async fn hold(tx: &mut Tx, viewer: Viewer, id: DraftId) -> Result<Drafted<Held>> {
    let sql = "SELECT mailbox_id FROM draft WHERE id = $1 AND user_id = $2";
    let Some(row) = tx.one(sql, args![id, viewer.user]).await? else {
        return Ok(Err(DraftRefusal::Unknown));
    };
    let mailbox = MailboxId(row.int("mailbox_id")?);
    if !wants::lock_mailbox(tx, viewer, mailbox).await? {
        return Ok(Err(DraftRefusal::Unknown));
    }
    Ok(held(tx, mailbox, id).await?.ok_or(DraftRefusal::Unknown))
}

/// A draft as it is, by a caller who holds its mailbox.
pub(super) async fn held(tx: &mut Tx, mailbox: MailboxId, id: DraftId) -> Result<Option<Held>> {
    let sql = "SELECT * FROM draft WHERE id = $1 AND mailbox_id = $2";
    let Some(row) = tx.one(sql, args![id, mailbox]).await? else {
        return Ok(None);
    };
    Ok(Some(Held {
        mailbox,
        state: row.named("state", DraftState::from_name)?,
        version: row.int("version")?,
        edits: row.int("edits")?,
        saved_edits: row.int("saved_edits")?,
        saved_at: row.opt_time("saved_at")?,
        remote_id: row.opt_text("remote_id")?,
        creating_at: row.opt_time("creating_at")?,
        asked_at: row.opt_time("asked_at")?,
    }))
}
