//! The desk: reading mail, and writing down what people want done with it.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use bytes::Bytes;
use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::conversation::{ConversationSummary, ThreadId};
use maildesk_model::id::{AttachmentId, FolderId, IntentId, MailboxId, MessageId};
use maildesk_model::intent::{Intent, Want};
use maildesk_model::message::{Attachment, MessageDetail, MessageSummary};
use maildesk_model::search::Search;

use super::Result;

/// Which messages to list. Filters are combined with "and".
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MessageQuery {
    /// Of one mailbox; otherwise of all the person may see.
    pub mailbox: Option<MailboxId>,
    /// Of one folder; otherwise of all folders.
    pub folder: Option<FolderId>,
    /// Only what lies in inboxes, where no folder is named and nothing is looked for.
    pub inboxes: bool,
    /// What to look for; an empty search finds nothing. What it filters adds to the filters here.
    pub search: Option<Search>,
    /// Only unread (`true`) or only read (`false`) ones.
    pub unread: Option<bool>,
    /// Only flagged (`true`) or only others (`false`).
    pub flagged: Option<bool>,
    /// Only those with attachments (`true`) or only others (`false`).
    pub attachments: Option<bool>,
    /// Only those of this category.
    pub category: Option<String>,
    /// Only what comes after this one in the order (newest first, then higher key first).
    pub after: Option<(Timestamp, MessageId)>,
    /// At most so many (1–200).
    pub limit: i64,
}

/// A page of a list in which words may have been looked for.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Found {
    /// The messages.
    pub messages: Vec<MessageSummary>,
    /// Where looking for words was ended because it took too long: everything before that place in the
    /// order was looked at, and asking again with it as `after` goes on. `None`: the page is full, or
    /// nothing more is to be found.
    pub ended_at: Option<(Timestamp, MessageId)>,
}

/// How many messages a list has, as far as was looked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Counted {
    /// So many, [`COUNT_MAX`] at most.
    pub count: i64,
    /// Whether there may be more.
    pub is_at_least: bool,
    /// The mailboxes that those counted lie in: a number says something of them, too.
    pub mailboxes: BTreeSet<MailboxId>,
}

/// As many messages of a list are counted: beyond, nobody wants to know the number.
pub const COUNT_MAX: i64 = 1000;

/// Which conversations to list. Filters are combined with "and".
///
/// Conversations are listed folder by folder: what of a conversation lies in another folder counts
/// there, as the folders' own counts do.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConversationQuery {
    /// Of one mailbox; otherwise of all the person may see.
    pub mailbox: Option<MailboxId>,
    /// Of one folder; otherwise of inboxes.
    pub folder: Option<FolderId>,
    /// Only those with an unread message.
    pub unread: bool,
    /// Only those with a flagged message.
    pub flagged: bool,
    /// Only those with a message that has attachments.
    pub attachments: bool,
    /// Only what comes after this one in the order of their newest messages (newest first, then
    /// higher key first).
    pub after: Option<(Timestamp, MessageId)>,
    /// At most so many (1–200).
    pub limit: i64,
}

/// A category of a mailbox: a name that its mail has, and the colour people here gave it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Category {
    /// What Outlook calls it.
    pub name: String,
    /// One of Outlook's 25 colours, counted from 0; `None`: by its name.
    pub colour: Option<i64>,
}

/// How an attachment's bytes stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BlobState {
    /// All here, so many bytes in so many chunks.
    Here {
        /// Size in bytes.
        size: i64,
        /// Number of chunks, numbered from 0.
        chunks: i64,
    },
    /// Not here; an intent can fetch it.
    Absent,
}

/// Reading mail and writing intents.
#[async_trait]
pub trait DeskStore {
    /// Messages newest first. Reads by index alone: no sort and no scan of a mailbox. Phrases are
    /// checked on the texts of messages that have their words; what would take seconds to find,
    /// because a hundred thousand messages have the words and none of them fits, is not found.
    async fn messages(&self, viewer: Viewer, query: &MessageQuery) -> Result<Vec<MessageSummary>>;

    /// The same, and where it was ended if not everything was looked at.
    async fn find(&self, viewer: Viewer, query: &MessageQuery) -> Result<Found>;

    /// How many there are, found in the same way and with no more effort than a page takes at most; the
    /// query's limit says nothing.
    async fn count(&self, viewer: Viewer, query: &MessageQuery) -> Result<Counted>;

