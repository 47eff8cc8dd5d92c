//! What MailDesk asks of Graph and Entra: one operation, one file.
//!
//! The second line of each file names the route it calls, in the simulator's spelling; a check
//! keeps the two lists equal. `{who}` stands for `me` or `users/{address}`.

mod add_attachment;
mod admin_consent;
mod attachment_bytes;
mod attachments;
mod authorize;
mod bodies;
mod client_credentials;
mod create_draft;
mod create_forward;
mod create_reply;
mod create_reply_all;
mod create_subscription;
mod create_upload_session;
mod delete_attachment;
mod delete_message;
mod delete_subscription;
mod drafts;
mod folder;
mod folder_children;
mod folder_delta;
mod me;
mod message;
mod message_delta;
mod message_source;
mod move_message;
mod my_aliases;
mod newest;
mod reauthorize_subscription;
mod redeem_code;
mod refresh;
mod renew_subscription;
mod send_draft;
mod send_mail;
mod subscription;
mod subscriptions;
mod update_draft;
mod update_message;
mod upload_part;

pub use attachment_bytes::AttachmentBytes;
pub use me::Me;
