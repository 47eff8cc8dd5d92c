//! Whatever is applied in whatever order, counts, threads and shown values equal a
//! recomputation from scratch.

use maildesk_model::id::{FolderId, IntentId, MailboxId, MessageId};
use maildesk_model::intent::{Change, Want};
use maildesk_model::mailbox::Trouble;
use maildesk_model::message::{Body, Flag, FlagDates, RemoteMessage};
use maildesk_store::contract::{Cursor, DeskStore, FolderChanges, IntentOutcome, Lease, SyncStore};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::fixture::{ADMIN, Batch, Fixture, at, done, folder, mail};

/// Messages take their ids from a few, so that most of what happens happens to the same ones.
const IDS: [&str; 6] = ["m0", "m1", "m2", "m3", "m4", "m5"];
/// The last one is not in scope.
const PLACES: [&str; 4] = ["inbox", "project", "deleted", "nowhere"];
const TALKS: [&str; 3] = ["one", "two", "three"];

#[derive(Clone, Debug)]
struct Item {
    id: usize,
    place: Option<usize>,
    is_whole: bool,
    is_read: Option<bool>,
    flag: Option<bool>,
    talk: Option<usize>,
    second: i64,
    has_body: bool,
    has_attachments: Option<bool>,
}

#[derive(Clone, Debug)]
enum Step {
    Apply(Vec<Item>, Option<usize>, Vec<usize>),
    Restart(usize),
    List(usize, Vec<Item>),
    Change(usize, Option<bool>, Option<bool>, Option<usize>),
    Delete(usize),
    Settle(usize, u8, Item),
    Forget(usize),
    Leave(Option<i64>, i64),
    LoseFolder,
    BringFolder,
}

fn item() -> impl Strategy<Value = Item> {
    (
        0..IDS.len(),
        prop::option::weighted(0.8, 0..PLACES.len()),
        prop::bool::weighted(0.7),
        any::<Option<bool>>(),
        any::<Option<bool>>(),
        prop::option::of(0..TALKS.len()),
        0..20_i64,
        prop::bool::weighted(0.3),
        any::<Option<bool>>(),
    )
        .prop_map(
            |(id, place, is_whole, is_read, flag, talk, second, has_body, has_attachments)| Item {
                id,
                place,
                is_whole,
                is_read,
                flag,
                talk,
                second,
                has_body,
                has_attachments,
            },
        )
}

fn step() -> impl Strategy<Value = Step> {
    let items = || prop::collection::vec(item(), 0..5);
    let id = || 0..IDS.len();
    prop_oneof![
        6 => (items(), prop::option::of(0..3_usize), prop::collection::vec(id(), 0..3))
            .prop_map(|(items, cursor, removed)| Step::Apply(items, cursor, removed)),
        1 => (0..3_usize).prop_map(Step::Restart),
        2 => (0..3_usize, items()).prop_map(|(folder, items)| Step::List(folder, items)),
        4 => (id(), any::<Option<bool>>(), any::<Option<bool>>(), prop::option::of(0..3_usize))
            .prop_map(|(id, read, flag, folder)| Step::Change(id, read, flag, folder)),
        1 => id().prop_map(Step::Delete),
        4 => (0..4_usize, 0..5_u8, item()).prop_map(|(n, how, item)| Step::Settle(n, how, item)),
        1 => id().prop_map(Step::Forget),
        1 => (prop::option::of(0..20_i64), 1..4_i64)
            .prop_map(|(from, limit)| Step::Leave(from, limit)),
        1 => Just(Step::LoseFolder),
        1 => Just(Step::BringFolder),
    ]
}

fn flag(flagged: bool) -> Flag {
    if flagged { Flag::Flagged } else { Flag::None }
}

fn labels(flagged: bool) -> Vec<String> {
    flagged.then(|| "Red".to_owned()).into_iter().collect()
}

