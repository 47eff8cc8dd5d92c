//! Bodies of old mail, where only those of the last days are kept (S9): they are taken away with their
//! words, or not waited for, and are waited for again when more days are kept.

use maildesk_model::clock::Timestamp;
use maildesk_model::id::MailboxId;

use super::lease;
use crate::contract::{Lease, Result};
use crate::db::{Db, Tx, Value, Write, args};
use crate::mail::kept::{self, BODY_AWAITED, BODY_HERE, BODY_LEFT};
use crate::mail::ledger::Ledger;
use crate::mail::search::{self, Doc};

/// Before everything: where nothing is left at Microsoft.
const ALL: Timestamp = Timestamp::from_micros(i64::MIN);

/// What is left that is wanted again.
pub(in crate::room) const WANTED_AGAIN: &str = "SELECT id FROM message
    WHERE mailbox_id = $1 AND body_state = 3 AND received_at >= $2
    ORDER BY received_at DESC LIMIT $3";
/// What grew old since it was last looked at; each message is met once.
pub(in crate::room) const GROWN_OLD: &str = "SELECT id, body_state, received_at FROM message
    WHERE mailbox_id = $1 AND received_at >= $2 AND received_at < $3
      AND (body_state = 0 OR body_state = 1) ORDER BY received_at, id LIMIT $4";
/// What was listed since and is as old.
pub(in crate::room) const OLD_AND_NEW: &str = "SELECT id FROM message
    WHERE mailbox_id = $1 AND body_state = 0 AND received_at < $2
    ORDER BY received_at LIMIT $3";

/// Leaves the bodies of mail older than `from` where they are, some at a time.
pub(super) async fn leave(
    db: &Db,
    lease: &Lease,
    from: Option<Timestamp>,
    limit: i64,
    at: Timestamp,
) -> Result<()> {
    let mut tx = lease::write(db, lease, Write::Bulk).await?.tx;
    let mailbox = lease.mailbox;
    let sql = "SELECT bodies_from FROM mailbox WHERE id = $1";
    let row = tx.one(sql, args![mailbox]).await?;
    let reached = row.map(|row| row.opt_time("bodies_from")).transpose()?;
    let reached = reached.flatten().unwrap_or(ALL);
    let wanted = from.unwrap_or(ALL);
    let mut ledger = Ledger::new(mailbox);
    let now_at = if wanted < reached {
        let again = tx.all(WANTED_AGAIN, args![mailbox, wanted, limit]).await?;
        let again: Vec<Value> = ids(&again)?;
        put(&mut tx, BODY_AWAITED, &again).await?;
        ledger.bodies(-(again.len() as i64));
        if is_full(&again, limit) {
            reached
        } else {
            wanted
        }
    } else {
        let (old, now_at) = grown_old(&mut tx, mailbox, reached, wanted, limit).await?;
        ledger.bodies(old);
        now_at
    };
    ledger.post(&mut tx, at).await?;
    let kept_from = (now_at != ALL).then_some(now_at);
    let sql = "UPDATE mailbox SET bodies_from = $2 WHERE id = $1";
    tx.run(sql, args![mailbox, kept_from]).await?;
    tx.commit().await
}

/// Leaves what is older than wanted; answers how many of them were waited for, and how far it got.
async fn grown_old(
    tx: &mut Tx,
    mailbox: MailboxId,
    reached: Timestamp,
    wanted: Timestamp,
    limit: i64,
) -> Result<(i64, Timestamp)> {
    let rows = tx
        .all(GROWN_OLD, args![mailbox, reached, wanted, limit])
        .await?;
    let mut here = Vec::new();
    for row in &rows {
        if row.int("body_state")? == BODY_HERE {
            here.push(Value::from(row.int("id")?));
        }
    }
    take_away(tx, &here).await?;
    let old = ids(&rows)?;
    put(tx, BODY_LEFT, &old).await?;
    let awaited = (old.len() - here.len()) as i64;
    if let Some(last) = rows.last().filter(|_| is_full(&old, limit)) {
        return Ok((awaited, last.time("received_at")?));
    }
    let new = tx.all(OLD_AND_NEW, args![mailbox, wanted, limit]).await?;
    let new = ids(&new)?;
    put(tx, BODY_LEFT, &new).await?;
    Ok((awaited + new.len() as i64, wanted))
}

/// Takes bodies away; what is found of their messages from now on is what lists show.
async fn take_away(tx: &mut Tx, messages: &[Value]) -> Result<()> {
    let sql = "DELETE FROM body WHERE message_id IN (LIST)";
    tx.run_in(sql, args![], messages).await?;
    let kept = kept::by_ids(tx, messages).await?;
    let old: Vec<_> = kept
        .iter()
        .map(|one| (one.said.received_at, one.id))
        .collect();
    let docs = kept.iter().map(|one| Doc::new(one, None));
    let mut docs = docs.collect::<Result<Vec<_>>>()?;
    search::forget(tx, &old).await?;
    search::write(tx, &mut docs).await
}

fn ids(rows: &[crate::db::Row]) -> Result<Vec<Value>> {
    rows.iter().map(|row| Ok(row.int("id")?.into())).collect()
}

const fn is_full(ids: &[Value], limit: i64) -> bool {
    ids.len() as i64 >= limit
}

async fn put(tx: &mut Tx, state: i64, ids: &[Value]) -> Result<()> {
    let sql = "UPDATE message SET body_state = $1 WHERE id IN (LIST)";
    tx.run_in(sql, args![state], ids).await.map(drop)
}
