//! A message row: read, inserted, rewritten.

use std::collections::HashMap;

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{ConversationId, FolderId, MailboxId, MessageId};
use maildesk_model::meeting::Meeting;
use maildesk_model::message::{Flag, Importance};

use super::labelled;
use super::meetings;
use super::overlay::Marks;
use crate::contract::Result;
use crate::db::{Conn, Row, Value, args};

/// What Graph says of a message and nobody here changes. Addresses are JSON as kept.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Said {
    pub(crate) subject: String,
    pub(crate) author: Option<String>,
    pub(crate) sender: Option<String>,
    pub(crate) recipients: String,
    pub(crate) cc: String,
    pub(crate) bcc: String,
    pub(crate) reply_to: String,
    pub(crate) received_at: Timestamp,
    pub(crate) sent_at: Option<Timestamp>,
    pub(crate) preview: String,
    pub(crate) is_draft: bool,
    pub(crate) flag_start_at: Option<Timestamp>,
    pub(crate) flag_done_at: Option<Timestamp>,
    pub(crate) importance: Importance,
    pub(crate) is_other: bool,
    pub(crate) has_attachments: bool,
    pub(crate) internet_message_id: String,
    pub(crate) web_link: String,
    pub(crate) meeting: Option<Meeting>,
}

/// A message row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Kept {
    /// 0 until it is inserted.
    pub(crate) id: MessageId,
    pub(crate) mailbox: MailboxId,
    pub(crate) remote_id: String,
    pub(crate) conversation: ConversationId,
    /// Graph's conversation id, or our stand-in for one.
    pub(crate) conversation_remote: String,
    /// Graph's word.
    pub(crate) graph: Marks,
    /// Graph's word with waiting intents laid over it.
    pub(crate) shown: Marks,
    pub(crate) overlaid: bool,
    pub(crate) said: Said,
    /// Moves without anything a person sees.
    pub(crate) modified_at: Option<Timestamp>,
    pub(crate) body_state: i64,
    pub(crate) attachments_known: bool,
    pub(crate) missing_since: Option<Timestamp>,
    pub(crate) seen_generation: i64,
}

/// No body yet; some may come.
pub(crate) const BODY_AWAITED: i64 = 0;
/// The body is here.
pub(crate) const BODY_HERE: i64 = 1;
/// The body cannot be had.
pub(crate) const BODY_NONE: i64 = 2;
/// The body is left at Microsoft until somebody opens it (S9).
pub(crate) const BODY_LEFT: i64 = 3;

/// The columns [`Kept::read`] wants, of `message m JOIN conversation c`.
const READ: &str = "SELECT m.*, c.remote_id AS conversation_remote
    FROM message m JOIN conversation c ON c.id = m.conversation_id";

const INSERT: &str = "INSERT INTO message (id, mailbox_id, remote_id, conversation_id,
    g_folder_id, g_is_read, g_flag, flag_due_at, g_categories,
    folder_id, is_read, flag, due_at, categories, overlaid,
    missing_since, seen_generation, body_state, attachments_known,
    subject, author, sender, recipients, cc, bcc, reply_to, received_at, sent_at, modified_at,
    preview, is_draft, flag_start_at, flag_done_at, importance, is_other,
    has_attachments, internet_message_id, web_link, meeting, meeting_starts_at, meeting_ends_at,
    meeting_all_day, meeting_repeats, meeting_place) VALUES";

const REWRITE_MARKS: &str = "UPDATE message SET g_folder_id = $2, g_is_read = $3, g_flag = $4,
    flag_due_at = $5, g_categories = $6, folder_id = $7, is_read = $8, flag = $9, due_at = $10,
    categories = $11, overlaid = $12, missing_since = $13 WHERE id = $1";

const REWRITE_SAID: &str = "UPDATE message SET subject = $2, author = $3, sender = $4,
    recipients = $5, cc = $6, bcc = $7, reply_to = $8, received_at = $9, sent_at = $10,
    modified_at = $11, preview = $12, is_draft = $13, flag_start_at = $14, flag_done_at = $15,
    importance = $16, is_other = $17, has_attachments = $18,
    internet_message_id = $19, web_link = $20, meeting = $21, meeting_starts_at = $22,
    meeting_ends_at = $23, meeting_all_day = $24, meeting_repeats = $25, meeting_place = $26,
    conversation_id = $27 WHERE id = $1";

impl Kept {
    fn read(row: &Row) -> Result<Self> {
        let graph = Marks {
            folder: Some(FolderId(row.int("g_folder_id")?)),
            is_read: row.truth("g_is_read")?,
            flag: row.named("g_flag", Flag::from_name)?,
            due: row.opt_time("flag_due_at")?,
            categories: row.text("g_categories")?,
        };
        let shown = Marks {
            folder: row.opt_int("folder_id")?.map(FolderId),
            is_read: row.truth("is_read")?,
            flag: row.named("flag", Flag::from_name)?,
            due: row.opt_time("due_at")?,
            categories: row.text("categories")?,
        };
        Ok(Self {
            id: MessageId(row.int("id")?),
            mailbox: MailboxId(row.int("mailbox_id")?),
            remote_id: row.text("remote_id")?,
            conversation: ConversationId(row.int("conversation_id")?),
            conversation_remote: row.text("conversation_remote")?,
            graph,
            shown,
            overlaid: row.truth("overlaid")?,
            said: Said::read(row)?,
            modified_at: row.opt_time("modified_at")?,
            body_state: row.int("body_state")?,
            attachments_known: row.truth("attachments_known")?,
            missing_since: row.opt_time("missing_since")?,
            seen_generation: row.int("seen_generation")?,
        })
    }