    /// The pieces of the texts of these messages (200 at most) around the first word that is looked
    /// for: up to a few hundred bytes each. Only the beginning of a text is looked at; messages
    /// without such a piece, or that do not exist for this person, are left out.
    async fn excerpts(
        &self,
        viewer: Viewer,
        search: &Search,
        messages: &[MessageId],
    ) -> Result<HashMap<MessageId, String>>;

    /// Conversations, that with the newest message first. Reads by index alone: nothing is grouped
    /// or sorted on reading.
    async fn conversations(
        &self,
        viewer: Viewer,
        query: &ConversationQuery,
    ) -> Result<Vec<ConversationSummary>>;

    /// The messages of these threads, thread by thread in the order asked for, the newest first in
    /// each; at most so many of all of them together, and how many more there are. A thread that
    /// does not exist for this person has none.
    async fn thread_messages(
        &self,
        viewer: Viewer,
        threads: &[ThreadId],
        limit: i64,
    ) -> Result<(Vec<MessageSummary>, i64)>;

    /// The messages of the conversation that this message is one of, oldest first; the newest 200
    /// where there are more. They are of all folders, but of Deleted Items and Junk only if this
    /// message lies there too. Empty if it does not exist for this person.
    async fn conversation(&self, viewer: Viewer, open: MessageId) -> Result<Vec<MessageSummary>>;

    /// One message with everything that is here of it.
    async fn message(&self, viewer: Viewer, id: MessageId) -> Result<Option<MessageDetail>>;

    /// The mailbox of a message and Graph's id of it, for whoever fetches its original.
    async fn original_of(
        &self,
        viewer: Viewer,
        id: MessageId,
    ) -> Result<Option<(MailboxId, String)>>;

    /// Everything but the bodies of these messages (200 at most), in the order asked for; those that
    /// do not exist for this person are left out. As many queries for all of them as for one.
    async fn details(&self, viewer: Viewer, ids: &[MessageId]) -> Result<Vec<MessageDetail>>;

    /// What a list shows of these messages (200 at most), in the order asked for; those that do not
    /// exist for this person are left out.
    async fn summaries(&self, viewer: Viewer, ids: &[MessageId]) -> Result<Vec<MessageSummary>>;

    /// One attachment of a message and how its bytes stand. Notes the use, so that eviction takes
    /// what nobody opens.
    async fn attachment(
        &self,
        viewer: Viewer,
        message: MessageId,
        id: AttachmentId,
        at: Timestamp,
    ) -> Result<Option<(Attachment, BlobState)>>;

    /// One chunk of an attachment's bytes (256 KiB but for the last). Call only after
    /// [`DeskStore::attachment`] let the person in.
    async fn blob_chunk(&self, id: AttachmentId, n: i64) -> Result<Option<Bytes>>;

    /// Writes an intent and shows its effect at once (overlay, conversation, counts, journal), in
    /// one transaction. `None`: what it is about does not exist for this person, or the target
    /// folder is not one of that mailbox. Rings the bell of its lane.
    async fn want(
        &self,
        viewer: Viewer,
        mailbox: MailboxId,
        want: &Want,
        at: Timestamp,
    ) -> Result<Option<IntentId>>;

    /// One intent, if its mailbox exists for this person.
    async fn intent(&self, viewer: Viewer, id: IntentId) -> Result<Option<Intent>>;

    /// The categories of a mailbox, by name (1000 at most): those its mail had, and those made here.
    /// `None`: it does not exist for this person.
    async fn categories(&self, viewer: Viewer, mailbox: MailboxId)
    -> Result<Option<Vec<Category>>>;

    /// Gives a category of a mailbox a colour, and makes it where it was not there. False: the
    /// mailbox does not exist for this person.
    async fn set_category(
        &self,
        viewer: Viewer,
        mailbox: MailboxId,
        category: &Category,
    ) -> Result<bool>;

    /// This person's changes to messages that were refused since then, latest first, at most so
    /// many, in mailboxes that exist for them.
    async fn refusals(&self, viewer: Viewer, since: Timestamp, limit: i64) -> Result<Vec<Intent>>;

    /// How many intents wait, by lane name: the gauge `maildesk_intents`.
    async fn waiting_intents(&self) -> Result<Vec<(String, i64)>>;
}
