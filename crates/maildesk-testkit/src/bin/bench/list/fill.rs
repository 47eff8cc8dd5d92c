//! A mailbox of a million messages, written through the store's own intake.
//!
//! Words are drawn as in real text (the n-th most common one n times as rarely as the first), so
//! that common, rare and neighbouring words cost what they cost in a real mailbox.

use maildesk_model::Timestamp;
use maildesk_model::folder::WellKnown;
use maildesk_model::id::NodeId;
use maildesk_model::mailbox::Connection;
use maildesk_model::message::{Address, Body, Flag, RemoteMessage};
use maildesk_store::SqlStore;
use maildesk_store::contract::{
    Cursor, FolderChanges, FolderKey, Incoming, Lease, MailboxStore, MessageBatch, NewMailbox,
    RemoteFolder, Source, SyncStore,
};
use maildesk_testkit::chance::Chance;

use crate::{ADDRESS, say, tick};

/// Messages in one transaction.
const BATCH: u64 = 500;
/// Different words.
const WORDS: usize = 60_000;
/// Words of one text.
const TEXT: usize = 80;
/// People who write.
pub(crate) const PEOPLE: usize = 3_000;
/// A phrase stands in one of so many messages.
const RARE: u64 = 20_000;
/// The phrase.
pub(crate) const RARE_PHRASE: &str = "annual okapi census";
/// A message lies in the small folder once in so many.
const SMALL: u64 = 2_000;
/// Folders beside the inbox, the first small.
const FOLDERS: u64 = 10;
/// Between two messages.
const BETWEEN_SECONDS: i64 = 30;

/// 2025-01-01T00:00:00Z.
const BEGINS_AT: i64 = 1_735_689_600;

/// When the n-th message was received.
pub(crate) fn received_at(n: u64) -> Timestamp {
    let seconds = BEGINS_AT + n.cast_signed() * BETWEEN_SECONDS;
    Timestamp::from_micros(seconds * 1_000_000)
}

/// The n-th most common word.
pub(crate) fn word(n: usize) -> String {
    const PARTS: [&str; 16] = [
        "an", "re", "port", "meet", "ing", "in", "voice", "quar", "ter", "ly", "plan", "de",
        "sign", "team", "ship", "off",
    ];
    let mut rest = n;
    let mut word = String::new();
    loop {
        word.push_str(PARTS[rest % PARTS.len()]);
        rest /= PARTS.len();
        if rest == 0 {
            return word;
        }
    }
}

/// Draws words as often as text has them.
struct Text {
    words: Vec<String>,
    /// How many of all drawn words are among the first ones.
    shares: Vec<f64>,
    chance: Chance,
}

impl Text {
    fn new() -> Self {
        let mut sum = 0.0;
        let shares = (0..WORDS).map(|n| {
            sum += 1.0 / (n as f64 + 2.7);
            sum
        });
        Self {
            shares: shares.collect(),
            words: (0..WORDS).map(word).collect(),
            chance: Chance::new(7),
        }
    }

    fn draw(&mut self, count: usize) -> String {
        let all = self.shares.last().copied().unwrap_or_default();
        let mut text = String::new();
        for _ in 0..count {
            let drawn = self.chance.below(1 << 30) as f64 / f64::from(1 << 30) * all;
            let n = self.shares.partition_point(|share| *share < drawn);
            text.push_str(&self.words[n.min(WORDS - 1)]);
            text.push(' ');
        }
        text
    }

    fn person(&mut self) -> Address {
        let n = self.chance.below(PEOPLE);
        Address {
            name: format!("Person Number{n}"),
            address: format!("person{n}@fabrikam{}.test", n % 50),
        }
    }

