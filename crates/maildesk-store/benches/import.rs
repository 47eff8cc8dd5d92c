//! How fast mail is taken in, and how long a webhook waits meanwhile.
//!
//! `cargo bench -p maildesk-store` imports into SQLite; with `MAILDESK_TEST_POSTGRES_URL` set, into
//! PostgreSQL as well. A number on the command line is how many messages (50,000 unless said);
//! the word `listing` stops after the listing.
#![expect(clippy::print_stdout, reason = "figures are what this is for")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on ends")]
#![expect(clippy::disallowed_methods, reason = "a bench measures real time")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use maildesk_model::access::{Role, Viewer};
use maildesk_model::clock::{Entropy, Timestamp};
use maildesk_model::folder::WellKnown;
use maildesk_model::id::{FolderId, NodeId, UserId};
use maildesk_model::mailbox::Connection;
use maildesk_model::message::{Address, Body, RemoteMessage};
use maildesk_model::search::Search;
use maildesk_model::stamp::{Stamping, Trigger};
use maildesk_store::contract::{
    Cursor, DeskStore, FolderChanges, FolderKey, Incoming, Lease, MailboxStore, MessageBatch,
    MessageQuery, NewMailbox, RemoteFolder, Source, StampStore, SyncStore,
};
use maildesk_store::{SecretKey, SqlStore, StoreSettings};

/// Messages in one batch, as sync hands them over.
const BATCH: usize = 250;
/// Bodies in one batch.
const BODIES: usize = 50;

const ADMIN: Viewer = Viewer {
    user: UserId(0),
    role: Role::Administrator,
};

#[derive(Debug)]
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0.fetch_add(1, Ordering::Relaxed) as u8;
        }
    }
}

/// A stream of numbers that looks random and is the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % below
    }

    fn words(&mut self, count: usize) -> String {
        const PARTS: [&str; 16] = [
            "an", "re", "port", "meet", "ing", "in", "voice", "quar", "ter", "ly", "plan", "de",
            "sign", "team", "ship", "off",
        ];
        let mut text = String::new();
        for _ in 0..count {
            for _ in 0..=self.next(3) {
                text.push_str(PARTS[self.next(PARTS.len())]);
            }
            text.push(' ');
        }
        text
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((1_800_000_000 + seconds) * 1_000_000)
}

fn message(numbers: &mut Numbers, n: usize) -> RemoteMessage {
    let person = |numbers: &mut Numbers| {
        let n = numbers.next(3000);
        Address {
            name: format!("Person Number{n}"),
            address: format!("person{n}@fabrikam{}.test", n % 50),
        }
    };
    RemoteMessage {
        remote_id: remote_id(n),
        folder: Some("inbox".into()),
        subject: Some(numbers.words(6)),
        from: Some(Some(person(numbers))),
        to: Some(vec![person(numbers)]),
        cc: Some(vec![person(numbers)]),
        received_at: Some(at(-(n as i64) * 60)),
        sent_at: Some(at(-(n as i64) * 60 - 2)),
        modified_at: Some(at(0)),
        preview: Some(numbers.words(35)),
        is_read: Some(numbers.next(10) > 0),
        is_draft: Some(false),
        conversation: Some(format!("AAQkADU3{:>070}", n / 3)),
        internet_message_id: Some(format!("<{n:>040}@fabrikam.test>")),
        web_link: Some(format!(
            "https://outlook.office365.com/owa/?ItemID={n:>0150}&exvsurl=1&viewmodel=ReadMessageItem"
        )),
        ..RemoteMessage::default()
    }
}

