//! Where alerts go, and which mailboxes mails might be sent from.

use maildesk_model::Secret;
use maildesk_model::alert::{AlertSender, AlertSettings, AlertWay};
use maildesk_model::id::MailboxId;

use crate::contract::{Result, StoreError};
use crate::db::{Conn, Engine, Row, Tx, args};
use crate::mail::people;
use crate::seal::{Place, Sealer};

const URL: Place<'static> = Place {
    column: "alert_setting.url",
    row: "1",
};
const SECRET: Place<'static> = Place {
    column: "alert_setting.secret",
    row: "1",
};

pub(super) async fn read(conn: &mut Conn, sealer: &Sealer) -> Result<AlertSettings> {
    let sql = "SELECT mail, sender_id, recipients, url, secret FROM alert_setting WHERE id = 1";
    let row = conn.one(sql, args![]).await?;
    let row =
        row.ok_or_else(|| StoreError::Corrupt("the row of the alerts is missing".to_owned()))?;
    let open = |place, column| {
        let sealed = row.opt_bytes(column)?;
        sealed.map(|sealed| sealer.open(place, &sealed)).transpose()
    };
    let url = open(URL, "url")?;
    Ok(AlertSettings {
        mail: row.truth("mail")?,
        sender: row.opt_int("sender_id")?.map(MailboxId),
        recipients: people::to_names(&row.text("recipients")?)?,
        url: url.map_or_else(String::new, |url| url.expose().to_owned()),
        secret: open(SECRET, "secret")?,
    })
}

/// Whether something else is set of a way than before: somebody may just have mended it.
pub(super) fn differs(way: AlertWay, before: &AlertSettings, now: &AlertSettings) -> bool {
    let secret = |settings: &AlertSettings| {
        let secret = settings.secret.as_ref();
        secret.map(|secret| secret.expose().to_owned())
    };
    match way {
        AlertWay::Mail => {
            (before.mail, before.sender, &before.recipients)
                != (now.mail, now.sender, &now.recipients)
        }
        AlertWay::Http => before.url != now.url || secret(before) != secret(now),
    }
}

/// From here until the transaction ends nobody else sets anything.
pub(super) async fn lock(tx: &mut Tx) -> Result<()> {
    if tx.engine() == Engine::Postgres {
        let sql = "SELECT id FROM alert_setting WHERE id = 1 FOR UPDATE";
        tx.one(sql, args![]).await?;
    }
    Ok(())
}

pub(super) async fn write(tx: &mut Tx, sealer: &Sealer, settings: &AlertSettings) -> Result<()> {
    let url = Some(&settings.url).filter(|url| !url.is_empty());
    let url = url.map(|url| sealer.seal(URL, &Secret::new(url)));
    let secret = settings.secret.as_ref();
    let secret = secret.map(|secret| sealer.seal(SECRET, secret));
    tx.run(
        "UPDATE alert_setting SET mail = $1, sender_id = $2, recipients = $3, url = $4,
           secret = $5 WHERE id = 1",
        args![
            settings.mail,
            settings.sender,
            people::from_names(&settings.recipients),
            url,
            secret
        ],
    )
    .await
    .map(drop)
}

/// What is asked of a mailbox `b` and its connection `c`. As the organisation nothing is known of what was
/// granted until it is tried.
macro_rules! senders {
    ($rest:literal) => {
        concat!(
            "SELECT * FROM (SELECT b.id, b.name,
               CASE WHEN b.state IN ('importing', 'active') AND b.trouble IS NULL
                   AND (c.scope IS NULL OR c.scope LIKE '%Mail.Send%')
                 THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS healthy,
               CASE WHEN b.state IN ('reconnect', 'connecting') AND b.connection = 'graph_delegated'
                 THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END AS hopeless,
               CASE WHEN b.removed_at IS NULL AND b.disconnected_at IS NULL
                   AND b.connection IN ('graph_delegated', 'graph_application')
                 THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END AS gone
             FROM mailbox b LEFT JOIN connection c ON c.mailbox_id = b.id) AS senders ",
            $rest
        )
    };
}

/// The best ones, and the chosen one whatever it is.
pub(super) async fn senders(conn: &mut Conn, limit: i64) -> Result<Vec<AlertSender>> {
    let sql = senders!("WHERE gone = 0 ORDER BY healthy DESC, hopeless, name, id LIMIT $1");
    let rows = conn.all(sql, args![limit]).await?;
    let mut senders: Vec<_> = rows.iter().map(sender).collect::<Result<_>>()?;
    let sql = "SELECT sender_id FROM alert_setting WHERE id = 1 AND sender_id IS NOT NULL";
    let Some(row) = conn.one(sql, args![]).await? else {
        return Ok(senders);
    };
    let chosen = MailboxId(row.int("sender_id")?);
    if senders.iter().all(|one| one.mailbox != chosen) {
        let row = conn.one(senders!("WHERE id = $1"), args![chosen]).await?;
        senders.push(row.map_or(Ok(unknown(chosen)), |row| sender(&row))?);
    }
    Ok(senders)
}

fn sender(row: &Row) -> Result<AlertSender> {
    let is_gone = row.truth("gone")?;
    Ok(AlertSender {
        mailbox: MailboxId(row.int("id")?),
        name: row.text("name")?,
        healthy: row.truth("healthy")? && !is_gone,
        hopeless: row.truth("hopeless")? || is_gone,
        is_gone,
    })
}

/// A mailbox whose rows are gone too.
const fn unknown(mailbox: MailboxId) -> AlertSender {
    AlertSender {
        mailbox,
        name: String::new(),
        healthy: false,
        hopeless: true,
        is_gone: true,
    }
}
