//! Hits: messages that words find, newest first.
//!
//! There are two ways to them, and they are gone by turns, each from where the other stopped. The
//! index of words has hits in order, but a filter may keep nearly all of them out; the index of the
//! filters has its messages in order, but they have to be read to see whether the words occur. So
//! a rare word in a large folder and a common word in a small one are both found soon, and nobody
//! has to know beforehand which is rare.

use std::cmp::Reverse;
use std::collections::HashSet;

use maildesk_model::id::MailboxId;
use maildesk_model::search::{Search, Texts, Word};

use super::asked::Asked;
use super::walk::{Key, Span, key};
use crate::contract::Result;
use crate::db::{Conn, Engine, Value, args};
use crate::mail::{search, texts};

/// As many mailboxes are named in a question to SQLite; beyond, hits are checked one by one.
const SCOPES_MAX: usize = 50;
/// How many hits are looked at in the first turns, and in each that follows: most pages are full at
/// once, and each turn asks the index anew. Where nothing keeps hits out, a page of them will do.
const BY_WORDS: [i64; 3] = [256, 2048, 16_384];
/// How many messages are read in the first turns, and in each that follows: so many that both ways
/// take about the same time.
const BY_WALK: [i64; 3] = [128, 512, 2048];
/// The same on PostgreSQL, which compares words without reading the messages.
const BY_VECTORS: [i64; 3] = [2048, 8192, 16_384];
/// Words are common where walking until the page is full, over as many messages for each hit as it
/// takes, costs less than gathering all hits of a mailbox of about so many.
const MANY: f64 = 500_000.0;
/// As many letters of a beginning have an index of their own.
const SHORT_BEGINNING: usize = 3;
/// How many hits of a shortened beginning are looked at. Where they do not fill a page, few messages
/// have words that begin so, and the index is quick.
const BY_SHORT_BEGINNING: i64 = 2048;
/// Candidates whose rows are looked at together.
const ROWS_AT_ONCE: usize = 256;
/// Candidates whose texts are read together.
const TEXTS_AT_ONCE: usize = 64;
/// Candidates whose words PostgreSQL compares together at first; then twice as many each time.
const VECTORS_AT_ONCE: usize = 64;

/// A page of hits, and where looking for them was ended because it took too long: everything before
/// that place was looked at.
pub(super) async fn page(
    conn: &mut Conn,
    asked: &Asked,
    search: &Search,
    limit: i64,
    turns: usize,
) -> Result<(Vec<Key>, Option<Key>)> {
    let mut hunt = Hunt {
        asked,
        search,
        limit: limit as usize,
        span: asked.span,
        found: Vec::new(),
        compared: 0,
        worded: 0,
    };
    if hunt.by_short_beginning(conn).await? {
        return Ok((hunt.found, None));
    }
    for turn in 0..turns {
        let many = turn.min(BY_WORDS.len() - 1);
        let by_words = if turn == 0 && !asked.is_narrow && search.phrases.is_empty() {
            limit
        } else {
            BY_WORDS[many]
        };
        // PostgreSQL gathers all hits of a word before it knows the newest, and compares words
        // quickly: there the walk goes first, and goes on alone where words turn out to be common.
        let walks_first = conn.engine() == Engine::Postgres;
        if walks_first && hunt.by_walk(conn, BY_VECTORS[many]).await? {
            return Ok((hunt.found, None));
        }
        if walks_first && hunt.is_common() {
            continue;
        }
        if hunt.by_words(conn, by_words).await? {
            return Ok((hunt.found, None));
        }
        if !walks_first && asked.is_narrow && hunt.by_walk(conn, BY_WALK[many]).await? {
            return Ok((hunt.found, None));
        }
    }
    Ok((hunt.found, Some(hunt.span.below)))
}

struct Hunt<'h> {
    asked: &'h Asked,
    search: &'h Search,
    limit: usize,
    /// What is still to be looked at.
    span: Span,
    found: Vec<Key>,
    /// So many messages were compared by PostgreSQL, and so many of them have the words.
    compared: usize,
    worded: usize,
}

