//! What comes with a message into a batch: its body, its attachment list, its words.

use maildesk_model::id::MessageId;
use maildesk_model::words::words;

use super::body;
use super::fold::Prepared;
use super::intake::{Change, Intake};
use super::kept::{BODY_AWAITED, BODY_HERE, Kept};
use super::search::{self, Doc};
use crate::contract::Result;
use crate::db::{Value, args};

impl Intake<'_> {
    /// Writes bodies and attachment lists; answers whose changed.
    pub(super) async fn keep_bodies<'p>(
        &mut self,
        rows: impl Iterator<Item = (&'p Kept, &'p Prepared)> + Clone,
    ) -> Result<Vec<MessageId>> {
        let bodies: Vec<_> = rows
            .clone()
            .filter_map(|(row, prepared)| Some((row.id, prepared.body.as_ref()?)))
            .collect();
        let (came, mut touched) = body::write(self.tx, &bodies).await?;
        let awaited = rows.clone().filter(|(row, prepared)| {
            prepared.body.is_some() && row.body_state == BODY_AWAITED && came.contains(&row.id)
        });
        self.ledger.bodies(awaited.count() as i64);
        let here: Vec<Value> = came.iter().map(|id| Value::from(*id)).collect();
        let sql = "UPDATE message SET body_state = $1 WHERE id IN (LIST)";
        self.tx.run_in(sql, args![BODY_HERE], &here).await?;
        touched.extend(came);
        let mut first_told = Vec::new();
        for (row, prepared) in rows {
            let Some(attachments) = &prepared.remote.attachments else {
                continue;
            };
            let changed = (row.attachments_known || !attachments.is_empty())
                && body::write_attachments(self.tx, row.id, attachments).await?;
            if !row.attachments_known {
                first_told.push(Value::from(row.id));
            }
            if changed && !touched.contains(&row.id) {
                touched.push(row.id);
            }
        }
        let sql = "UPDATE message SET attachments_known = 1 WHERE id IN (LIST)";
        self.tx.run_in(sql, Vec::new(), &first_told).await?;
        Ok(touched)
    }

    /// Writes the search words of changed messages anew.
    pub(super) async fn reword(&mut self, changes: &[&Change<'_>]) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut docs = Vec::with_capacity(changes.len());
        let mut old = Vec::with_capacity(changes.len());
        for change in changes {
            let after = &change.after;
            old.push((change.before.said.received_at, after.id));
            let known = if change.prepared.body.is_none() && after.body_state != BODY_AWAITED {
                let kept = body::read(self.tx, after.id).await?;
                kept.and_then(|(_, text)| text).map(|text| words(&text))
            } else {
                None
            };
            docs.push(Doc::new(after, change.prepared.words().or(known))?);
        }
        search::forget(self.tx, &old).await?;
        search::write(self.tx, &mut docs).await
    }
}

impl Prepared {
    /// The words of the body that came along.
    pub(super) fn words(&self) -> Option<String> {
        self.body.as_ref().and_then(|body| body.words.clone())
    }
}
