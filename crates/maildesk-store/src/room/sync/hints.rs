//! Settling hints: done ones go, unless they were hinted again meanwhile.

use crate::contract::{Hint, HintOutcome, Lease, Result};
use crate::db::{Db, Value, Write, args};
use crate::room::stamps::UNANNOUNCED;
use crate::room::{arrivals, turn};

pub(super) async fn settle(
    db: &Db,
    lease: &Lease,
    version: i64,
    all_done: bool,
    hints: &[(Hint, HintOutcome)],
) -> Result<()> {
    let mut tx = super::lease::write(db, lease, Write::Swift).await?.tx;
    turn::lock_stamp(&mut tx, lease.mailbox).await?;
    if all_done {
        tx.run(
            "UPDATE stamp SET all_version = NULL, overflow_at = NULL, due_at = NULL
             WHERE mailbox_id = $1 AND all_version <= $2",
            args![lease.mailbox, version],
        )
        .await?;
    }
    // A notification may have been written between the reading of hints and the storing of the
    // message it announced.
    let ids: Vec<Value> = hints
        .iter()
        .map(|(hint, _)| Value::from(&hint.remote_id))
        .collect();
    let rows = tx.all_in(UNANNOUNCED, args![lease.mailbox], &ids).await?;
    let ids = arrivals::lock(&mut tx, &rows).await?;
    tx.run_in(
        "UPDATE arrival SET announced_at = (SELECT h.notified_at FROM hint h
           WHERE h.mailbox_id = $1 AND h.remote_id = arrival.remote_id)
         WHERE announced_at IS NULL AND message_id IN (LIST)",
        args![lease.mailbox],
        &ids,
    )
    .await?;
    for (hint, outcome) in hints {
        let mut values = args![lease.mailbox, &hint.remote_id, hint.version];
        let sql = match outcome {
            HintOutcome::Done => {
                "DELETE FROM hint WHERE mailbox_id = $1 AND remote_id = $2 AND version = $3"
            }
            HintOutcome::RetryAt(then) => {
                values.extend(args![*then]);
                "UPDATE hint SET attempts = attempts + 1, due_at = $4
                 WHERE mailbox_id = $1 AND remote_id = $2 AND version = $3"
            }
        };
        tx.run(sql, values).await?;
    }
    turn::refresh(&mut tx, lease.mailbox, None).await?;
    tx.commit().await
}
