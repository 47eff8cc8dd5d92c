//! Drafts: what people write, and what the runner notes while it brings that to Graph.
//!
//! A draft exists for its author alone, and only while its mailbox exists for them. Everything about
//! a draft is done holding its mailbox's row, so that taking back and sending cannot pass each other.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::draft::{Draft, DraftFile, DraftKind, DraftText};
use maildesk_model::id::{DraftFileId, DraftId, IntentId, MailboxId, MessageId};
use maildesk_model::mailbox::Trouble;
use maildesk_model::message::{Address, RemoteAttachment};
use maildesk_model::secret::Secret;

use super::{Lease, Result};

/// How long after the last change Graph's copy is brought up to date: a pause in typing.
pub const SAVE_AFTER: Duration = Duration::from_secs(3);
/// Somebody who never pauses has a copy at Graph at least this often.
pub const SAVE_WITHIN: Duration = Duration::from_secs(15);
/// How long the key of a submission is remembered.
pub const KEY_FOR: Duration = Duration::from_hours(24);

/// Why a person's wish about a draft is not carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DraftRefusal {
    /// It does not exist for this person.
    Unknown,
    /// It was changed since the version that this change began with.
    Changed,
    /// It is not being written any more: on its way, sent, or thrown away.
    NotWriting,
    /// Graph has been asked to send it; that cannot be taken back.
    TooLate,
    /// The person has too many open drafts, or the draft too many files.
    TooMany,
    /// Its files are too large together.
    TooLarge,
    /// A piece of a file does not begin where the last one ended, or goes beyond the file's size.
    Elsewhere {
        /// Where to go on.
        received: i64,
    },
    /// A file is not here completely.
    Incomplete,
    /// It goes to nobody.
    Nobody,
    /// Somebody else is writing it.
    Taken,
    /// The message is no draft.
    NoDraft,
    /// The key of the submission was used for another one.
    KeyUsed,
}

/// What came of a person's wish about a draft.
pub type Drafted<T> = std::result::Result<T, DraftRefusal>;

/// A draft to begin.
#[derive(Clone, PartialEq, Debug)]
pub struct NewDraft {
    /// The mailbox it will be sent from.
    pub mailbox: MailboxId,
    /// What it is to its origin.
    pub kind: DraftKind,
    /// What it answers or hands on: a message of the same mailbox. The files of one that is handed
    /// on go along.
    pub origin: Option<MessageId>,
    /// What stands in it to begin with.
    pub text: DraftText,
    /// The original as it goes along, in HTML.
    pub quoted: Option<String>,
    /// Random: what Graph's copy is found by if the answer to its creation is lost.
    pub marker: String,
}

/// A change of a draft's text.
#[derive(Clone, PartialEq, Debug)]
pub struct DraftChange {
    /// The version it began with.
    pub version: i64,
    /// The whole text from now on.
    pub text: DraftText,
}

/// A file to add.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewDraftFile {
    /// File name.
    pub name: String,
    /// MIME type; may be empty.
    pub content_type: String,
    /// Its size in bytes.
    pub size: i64,
}

/// A mail that is handed over whole and sent at once.
#[derive(Clone, PartialEq, Debug)]
pub struct Submission {
    /// SHA-256 of the key it came with.
    pub key_hash: [u8; 32],
    /// SHA-256 of everything else it came with.
    pub body_hash: [u8; 32],
    /// The draft.
    pub draft: NewDraft,
    /// Its files and their bytes.
    pub files: Vec<(NewDraftFile, Bytes)>,
}

/// A draft as the runner sees it.
#[derive(Clone, Debug)]
pub struct DraftWork {
    /// The draft. Among its files are those that its author sees.
    pub draft: Draft,
    /// The original as it goes along.
    pub quoted: Option<String>,
    /// Counts every change of text and files.
    pub edits: i64,
    /// The edits that Graph's copy has; 0 is none.
    pub saved_edits: i64,
    /// When Graph says our last change of the copy was made; `None` while that is not known.
    pub saved_at: Option<Timestamp>,
    /// When Graph says the copy was last changed, by the newest that sync has read.
    pub copy_at: Option<Timestamp>,
    /// What a copy is found by whose creation was not answered.
    pub marker: String,
    /// Graph's id of the origin.
    pub origin: Option<String>,
    /// Graph was asked to create the copy then, and has not answered.
    pub creating_at: Option<Timestamp>,
    /// Graph's id of the copy.
    pub remote_id: Option<String>,
    /// Whether it is known which files the copy has.
    pub files_listed: bool,
    /// The files, those that are to be taken away included.
    pub files: Vec<FileWork>,
    /// Graph was asked to send it then.
    pub asked_at: Option<Timestamp>,
    /// Graph said then that it would.
    pub accepted_at: Option<Timestamp>,
    /// How often was looked whether it has been sent.
    pub looks: i64,
    /// Graph did not know the copy for the first time then, and has not since.
    pub lost_at: Option<Timestamp>,
}