impl Hunt<'_> {
    /// A long beginning costs SQLite as much as there are messages with such words, before the first
    /// is known. So hits of its first letters are looked at first, which have an index of their own:
    /// where many messages have such words, they fill the page. True as for the others.
    async fn by_short_beginning(&mut self, conn: &mut Conn) -> Result<bool> {
        let shortened = match conn.engine() {
            Engine::Sqlite => shortened(self.search),
            Engine::Postgres => None,
        };
        let Some(shortened) = shortened else {
            return Ok(false);
        };
        let mailboxes = &self.asked.mailboxes;
        let hits = sqlite(conn, &shortened, mailboxes, self.span, BY_SHORT_BEGINNING).await?;
        let search = self.search;
        let is_full = self.look_at(conn, &hits, Some(|texts: &Texts| search.fits(texts)));
        Ok(is_full.await? || self.goes_on_below(&hits, BY_SHORT_BEGINNING))
    }

    /// Looks at the next hits of the index; true when the page is full or nothing is left.
    async fn by_words(&mut self, conn: &mut Conn, at_once: i64) -> Result<bool> {
        let mailboxes = &self.asked.mailboxes;
        let hits = match conn.engine() {
            Engine::Sqlite => sqlite(conn, self.search, mailboxes, self.span, at_once).await?,
            Engine::Postgres => postgres(conn, self.search, mailboxes, self.span, at_once).await?,
        };
        let search = self.search;
        let has_phrases = !search.phrases.is_empty();
        let check = has_phrases.then_some(|texts: &Texts| search.phrases_fit(texts));
        Ok(self.look_at(conn, &hits, check).await? || self.goes_on_below(&hits, at_once))
    }

    /// Keeps those hits that are in the list and pass a check on their texts; true when the page is
    /// full.
    async fn look_at(
        &mut self,
        conn: &mut Conn,
        hits: &[Key],
        check: Option<impl Fn(&Texts) -> bool>,
    ) -> Result<bool> {
        let at_once = check.as_ref().map_or(ROWS_AT_ONCE, |_| TEXTS_AT_ONCE);
        for piece in hits.chunks(at_once) {
            let mut kept = self.asked.keep(conn, piece).await?;
            if let Some(check) = &check {
                kept = fitting(conn, kept, check).await?;
            }
            if self.is_full_with(kept) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Compares the next messages that the filters let through; true when the page is full or
    /// nothing is left.
    async fn by_walk(&mut self, conn: &mut Conn, at_once: i64) -> Result<bool> {
        let Asked { walk, lists, .. } = self.asked;
        let walked = walk.page(conn, lists, self.span, at_once).await?;
        let is_full = match conn.engine() {
            Engine::Sqlite => {
                let search = self.search;
                let fit = self.read(conn, &walked, |texts| search.fits(texts));
                fit.await?
            }
            Engine::Postgres => self.compare(conn, &walked).await?,
        };
        Ok(is_full || self.goes_on_below(&walked, at_once))
    }

    /// Reads messages and keeps those that fit; true when the page is full.
    async fn read(
        &mut self,
        conn: &mut Conn,
        candidates: &[Key],
        fits: impl Fn(&Texts) -> bool,
    ) -> Result<bool> {
        for piece in candidates.chunks(TEXTS_AT_ONCE) {
            let kept = fitting(conn, piece.to_vec(), &fits).await?;
            if self.is_full_with(kept) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Has PostgreSQL compare the words of messages, of few at first, and reads those that have them
    /// where there are phrases; true when the page is full.
    async fn compare(&mut self, conn: &mut Conn, mut candidates: &[Key]) -> Result<bool> {
        let search = self.search;
        let mut at_once = VECTORS_AT_ONCE;
        while !candidates.is_empty() {
            let (piece, rest) = candidates.split_at(at_once.min(candidates.len()));
            let kept = with_words(conn, search, piece).await?;
            self.compared += piece.len();
            self.worded += kept.len();
            let is_full = if search.phrases.is_empty() {
                self.is_full_with(kept)
            } else {
                let fit = self.read(conn, &kept, |texts| search.phrases_fit(texts));
                fit.await?
            };
            if is_full {
                return Ok(true);
            }
            (candidates, at_once) = (rest, at_once * 2);
        }
        Ok(false)
    }

    fn is_common(&self) -> bool {
        let share = self.worded as f64 / self.compared.max(1) as f64;
        self.limit as f64 <= share * share * MANY
    }

    fn is_full_with(&mut self, kept: Vec<Key>) -> bool {
        self.found.extend(kept);
        self.found.truncate(self.limit);
        self.found.len() == self.limit
    }

    /// Notes how far it is looked at; true when nothing is left.
    fn goes_on_below(&mut self, seen: &[Key], at_once: i64) -> bool {
        if let Some(last) = seen.last() {
            self.span.below = *last;
        }
        (seen.len() as i64) < at_once
    }
}

/// The search with a long beginning cut to its first letters; `None`: there is none.
fn shortened(search: &Search) -> Option<Search> {
    let mut search = search.clone();
    let is_long = |word: &&mut Word| word.text.chars().count() > SHORT_BEGINNING;
    let mut beginnings = search.words.iter_mut().filter(|word| word.is_beginning);
    let word = beginnings.find(is_long)?;
    word.text = word.text.chars().take(SHORT_BEGINNING).collect();
    Some(search)
}

/// Those whose texts fit, in their order.
async fn fitting(
    conn: &mut Conn,
    candidates: Vec<Key>,
    fits: impl Fn(&Texts) -> bool,
) -> Result<Vec<Key>> {
    let ids: Vec<Value> = candidates.iter().map(|(_, id)| Value::from(*id)).collect();
    let texts = texts::read(conn, &ids).await?;
    let fitting = candidates
        .into_iter()
        .filter(|(_, id)| texts.get(id).is_some_and(&fits));
    Ok(fitting.collect())
}

/// What SQLite's index is asked: the question, the keys between which hits are wanted, the limit.
pub(super) const HITS: &str = "SELECT search.rowid AS place FROM search
    WHERE search MATCH $1 AND search.rowid < $2 AND search.rowid >= $3
    ORDER BY search.rowid DESC LIMIT $4";

async fn sqlite(
    conn: &mut Conn,
    wanted: &Search,
    mailboxes: &[MailboxId],
    span: Span,
    limit: i64,
) -> Result<Vec<Key>> {
    let named = if mailboxes.len() <= SCOPES_MAX {
        mailboxes
    } else {
        &[]
    };
    let values = args![
        search::ask_sqlite(wanted, named),
        search::place_of(span.below)?,
        search::first_place(span.from),
        limit
    ];
    let rows = conn.all(HITS, values).await?;
    rows.iter()
        .map(|row| Ok(search::key_at(row.int("place")?)))
        .collect()
}

/// Those of some messages that have the words, in their order.
async fn with_words(conn: &mut Conn, wanted: &Search, candidates: &[Key]) -> Result<Vec<Key>> {
    let ids: Vec<Value> = candidates.iter().map(|(_, id)| Value::from(*id)).collect();
    // IS TRUE keeps the index of words out of it, which would gather all hits first.
    let sql = "SELECT s.message_id FROM search s
               WHERE s.message_id IN (LIST) AND (s.words @@ $1::tsquery) IS TRUE";
    let rows = conn
        .all_in(sql, args![search::ask_postgres(wanted)], &ids)
        .await?;
    let found = rows.iter().map(|row| row.int("message_id"));
    let found = found.collect::<Result<HashSet<_>>>()?;
    let kept = candidates.iter().filter(|(_, id)| found.contains(&id.0));
    Ok(kept.copied().collect())
}

async fn postgres(
    conn: &mut Conn,
    wanted: &Search,
    mailboxes: &[MailboxId],
    span: Span,
    limit: i64,
) -> Result<Vec<Key>> {
    // The walk has been through the newest, so hits are not many. Left to itself the planner takes
    // a beginning for common and reads a million messages in their order.
    let sql = "WITH s AS MATERIALIZED (
           SELECT received_at, message_id, mailbox_id FROM search WHERE words @@ $1::tsquery)
         SELECT s.received_at, s.message_id AS id FROM s
         WHERE (s.received_at, s.message_id) < ($2, $3)
           AND s.received_at >= $4 AND s.mailbox_id IN (LIST)
         ORDER BY s.received_at DESC, s.message_id DESC LIMIT $5";
    let (below, id) = span.below;
    let values = args![search::ask_postgres(wanted), below, id, span.from, limit];
    let ids: Vec<Value> = mailboxes.iter().map(|id| Value::from(*id)).collect();
    // A long list of mailboxes is asked in pieces, each of which is in order.
    let rows = conn.all_in(sql, values, &ids).await?;
    let mut keys = rows.iter().map(key).collect::<Result<Vec<_>>>()?;
    keys.sort_unstable_by_key(|key| Reverse(*key));
    keys.truncate(limit as usize);
    Ok(keys)
}