    fn message(&mut self, n: u64) -> Incoming {
        let is = |chance: &mut Chance, percent| chance.below(100) < percent;
        let mut text = self.draw(TEXT);
        if n.is_multiple_of(RARE) {
            text.push_str(RARE_PHRASE);
        }
        let folder = match n {
            _ if n.is_multiple_of(SMALL) => 0,
            _ if is(&mut self.chance, 40) => FOLDERS,
            _ => 1 + self.chance.below(FOLDERS as usize - 1) as u64,
        };
        let flagged = is(&mut self.chance, 1);
        let message = RemoteMessage {
            remote_id: format!("AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A{n:0100}"),
            folder: Some(folder_id(folder)),
            subject: Some(self.draw(6)),
            from: Some(Some(self.person())),
            to: Some(vec![self.person()]),
            cc: Some(vec![self.person()]),
            received_at: Some(received_at(n)),
            sent_at: Some(received_at(n)),
            modified_at: Some(received_at(n)),
            preview: Some(text.chars().take(255).collect()),
            is_read: Some(is(&mut self.chance, 90)),
            is_draft: Some(false),
            flag: Some(if flagged { Flag::Flagged } else { Flag::None }),
            has_attachments: Some(is(&mut self.chance, 15)),
            conversation: Some(format!("AAQkADU3{:070}", n / 3)),
            internet_message_id: Some(format!("<{n:040}@fabrikam.test>")),
            web_link: Some(format!(
                "https://outlook.office365.com/owa/?ItemID={n:0150}"
            )),
            body: Some(Body {
                is_html: false,
                content: text,
            }),
            attachments: Some(Vec::new()),
            ..RemoteMessage::default()
        };
        Incoming {
            message,
            text: None,
        }
    }
}

fn folder_id(n: u64) -> String {
    if n == FOLDERS {
        "inbox".to_owned()
    } else {
        format!("folder{n}")
    }
}

/// Fills the store with one mailbox of so many messages, oldest first.
pub(crate) async fn fill(store: &SqlStore, messages: u64) {
    let lease = begin(store).await;
    let mut text = Text::new();
    let begun = tick();
    for first in (0..messages).step_by(BATCH as usize) {
        let last = messages.min(first + BATCH);
        let batch = MessageBatch {
            changed: (first..last).map(|n| text.message(n)).collect(),
            removed: Vec::new(),
            cursor: None,
            source: Source::Listing,
            skew_micros: 0,
            at: received_at(messages),
        };
        let applied = store.apply_messages(&lease, &batch).await;
        applied.expect("messages are taken in");
        if last.is_multiple_of(100_000) {
            say(&format!("{last} messages after {:.0?}", begun.elapsed()));
        }
    }
    finish(store, &lease, received_at(messages)).await;
}

async fn begin(store: &SqlStore) -> Lease {
    let at = received_at(0);
    let mailbox = NewMailbox {
        name: "Team".into(),
        address: ADDRESS.into(),
        connection: Connection::GraphApplication,
        at,
    };
    store.add_mailbox(mailbox).await.expect("a new mailbox");
    let node = NodeId("bench".into());
    let until = Timestamp::from_micros(i64::MAX);
    let lease = store.claim_mailbox(&node, at, until).await;
    let lease = lease.expect("claiming works").expect("it is due");
    let folders = (0..=FOLDERS).map(|n| RemoteFolder {
        remote_id: folder_id(n),
        parent: None,
        name: folder_id(n),
        well_known: (n == FOLDERS).then_some(WellKnown::Inbox),
        unread: 0,
        total: 0,
    });
    let changes = FolderChanges {
        changed: folders.collect(),
        removed: Vec::new(),
        whole: true,
        link: Some("link".into()),
    };
    let applied = store.apply_folders(&lease, &changes, at).await;
    applied.expect("folders are taken in");
    lease
}

/// Everything is listed: the mailbox is as one that has been here for long.
async fn finish(store: &SqlStore, lease: &Lease, at: Timestamp) {
    for n in 0..=FOLDERS {
        let folder = store
            .folder_sync(lease, FolderKey::Remote(&folder_id(n)))
            .await
            .expect("folders are read")
            .expect("the folder is there");
        let batch = MessageBatch {
            changed: Vec::new(),
            removed: Vec::new(),
            cursor: Some((folder.id, Cursor::Done("delta-link".into()))),
            source: Source::Listing,
            skew_micros: 0,
            at,
        };
        let applied = store.apply_messages(lease, &batch).await;
        applied.expect("the listing ends");
    }
}
