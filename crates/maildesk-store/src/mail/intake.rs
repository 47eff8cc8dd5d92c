//! Taking messages in: the heart of the store.
//!
//! A batch is matched with what is kept, merged, and written with everything that hangs on it:
//! shown values, counts, conversations, bodies, attachments, words, arrivals, the journal. The work
//! depends on the batch alone, never on how large the mailbox is.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use maildesk_model::id::{ConversationId, FolderId, MailboxId, MessageId};
use maildesk_model::journal::JournalKind;
use maildesk_model::message::RemoteMessage;

use super::arrive::{self, Since};
use super::correspondents::Correspondents;
use super::fold::Prepared;
use super::folders::{self, Place};
use super::hints::{self, Unready};
use super::kept::{self, Kept};
use super::ledger::Ledger;
use super::search::{self, Doc};
use super::{conversations, merge, overlay};
use crate::contract::{Applied, Result, Source};
use crate::db::{Note, Tx, Value, args};

/// One batch on its way in.
pub(crate) struct Intake<'t> {
    pub(super) tx: &'t mut Tx,
    mailbox: MailboxId,
    since: Since,
    source: Source,
    pub(crate) ledger: Ledger,
    pub(crate) applied: Applied,
    folders: HashMap<String, Place>,
    /// The folder the batch is about.
    cursor: Option<Place>,
    /// What was kept before, by remote id.
    kept: HashMap<String, Kept>,
    unready: Vec<(String, Unready)>,
}

/// A row and the one it becomes.
pub(super) struct Change<'p> {
    pub(super) before: Kept,
    pub(super) after: Kept,
    pub(super) prepared: &'p Prepared,
}

impl<'t> Intake<'t> {
    pub(crate) fn new(tx: &'t mut Tx, mailbox: MailboxId, since: Since, source: Source) -> Self {
        Self {
            tx,
            mailbox,
            since,
            source,
            ledger: Ledger::new(mailbox),
            applied: Applied::default(),
            folders: HashMap::new(),
            cursor: None,
            kept: HashMap::new(),
            unready: Vec::new(),
        }
    }

    /// Takes the messages in. `removed` are those that `folder`'s delta called removed.
    pub(crate) async fn take(
        &mut self,
        batch: &[Prepared],
        removed: &[String],
        folder: Option<FolderId>,
    ) -> Result<()> {
        if let Some(folder) = folder {
            self.cursor = folders::by_id(self.tx, self.mailbox, folder).await?;
        }
        self.load(batch, removed).await?;
        let (fresh, changes) = self.sort_out(batch);
        self.add(fresh).await?;
        self.change(changes).await?;
        self.miss(removed).await?;
        hints::write(self.tx, self.mailbox, &self.unready, self.since.at).await
    }

    async fn load(&mut self, batch: &[Prepared], removed: &[String]) -> Result<()> {
        let mut named: Vec<&String> = batch
            .iter()
            .filter_map(|one| one.remote.folder.as_ref())
            .collect();
        named.sort_unstable();
        named.dedup();
        let named: Vec<Value> = named.into_iter().map(Value::from).collect();
        self.folders = folders::by_remote(self.tx, self.mailbox, &named).await?;
        let ids = batch.iter().map(|one| &one.remote.remote_id).chain(removed);
        let ids: Vec<Value> = ids.map(Value::from).collect();
        self.kept = kept::by_remote(self.tx, self.mailbox, &ids).await?;
        Ok(())
    }

