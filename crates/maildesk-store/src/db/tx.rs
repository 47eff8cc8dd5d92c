//! A transaction that writes, and what follows from it: journal entries as its last act, bells
//! after its commit.

use std::collections::HashSet;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use maildesk_model::clock::Timestamp;
use maildesk_model::id::{DraftId, FolderId, MailboxId, MessageId, UserId};
use maildesk_model::journal::JournalKind;

use super::sqlite::Turn;
use super::{Conn, args, told};
use crate::bells::{Bells, Rung};
use crate::contract::{Bell, Result, StoreError};

/// A journal entry that has no position yet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Note {
    /// What changed.
    pub(crate) kind: JournalKind,
    /// In which mailbox.
    pub(crate) mailbox: MailboxId,
    /// Which message.
    pub(crate) message: Option<MessageId>,
    /// Which folder.
    pub(crate) folder: Option<FolderId>,
    /// Which draft, and whose: nobody else is told.
    pub(crate) draft: Option<(DraftId, UserId)>,
}

impl Note {
    /// Something about the mailbox itself or its push.
    pub(crate) const fn mailbox(kind: JournalKind, mailbox: MailboxId) -> Self {
        Self {
            kind,
            mailbox,
            message: None,
            folder: None,
            draft: None,
        }
    }

    /// Something about a draft.
    pub(crate) const fn draft(mailbox: MailboxId, draft: DraftId, author: UserId) -> Self {
        Self {
            kind: JournalKind::DraftUpdated,
            draft: Some((draft, author)),
            ..Self::mailbox(JournalKind::DraftUpdated, mailbox)
        }
    }
}

/// An open transaction. Dropped without [`Tx::commit`], nothing has happened.
pub(crate) struct Tx {
    conn: Conn,
    turn: Turn,
    bells: Arc<Bells>,
    rung: Rung,
    notes: Vec<(Note, Timestamp)>,
    noted: HashSet<Note>,
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

impl Tx {
    pub(super) fn new(conn: Conn, turn: Turn, bells: Arc<Bells>) -> Self {
        Self {
            conn,
            turn,
            bells,
            rung: Rung::default(),
            notes: Vec::new(),
            noted: HashSet::new(),
        }
    }

    /// Writes a journal entry when the transaction commits; the same one twice counts once.
    pub(crate) fn note(&mut self, note: Note, at: Timestamp) {
        if self.noted.insert(note) {
            self.notes.push((note, at));
            self.ring(Bell::Journal);
        }
    }

    /// Rings a bell once the transaction has committed.
    pub(crate) fn ring(&mut self, bell: Bell) {
        self.rung.add(bell);
    }

    /// Commits, then rings.
    pub(crate) async fn commit(mut self) -> Result<()> {
        self.write_journal().await?;
        match self.conn {
            Conn::LiteTx(tx) => tx.commit().await.map_err(told)?,
            Conn::PgTx(tx) => tx.commit().await.map_err(told)?,
            Conn::Lite(_) | Conn::Pg(_) => {}
        }
        drop(self.turn);
        self.bells.ring(self.rung);
        Ok(())
    }

    /// Takes positions under the lock of the one head row and writes the entries. This is the last
    /// act: the lock is held until the commit, so that whoever sees a position sees every lower one.
    pub(super) async fn write_journal(&mut self) -> Result<()> {
        if self.notes.is_empty() {
            return Ok(());
        }
        let count = self.notes.len() as i64;
        let head = self
            .conn
            .one(
                "UPDATE journal_head SET position = position + $1 WHERE id = 1 RETURNING position",
                args![count],
            )
            .await?
            .ok_or_else(|| StoreError::Corrupt("the journal has no head".into()))?
            .int("position")?;
        let rows = self
            .notes
            .drain(..)
            .zip(head - count + 1..)
            .map(|((note, at), position)| {
                args![
                    position,
                    at,
                    note.kind.name(),
                    note.mailbox,
                    note.message,
                    note.folder,
                    note.draft.map(|(draft, _)| draft),
                    note.draft.map(|(_, author)| author)
                ]
            })
            .collect();
        self.conn
            .insert(
                "INSERT INTO journal (position, at, kind, mailbox_id, message_id, folder_id, draft_id,
                   user_id) VALUES",
                "",
                rows,
            )
            .await?;
        Ok(())
    }
}
