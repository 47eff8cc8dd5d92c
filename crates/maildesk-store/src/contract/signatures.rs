//! Signatures: what stands below the mail that people write.

use async_trait::async_trait;
use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::MailboxId;
use maildesk_model::signature::{OwnSignature, Signatures};

use super::Result;

/// A mailbox and what stands below a person's mail in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedMailbox {
    /// The mailbox.
    pub id: MailboxId,
    /// What it is called.
    pub name: String,
    /// Its address.
    pub address: String,
    /// The signatures.
    pub signatures: Signatures,
}

/// Everything about signatures. What goes in is harmless HTML of at most
/// [`SIGNATURE_MAX`](maildesk_model::signature::SIGNATURE_MAX) bytes; the caller has seen to that.
#[async_trait]
pub trait SignatureStore {
    /// The person's signatures in every mailbox that exists for them, by the mailbox's name; at most
    /// so many.
    async fn signatures(&self, viewer: Viewer, limit: i64) -> Result<Vec<SignedMailbox>>;

    /// The person's signatures in one mailbox. `None`: it does not exist for them.
    async fn signature(&self, viewer: Viewer, mailbox: MailboxId) -> Result<Option<SignedMailbox>>;

    /// Sets what this person wants below their mail in this mailbox. False: it does not exist for
    /// them.
    async fn set_signature(
        &self,
        viewer: Viewer,
        mailbox: MailboxId,
        own: &OwnSignature,
        at: Timestamp,
    ) -> Result<bool>;

    /// Sets the mailbox's common signature; empty is none. False: it does not exist for this person.
    async fn set_common_signature(
        &self,
        viewer: Viewer,
        mailbox: MailboxId,
        html: &str,
        at: Timestamp,
    ) -> Result<bool>;
}
