//! Drafts at Graph: what is written into one, and what comes along with it.

use bytes::Bytes;
use maildesk_model::message::{Address, Importance};
use maildesk_model::{Secret, Timestamp};

/// A file below this is added in one call; from here on it goes by an upload (facts.md 7.3).
pub const UPLOAD_FROM: i64 = 3 * 1024 * 1024;
/// The bytes of one part of an upload. A part is below 4 MB (facts.md 7.3), and a multiple of 320 KiB
/// as Graph's other uploads want it.
pub const UPLOAD_PART: i64 = 10 * 320 * 1024;

/// What stands in a draft.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct DraftMail {
    /// Its subject.
    pub subject: String,
    /// Its body, HTML.
    pub html: String,
    /// To.
    pub to: Vec<Address>,
    /// Cc.
    pub cc: Vec<Address>,
    /// Bcc.
    pub bcc: Vec<Address>,
    /// How important it is called.
    pub importance: Importance,
}

/// Addresses and content stay out of logs.
impl std::fmt::Debug for DraftMail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DraftMail").finish_non_exhaustive()
    }
}

/// A file to add to a draft in one call.
#[derive(Clone, PartialEq, Eq)]
pub struct NewFile {
    /// File name.
    pub name: String,
    /// MIME type; may be empty.
    pub content_type: String,
    /// Its bytes, fewer than [`UPLOAD_FROM`].
    pub bytes: Bytes,
}

/// Names and content stay out of logs.
impl std::fmt::Debug for NewFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewFile")
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// An upload that was begun.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Where its parts go. Whoever has it may write, so it is a secret.
    pub url: Secret,
    /// Until when it takes them.
    pub until: Option<Timestamp>,
}

/// What came of a part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// Taken; the next one follows.
    Taken,
    /// Taken, and the file is whole: it hangs on the draft.
    Last,
}
