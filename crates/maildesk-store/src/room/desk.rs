//! The desk: one message, its attachments, and what people want done.

use std::collections::HashMap;

use async_trait::async_trait;
use bytes::Bytes;
use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::conversation::{ConversationSummary, ThreadId};
use maildesk_model::id::{AttachmentId, IntentId, MailboxId, MessageId};
use maildesk_model::intent::{Intent, Want};
use maildesk_model::message::{Attachment, AttachmentKind, MessageDetail, MessageSummary};
use maildesk_model::search::Search;

use super::list::{self, summary};
use super::{conversations, excerpts, intents, labelled, visible, wants, who};
use crate::SqlStore;
use crate::contract::{
    BlobState, Category, ConversationQuery, Counted, DeskStore, Found, MessageQuery, Result,
};
use crate::db::{Conn, Row, Value, Write, args};
use crate::mail::{body, people};

/// Messages that are looked up in one go.
const SUMMARIES_MAX: usize = 200;

fn attachment(row: &Row) -> Result<Attachment> {
    Ok(Attachment {
        id: AttachmentId(row.int("id")?),
        message: MessageId(row.int("message_id")?),
        name: row.text("name")?,
        content_type: row.text("content_type")?,
        size: row.int("size")?,
        is_inline: row.truth("is_inline")?,
        content_id: row.opt_text("content_id")?,
        kind: row.named("kind", AttachmentKind::from_name)?,
    })
}

#[async_trait]
impl DeskStore for SqlStore {
    async fn messages(&self, viewer: Viewer, query: &MessageQuery) -> Result<Vec<MessageSummary>> {
        Ok(self.find(viewer, query).await?.messages)
    }

    async fn find(&self, viewer: Viewer, query: &MessageQuery) -> Result<Found> {
        let mut conn = self.db.read().await?;
        list::found(&mut conn, viewer, query, self.search_turns).await
    }

    async fn count(&self, viewer: Viewer, query: &MessageQuery) -> Result<Counted> {
        let mut conn = self.db.read().await?;
        list::counted(&mut conn, viewer, query, self.search_turns).await
    }

    async fn excerpts(
        &self,
        viewer: Viewer,
        search: &Search,
        messages: &[MessageId],
    ) -> Result<HashMap<MessageId, String>> {
        excerpts::read(&mut self.db.read().await?, viewer, search, messages).await
    }

    async fn conversations(
        &self,
        viewer: Viewer,
        query: &ConversationQuery,
    ) -> Result<Vec<ConversationSummary>> {
        conversations::list(&mut self.db.read().await?, viewer, query).await
    }

    async fn thread_messages(
        &self,
        viewer: Viewer,
        threads: &[ThreadId],
        limit: i64,
    ) -> Result<(Vec<MessageSummary>, i64)> {
        conversations::threads(&mut self.db.read().await?, viewer, threads, limit).await
    }

    async fn conversation(&self, viewer: Viewer, open: MessageId) -> Result<Vec<MessageSummary>> {
        conversations::one(&mut self.db.read().await?, viewer, open).await
    }

    async fn message(&self, viewer: Viewer, id: MessageId) -> Result<Option<MessageDetail>> {
        let sql = concat!(
            "SELECT m.* FROM message m JOIN mailbox b ON b.id = m.mailbox_id
             WHERE m.id = $3 AND m.folder_id IS NOT NULL AND ",
            visible!()
        );
        let mut conn = self.db.read().await?;
        let Some(row) = conn.one(sql, who(viewer, args![id])).await? else {
            return Ok(None);
        };
        let (body, text) = body::read(&mut conn, id).await?.unzip();
        let attachments = attachments(&mut conn, &[id.into()]).await?;
        Ok(Some(MessageDetail {
            body,
            text: text.flatten(),
            ..detail(&row, attachments)?
        }))
    }

    async fn original_of(
        &self,
        viewer: Viewer,
        id: MessageId,
    ) -> Result<Option<(MailboxId, String)>> {
        let rows = found(&mut self.db.read().await?, viewer, &[id]).await?;
        let original = rows.first().map(|row| {
            let mailbox = MailboxId(row.int("mailbox_id")?);
            Ok((mailbox, row.text("remote_id")?))
        });
        original.transpose()
    }

    async fn details(&self, viewer: Viewer, ids: &[MessageId]) -> Result<Vec<MessageDetail>> {
        let mut conn = self.db.read().await?;
        let rows = found(&mut conn, viewer, ids).await?;
        let keys = rows.iter().map(|row| row.int("id").map(Value::from));
        let keys = keys.collect::<Result<Vec<_>>>()?;
        let mut hanging: HashMap<_, Vec<_>> = HashMap::new();
        for one in attachments(&mut conn, &keys).await? {
            hanging.entry(one.message).or_default().push(one);
        }
        let mut details = HashMap::with_capacity(rows.len());
        for row in &rows {
            let id = MessageId(row.int("id")?);
            let attachments = hanging.remove(&id).unwrap_or_default();
            details.insert(id, detail(row, attachments)?);
        }
        Ok(ids.iter().filter_map(|id| details.remove(id)).collect())
    }

