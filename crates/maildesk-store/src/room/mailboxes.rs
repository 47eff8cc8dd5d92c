//! Mailboxes as people handle them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use async_trait::async_trait;
use maildesk_model::access::Viewer;
use maildesk_model::clock::Timestamp;
use maildesk_model::folder::{Folder, WellKnown};
use maildesk_model::id::{FolderId, MailboxId, UserId};
use maildesk_model::journal::JournalKind;
use maildesk_model::mailbox::{Connection, ImportProgress, Mailbox, MailboxState};
use maildesk_model::parameter::PUSH_REGISTER_NEW;
use maildesk_model::push::PushState;
use maildesk_model::stamp::{Stamping, Trigger};

use super::{disconnect, orphans, sees, stamps, unless_zero, visible, who};
use crate::SqlStore;
use crate::contract::{Bell, MailboxStore, NewMailbox, Result, StoreError};
use crate::db::{Conn, Note, Row, Tx, Value, Write, args};
use crate::mail::people;

macro_rules! read_mailbox {
    () => {
        "SELECT b.*, f.unread AS inbox_unread, p.state AS push_state FROM mailbox b
           JOIN push p ON p.mailbox_id = b.id
           LEFT JOIN folder f ON f.mailbox_id = b.id AND f.well_known = 'inbox'
             AND f.gone_at IS NULL
         WHERE "
    };
}

/// Whether all of these people are there.
async fn are_there(tx: &mut Tx, users: &HashSet<UserId>) -> Result<bool> {
    let ids: Vec<Value> = users.iter().map(|user| Value::from(*user)).collect();
    let sql = r#"SELECT DISTINCT id FROM "user" WHERE id IN (LIST)"#;
    Ok(tx.all_in(sql, args![], &ids).await?.len() == users.len())
}

fn mailbox(row: &Row) -> Result<Mailbox> {
    let listed = row.int("listed")?;
    Ok(Mailbox {
        id: MailboxId(row.int("id")?),
        name: row.text("name")?,
        address: row.text("address")?,
        connection: row.named("connection", Connection::from_name)?,
        state: row.named("state", MailboxState::from_name)?,
        trouble: people::to_opt_trouble(row.opt_text("trouble")?)?,
        unread: row.opt_int("inbox_unread")?.unwrap_or(0),
        last_sync_at: row.opt_time("last_sync_at")?,
        not_before: unless_zero(row.int("not_before")?),
        import: ImportProgress {
            expected: row.int("expected")?.max(listed),
            listed,
            bodies: row.int("bodies")?,
        },
        push: row.named("push_state", PushState::from_name)?,
        created_at: row.time("created_at")?,
        connected_at: row.opt_time("connected_at")?,
        disconnected_at: row.opt_time("disconnected_at")?,
    })
}

#[async_trait]
impl MailboxStore for SqlStore {
    async fn add_mailbox(&self, mailbox: NewMailbox) -> Result<MailboxId> {
        let mut tx = self.db.write(Write::Swift).await?;
        // As the organisation nobody has to sign in: it is connected from the beginning.
        let connected = mailbox.connection == Connection::GraphApplication;
        let row = tx
            .one(
                "INSERT INTO mailbox (name, address, address_key, connection, state, created_at,
                   reachable, connected_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                 ON CONFLICT (address_key) WHERE removed_at IS NULL DO NOTHING RETURNING id",
                args![
                    mailbox.name,
                    &mailbox.address,
                    mailbox.address.to_lowercase(),
                    mailbox.connection.name(),
                    MailboxState::Connecting.name(),
                    mailbox.at,
                    connected,
                    connected.then_some(mailbox.at)
                ],
            )
            .await?;
        let row = row.ok_or(StoreError::Conflict(
            "a mailbox with this address is there already",
        ))?;
        let id = MailboxId(row.int("id")?);
        tx.run(
            "INSERT INTO stamp (mailbox_id, cause) VALUES ($1, $2)",
            args![id, Trigger::Import.name()],
        )
        .await?;
        for sql in [
            "INSERT INTO connection (mailbox_id) VALUES ($1)",
            "INSERT INTO push (mailbox_id) VALUES ($1)",
            "INSERT INTO push_tally (mailbox_id) VALUES ($1)",
        ] {
            tx.run(sql, args![id]).await?;
        }
        // A parameter may want push for every new mailbox.
        tx.run(
            "UPDATE push SET wanted = 1, next_at = $2 WHERE mailbox_id = $1 AND EXISTS
               (SELECT 1 FROM parameter WHERE key = $3 AND value = 'true')",
            args![id, mailbox.at, PUSH_REGISTER_NEW],
        )
        .await?;
        tx.note(Note::mailbox(JournalKind::MailboxUpdated, id), mailbox.at);
        tx.ring(Bell::Work);
        tx.ring(Bell::Push);
        tx.commit().await?;
        Ok(id)
    }