impl Item {
    fn message(&self) -> RemoteMessage {
        let id = IDS[self.id];
        let base = if self.is_whole {
            mail(id, PLACES[self.place.unwrap_or(0)], self.second)
        } else {
            RemoteMessage {
                remote_id: id.into(),
                folder: self.place.map(|place| PLACES[place].into()),
                ..RemoteMessage::default()
            }
        };
        RemoteMessage {
            is_read: self.is_read.or(base.is_read),
            flag: self.flag.map(flag),
            has_attachments: self.has_attachments,
            flag_dates: self.flag.map(|flagged| FlagDates {
                due: flagged.then(|| at(self.second)),
                ..FlagDates::default()
            }),
            categories: self.flag.map(labels).or(base.categories.clone()),
            conversation: self.talk.map(|talk| TALKS[talk].into()),
            body: self.has_body.then(|| Body {
                is_html: false,
                content: format!("body {}", self.second),
            }),
            ..base
        }
    }
}

/// One desk that steps are taken at.
struct Walk {
    desk: Fixture,
    mailbox: MailboxId,
    lease: Lease,
    folders: Vec<FolderId>,
    now: i64,
}

impl Walk {
    async fn begin(desk: Fixture) -> Self {
        let (mailbox, lease) = desk.listed_mailbox("ada@contoso.test").await;
        let mut folders = Vec::new();
        for place in &PLACES[..3] {
            folders.push(desk.folder(&lease, place).await);
        }
        Self {
            desk,
            mailbox,
            lease,
            folders,
            now: 100,
        }
    }

    /// Our key of a message; one that is not there where it has no row.
    async fn key(&self, id: usize) -> MessageId {
        let sql = format!(
            "SELECT COALESCE(MAX(id), 0) FROM message WHERE remote_id = '{}'",
            IDS[id]
        );
        MessageId(self.desk.number(&sql).await)
    }

    async fn want(&self, want: Want) {
        let wanted = self
            .desk
            .store
            .want(ADMIN, self.mailbox, &want, at(self.now));
        wanted.await.unwrap();
    }

    async fn take(&mut self, step: &Step) {
        self.now += 10;
        let store = &self.desk.store;
        match step {
            Step::Apply(items, cursor, removed) => {
                let removed: Vec<&str> = removed.iter().map(|id| IDS[*id]).collect();
                let messages = items.iter().map(Item::message).collect();
                let mut batch = Batch::live(messages).removed(&removed).at(self.now);
                batch.0.cursor = cursor.map(|n| (self.folders[n], done()));
                self.desk.apply(&self.lease, batch).await;
            }
            Step::Restart(n) => {
                let folder = self.folders[*n];
                store
                    .restart_folder(&self.lease, folder, at(self.now))
                    .await
                    .unwrap();
            }
            Step::List(n, items) => {
                let batch = Batch::listing(items.iter().map(Item::message).collect());
                let cursor = if items.len() % 2 == 0 {
                    done()
                } else {
                    Cursor::Listing("next".into())
                };
                let batch = batch.cursor(self.folders[*n], cursor).at(self.now);
                self.desk.apply(&self.lease, batch).await;
            }
            Step::Change(id, is_read, flagged, folder) => {
                let change = Change {
                    is_read: *is_read,
                    flag: flagged.map(flag),
                    due: flagged.filter(|one| *one).map(|_| at(self.now)),
                    categories: flagged.map(labels),
                    folder: folder.map(|n| self.folders[n]),
                };
                let message = self.key(*id).await;
                self.want(Want::Change { message, change }).await;
            }
            Step::Delete(id) => {
                let message = self.key(*id).await;
                self.want(Want::Delete { message }).await;
            }
            Step::Settle(n, how, item) => self.settle(*n, *how, item).await,
            Step::Forget(id) => {
                let gone = [IDS[*id].to_owned()];
                store
                    .forget_messages(&self.lease, &gone, at(self.now))
                    .await
                    .unwrap();
            }
            Step::Leave(from, limit) => {
                let from = from.map(at);
                store
                    .leave_bodies(&self.lease, from, *limit, at(self.now))
                    .await
                    .unwrap();
            }
            Step::LoseFolder => {
                let gone = FolderChanges {
                    removed: vec!["project".into()],
                    ..FolderChanges::default()
                };
                store
                    .apply_folders(&self.lease, &gone, at(self.now))
                    .await
                    .unwrap();
            }
            Step::BringFolder => {
                let back = FolderChanges {
                    changed: vec![folder("project", None)],
                    ..FolderChanges::default()
                };
                store
                    .apply_folders(&self.lease, &back, at(self.now))
                    .await
                    .unwrap();
            }
        }
    }

