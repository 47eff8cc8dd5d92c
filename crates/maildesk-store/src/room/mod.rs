//! The rooms of the contract, each with its SQL: `room/NAME.rs` implements the trait of
//! `contract/NAME.rs`.

mod alert_notices;
mod alert_settings;
mod alerts;
mod app;
mod arrivals;
mod asked;
mod connections;
mod conversations;
mod desk;
mod disconnect;
mod drafts;
mod excerpts;
mod hits;
mod intents;
mod journal;
mod labelled;
mod list;
mod mailboxes;
mod orphans;
mod panel;
mod people;
#[cfg(test)]
mod plans;
pub(crate) mod push;
mod push_lease;
mod push_note;
mod signatures;
mod stamps;
mod sync;
mod turn;
mod walk;
mod wants;
mod watch;

use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::id::MailboxId;

use crate::contract::Result;
use crate::db::{Conn, Value, args};

/// SQL: whether mailbox `b` exists for a person. The first two values of such a statement are
/// those of [`who`].
macro_rules! visible {
    () => {
        "b.removed_at IS NULL AND ($1 = 1 OR EXISTS (SELECT 1 FROM mailbox_access a
           WHERE a.mailbox_id = b.id AND a.user_id = $2))"
    };
}
pub(crate) use visible;

/// The values [`visible`] wants, and more after them.
fn who(viewer: Viewer, more: Vec<Value>) -> Vec<Value> {
    let mut values = args![viewer.sees_every_mailbox(), viewer.user];
    values.extend(more);
    values
}

/// Whether the mailbox exists for this person.
async fn sees(conn: &mut Conn, viewer: Viewer, mailbox: MailboxId) -> Result<bool> {
    let sql = concat!(
        "SELECT b.id FROM mailbox b WHERE b.id = $3 AND ",
        visible!()
    );
    let row = conn.one(sql, who(viewer, args![mailbox])).await?;
    Ok(row.is_some())
}

/// A column where 0 stands for "not".
fn unless_zero(micros: i64) -> Option<Timestamp> {
    (micros != 0).then(|| Timestamp::from_micros(micros))
}
