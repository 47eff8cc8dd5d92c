//! What can be bound to a statement: three kinds of value, each of which may be missing.

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{
    AlertId, AttachmentId, ConversationId, DraftFileId, DraftId, FolderId, IntentId, MailboxId,
    MessageId, NodeId, NoticeId, SubscriptionId, UserId,
};

/// A bound value. A missing one keeps its kind, because PostgreSQL wants to know it.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// BIGINT: keys, instants, counts, truth values.
    Int(Option<i64>),
    /// TEXT.
    Text(Option<String>),
    /// BLOB or BYTEA.
    Bytes(Option<Vec<u8>>),
}

/// `args![a, b]`: values to bind, in order.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
pub(crate) use args;

macro_rules! values {
    ($($kind:ident($type:ty) = |$given:ident| $made:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($given: $type) -> Self {
                Self::$kind(Some($made))
            }
        }
        impl From<Option<$type>> for Value {
            fn from(given: Option<$type>) -> Self {
                Self::$kind(given.map(|$given| $made))
            }
        }
    )*};
}

values! {
    Int(i64) = |given| given;
    Int(bool) = |given| i64::from(given);
    Int(Timestamp) = |given| given.as_micros();
    Int(MailboxId) = |given| given.0;
    Int(FolderId) = |given| given.0;
    Int(MessageId) = |given| given.0;
    Int(ConversationId) = |given| given.0;
    Int(AttachmentId) = |given| given.0;
    Int(IntentId) = |given| given.0;
    Int(SubscriptionId) = |given| given.0;
    Int(DraftId) = |given| given.0;
    Int(DraftFileId) = |given| given.0;
    Int(UserId) = |given| given.0;
    Int(AlertId) = |given| given.0;
    Int(NoticeId) = |given| given.0;
    Text(String) = |given| given;
    Text(&str) = |given| given.to_owned();
    Text(&String) = |given| given.clone();
    Text(&NodeId) = |given| given.0.clone();
    Bytes(Vec<u8>) = |given| given;
    Bytes(&[u8]) = |given| given.to_vec();
    Bytes(&[u8; 32]) = |given| given.to_vec();
}