    /// What is new here, what is kept already, and what cannot be taken in yet.
    fn sort_out<'p>(
        &mut self,
        batch: &'p [Prepared],
    ) -> (Vec<(Kept, &'p Prepared)>, Vec<Change<'p>>) {
        let (mut fresh, mut changes) = (Vec::new(), Vec::new());
        for prepared in batch {
            let remote = &prepared.remote;
            let place = remote.folder.as_ref().and_then(|id| self.folders.get(id));
            let before = self.kept.get(&remote.remote_id);
            if let (Some(folder), None) = (&remote.folder, place) {
                let why = Unready::Folder(folder.clone(), before.map(|kept| kept.id));
                self.unready.push((remote.remote_id.clone(), why));
            }
            match (before, place) {
                (Some(before), place) => {
                    let after = merged(before, remote, place);
                    changes.push(Change {
                        before: before.clone(),
                        after,
                        prepared,
                    });
                }
                (None, Some(place)) if remote.is_whole() => {
                    let row = merge::fresh(self.mailbox, remote, place.id, place.generation);
                    fresh.push((row, prepared));
                }
                (None, None) if remote.folder.is_some() => self.applied.unknown += 1,
                (None, _) => {
                    self.applied.unknown += 1;
                    self.unready
                        .push((remote.remote_id.clone(), Unready::Sparse));
                }
            }
        }
        (fresh, changes)
    }

    async fn add(&mut self, fresh: Vec<(Kept, &Prepared)>) -> Result<()> {
        if fresh.is_empty() {
            return Ok(());
        }
        let (mut rows, prepared): (Vec<Kept>, Vec<&Prepared>) = fresh.into_iter().unzip();
        conversations::give(self.tx, self.mailbox, &mut rows).await?;
        kept::insert(self.tx, &mut rows).await?;
        self.meet(&rows, &prepared).await?;
        let mut docs = Vec::with_capacity(rows.len());
        for (row, prepared) in rows.iter().zip(&prepared) {
            self.ledger.moved(None, Some(row.standing()));
            docs.push(Doc::new(row, prepared.words())?);
        }
        search::write(self.tx, &mut docs).await?;
        self.keep_bodies(rows.iter().zip(prepared.iter().copied()))
            .await?;
        let arrived: Vec<&Kept> = rows
            .iter()
            .zip(&prepared)
            .filter(|(row, prepared)| {
                let place = prepared.remote.folder.as_ref();
                let place = place.and_then(|id| self.folders.get(id));
                place.is_some_and(|place| self.since.is_arrival(row, place))
            })
            .map(|(row, _)| row)
            .collect();
        let all = arrived.clone();
        let arrived = arrive::first_time(self.tx, self.mailbox, arrived).await?;
        arrive::write(self.tx, self.mailbox, &arrived, self.since).await?;
        for back_again in all {
            if !arrived.iter().any(|first| first.id == back_again.id) {
                self.note_updated(back_again);
            }
        }
        self.applied
            .arrived
            .extend(arrived.iter().map(|row| row.id));
        self.applied.added += rows.len() as i64;
        let rows = rows.into_iter();
        self.kept
            .extend(rows.map(|row| (row.remote_id.clone(), row)));
        Ok(())
    }

    /// Notes whom the mailbox writes with, from mail that is new here. A draft is no mail yet.
    async fn meet(&mut self, rows: &[Kept], prepared: &[&Prepared]) -> Result<()> {
        let mut met = Correspondents::default();
        for (row, prepared) in rows.iter().zip(prepared) {
            let place = prepared.remote.folder.as_ref();
            let place = place.and_then(|id| self.folders.get(id));
            if row.said.is_draft {
                continue;
            }
            if place.is_some_and(Place::holds_own_mail) {
                met.sent(&row.said)?;
            } else {
                met.received(&row.said)?;
            }
        }
        met.write(self.tx, self.mailbox).await
    }

    async fn change(&mut self, mut changes: Vec<Change<'_>>) -> Result<()> {
        let mut met = Correspondents::default();
        let was_sent = |one: &&Change<'_>| one.before.said.is_draft && !one.after.said.is_draft;
        for sent in changes.iter().filter(was_sent) {
            met.sent(&sent.after.said)?;
        }
        met.write(self.tx, self.mailbox).await?;
        lay_intents_over(self.tx, &mut changes).await?;
        self.find_conversations(&mut changes).await?;
        let rows = changes
            .iter()
            .map(|change| (&change.before, change.prepared));
        let touched = self.keep_bodies(rows).await?;
        let mut reworded = Vec::new();
        let mut seen: BTreeMap<i64, Vec<Value>> = BTreeMap::new();
        for change in &changes {
            let (before, after) = (&change.before, &change.after);
            kept::rewrite(self.tx, before, after).await?;
            self.ledger
                .moved(Some(before.standing()), Some(after.standing()));
            let got_body = touched.contains(&after.id);
            if got_body || before.said != after.said {
                reworded.push(change);
            }
            if let Some(generation) = self.generation_of(change)
                && generation > before.seen_generation
            {
                seen.entry(generation).or_default().push(after.id.into());
            }
            let looks = !before.looks_like(after);
            self.applied.changed += i64::from(looks || got_body);
            if looks || (got_body && self.source == Source::Live) {
                self.note_updated(after);
            }
            self.kept.insert(after.remote_id.clone(), after.clone());
        }
        self.reword(&reworded).await?;
        for (generation, ids) in seen {
            let sql = "UPDATE message SET seen_generation = $1 WHERE id IN (LIST)";
            self.tx.run_in(sql, args![generation], &ids).await?;
        }
        Ok(())
    }

    /// Finds the conversations of rows that change theirs.
    async fn find_conversations(&mut self, changes: &mut [Change<'_>]) -> Result<()> {
        let wanted: BTreeSet<&str> = changes
            .iter()
            .filter(|one| one.before.conversation_remote != one.after.conversation_remote)
            .map(|one| one.after.conversation_remote.as_str())
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let keys = conversations::find(self.tx, self.mailbox, wanted).await?;
        for change in changes {
            if let Some(key) = keys.get(&change.after.conversation_remote) {
                change.after.conversation = ConversationId(*key);
            }
        }
        Ok(())
    }

    fn note_updated(&mut self, after: &Kept) {
        if after.shown.folder.is_some() {
            let note = Note {
                kind: JournalKind::MessageUpdated,
                mailbox: self.mailbox,
                message: Some(after.id),
                folder: after.shown.folder,
                draft: None,
            };
            self.tx.note(note, self.since.at);
        }
    }

    /// The generation of the folder's listing that has just had this message.
    fn generation_of(&self, change: &Change<'_>) -> Option<i64> {
        let place = if let Some(named) = &change.prepared.remote.folder {
            self.folders.get(named)
        } else {
            let lies_in = change.after.graph.folder;
            self.cursor
                .as_ref()
                .filter(|cursor| Some(cursor.id) == lies_in)
        };
        place.map(|place| place.generation)
    }

    /// Marks what the folder's delta called removed, if it still lies there.
    async fn miss(&mut self, removed: &[String]) -> Result<()> {
        let Some(folder) = self.cursor.as_ref().map(|place| place.id) else {
            return Ok(());
        };
        let mut missing: Vec<MessageId> = removed
            .iter()
            .filter_map(|id| self.kept.get(id))
            .filter(|kept| kept.graph.folder == Some(folder) && kept.missing_since.is_none())
            .map(|kept| kept.id)
            .collect();
        missing.sort_unstable();
        missing.dedup();
        self.applied.missing += missing.len() as i64;
        let ids: Vec<Value> = missing.into_iter().map(Value::from).collect();
        let sql = "UPDATE message SET missing_since = $1 WHERE id IN (LIST)";
        self.tx
            .run_in(sql, args![self.since.at], &ids)
            .await
            .map(drop)
    }
}

fn merged(before: &Kept, remote: &RemoteMessage, place: Option<&Place>) -> Kept {
    let mut after = before.clone();
    merge::over(&mut after, remote, place.map(|place| place.id));
    after
}

/// What is shown: Graph's word with waiting intents laid over it.
async fn lay_intents_over(tx: &mut Tx, changes: &mut [Change<'_>]) -> Result<()> {
    let overlaid: Vec<Value> = changes
        .iter()
        .filter(|change| change.before.overlaid)
        .map(|change| Value::from(change.before.id))
        .collect();
    let waiting = overlay::waiting(tx, &overlaid).await?;
    for change in changes {
        let id = change.after.id.0;
        let laid = waiting.iter().filter(|(message, _)| *message == id);
        change.after.shown = overlay::shown(&change.after.graph, laid.map(|(_, laid)| laid));
    }
    Ok(())
}