    /// Where the counts find it.
    pub(crate) fn standing(&self) -> super::ledger::Standing {
        super::ledger::Standing {
            id: self.id,
            folder: self.shown.folder,
            conversation: self.conversation,
            received_at: self.said.received_at,
            is_read: self.shown.is_read,
            is_flagged: self.shown.flag == Flag::Flagged,
            has_attachments: self.said.has_attachments,
        }
    }

    fn marks(&self) -> Vec<Value> {
        args![
            self.graph.folder,
            self.graph.is_read,
            self.graph.flag.name(),
            self.graph.due,
            &self.graph.categories,
            self.shown.folder,
            self.shown.is_read,
            self.shown.flag.name(),
            self.shown.due,
            &self.shown.categories,
            self.overlaid,
            self.missing_since
        ]
    }

    fn said(&self) -> Vec<Value> {
        let said = &self.said;
        let mut values = args![
            &said.subject,
            said.author.as_ref(),
            said.sender.as_ref(),
            &said.recipients,
            &said.cc,
            &said.bcc,
            &said.reply_to,
            said.received_at,
            said.sent_at,
            self.modified_at,
            &said.preview,
            said.is_draft,
            said.flag_start_at,
            said.flag_done_at,
            said.importance.name(),
            said.is_other,
            said.has_attachments,
            &said.internet_message_id,
            &said.web_link
        ];
        values.extend(meetings::values(said.meeting.as_ref()));
        values
    }
}

impl Said {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            subject: row.text("subject")?,
            author: row.opt_text("author")?,
            sender: row.opt_text("sender")?,
            recipients: row.text("recipients")?,
            cc: row.text("cc")?,
            bcc: row.text("bcc")?,
            reply_to: row.text("reply_to")?,
            received_at: row.time("received_at")?,
            sent_at: row.opt_time("sent_at")?,
            preview: row.text("preview")?,
            is_draft: row.truth("is_draft")?,
            flag_start_at: row.opt_time("flag_start_at")?,
            flag_done_at: row.opt_time("flag_done_at")?,
            importance: row.named("importance", Importance::from_name)?,
            is_other: row.truth("is_other")?,
            has_attachments: row.truth("has_attachments")?,
            internet_message_id: row.text("internet_message_id")?,
            web_link: row.text("web_link")?,
            meeting: meetings::read(row)?,
        })
    }
}

/// The rows of a mailbox that have one of these remote ids.
pub(crate) async fn by_remote(
    conn: &mut Conn,
    mailbox: MailboxId,
    remote_ids: &[Value],
) -> Result<HashMap<String, Kept>> {
    let sql = format!("{READ} WHERE m.mailbox_id = $1 AND m.remote_id IN (LIST)");
    let rows = conn.all_in(&sql, args![mailbox], remote_ids).await?;
    rows.iter()
        .map(|row| Kept::read(row).map(|kept| (kept.remote_id.clone(), kept)))
        .collect()
}

/// Rows by their keys, in no order.
pub(crate) async fn by_ids(conn: &mut Conn, ids: &[Value]) -> Result<Vec<Kept>> {
    let sql = format!("{READ} WHERE m.id IN (LIST)");
    let rows = conn.all_in(&sql, args![], ids).await?;
    rows.iter().map(Kept::read).collect()
}

/// One row by its key.
pub(crate) async fn by_id(conn: &mut Conn, id: MessageId) -> Result<Option<Kept>> {
    let sql = format!("{READ} WHERE m.id = $1");
    let row = conn.one(crate::db::Sql(sql), args![id]).await?;
    row.as_ref().map(Kept::read).transpose()
}

/// Inserts rows and gives each its key.
pub(crate) async fn insert(conn: &mut Conn, rows: &mut [Kept]) -> Result<()> {
    let keys = conn.keys("message", rows.len()).await?;
    for (kept, key) in rows.iter_mut().zip(keys) {
        kept.id = MessageId(key);
    }
    let values = rows
        .iter()
        .map(|kept| {
            let mut values = args![kept.id, kept.mailbox, &kept.remote_id, kept.conversation];
            values.extend(kept.marks());
            values.extend(args![
                kept.seen_generation,
                kept.body_state,
                kept.attachments_known
            ]);
            values.extend(kept.said());
            values
        })
        .collect();
    conn.insert(INSERT, "", values).await?;
    labelled::write(conn, rows.iter().collect()).await
}

/// Rewrites a row as far as it differs from what is stored; whether its body and attachments are
/// here and when it was seen is written for many rows at once, not here.
pub(crate) async fn rewrite(conn: &mut Conn, before: &Kept, after: &Kept) -> Result<()> {
    let id = after.id;
    if before.said != after.said
        || before.modified_at != after.modified_at
        || before.conversation != after.conversation
    {
        let mut values = args![id];
        values.extend(after.said());
        values.extend(args![after.conversation]);
        conn.run(REWRITE_SAID, values).await?;
    }
    if before.marks_differ(after) {
        let mut values = args![id];
        values.extend(after.marks());
        conn.run(REWRITE_MARKS, values).await?;
    }
    labelled::rewrite(conn, before, after).await
}

impl Kept {
    fn marks_differ(&self, other: &Self) -> bool {
        self.graph != other.graph
            || self.shown != other.shown
            || self.overlaid != other.overlaid
            || self.missing_since != other.missing_since
    }

    /// Whether a person would see a difference (bodies aside).
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        self.shown == other.shown
            && self.said == other.said
            && self.conversation == other.conversation
    }
}
