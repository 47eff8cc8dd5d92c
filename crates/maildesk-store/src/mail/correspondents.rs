//! Whom a mailbox writes with, kept up as mail is taken in: the same work for each mail, however
//! many there are.

use std::collections::{BTreeMap, HashMap};

use maildesk_model::clock::Timestamp;
use maildesk_model::id::MailboxId;
use maildesk_model::message::Address;

use super::kept::Said;
use super::people;
use crate::contract::Result;
use crate::db::{Tx, Value, args};

/// Recipients of one mail that are kept; a mail to hundreds is no correspondence.
const RECIPIENTS_MAX: usize = 30;
/// Words of a name that are kept.
const WORDS_MAX: usize = 6;
/// Characters of a word, a name or an address that are kept.
const TEXT_MAX: usize = 100;

/// What one batch says of one correspondent.
struct Met {
    name: String,
    address: String,
    uses: i64,
    last_at: Timestamp,
}

/// Those of one batch, by their address in lower case.
#[derive(Default)]
pub(crate) struct Correspondents(BTreeMap<String, Met>);

impl Correspondents {
    /// A mail that came: its author, who is known by it and no more than that. Anybody can write as often
    /// as they like, under whatever name, and comes after everybody who was written to.
    pub(crate) fn received(&mut self, said: &Said) -> Result<()> {
        if let Some(author) = people::to_opt_address(said.author.clone())? {
            self.meet(author, 0, said.received_at);
        }
        Ok(())
    }

    /// A mail that was sent: everybody it went to.
    pub(crate) fn sent(&mut self, said: &Said) -> Result<()> {
        let mut all = people::to_addresses(&said.recipients)?;
        all.extend(people::to_addresses(&said.cc)?);
        all.extend(people::to_addresses(&said.bcc)?);
        for one in all.into_iter().take(RECIPIENTS_MAX) {
            self.meet(one, 1, said.received_at);
        }
        Ok(())
    }

    fn meet(&mut self, one: Address, uses: i64, at: Timestamp) {
        let address = one.address.trim();
        if !address.contains('@') || address.chars().count() > TEXT_MAX {
            return;
        }
        let name = match one.name.trim() {
            name if name.eq_ignore_ascii_case(address) => "",
            name => name,
        };
        let name: String = name.chars().take(TEXT_MAX).collect();
        let met = self.0.entry(address.to_lowercase()).or_insert_with(|| Met {
            name: String::new(),
            address: address.to_owned(),
            uses: 0,
            last_at: at,
        });
        met.uses += uses;
        met.last_at = met.last_at.max(at);
        if !name.is_empty() {
            met.name = name;
        }
    }

    /// Writes them down; words only of those that are new or have another name.
    pub(crate) async fn write(self, tx: &mut Tx, mailbox: MailboxId) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let keys: Vec<Value> = self.0.keys().map(Value::from).collect();
        let sql = "SELECT address_key, name FROM correspondent
                   WHERE mailbox_id = $1 AND address_key IN (LIST)";
        let mut known = HashMap::new();
        for row in &tx.all_in(sql, args![mailbox], &keys).await? {
            known.insert(row.text("address_key")?, row.text("name")?);
        }
        let rows = self
            .0
            .iter()
            .map(|(key, met)| args![mailbox, key, &met.name, &met.address, met.uses, met.last_at]);
        let written = tx
            .insert(
                "INSERT INTO correspondent (mailbox_id, address_key, name, address, uses, last_at)
                 VALUES",
                "ON CONFLICT (mailbox_id, address_key) DO UPDATE SET
                   name = CASE WHEN excluded.name <> '' AND excluded.last_at >= correspondent.last_at
                     THEN excluded.name ELSE correspondent.name END,
                   uses = correspondent.uses + excluded.uses,
                   last_at = CASE WHEN excluded.last_at > correspondent.last_at
                     THEN excluded.last_at ELSE correspondent.last_at END
                 RETURNING id, address_key, name",
                rows.collect(),
            )
            .await?;
        let mut words = Vec::new();
        for row in &written {
            let (id, key, name) = (row.int("id")?, row.text("address_key")?, row.text("name")?);
            if known.get(&key) != Some(&name) {
                let all = words_of(&key, &name).into_iter();
                words.extend(all.map(|word| args![mailbox, word, id]));
            }
        }
        let head = "INSERT INTO correspondent_word (mailbox_id, word, correspondent_id) VALUES";
        let tail = "ON CONFLICT (mailbox_id, word, correspondent_id) DO NOTHING";
        tx.insert(head, tail, words).await.map(drop)
    }
}

/// What somebody is found by: the address, the name, and each word of it.
fn words_of(address: &str, name: &str) -> Vec<String> {
    let name = name.to_lowercase();
    let mut words = vec![address.to_owned()];
    let parts = name.split(|c: char| !c.is_alphanumeric());
    words.extend(parts.take(WORDS_MAX).map(str::to_owned));
    words.push(name);
    words.retain(|word| !word.is_empty());
    words.sort_unstable();
    words.dedup();
    words
}
