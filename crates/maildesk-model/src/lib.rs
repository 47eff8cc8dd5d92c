//! The nouns of MailDesk and the rules that belong to them alone.
//!
//! No I/O, no async, no JSON, no SQL: what is here can be understood with nothing else open.
//! Time and randomness are traits ([`Clock`], [`Entropy`]); the program hands in the real ones.
//! A new noun gets a file of its own; a rule that needs the store or Graph belongs in a higher room.

pub mod access;
pub mod address_test;
pub mod alert;
pub mod base_url;
pub mod client;
pub mod clock;
pub mod cloud;
pub mod conversation;
pub mod draft;
pub mod folder;
pub mod id;
pub mod intent;
pub mod journal;
pub mod mailbox;
pub mod markup;
pub mod meeting;
pub mod message;
pub mod microsoft;
pub mod parameter;
pub mod push;
pub mod search;
pub mod secret;
pub mod signature;
pub mod stamp;
pub mod subscription;
pub mod words;

pub use access::{Role, Viewer};
pub use clock::{Clock, Entropy, Timestamp};
pub use cloud::Cloud;
pub use id::{
    AlertId, AttachmentId, ConversationId, DraftFileId, DraftId, FolderId, IntentId, MailboxId,
    MessageId, NodeId, NoticeId, SubscriptionId, UserId,
};
pub use secret::Secret;