/// As long as Graph's, and the changing part in the middle.
fn remote_id(n: usize) -> String {
    let mixed = (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    format!(
        "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A{mixed:016x}{}",
        "AAAA".repeat(20)
    )
}

struct Bench {
    store: Arc<SqlStore>,
    lease: Lease,
    inbox: FolderId,
    numbers: Numbers,
}

impl Bench {
    async fn new(url: &str) -> Self {
        let entropy = Arc::new(Counting(AtomicU64::new(0)));
        let key = SecretKey::from_bytes([1; 32]);
        let store = SqlStore::open(url, key, entropy, StoreSettings::default())
            .await
            .unwrap();
        let mailbox = NewMailbox {
            name: "Ada".into(),
            address: format!("ada{}@contoso.test", std::process::id()),
            connection: Connection::GraphApplication,
            at: at(0),
        };
        store.add_mailbox(mailbox).await.unwrap();
        let node = NodeId("bench".into());
        let lease = store
            .claim_mailbox(&node, at(0), at(1 << 30))
            .await
            .unwrap()
            .unwrap();
        let inbox = RemoteFolder {
            remote_id: "inbox".into(),
            parent: None,
            name: "Inbox".into(),
            well_known: Some(WellKnown::Inbox),
            unread: 0,
            total: 0,
        };
        let changes = FolderChanges {
            changed: vec![inbox],
            whole: true,
            link: Some("link".into()),
            ..FolderChanges::default()
        };
        store.apply_folders(&lease, &changes, at(0)).await.unwrap();
        let inbox = store
            .folder_sync(&lease, FolderKey::Remote("inbox"))
            .await
            .unwrap()
            .unwrap()
            .id;
        Self {
            store: Arc::new(store),
            lease,
            inbox,
            numbers: Numbers(7),
        }
    }

    fn batch(&self, changed: Vec<Incoming>, source: Source) -> MessageBatch {
        MessageBatch {
            changed,
            removed: Vec::new(),
            cursor: Some((self.inbox, Cursor::Listing("next-link".repeat(40)))),
            source,
            skew_micros: 0,
            at: at(10),
        }
    }

    async fn headers(&mut self, what: &str, from: usize, total: usize) {
        let begin = Instant::now();
        let mut building = Duration::ZERO;
        for first in (from..from + total).step_by(BATCH) {
            let before = Instant::now();
            let changed = (first..first + BATCH)
                .map(|n| Incoming {
                    message: message(&mut self.numbers, n),
                    text: None,
                })
                .collect();
            let batch = self.batch(changed, Source::Listing);
            building += before.elapsed();
            self.store
                .apply_messages(&self.lease, &batch)
                .await
                .unwrap();
        }
        rate(what, total, begin.elapsed().saturating_sub(building));
    }

    async fn bodies(&mut self, total: usize) {
        let begin = Instant::now();
        let mut building = Duration::ZERO;
        for first in (0..total).step_by(BODIES) {
            let before = Instant::now();
            let changed = (first..first + BODIES)
                .map(|n| {
                    let text = self.numbers.words(250);
                    let content = format!(
                        "<html><body>{}</body></html>",
                        text.replace("team", "<p style='margin:0'>team</p>")
                    );
                    Incoming {
                        message: RemoteMessage {
                            remote_id: remote_id(n),
                            body: Some(Body {
                                is_html: true,
                                content,
                            }),
                            attachments: Some(Vec::new()),
                            ..RemoteMessage::default()
                        },
                        text: Some(text),
                    }
                })
                .collect();
            let batch = self.batch(changed, Source::Listing);
            building += before.elapsed();
            self.store
                .apply_messages(&self.lease, &batch)
                .await
                .unwrap();
        }
        rate(
            "bodies, while stamped",
            total,
            begin.elapsed().saturating_sub(building),
        );
    }

    async fn one_mail(&mut self, n: usize) {
        let mut spans = Vec::new();
        for extra in 0..200 {
            let message = RemoteMessage {
                received_at: Some(at(5)),
                body: Some(Body {
                    is_html: false,
                    content: self.numbers.words(250),
                }),
                ..message(&mut self.numbers, n + extra)
            };
            let batch = self.batch(
                vec![Incoming {
                    message,
                    text: None,
                }],
                Source::Live,
            );
            let before = Instant::now();
            self.store
                .apply_messages(&self.lease, &batch)
                .await
                .unwrap();
            spans.push(before.elapsed());
        }
        spread("one new mail with its body", spans);
    }

    async fn reading(&self) {
        for (what, words) in [
            ("a page of the list", None),
            ("a common word", Some("report")),
            ("three words", Some("quarterly meeting pl")),
            ("one letter", Some("p")),
        ] {
            let query = MessageQuery {
                search: words.map(Search::in_utc),
                limit: 50,
                ..MessageQuery::default()
            };
            let mut spans = Vec::new();
            for _ in 0..100 {
                let before = Instant::now();
                self.store.messages(ADMIN, &query).await.unwrap();
                spans.push(before.elapsed());
            }
            spread(what, spans);
        }
    }
}

fn rate(what: &str, count: usize, span: Duration) {
    println!(
        "{what:<28} {:>8.0} /s   ({count} in {span:.1?})",
        count as f64 / span.as_secs_f64()
    );
}

fn spread(what: &str, mut spans: Vec<Duration>) {
    spans.sort_unstable();
    let at = |share: f64| spans[((spans.len() - 1) as f64 * share) as usize];
    println!(
        "{what:<28} p50 {:>9.2?}  p99 {:>9.2?}  max {:>9.2?}  ({})",
        at(0.5),
        at(0.99),
        at(1.0),
        spans.len()
    );
}

/// Stamps another mailbox every few milliseconds until told to stop.
async fn stamping(store: Arc<SqlStore>, stop: Arc<AtomicBool>) -> Vec<Duration> {
    let other = NewMailbox {
        name: "Bo".into(),
        address: format!("bo{}@contoso.test", std::process::id()),
        connection: Connection::GraphApplication,
        at: at(0),
    };
    let mailbox = store.add_mailbox(other).await.unwrap();
    let mut spans = Vec::new();
    let mut pause = tokio::time::interval(Duration::from_millis(5));
    while !stop.load(Ordering::Relaxed) {
        let stamping = Stamping {
            mailbox,
            messages: vec![format!("m{}", spans.len() % 60)],
            all: false,
            trigger: Trigger::Push,
            at: at(20),
        };
        let before = Instant::now();
        store.stamp(&[stamping], &[]).await.unwrap();
        spans.push(before.elapsed());
        pause.tick().await;
    }
    spans
}

async fn measure(url: &str, total: usize) {
    let mut bench = Bench::new(url).await;
    bench.headers("listed", 0, total).await;
    if std::env::args().any(|word| word == "listing") {
        return;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let stamps = tokio::spawn(stamping(bench.store.clone(), stop.clone()));
    bench.bodies(total / 5).await;
    bench
        .headers("listed, while stamped", total, total / 5)
        .await;
    stop.store(true, Ordering::Relaxed);
    spread("a stamp during the import", stamps.await.unwrap());
    bench
        .headers("listed again, all changed", 0, total / 5)
        .await;
    bench.one_mail(total * 2).await;
    bench.reading().await;
}

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().collect();
    let total = words
        .iter()
        .find_map(|word| word.parse().ok())
        .unwrap_or(50_000);
    let dir = tempfile::tempdir().unwrap();
    println!("SQLite, {total} messages");
    measure(
        &format!("sqlite://{}/bench.db", dir.path().display()),
        total,
    )
    .await;
    if let Ok(url) = std::env::var("MAILDESK_TEST_POSTGRES_URL") {
        println!("PostgreSQL, {total} messages");
        let sql = "DROP SCHEMA IF EXISTS bench CASCADE; CREATE SCHEMA bench";
        let pool = sqlx::PgPool::connect(&url).await.unwrap();
        sqlx::raw_sql(sql).execute(&pool).await.unwrap();
        pool.close().await;
        measure(&format!("{url}?options[search_path]=bench"), total).await;
    }
}