    async fn mailboxes(
        &self,
        viewer: Viewer,
        after: Option<(String, MailboxId)>,
        limit: i64,
    ) -> Result<Vec<Mailbox>> {
        let sql = concat!(
            read_mailbox!(),
            visible!(),
            " AND (b.name, b.id) > ($3, $4) ORDER BY b.name, b.id LIMIT $5"
        );
        let (name, id) = after.unwrap_or((String::new(), MailboxId(i64::MIN)));
        let rows = self
            .db
            .all(sql, who(viewer, args![name, id, limit]))
            .await?;
        rows.iter().map(self::mailbox).collect()
    }

    async fn mailbox(&self, viewer: Viewer, id: MailboxId) -> Result<Option<Mailbox>> {
        let sql = concat!(read_mailbox!(), visible!(), " AND b.id = $3");
        let row = self.db.one(sql, who(viewer, args![id])).await?;
        row.as_ref().map(self::mailbox).transpose()
    }

    async fn rename_mailbox(
        &self,
        viewer: Viewer,
        id: MailboxId,
        name: &str,
        at: Timestamp,
    ) -> Result<bool> {
        let mut tx = self.db.write(Write::Swift).await?;
        if !sees(&mut tx, viewer, id).await? {
            return Ok(false);
        }
        let sql =
            "UPDATE mailbox SET name = $2 WHERE id = $1 AND removed_at IS NULL AND name <> $2";
        if tx.run(sql, args![id, name]).await? > 0 {
            tx.note(Note::mailbox(JournalKind::MailboxUpdated, id), at);
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn set_access(
        &self,
        viewer: Viewer,
        id: MailboxId,
        users: &[UserId],
        at: Timestamp,
    ) -> Result<Option<bool>> {
        let mut tx = self.db.write(Write::Swift).await?;
        if !sees(&mut tx, viewer, id).await? {
            return Ok(None);
        }
        let wanted: HashSet<UserId> = users.iter().copied().collect();
        if !are_there(&mut tx, &wanted).await? {
            return Ok(Some(false));
        }
        tx.run(
            "DELETE FROM mailbox_access WHERE mailbox_id = $1",
            args![id],
        )
        .await?;
        let rows = wanted.into_iter().map(|user| args![id, user]).collect();
        tx.insert(
            "INSERT INTO mailbox_access (mailbox_id, user_id) VALUES",
            "ON CONFLICT DO NOTHING",
            rows,
        )
        .await?;
        tx.note(Note::mailbox(JournalKind::MailboxUpdated, id), at);
        tx.commit().await?;
        Ok(Some(true))
    }

    async fn share(
        &self,
        viewer: Viewer,
        mailboxes: &[MailboxId],
        users: &[UserId],
        shared: bool,
        at: Timestamp,
    ) -> Result<bool> {
        let mut tx = self.db.write(Write::Swift).await?;
        let users: HashSet<UserId> = users.iter().copied().collect();
        if !are_there(&mut tx, &users).await? {
            return Ok(false);
        }
        // In order, so that two who share at once wait for each other and nothing more.
        let mailboxes: BTreeSet<MailboxId> = mailboxes.iter().copied().collect();
        let ids: Vec<Value> = users.iter().map(|user| Value::from(*user)).collect();
        for id in mailboxes {
            if !sees(&mut tx, viewer, id).await? {
                return Ok(false);
            }
            if shared {
                let rows = users.iter().map(|user| args![id, *user]).collect();
                tx.insert(
                    "INSERT INTO mailbox_access (mailbox_id, user_id) VALUES",
                    "ON CONFLICT DO NOTHING",
                    rows,
                )
                .await?;
            } else {
                let sql = "DELETE FROM mailbox_access WHERE mailbox_id = $1 AND user_id IN (LIST)";
                tx.run_in(sql, args![id], &ids).await?;
            }
            tx.note(Note::mailbox(JournalKind::MailboxUpdated, id), at);
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn access(&self, viewer: Viewer, id: MailboxId) -> Result<Option<Vec<UserId>>> {
        let mut conn = self.db.read().await?;
        if !sees(&mut conn, viewer, id).await? {
            return Ok(None);
        }
        let sql = "SELECT user_id FROM mailbox_access WHERE mailbox_id = $1 ORDER BY user_id";
        let rows = conn.all(sql, args![id]).await?;
        rows.iter()
            .map(|row| row.int("user_id").map(UserId))
            .collect::<Result<_>>()
            .map(Some)
    }

    async fn shares(&self, viewer: Viewer, limit: i64) -> Result<Vec<(UserId, MailboxId, String)>> {
        let sql = concat!(
            "SELECT s.user_id, b.id, b.name FROM mailbox_access s
             JOIN mailbox b ON b.id = s.mailbox_id WHERE ",
            visible!(),
            " ORDER BY s.user_id, b.name, b.id LIMIT $3"
        );
        let rows = self.db.all(sql, who(viewer, args![limit])).await?;
        rows.iter()
            .map(|row| {
                let user = UserId(row.int("user_id")?);
                Ok((user, MailboxId(row.int("id")?), row.text("name")?))
            })
            .collect()
    }

    async fn remove_mailbox(&self, viewer: Viewer, id: MailboxId, at: Timestamp) -> Result<bool> {
        let mut tx = self.db.write(Write::Swift).await?;
        if !sees(&mut tx, viewer, id).await? {
            return Ok(false);
        }
        // A new epoch, so that whoever syncs it now can write nothing more.
        let sql = "UPDATE mailbox SET removed_at = $2, sync_epoch = sync_epoch + 1,
                   sync_owner = NULL WHERE id = $1 AND removed_at IS NULL";
        if tx.run(sql, args![id, at]).await? == 0 {
            return Ok(false);
        }
        let sql = "UPDATE push SET wanted = 0, next_at = $2 WHERE mailbox_id = $1";
        tx.run(sql, args![id, at]).await?;
        let sql = "UPDATE stamp SET due_at = NULL, all_version = NULL WHERE mailbox_id = $1";
        tx.run(sql, args![id]).await?;
        let sql = "UPDATE subscription SET state = 'retiring'
                   WHERE mailbox_id = $1 AND state <> 'retiring'";
        tx.run(sql, args![id]).await?;
        orphans::look(&mut tx, id).await?;
        tx.note(Note::mailbox(JournalKind::MailboxUpdated, id), at);
        tx.ring(Bell::Push);
        tx.ring(Bell::Work);
        tx.commit().await?;
        Ok(true)
    }

    async fn disconnect_mailbox(
        &self,
        viewer: Viewer,
        id: MailboxId,
        at: Timestamp,
    ) -> Result<bool> {
        let mut tx = self.db.write(Write::Durable).await?;
        if !sees(&mut tx, viewer, id).await? {
            return Ok(false);
        }
        disconnect::disconnect(&mut tx, id, at).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn connect_again(&self, viewer: Viewer, id: MailboxId, at: Timestamp) -> Result<bool> {
        let mut tx = self.db.write(Write::Durable).await?;
        if !sees(&mut tx, viewer, id).await? {
            return Ok(false);
        }
        let connected = disconnect::connect_again(&mut tx, id, at).await?;
        tx.commit().await?;
        Ok(connected)
    }

    async fn request_sync(
        &self,
        viewer: Viewer,
        id: MailboxId,
        trigger: Trigger,
        at: Timestamp,
    ) -> Result<bool> {
        let mut tx = self.db.write(Write::Swift).await?;
        if !sees(&mut tx, viewer, id).await? {
            return Ok(false);
        }
        stamp_all(&mut tx, id, trigger, at).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn folders(&self, viewer: Viewer, mailbox: MailboxId) -> Result<Option<Vec<Folder>>> {
        let mut conn = self.db.read().await?;
        if !sees(&mut conn, viewer, mailbox).await? {
            return Ok(None);
        }
        read_folders(&mut conn, mailbox).await.map(Some)
    }
}

/// Everything in the mailbox is due.
pub(super) async fn stamp_all(
    tx: &mut Tx,
    mailbox: MailboxId,
    trigger: Trigger,
    at: Timestamp,
) -> Result<()> {
    let stamping = Stamping {
        mailbox,
        messages: Vec::new(),
        all: true,
        trigger,
        at,
    };
    stamps::write(tx, &stamping).await
}

async fn read_folders(conn: &mut Conn, mailbox: MailboxId) -> Result<Vec<Folder>> {
    let sql = "SELECT id, remote_id, parent_remote_id, name, well_known, unread, total, visited_at
               FROM folder WHERE mailbox_id = $1 AND gone_at IS NULL";
    let rows = conn.all(sql, args![mailbox]).await?;
    let keys = rows
        .iter()
        .map(|row| Ok((row.text("remote_id")?, FolderId(row.int("id")?))))
        .collect::<Result<HashMap<_, _>>>()?;
    let mut folders = Vec::with_capacity(rows.len());
    for row in &rows {
        let parent = row.opt_text("parent_remote_id")?;
        let well_known = row.opt_text("well_known")?;
        folders.push(Folder {
            id: FolderId(row.int("id")?),
            mailbox,
            name: row.text("name")?,
            parent: parent.and_then(|remote_id| keys.get(&remote_id).copied()),
            well_known: well_known.as_deref().and_then(WellKnown::from_name),
            unread: row.int("unread")?,
            total: row.int("total")?,
            visited_at: row.opt_time("visited_at")?,
        });
    }
    Ok(in_order(folders))
}

/// Parents before children, well-known ones first, then by name. Folders whose parents form a ring
/// (Graph may tell of a move in two halves) come last, rather than not at all.
fn in_order(mut folders: Vec<Folder>) -> Vec<Folder> {
    folders.sort_by_cached_key(|folder| {
        let rank = WellKnown::ALL
            .iter()
            .position(|known| Some(*known) == folder.well_known);
        (
            rank.unwrap_or(WellKnown::ALL.len()),
            folder.name.to_lowercase(),
            folder.id,
        )
    });
    let mut children: BTreeMap<Option<FolderId>, Vec<Folder>> = BTreeMap::new();
    for folder in folders {
        children.entry(folder.parent).or_default().push(folder);
    }
    let mut ordered = Vec::new();
    let mut next: Vec<Folder> = children.remove(&None).unwrap_or_default();
    next.reverse();
    while let Some(folder) = next.pop() {
        let below = children.remove(&Some(folder.id)).unwrap_or_default();
        next.extend(below.into_iter().rev());
        ordered.push(folder);
    }
    ordered.extend(children.into_values().flatten());
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(id: i64, name: &str, parent: Option<i64>, well_known: Option<WellKnown>) -> Folder {
        Folder {
            id: FolderId(id),
            mailbox: MailboxId(1),
            name: name.into(),
            parent: parent.map(FolderId),
            well_known,
            unread: 0,
            total: 0,
            visited_at: None,
        }
    }

    #[test]
    fn folders_stand_in_the_order_of_the_tree() {
        let ordered = in_order(vec![
            folder(1, "Zebra", None, None),
            folder(2, "apple", None, None),
            folder(3, "Gelöscht", None, Some(WellKnown::DeletedItems)),
            folder(4, "Posteingang", None, Some(WellKnown::Inbox)),
            folder(5, "Below", Some(4), None),
            folder(6, "Deeper", Some(5), None),
            folder(7, "Ring", Some(8), None),
            folder(8, "Other ring", Some(7), None),
        ]);
        let ids: Vec<i64> = ordered.iter().map(|folder| folder.id.0).collect();
        assert_eq!(ids, [4, 5, 6, 3, 2, 1, 8, 7]);
    }
}