/// A file as the runner sees it.
#[derive(Clone, Debug)]
pub struct FileWork {
    /// The file.
    pub file: DraftFile,
    /// Its author has taken it away.
    pub removed: bool,
    /// Graph's id of it.
    pub remote_id: Option<String>,
    /// Graph may have it although its id is not known.
    pub asked: bool,
    /// The address of an upload that was begun. It is its own pass.
    pub session: Option<Secret>,
    /// So many bytes have gone into that upload.
    pub sent: i64,
}

/// What the runner notes. Each is written before or after one call of Graph.
#[derive(Clone, Debug)]
pub enum DraftNote {
    /// Graph is about to be asked to create the copy.
    Creating,
    /// It was certainly not created, or could not be found.
    NotCreated,
    /// Graph's id of the copy. Its list of files is to be read if the origin's go along.
    Created(String),
    /// Graph does not have the copy any more: another one is to be created. Files that lay there
    /// alone are gone with it.
    Vanished,
    /// The copy has the text and the files of these edits.
    Saved {
        /// The edits.
        edits: i64,
        /// When Graph says that was.
        at: Option<Timestamp>,
    },
    /// Graph's list of the copy's files. Those that go along from Microsoft and are not in it are
    /// gone; those in it that nobody knew go along.
    Listed(Vec<RemoteAttachment>),
    /// Graph is about to be asked to take a file that it then may have.
    FileAsked(DraftFileId),
    /// The upload that a file goes by, and how far it is; `None`: it has to begin anew.
    FileUpload(DraftFileId, Option<(Secret, i64)>),
    /// Graph has the file.
    FileThere(DraftFileId, String),
    /// Graph does not have the file any more.
    FileGone(DraftFileId),
    /// Graph is about to be asked to send it. Kept through a power loss, and only while its author
    /// wants it sent.
    Asking,
    /// It was certainly not sent.
    NotAsked,
    /// Graph said that it would send it.
    Accepted,
    /// Somebody looked whether it has been sent, and whether Graph knew it.
    Looked {
        /// Graph knew it.
        known: bool,
    },
    /// What the author should know; the draft goes on.
    Told(Trouble),
}

/// How the work on a draft ended.
#[derive(Clone, PartialEq, Debug)]
pub enum DraftEnd {
    /// Graph's copy is equal to it, unless it was changed meanwhile: then the intent waits on.
    Saved,
    /// It has been sent.
    Sent,
    /// Graph's copy is gone.
    Discarded,
    /// Microsoft (or we) said no. It is being written again.
    Refused(Trouble),
}

/// Everything about drafts.
#[async_trait]
pub trait DraftStore {
    /// Begins a draft. [`DraftRefusal::Unknown`] where mailbox or origin do not exist for the
    /// person, [`DraftRefusal::TooMany`] beyond [`OPEN_MAX`](maildesk_model::draft::OPEN_MAX).
    async fn create_draft(
        &self,
        viewer: Viewer,
        draft: &NewDraft,
        at: Timestamp,
    ) -> Result<Drafted<Draft>>;

    /// The draft that continues one that lies in Drafts at Graph: the one there is, or a new one
    /// with what stands in the message. `body` is the message's, made harmless. Where the message
    /// was changed in Outlook since, and the draft was not, the draft becomes equal to it. One that
    /// was deleted comes back into Drafts.
    async fn adopt_draft(
        &self,
        viewer: Viewer,
        message: MessageId,
        body: &str,
        at: Timestamp,
    ) -> Result<Drafted<Draft>>;

    /// One draft, unless it was thrown away.
    async fn draft(&self, viewer: Viewer, id: DraftId) -> Result<Option<Draft>>;

