//! Signatures. A person's own one stays when a mailbox is no longer shared with them, and is there
//! again when it is; it goes with the mailbox.

use async_trait::async_trait;
use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::MailboxId;
use maildesk_model::signature::{OwnSignature, Signatures};

use super::{sees, visible, who};
use crate::SqlStore;
use crate::contract::{Result, SignatureStore, SignedMailbox};
use crate::db::{Row, Write, args};

/// SQL: the mailboxes of a person with their signatures. A `WHERE` goes on.
macro_rules! read_signatures {
    () => {
        "SELECT b.id, b.name, b.address, s.html AS own, c.html AS common FROM mailbox b
           LEFT JOIN signature s ON s.mailbox_id = b.id AND s.user_id = $2
           LEFT JOIN common_signature c ON c.mailbox_id = b.id WHERE "
    };
}

fn signed(row: &Row) -> Result<SignedMailbox> {
    let own = match row.opt_text("own")? {
        None => OwnSignature::Common,
        Some(html) if html.is_empty() => OwnSignature::Nothing,
        Some(html) => OwnSignature::Own(html),
    };
    Ok(SignedMailbox {
        id: MailboxId(row.int("id")?),
        name: row.text("name")?,
        address: row.text("address")?,
        signatures: Signatures {
            own,
            common: row.opt_text("common")?.unwrap_or_default(),
        },
    })
}

#[async_trait]
impl SignatureStore for SqlStore {
    async fn signatures(&self, viewer: Viewer, limit: i64) -> Result<Vec<SignedMailbox>> {
        let sql = concat!(
            read_signatures!(),
            visible!(),
            " ORDER BY b.name, b.id LIMIT $3"
        );
        let rows = self.db.all(sql, who(viewer, args![limit])).await?;
        rows.iter().map(signed).collect()
    }

    async fn signature(&self, viewer: Viewer, mailbox: MailboxId) -> Result<Option<SignedMailbox>> {
        let sql = concat!(read_signatures!(), visible!(), " AND b.id = $3");
        let row = self.db.one(sql, who(viewer, args![mailbox])).await?;
        row.as_ref().map(signed).transpose()
    }

    async fn set_signature(
        &self,
        viewer: Viewer,
        mailbox: MailboxId,
        own: &OwnSignature,
        at: Timestamp,
    ) -> Result<bool> {
        let mut tx = self.db.write(Write::Swift).await?;
        if !sees(&mut tx, viewer, mailbox).await? {
            return Ok(false);
        }
        let html = match own {
            OwnSignature::Common => None,
            OwnSignature::Nothing => Some(""),
            OwnSignature::Own(html) => Some(html.as_str()),
        };
        if let Some(html) = html {
            let sql = "INSERT INTO signature (mailbox_id, user_id, html, changed_at)
                       VALUES ($1, $2, $3, $4) ON CONFLICT (mailbox_id, user_id) DO UPDATE
                       SET html = excluded.html, changed_at = excluded.changed_at";
            tx.run(sql, args![mailbox, viewer.user, html, at]).await?;
        } else {
            let sql = "DELETE FROM signature WHERE mailbox_id = $1 AND user_id = $2";
            tx.run(sql, args![mailbox, viewer.user]).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn set_common_signature(
        &self,
        viewer: Viewer,
        mailbox: MailboxId,
        html: &str,
        at: Timestamp,
    ) -> Result<bool> {
        let mut tx = self.db.write(Write::Swift).await?;
        if !sees(&mut tx, viewer, mailbox).await? {
            return Ok(false);
        }
        if html.is_empty() {
            let sql = "DELETE FROM common_signature WHERE mailbox_id = $1";
            tx.run(sql, args![mailbox]).await?;
        } else {
            let sql = "INSERT INTO common_signature (mailbox_id, html, changed_at)
                       VALUES ($1, $2, $3) ON CONFLICT (mailbox_id) DO UPDATE
                       SET html = excluded.html, changed_at = excluded.changed_at";
            tx.run(sql, args![mailbox, html, at]).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}