    async fn summaries(&self, viewer: Viewer, ids: &[MessageId]) -> Result<Vec<MessageSummary>> {
        let rows = found(&mut self.db.read().await?, viewer, ids).await?;
        let found = rows.iter().map(summary).collect::<Result<Vec<_>>>()?;
        let mut found: HashMap<_, _> = found.into_iter().map(|one| (one.id, one)).collect();
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    async fn attachment(
        &self,
        viewer: Viewer,
        message: MessageId,
        id: AttachmentId,
        at: Timestamp,
    ) -> Result<Option<(Attachment, BlobState)>> {
        let sql = concat!(
            "SELECT t.*, k.size AS blob_size, k.chunks, k.used_at
             FROM attachment t JOIN message m ON m.id = t.message_id
               JOIN mailbox b ON b.id = m.mailbox_id
               LEFT JOIN blob k ON k.attachment_id = t.id AND k.complete = 1
             WHERE t.id = $3 AND t.message_id = $4 AND m.folder_id IS NOT NULL AND ",
            visible!()
        );
        let row = self.db.one(sql, who(viewer, args![id, message])).await?;
        let Some(row) = row else { return Ok(None) };
        let state = match (row.opt_int("blob_size")?, row.opt_int("chunks")?) {
            (Some(size), Some(chunks)) => BlobState::Here { size, chunks },
            _ => BlobState::Absent,
        };
        if state != BlobState::Absent && row.opt_time("used_at")? < Some(at) {
            let mut tx = self.db.write(Write::Swift).await?;
            let sql = "UPDATE blob SET used_at = $2 WHERE attachment_id = $1";
            tx.run(sql, args![id, at]).await?;
            tx.commit().await?;
        }
        Ok(Some((attachment(&row)?, state)))
    }

    async fn blob_chunk(&self, id: AttachmentId, n: i64) -> Result<Option<Bytes>> {
        let sql =
            "SELECT c.bytes FROM blob_chunk c JOIN blob k ON k.attachment_id = c.attachment_id
                   WHERE c.attachment_id = $1 AND c.n = $2 AND k.complete = 1";
        let row = self.db.one(sql, args![id, n]).await?;
        row.map(|row| row.bytes("bytes").map(Bytes::from))
            .transpose()
    }

    async fn want(
        &self,
        viewer: Viewer,
        mailbox: MailboxId,
        want: &Want,
        at: Timestamp,
    ) -> Result<Option<IntentId>> {
        let mut tx = self.db.write(Write::Swift).await?;
        let id = wants::write(&mut tx, viewer, mailbox, want, at).await?;
        if id.is_some() {
            tx.commit().await?;
        }
        Ok(id)
    }

    async fn intent(&self, viewer: Viewer, id: IntentId) -> Result<Option<Intent>> {
        let sql = concat!(
            "SELECT i.* FROM intent i JOIN mailbox b ON b.id = i.mailbox_id WHERE i.id = $3 AND ",
            visible!()
        );
        let row = self.db.one(sql, who(viewer, args![id])).await?;
        row.as_ref().map(intents::intent).transpose()
    }

    async fn categories(
        &self,
        viewer: Viewer,
        mailbox: MailboxId,
    ) -> Result<Option<Vec<Category>>> {
        labelled::categories(&mut self.db.read().await?, viewer, mailbox).await
    }

    async fn set_category(
        &self,
        viewer: Viewer,
        mailbox: MailboxId,
        category: &Category,
    ) -> Result<bool> {
        let mut tx = self.db.write(Write::Swift).await?;
        let is_there = labelled::set(&mut tx, viewer, mailbox, category).await?;
        tx.commit().await?;
        Ok(is_there)
    }

    async fn refusals(&self, viewer: Viewer, since: Timestamp, limit: i64) -> Result<Vec<Intent>> {
        let sql = concat!(
            "SELECT i.* FROM intent i JOIN mailbox b ON b.id = i.mailbox_id
             WHERE i.settled_at IS NOT NULL AND i.settled_at >= $3 AND i.state = 'refused'
               AND i.user_id = $2 AND i.kind IN ('change', 'delete') AND ",
            visible!(),
            " ORDER BY i.settled_at DESC, i.id DESC LIMIT $4"
        );
        let rows = self.db.all(sql, who(viewer, args![since, limit])).await?;
        rows.iter().map(intents::intent).collect()
    }

    async fn waiting_intents(&self) -> Result<Vec<(String, i64)>> {
        let sql = "SELECT lane, COUNT(*) AS waiting FROM intent WHERE state = 'waiting'
                   GROUP BY lane ORDER BY lane";
        let rows = self.db.all(sql, args![]).await?;
        rows.iter()
            .map(|row| Ok((row.text("lane")?, row.int("waiting")?)))
            .collect()
    }
}

/// Those of these messages that exist for this person, in no order.
async fn found(conn: &mut Conn, viewer: Viewer, ids: &[MessageId]) -> Result<Vec<Row>> {
    let sql = concat!(
        "SELECT m.* FROM message m JOIN mailbox b ON b.id = m.mailbox_id
         WHERE m.id IN (LIST) AND m.folder_id IS NOT NULL AND ",
        visible!()
    );
    let keys = ids.iter().take(SUMMARIES_MAX).map(|id| Value::from(*id));
    let keys: Vec<Value> = keys.collect();
    conn.all_in(sql, who(viewer, args![]), &keys).await
}

/// Everything of a message but its body.
fn detail(row: &Row, attachments: Vec<Attachment>) -> Result<MessageDetail> {
    Ok(MessageDetail {
        summary: summary(row)?,
        sender: people::to_opt_address(row.opt_text("sender")?)?,
        cc: people::to_addresses(&row.text("cc")?)?,
        bcc: people::to_addresses(&row.text("bcc")?)?,
        reply_to: people::to_addresses(&row.text("reply_to")?)?,
        body: None,
        text: None,
        attachments: row.truth("attachments_known")?.then_some(attachments),
    })
}

/// What hangs on these messages, in order for each.
async fn attachments(conn: &mut Conn, messages: &[Value]) -> Result<Vec<Attachment>> {
    let sql = "SELECT * FROM attachment WHERE message_id IN (LIST) ORDER BY id";
    let rows = conn.all_in(sql, args![], messages).await?;
    rows.iter().map(attachment).collect()
}