    /// The open drafts of the person, the one changed last first, at most
    /// [`OPEN_MAX`](maildesk_model::draft::OPEN_MAX). Those whose copy somebody has moved out of
    /// Drafts are not among them, unless they were refused or have something the copy lacks.
    async fn drafts(&self, viewer: Viewer) -> Result<Vec<Draft>>;

    /// How many of them are being written; the others are on their way.
    async fn count_drafts(&self, viewer: Viewer) -> Result<i64>;

    /// Changes the text. Graph's copy follows after [`SAVE_AFTER`], at least every [`SAVE_WITHIN`].
    async fn update_draft(
        &self,
        viewer: Viewer,
        id: DraftId,
        change: &DraftChange,
        at: Timestamp,
    ) -> Result<Drafted<Draft>>;

    /// Adds a file whose bytes follow in pieces.
    async fn add_draft_file(
        &self,
        viewer: Viewer,
        id: DraftId,
        file: &NewDraftFile,
        at: Timestamp,
    ) -> Result<Drafted<DraftFile>>;

    /// Takes a piece of a file that begins where the last one ended, at most
    /// [`PART_MAX`](maildesk_model::draft::PART_MAX) bytes.
    async fn put_draft_part(
        &self,
        viewer: Viewer,
        id: DraftId,
        file: DraftFileId,
        offset: i64,
        bytes: &Bytes,
        at: Timestamp,
    ) -> Result<Drafted<DraftFile>>;

    /// Takes a file away.
    async fn remove_draft_file(
        &self,
        viewer: Viewer,
        id: DraftId,
        file: DraftFileId,
        at: Timestamp,
    ) -> Result<Drafted<()>>;

    /// Has a draft sent at `send_at`; until then it can be taken back. Kept through a power loss.
    /// Sent twice it is one intent.
    async fn send_draft(
        &self,
        viewer: Viewer,
        id: DraftId,
        send_at: Timestamp,
        at: Timestamp,
    ) -> Result<Drafted<IntentId>>;

    /// Takes the sending back, unless Graph has been asked. The intent is refused as `why`.
    async fn take_back_draft(
        &self,
        viewer: Viewer,
        id: DraftId,
        why: &Trouble,
        at: Timestamp,
    ) -> Result<Drafted<Draft>>;

    /// Throws a draft away; Graph's copy follows.
    async fn discard_draft(
        &self,
        viewer: Viewer,
        id: DraftId,
        at: Timestamp,
    ) -> Result<Drafted<()>>;

    /// Takes a whole mail and has it sent at once: draft, files and intent are one transaction. The
    /// same submission again is the same intent for [`KEY_FOR`]; another one with its key is
    /// [`DraftRefusal::KeyUsed`].
    async fn submit(
        &self,
        viewer: Viewer,
        submission: &Submission,
        at: Timestamp,
    ) -> Result<Drafted<IntentId>>;

    /// Whom a mailbox, or any that the person may see, has written with: those whose address, or a
    /// word of whose name, begins with what is typed. Who was written to most comes first, then the latest.
    async fn correspondents(
        &self,
        viewer: Viewer,
        mailbox: Option<MailboxId>,
        typed: &str,
        limit: i64,
    ) -> Result<Vec<Address>>;

    /// Everything about a draft of the mailbox; `None` when it is gone.
    async fn draft_work(&self, lease: &Lease, id: DraftId) -> Result<Option<DraftWork>>;

    /// Bytes of a file from `offset` on, at most `len` of them.
    async fn draft_bytes(
        &self,
        lease: &Lease,
        file: DraftFileId,
        offset: i64,
        len: i64,
    ) -> Result<Bytes>;

    /// Notes how far a draft is. False when that does not fit any more, because it is gone or its
    /// author wants it otherwise by now: nothing was written.
    async fn note_draft(
        &self,
        lease: &Lease,
        id: DraftId,
        note: &DraftNote,
        at: Timestamp,
    ) -> Result<bool>;

    /// Ends the work on a draft that an intent asked for, and settles the intent. The bytes of a
    /// draft that is over go at once. Rings [`Bell::Intent`](super::Bell::Intent).
    async fn end_draft(
        &self,
        lease: &Lease,
        id: DraftId,
        intent: IntentId,
        end: &DraftEnd,
        at: Timestamp,
    ) -> Result<()>;
}
