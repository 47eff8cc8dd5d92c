//! What push has noted of subscriptions of a mailbox that nobody here knows (P16): a memo for each
//! mailbox somebody looks for them in. What it says is push's own affair.

use maildesk_model::id::MailboxId;

use crate::contract::Result;
use crate::db::{Conn, Tx, args};

/// The memo's key.
pub(super) fn key(mailbox: MailboxId) -> String {
    format!("push.orphans.{mailbox}")
}

pub(super) async fn noted(conn: &mut Conn, mailbox: MailboxId) -> Result<Option<String>> {
    let sql = "SELECT value FROM memo WHERE key = $1";
    let row = conn.one(sql, args![key(mailbox)]).await?;
    row.map(|row| row.text("value")).transpose()
}

/// Keeps what is noted; `None` forgets it.
pub(super) async fn note(tx: &mut Tx, mailbox: MailboxId, noted: Option<&str>) -> Result<()> {
    let Some(noted) = noted else {
        let sql = "DELETE FROM memo WHERE key = $1";
        return tx.run(sql, args![key(mailbox)]).await.map(drop);
    };
    let sql = "INSERT INTO memo (key, value) VALUES ($1, $2)
               ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    tx.run(sql, args![key(mailbox), noted]).await.map(drop)
}

/// Somebody is to look now, if a person's tokens reach the mailbox and it has subscriptions: the
/// answer to a creation may have been lost, and soon nothing is left to ask with.
pub(super) async fn look(tx: &mut Tx, mailbox: MailboxId) -> Result<()> {
    let sql = "SELECT 1 AS one FROM connection c
               WHERE c.mailbox_id = $1 AND c.refresh_token IS NOT NULL
                 AND EXISTS (SELECT 1 FROM subscription s WHERE s.mailbox_id = $1)";
    if tx.one(sql, args![mailbox]).await?.is_some() {
        note(tx, mailbox, Some("")).await?;
    }
    Ok(())
}
