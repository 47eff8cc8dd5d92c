//! Alerts: the one lease, what they are decided from, and what becomes of them.

use async_trait::async_trait;
use maildesk_model::access::Viewer;
use maildesk_model::alert::{
    Alert, AlertKind, AlertSender, AlertSettings, AlertWay, Notice, Telling, WayState,
};
use maildesk_model::clock::Timestamp;
use maildesk_model::id::{AlertId, MailboxId, NodeId, NoticeId};
use maildesk_model::mailbox::MailboxState;
use maildesk_model::push::PushState;

use super::{alert_notices, alert_settings};
use crate::SqlStore;
use crate::contract::{
    AlertChange, AlertFacts, AlertLease, AlertStore, AppStore, MailboxFacts, NoticeOutcome, Result,
    StoreError,
};
use crate::db::{Conn, Db, Row, Tx, Write, args};
use crate::mail::people;

/// Mailboxes that are looked at: what is wrong with more of them at once is one thing.
const MAILBOXES_MAX: i64 = 1000;
/// Alerts that are looked at: some for each of those mailboxes.
const ALERTS_MAX: i64 = 4000;

#[async_trait]
impl AlertStore for SqlStore {
    async fn claim_alerts(
        &self,
        node: &NodeId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<AlertLease>> {
        // A look without the writer's turn, since most of the time it is not time yet.
        let sql = "SELECT id FROM alert_setting
                   WHERE id = 1 AND until_at <= $1 AND (next_at <= $1 OR next_at > $2)";
        if self.db.one(sql, args![now, until]).await?.is_none() {
            return Ok(None);
        }
        let mut tx = self.db.write(Write::Swift).await?;
        let sql = "UPDATE alert_setting SET owner = $1, epoch = epoch + 1, until_at = $3
                   WHERE id = 1 AND until_at <= $2 AND (next_at <= $2 OR next_at > $3)
                   RETURNING epoch";
        let Some(row) = tx.one(sql, args![node, now, until]).await? else {
            return Ok(None);
        };
        let epoch = row.int("epoch")?;
        tx.commit().await?;
        let node = node.clone();
        Ok(Some(AlertLease { node, epoch }))
    }

    async fn release_alerts(&self, lease: &AlertLease, next_at: Timestamp) -> Result<()> {
        let mut tx = held(&self.db, lease).await?;
        let sql = "UPDATE alert_setting SET owner = NULL, until_at = 0, next_at = $1 WHERE id = 1";
        tx.run(sql, args![next_at]).await?;
        tx.commit().await
    }

    async fn alert_facts(&self, now: Timestamp) -> Result<AlertFacts> {
        let app = self.app_notice().await?;
        let ways = self.alert_settings().await?.ways();
        let mut conn = self.db.read().await?;
        let mailboxes = unwell(&mut conn).await?;
        Ok(AlertFacts {
            is_cut: mailboxes.len() as i64 == MAILBOXES_MAX,
            mailboxes,
            app,
            alerts: standing(&mut conn).await?,
            ways,
            told_last_hour: alert_notices::last_hour(&mut conn, now).await?,
        })
    }

    async fn save_alerts(
        &self,
        lease: &AlertLease,
        changes: &[AlertChange],
        tell: &[(AlertId, Telling)],
        ways: &[AlertWay],
        at: Timestamp,
    ) -> Result<()> {
        // A way that was switched off since the facts were read takes nothing more: this row is the
        // one that settings are kept in, so they stay as they are until the end.
        let (mut tx, set) = held_with_ways(&self.db, lease, save_kind(tell)).await?;
        let ways: Vec<_> = ways
            .iter()
            .copied()
            .filter(|way| set.contains(way))
            .collect();
        for change in changes {
            save(&mut tx, change, at).await?;
        }
        if !tell.is_empty() && !ways.is_empty() {
            alert_notices::write(&mut tx, tell, &ways, at).await?;
        }
        tx.commit().await
    }

    async fn next_notices(&self, now: Timestamp) -> Result<Vec<Notice>> {
        alert_notices::next(&mut self.db.read().await?, now).await
    }

    async fn settle_notice(
        &self,
        lease: &AlertLease,
        id: NoticeId,
        outcome: &NoticeOutcome,
        at: Timestamp,
    ) -> Result<()> {
        let mut tx = held(&self.db, lease).await?;
        alert_notices::settle(&mut tx, id, outcome, at).await?;
        tx.commit().await
    }

    async fn alert_settings(&self) -> Result<AlertSettings> {
        alert_settings::read(&mut self.db.read().await?, &self.sealer).await
    }

    async fn set_alert_settings(&self, settings: &AlertSettings, at: Timestamp) -> Result<()> {
        let mut tx = self.db.write(Write::Durable).await?;
        alert_settings::lock(&mut tx).await?;
        let before = alert_settings::read(&mut tx, &self.sealer).await?;
        alert_settings::write(&mut tx, &self.sealer, settings).await?;
        for way in AlertWay::ALL {
            if !settings.ways().contains(&way) {
                alert_notices::give_up(&mut tx, way, at).await?;
            } else if alert_settings::differs(way, &before, settings) {
                alert_notices::try_now(&mut tx, way, at).await?;
            }
        }
        tx.commit().await
    }

    async fn alert_senders(&self, limit: i64) -> Result<Vec<AlertSender>> {
        alert_settings::senders(&mut self.db.read().await?, limit).await
    }

    async fn alerts(&self, viewer: Viewer, limit: i64) -> Result<Vec<Alert>> {
        if !viewer.may_administer() {
            return Ok(Vec::new());
        }
        let mut conn = self.db.read().await?;
        let sql = "SELECT * FROM alert WHERE ended_at IS NULL ORDER BY since, id LIMIT $1";
        let mut rows = conn.all(sql, args![limit]).await?;
        let sql = "SELECT * FROM alert WHERE opened_at IS NOT NULL AND ended_at IS NOT NULL
                   ORDER BY ended_at DESC, id DESC LIMIT $1";
        rows.extend(conn.all(sql, args![limit]).await?);
        rows.iter().map(alert).collect()
    }

    async fn way_states(&self) -> Result<Vec<WayState>> {
        alert_notices::states(&mut self.db.read().await?).await
    }

    async fn alert_gauges(&self) -> Result<Vec<(AlertKind, i64)>> {
        let sql = "SELECT kind, COUNT(*) AS n FROM alert
                   WHERE opened_at IS NOT NULL AND ended_at IS NULL GROUP BY kind ORDER BY kind";
        let rows = self.db.all(sql, args![]).await?;
        rows.iter()
            .map(|row| Ok((row.named("kind", AlertKind::from_name)?, row.int("n")?)))
            .collect()
    }
}

/// What was told and is forgotten by a power cut would be told a second time, under another id.
const fn save_kind(tell: &[(AlertId, Telling)]) -> Write {
    if tell.is_empty() {
        Write::Swift
    } else {
        Write::Durable
    }
}

/// Begins a write under the lease.
async fn held(db: &Db, lease: &AlertLease) -> Result<Tx> {
    let (tx, _) = held_with_ways(db, lease, Write::Swift).await?;
    Ok(tx)
}

/// The same, with the ways that are set.
async fn held_with_ways(db: &Db, lease: &AlertLease, kind: Write) -> Result<(Tx, Vec<AlertWay>)> {
    let mut tx = db.write(kind).await?;
    let sql = tx.engine().pick(
        "SELECT mail, url FROM alert_setting WHERE id = 1 AND owner = $1 AND epoch = $2",
        "SELECT mail, url FROM alert_setting WHERE id = 1 AND owner = $1 AND epoch = $2
         FOR UPDATE",
    );
    let row = tx.one(sql, args![&lease.node, lease.epoch]).await?;
    let row = row.ok_or(StoreError::LeaseLost)?;
    let is_set = [row.truth("mail")?, row.opt_bytes("url")?.is_some()];
    let ways = [AlertWay::Mail, AlertWay::Http].into_iter().zip(is_set);
    let ways = ways.filter_map(|(way, is_set)| is_set.then_some(way));
    Ok((tx, ways.collect()))
}

/// Mailboxes with something that may become an alert. That notifications come without the secret anybody
/// can bring about who knows a subscription's id; mail that has arrived since, and that none announced,
/// is what nobody can forge.
async fn unwell(conn: &mut Conn) -> Result<Vec<MailboxFacts>> {
    let sql = "SELECT * FROM (
                 SELECT b.id, b.name, b.state, b.trouble, p.trouble AS push_trouble,
                   CASE WHEN p.wanted = 1 THEN p.state ELSE 'off' END AS push_state,
                   CASE WHEN p.wanted = 1 AND p.state <> 'off' AND t.silent > 0 AND t.accepted = 0
                     AND EXISTS (SELECT 1 FROM arrival a
                       JOIN subscription s ON s.mailbox_id = a.mailbox_id
                       WHERE a.mailbox_id = b.id AND a.announced_at IS NULL
                         AND a.received_at >= s.created_at)
                     THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS without_secret
                 FROM mailbox b JOIN push p ON p.mailbox_id = b.id
                   JOIN push_tally t ON t.mailbox_id = b.id
                 WHERE b.removed_at IS NULL AND b.disconnected_at IS NULL) found
               WHERE state IN ('reconnect', 'error') OR push_state IN ('broken', 'renewing')
                 OR without_secret = 1
               ORDER BY id LIMIT $1";
    let rows = conn.all(sql, args![MAILBOXES_MAX]).await?;
    rows.iter()
        .map(|row| {
            Ok(MailboxFacts {
                mailbox: MailboxId(row.int("id")?),
                name: row.text("name")?,
                state: row.named("state", MailboxState::from_name)?,
                trouble: people::to_opt_trouble(row.opt_text("trouble")?)?,
                push: row.named("push_state", PushState::from_name)?,
                push_trouble: people::to_opt_trouble(row.opt_text("push_trouble")?)?,
                without_secret: row.truth("without_secret")?,
            })
        })
        .collect()
}