    /// Settles one of the waiting intents.
    async fn settle(&self, n: usize, how: u8, item: &Item) {
        let sql = format!(
            "SELECT COALESCE(MIN(id), 0) FROM (SELECT id FROM intent WHERE state = 'waiting'
             ORDER BY id LIMIT 1 OFFSET {n}) AS waiting"
        );
        let intent = IntentId(self.desk.number(&sql).await);
        let outcome = match how {
            0 => IntentOutcome::Done(None),
            1 => IntentOutcome::Done(Some(Box::new(item.message()))),
            2 => IntentOutcome::Deleted,
            3 => IntentOutcome::RetryAt(at(self.now + 5)),
            _ => IntentOutcome::Refused(Trouble {
                code: "no".into(),
                message: "No.".into(),
                remedy: "None.".into(),
            }),
        };
        let settled = self
            .desk
            .store
            .settle_intent(&self.lease, intent, &outcome, at(self.now));
        settled.await.unwrap();
    }

    /// Each of these counts what does not agree with a recomputation.
    async fn check(&self, after: &Step) {
        for (what, sql) in CHECKS {
            assert_eq!(self.desk.number(sql).await, 0, "{what} after {after:?}");
        }
    }
}

/// Counts the threads that are not what grouping all messages gives.
pub(crate) const THREADS_THAT_DIFFER: &str = "
    WITH grouped AS (
      SELECT m.conversation_id, m.folder_id, MAX(m.received_at) AS newest_at,
        (SELECT n.id FROM message n
         WHERE n.conversation_id = m.conversation_id AND n.folder_id = m.folder_id
         ORDER BY n.received_at DESC, n.id DESC LIMIT 1) AS newest_id,
        COUNT(*) AS total, SUM(1 - m.is_read) AS unread,
        SUM(CASE WHEN m.flag = 'flagged' THEN 1 ELSE 0 END) AS flagged,
        SUM(m.has_attachments) AS with_attachments
      FROM message m WHERE m.folder_id IS NOT NULL GROUP BY m.conversation_id, m.folder_id),
    kept AS (
      SELECT conversation_id, folder_id, newest_at, newest_id, total, unread, flagged,
        with_attachments FROM thread)
    SELECT (SELECT COUNT(*) FROM (SELECT * FROM kept EXCEPT SELECT * FROM grouped) AS more)
         + (SELECT COUNT(*) FROM (SELECT * FROM grouped EXCEPT SELECT * FROM kept) AS less)";

