//! Arrivals: new mail that came after the connection began, and the times of its way (P5).

use std::collections::{HashMap, HashSet};

use maildesk_model::clock::Timestamp;
use maildesk_model::id::MailboxId;
use maildesk_model::journal::JournalKind;

use super::folders::Place;
use super::kept::Kept;
use crate::contract::Result;
use crate::db::{Note, Tx, Value, args};

/// What decides whether a new row is an arrival.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Since {
    /// When the connection began.
    pub(crate) connected_at: Option<Timestamp>,
    /// Graph's clock less ours, in microseconds.
    pub(crate) skew_micros: i64,
    /// Now.
    pub(crate) at: Timestamp,
}

impl Since {
    /// Whether a new message is one that arrived: not our own doing, and received after the
    /// connection began. Graph's times are whole seconds, so the second it began in counts.
    pub(crate) fn is_arrival(&self, kept: &Kept, place: &Place) -> bool {
        let began = self.connected_at.map(Timestamp::floor_to_second);
        !kept.said.is_draft
            && !place.holds_own_mail()
            && began.is_some_and(|began| kept.said.received_at >= began)
    }

    /// Microsoft's time by our clock; never after we stored it.
    fn received_at(&self, kept: &Kept) -> Timestamp {
        let received = kept.said.received_at.as_micros();
        Timestamp::from_micros(received.saturating_sub(self.skew_micros)).min(self.at)
    }
}

/// Leaves out what has arrived before. Graph may lose sight of a message for a moment, so that its row
/// goes and another one comes; nobody is told a second time that it arrived.
pub(crate) async fn first_time<'a>(
    tx: &mut Tx,
    mailbox: MailboxId,
    mut arrived: Vec<&'a Kept>,
) -> Result<Vec<&'a Kept>> {
    if arrived.is_empty() {
        return Ok(arrived);
    }
    let ids: Vec<Value> = arrived
        .iter()
        .map(|kept| Value::from(&kept.remote_id))
        .collect();
    let known = tx
        .all_in(
            "SELECT remote_id FROM arrival WHERE mailbox_id = $1 AND remote_id IN (LIST)",
            args![mailbox],
            &ids,
        )
        .await?
        .iter()
        .map(|row| row.text("remote_id"))
        .collect::<Result<HashSet<_>>>()?;
    arrived.retain(|kept| !known.contains(&kept.remote_id));
    Ok(arrived)
}

/// Writes arrivals, with the time of the notification where one came first.
pub(crate) async fn write(
    tx: &mut Tx,
    mailbox: MailboxId,
    arrived: &[&Kept],
    since: Since,
) -> Result<()> {
    if arrived.is_empty() {
        return Ok(());
    }
    let ids: Vec<Value> = arrived
        .iter()
        .map(|kept| Value::from(&kept.remote_id))
        .collect();
    let announced = tx
        .all_in(
            "SELECT remote_id, notified_at FROM hint
             WHERE mailbox_id = $1 AND notified_at IS NOT NULL AND remote_id IN (LIST)",
            args![mailbox],
            &ids,
        )
        .await?
        .iter()
        .map(|row| Ok((row.text("remote_id")?, row.int("notified_at")?)))
        .collect::<Result<HashMap<_, _>>>()?;
    // More were announced than ids are kept for: each of these may be one of them.
    let overflow = tx
        .one(
            "SELECT overflow_at FROM stamp WHERE mailbox_id = $1",
            args![mailbox],
        )
        .await?
        .map_or(Ok(None), |row| row.opt_int("overflow_at"))?;
    let rows = arrived
        .iter()
        .map(|kept| {
            args![
                kept.id,
                mailbox,
                &kept.remote_id,
                since.received_at(kept),
                announced.get(&kept.remote_id).copied().or(overflow),
                since.at
            ]
        })
        .collect();
    tx.insert(
        "INSERT INTO arrival
         (message_id, mailbox_id, remote_id, received_at, announced_at, stored_at) VALUES",
        "",
        rows,
    )
    .await?;
    for kept in arrived {
        let note = Note {
            kind: JournalKind::MessageCreated,
            mailbox,
            message: Some(kept.id),
            folder: kept.shown.folder,
            draft: None,
        };
        tx.note(note, since.at);
    }
    Ok(())
}
