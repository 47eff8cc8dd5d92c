//! What push writes down about a mailbox, and whether a person would see the difference.

use maildesk_model::clock::Timestamp;
use maildesk_model::id::MailboxId;
use maildesk_model::push::PushEvent;

use crate::contract::{PushNote, Result, StoreError};
use crate::db::{Tx, args};
use crate::mail::people;

/// As many things that happened as are kept for the panel, which shows ten.
const EVENTS_KEPT: i64 = 50;

/// Writes what is noted; true when something a person sees changed.
pub(super) async fn write(tx: &mut Tx, mailbox: MailboxId, note: &PushNote) -> Result<bool> {
    let sql = "SELECT wanted, state, checked_at, reasons, trouble, failures, next_at,
                 until_at
               FROM push WHERE mailbox_id = $1";
    let row = tx.one(sql, args![mailbox]).await?;
    let row = row.ok_or(StoreError::LeaseLost)?;
    let (was_wanted, was_state) = (row.truth("wanted")?, row.text("state")?);
    let (was_reasons, was_trouble) = (row.text("reasons")?, row.opt_text("trouble")?);
    let until_at = row.time("until_at")?;
    let was_checked = row.opt_time("checked_at")?;
    let wanted = note.wanted.unwrap_or(was_wanted);
    let state = note
        .state
        .map_or(was_state.clone(), |state| state.name().into());
    let reasons = note.readiness.as_ref().map_or_else(
        || was_reasons.clone(),
        |(reasons, _)| people::from_troubles(reasons),
    );
    let checked_at = note.readiness.as_ref().map(|(_, at)| *at).or(was_checked);
    let trouble = match &note.trouble {
        Some(trouble) => trouble.as_ref().map(people::from_trouble),
        None => was_trouble.clone(),
    };
    let stored = row.opt_time("next_at")?;
    // A wake between the claim and now may have come too late for the plan that is noted.
    let woken = stored.filter(|stored| *stored != until_at);
    let next_at = match note.next_at {
        Some(planned) => planned.into_iter().chain(woken).min(),
        None => stored,
    };
    // Likewise a failure: what woke push may have mended what it failed at.
    let was_failures = row.int("failures")?;
    let failures = match note.failures {
        Some(failures) if woken.is_some() => failures.min(was_failures),
        failures => failures.unwrap_or(was_failures),
    };
    tx.run(
        "UPDATE push SET wanted = $2, state = $3, checked_at = $4, reasons = $5, trouble = $6,
           failures = $7, next_at = $8 WHERE mailbox_id = $1",
        args![
            mailbox,
            wanted,
            &state,
            checked_at,
            &reasons,
            trouble.clone(),
            failures,
            next_at
        ],
    )
    .await?;
    if let Some(event) = &note.event {
        tell(tx, mailbox, event).await?;
    }
    Ok(wanted != was_wanted
        || state != was_state
        || reasons != was_reasons
        || trouble != was_trouble
        || (checked_at.is_some() != was_checked.is_some())
        || note.event.is_some())
}

/// Puts something on the panel's list. What was the last thing already is counted there, so that
/// hourly renewals do not push everything else off the list.
async fn tell(tx: &mut Tx, mailbox: MailboxId, event: &PushEvent) -> Result<()> {
    let again = tx
        .run(
            "UPDATE push_event SET at = $2, times = times + $5
             WHERE id = (SELECT MAX(e.id) FROM push_event e WHERE e.mailbox_id = $1)
               AND kind = $3 AND detail = $4",
            args![mailbox, event.at, &event.kind, &event.detail, event.times],
        )
        .await?;
    if again > 0 {
        return Ok(());
    }
    tx.run(
        "INSERT INTO push_event (mailbox_id, at, kind, detail, times) VALUES ($1, $2, $3, $4, $5)",
        args![mailbox, event.at, &event.kind, &event.detail, event.times],
    )
    .await?;
    tx.run(
        "DELETE FROM push_event WHERE mailbox_id = $1 AND id <=
           (SELECT e.id FROM push_event e WHERE e.mailbox_id = $1
            ORDER BY e.id DESC LIMIT 1 OFFSET $2)",
        args![mailbox, EVENTS_KEPT],
    )
    .await
    .map(drop)
}

/// After a sync that ended well: when nothing is left of a catch-up that the panel has promised,
/// says so there. True when it did.
pub(super) async fn caught_up(tx: &mut Tx, mailbox: MailboxId, at: Timestamp) -> Result<bool> {
    let sql = "SELECT e.kind FROM push_event e WHERE e.mailbox_id = $1 AND NOT EXISTS
                 (SELECT 1 FROM stamp s WHERE s.mailbox_id = $1 AND s.all_version IS NOT NULL)
               ORDER BY e.id DESC LIMIT 1";
    let last = tx.one(sql, args![mailbox]).await?;
    let last = last.map(|row| row.text("kind")).transpose()?;
    let is_news = last.is_some_and(|kind| PushEvent::BEFORE_CATCHING_UP.contains(&kind.as_str()));
    if is_news {
        tell(tx, mailbox, &PushEvent::caught_up(at)).await?;
    }
    Ok(is_news)
}