const CHECKS: [(&str, &str); 11] = [
    (
        "a folder's counts",
        "SELECT COUNT(*) FROM folder f WHERE
           f.total <> (SELECT COUNT(*) FROM message m WHERE m.folder_id = f.id)
           OR f.unread <> (SELECT COUNT(*) FROM message m WHERE m.folder_id = f.id AND m.is_read = 0)",
    ),
    (
        "the threads",
        THREADS_THAT_DIFFER,
    ),
    (
        "an empty conversation",
        "SELECT COUNT(*) FROM conversation c
         WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = c.id)",
    ),
    (
        "whether intents lie over a message",
        "SELECT COUNT(*) FROM message m WHERE m.overlaid <> (SELECT COUNT(*) FROM
           (SELECT 1 FROM intent i WHERE i.message_id = m.id AND i.state = 'waiting' LIMIT 1) AS one)",
    ),
    (
        "what is shown with nothing laid over it",
        "SELECT COUNT(*) FROM message m WHERE m.overlaid = 0 AND
           (COALESCE(m.folder_id, 0) <> m.g_folder_id OR m.is_read <> m.g_is_read
            OR m.flag <> m.g_flag OR m.categories <> m.g_categories
            OR COALESCE(m.due_at, 0) <> COALESCE(m.flag_due_at, 0))",
    ),
    (
        "messages by category",
        "SELECT (SELECT COUNT(*) FROM labelled) - (SELECT COUNT(*) FROM labelled l
           JOIN message m ON m.id = l.message_id WHERE l.name = 'Red' AND m.categories LIKE '%Red%'
             AND l.folder_id = m.folder_id AND l.mailbox_id = m.mailbox_id
             AND l.received_at = m.received_at)",
    ),
    (
        "messages that no category has",
        "SELECT COUNT(*) FROM message m WHERE m.folder_id IS NOT NULL AND m.categories LIKE '%Red%'
           AND NOT EXISTS (SELECT 1 FROM labelled l WHERE l.message_id = m.id)",
    ),
    (
        "what is shown with intents laid over it",
        "SELECT COUNT(*) FROM message m WHERE m.overlaid = 1 AND
           (m.is_read <> COALESCE((SELECT i.is_read FROM intent i WHERE i.message_id = m.id
               AND i.state = 'waiting' AND i.is_read IS NOT NULL ORDER BY i.id DESC LIMIT 1), m.g_is_read)
            OR m.flag <> COALESCE((SELECT i.flag FROM intent i WHERE i.message_id = m.id
               AND i.state = 'waiting' AND i.flag IS NOT NULL ORDER BY i.id DESC LIMIT 1), m.g_flag)
            OR COALESCE(m.folder_id, 0) <> CASE WHEN EXISTS (SELECT 1 FROM intent i
                 WHERE i.message_id = m.id AND i.state = 'waiting' AND i.kind = 'delete') THEN 0
               ELSE COALESCE((SELECT i.folder_id FROM intent i WHERE i.message_id = m.id
                 AND i.state = 'waiting' AND i.folder_id IS NOT NULL ORDER BY i.id DESC LIMIT 1),
                 m.g_folder_id) END)",
    ),
    (
        "the mailbox's progress",
        "SELECT COUNT(*) FROM mailbox b WHERE
           b.listed <> (SELECT COUNT(*) FROM message m WHERE m.mailbox_id = b.id)
           OR b.bodies <> (SELECT COUNT(*) FROM message m WHERE m.body_state <> 0)",
    ),
    (
        "the bodies that are kept",
        "SELECT (SELECT COUNT(*) FROM body) - (SELECT COUNT(*) FROM message m WHERE m.body_state = 1)",
    ),
    (
        "the words that are kept",
        "SELECT (SELECT COUNT(*) FROM search) - (SELECT COUNT(*) FROM message)",
    ),
];

/// The same walks in every run: a walk that fails once fails again.
fn walks(cases: u32, open: impl AsyncFn() -> Fixture) {
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(20_260_817),
        failure_persistence: None,
        ..Config::default()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let steps = prop::collection::vec(step(), 1..40);
    let ran = TestRunner::new(config).run(&steps, |steps| {
        runtime.block_on(async {
            let mut walk = Walk::begin(open().await).await;
            for step in &steps {
                walk.take(step).await;
                walk.check(step).await;
            }
        });
        Ok(())
    });
    if let Err(failure) = ran {
        panic!("{failure}");
    }
}

#[test]
fn sqlite_agrees_with_a_recomputation() {
    walks(64, Fixture::sqlite);
}

#[test]
fn postgres_agrees_with_a_recomputation() {
    walks(16, Fixture::postgres);
}