/// Alerts that stand, and those whose end is still to be told.
async fn standing(conn: &mut Conn) -> Result<Vec<Alert>> {
    let sql = "SELECT * FROM alert
               WHERE ended_at IS NULL OR (told_at IS NOT NULL AND end_told = 0)
               ORDER BY id LIMIT $1";
    let rows = conn.all(sql, args![ALERTS_MAX]).await?;
    rows.iter().map(alert).collect()
}

/// An alert, from a row of its table.
pub(super) fn alert(row: &Row) -> Result<Alert> {
    let mailbox = row.int("mailbox_id")?;
    Ok(Alert {
        id: AlertId(row.int("id")?),
        kind: row.named("kind", AlertKind::from_name)?,
        mailbox: (mailbox != 0).then_some(MailboxId(mailbox)),
        name: row.text("name")?,
        level: row.int("level")?,
        trouble: people::to_trouble(&row.text("trouble")?)?,
        since: row.time("since")?,
        opened_at: row.opt_time("opened_at")?,
        clear_since: row.opt_time("clear_since")?,
        ended_at: row.opt_time("ended_at")?,
        told_at: row.opt_time("told_at")?,
        told_level: row.int("told_level")?,
    })
}

async fn save(tx: &mut Tx, change: &AlertChange, at: Timestamp) -> Result<()> {
    let (sql, values) = match change {
        AlertChange::Begin {
            kind,
            mailbox,
            name,
            level,
            trouble,
            opened,
        } => (
            "INSERT INTO alert (kind, mailbox_id, name, level, trouble, since, opened_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (kind, mailbox_id) WHERE ended_at IS NULL DO NOTHING",
            args![
                kind.name(),
                mailbox.map_or(0, |mailbox| mailbox.0),
                name,
                *level,
                people::from_trouble(trouble),
                at,
                opened.then_some(at)
            ],
        ),
        AlertChange::Stand {
            id,
            name,
            level,
            trouble,
        } => (
            // What has become less bad may become worse again, which is news then.
            "UPDATE alert SET name = $2, level = $3, trouble = $4, clear_since = NULL,
               told_level = CASE WHEN told_level > $3 THEN $3 ELSE told_level END
             WHERE id = $1 AND ended_at IS NULL",
            args![*id, name, *level, people::from_trouble(trouble)],
        ),
        AlertChange::Open(id) => (
            "UPDATE alert SET opened_at = $2 WHERE id = $1 AND opened_at IS NULL",
            args![*id, at],
        ),
        AlertChange::Clear(id) => (
            "UPDATE alert SET clear_since = $2 WHERE id = $1 AND clear_since IS NULL",
            args![*id, at],
        ),
        AlertChange::End(id) => (
            "UPDATE alert SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL",
            args![*id, at],
        ),
        AlertChange::Drop(id) => (
            "DELETE FROM alert WHERE id = $1 AND opened_at IS NULL",
            args![*id],
        ),
    };
    tx.run(sql, values).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_survives_a_power_cut() {
        assert_eq!(save_kind(&[]), Write::Swift);
        let told = [(AlertId(1), Telling::Opened)];
        assert_eq!(save_kind(&told), Write::Durable);
    }
}
