//! A mailbox in JSON.

use maildesk_model::Timestamp;
use maildesk_model::mailbox::Mailbox;
use serde::Serialize;
use utoipa::ToSchema;

use super::names::{ConnectionName, MailboxStateName, PushStateName};
use super::{Instant, TroubleBody};

/// A mailbox.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = Mailbox)]
pub(crate) struct MailboxBody {
    /// Its id.
    id: String,
    /// What people call it.
    name: String,
    /// Its mail address.
    email: String,
    /// How it is reached.
    connection: ConnectionName,
    /// How it is doing.
    state: MailboxStateName,
    /// What is wrong, if something is.
    #[schema(required)]
    trouble: Option<TroubleBody>,
    /// Unread messages in the inbox.
    unread_count: i64,
    /// When a sync last ended well.
    #[schema(required)]
    last_sync_at: Option<Instant>,
    /// Microsoft asked us to wait until then.
    #[schema(required)]
    waiting_until: Option<Instant>,
    /// How far the first listing is.
    import: ImportBody,
    /// How push is doing.
    push: MailboxPushBody,
    /// When it was added.
    created_at: Instant,
}

/// How far the first listing of a mailbox is.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportProgress)]
pub(crate) struct ImportBody {
    /// Messages there are, as Microsoft counts them.
    expected: i64,
    /// Messages listed so far.
    listed: i64,
    /// Messages whose body is not waited for: it is here, is left at Microsoft (`sync.bodies.days`), or cannot be had.
    bodies: i64,
}

/// How push is doing, in short.
#[derive(Serialize, ToSchema, Debug)]
#[serde(rename_all = "camelCase")]
#[schema(as = MailboxPush)]
pub(crate) struct MailboxPushBody {
    /// State.
    state: PushStateName,
}

/// A mailbox as it is at that moment: a wait that is over is none.
impl From<(Mailbox, Timestamp)> for MailboxBody {
    fn from((mailbox, now): (Mailbox, Timestamp)) -> Self {
        let waiting_until = mailbox.not_before.filter(|until| *until > now);
        Self {
            id: mailbox.id.to_string(),
            name: mailbox.name,
            email: mailbox.address,
            connection: ConnectionName(mailbox.connection),
            state: MailboxStateName(mailbox.state),
            trouble: mailbox.trouble.map(Into::into),
            unread_count: mailbox.unread,
            last_sync_at: mailbox.last_sync_at.map(Instant),
            waiting_until: waiting_until.map(Instant),
            import: ImportBody {
                expected: mailbox.import.expected,
                listed: mailbox.import.listed,
                bodies: mailbox.import.bodies,
            },
            push: MailboxPushBody {
                state: PushStateName(mailbox.push),
            },
            created_at: Instant(mailbox.created_at),
        }
    }
}
