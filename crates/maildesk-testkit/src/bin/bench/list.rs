//! Lists, conversations and searches in a mailbox of a million messages: at the store, over HTTP, and as
//! pages.

mod fill;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use maildesk::app::SystemEntropy;
use maildesk_model::access::{Role, Viewer};
use maildesk_model::id::UserId;
use maildesk_model::search::Search;
use maildesk_model::{FolderId, MailboxId, MessageId};
use maildesk_store::contract::{ConversationQuery, DeskStore, MailboxStore, MessageQuery};
use maildesk_store::{SecretKey, SqlStore, StoreSettings};
use maildesk_testkit::page::Pages;
use maildesk_testkit::stack::Stack;
use reqwest::Method;

use self::fill::{PEOPLE, RARE_PHRASE, received_at, word};
use crate::{say, summary, tick};

/// Each question is asked so often, at another place or about another person where it has one.
const TIMES: u64 = 200;
/// Rows of one page.
const PAGE: i64 = 50;
/// The key of a server that is measured and thrown away.
const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

const ADMINISTRATOR: Viewer = Viewer {
    user: UserId(0),
    role: Role::Administrator,
};

/// Fills a store, or takes the one that an earlier run left in `kept`, and measures.
pub(crate) async fn run(messages: u64, kept: Option<&str>) {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = kept.map_or(temporary.path(), Path::new);
    let file = folder.join(format!("list-{messages}.db"));
    let url = format!("sqlite://{}", file.display());
    let is_new = !file.exists();
    let store = open(&url).await;
    if is_new {
        fill::fill(&store, messages).await;
    }
    say("at the store, SQLite:");
    Lists::of(&store, messages).await.measure().await;
    store.close().await;
    postgres(messages, kept.is_some()).await;
    over_http(&file, messages).await;
}

async fn open(url: &str) -> SqlStore {
    let key = SecretKey::from_base64(KEY).expect("a key");
    let store = SqlStore::open(url, key, Arc::new(SystemEntropy), StoreSettings::default()).await;
    store.expect("the store opens")
}

/// The same at the store on PostgreSQL, where one is named as for the tests; what an earlier run
/// left there is taken if it is to be kept.
#[expect(clippy::disallowed_methods, reason = "the setting that tests have too")]
async fn postgres(messages: u64, is_kept: bool) {
    let Ok(url) = std::env::var("MAILDESK_TEST_POSTGRES_URL") else {
        return;
    };
    let pool = sqlx::PgPool::connect(&url)
        .await
        .expect("PostgreSQL answers");
    let schema = format!("bench_list_{messages}");
    let made = format!("CREATE SCHEMA {schema}");
    let is_new = sqlx::raw_sql(sqlx::AssertSqlSafe(made)).execute(&pool);
    let is_new = is_new.await.is_ok();
    let store = open(&format!("{url}?options[search_path]={schema}")).await;
    if is_new {
        fill::fill(&store, messages).await;
        let analysed = sqlx::raw_sql("VACUUM ANALYZE").execute(&pool).await;
        analysed.expect("statistics are made");
    }
    say("at the store, PostgreSQL:");
    Lists::of(&store, messages).await.measure().await;
    store.close().await;
    if !is_kept {
        let gone = format!("DROP SCHEMA {schema} CASCADE");
        let gone = sqlx::raw_sql(sqlx::AssertSqlSafe(gone)).execute(&pool);
        gone.await.expect("the schema goes");
    }
}

/// What is typed the n-th time.
type Typed = Box<dyn Fn(u64) -> String>;

/// What is looked for, with what to call it.
fn searches(messages: u64) -> Vec<(&'static str, Typed)> {
    let day = move |share: u64| received_at(messages * share / 10).to_rfc3339()[..10].to_owned();
    vec![
        ("a rare word", Box::new(|_| "okapi".to_owned())),
        (
            "a common word",
            Box::new(|n| format!("\"{}\"", word(n as usize % 20))),
        ),
        (
            "a common word and a beginning",
            Box::new(|n| format!("{} {}", word(n as usize % 20), &word(300 + n as usize)[..4])),
        ),
        ("two letters", Box::new(|_| "pl".to_owned())),
        ("a rare phrase", Box::new(|_| format!("\"{RARE_PHRASE}\""))),
        (
            "a phrase of two common words",
            Box::new(|n| format!("\"{} {}\"", word(3), word(5 + n as usize % 20))),
        ),
        (
            "from: one person",
            Box::new(|n| format!("from:\"number{}\"", n as usize * 7 % PEOPLE)),
        ),
        (
            "has:attachment and a word",
            Box::new(|n| format!("has:attachment \"{}\"", word(100 + n as usize))),
        ),
        (
            "before: and after: and a word",
            Box::new(move |n| {
                let word = word(100 + n as usize);
                format!("after:{} before:{} \"{word}\"", day(2), day(3))
            }),
        ),
        (
            "a common word in a small folder",
            Box::new(|n| format!("in:folder0 \"{}\"", word(40 + n as usize))),
        ),
        (
            "is:flagged and a word",
            Box::new(|n| format!("is:flagged \"{}\"", word(40 + n as usize))),
        ),
    ]
}

struct Lists<'s> {
    store: &'s SqlStore,
    messages: u64,
    mailbox: MailboxId,
    inbox: FolderId,
}

impl<'s> Lists<'s> {
    async fn of(store: &'s SqlStore, messages: u64) -> Self {
        let mailboxes = store.mailboxes(ADMINISTRATOR, None, 1).await;
        let mailbox = mailboxes.expect("mailboxes are read")[0].id;
        let folders = store.folders(ADMINISTRATOR, mailbox).await;
        let folders = folders.expect("folders are read").expect("they are there");
        let inbox = folders.iter().find(|one| one.well_known.is_some());
        Self {
            store,
            messages,
            mailbox,
            inbox: inbox.expect("the inbox").id,
        }
    }

    async fn measure(&self) {
        let mailbox = MessageQuery {
            mailbox: Some(self.mailbox),
            limit: PAGE,
            ..MessageQuery::default()
        };
        let inbox = MessageQuery {
            folder: Some(self.inbox),
            ..mailbox.clone()
        };
        self.messages("the newest of the mailbox", |_| mailbox.clone())
            .await;
        self.messages("the inbox, deep down", |n| MessageQuery {
            after: Some((self.place(n), MessageId(0))),
            ..inbox.clone()
        })
        .await;
        self.messages("the inbox, unread, deep down", |n| MessageQuery {
            after: Some((self.place(n), MessageId(0))),
            unread: Some(true),
            ..inbox.clone()
        })
        .await;
        self.messages("the inbox, with attachments", |_| MessageQuery {
            attachments: Some(true),
            ..inbox.clone()
        })
        .await;
        self.conversations().await;
        for (what, typed) in searches(self.messages) {
            self.messages(what, |n| MessageQuery {
                search: Some(Search::in_utc(&typed(n))),
                ..mailbox.clone()
            })
            .await;
        }
    }

    /// A place somewhere in the list.
    fn place(&self, n: u64) -> maildesk_model::Timestamp {
        received_at(self.messages * (n * 37 % TIMES) / TIMES)
    }

    async fn messages(&self, what: &str, query: impl Fn(u64) -> MessageQuery) {
        let mut samples = Vec::new();
        let mut found = 0;
        for n in 0..TIMES {
            let query = query(n);
            let begun = tick();
            let page = self.store.messages(ADMINISTRATOR, &query).await;
            samples.push(begun.elapsed());
            found += page.expect("a page").len();
        }
        told(what, samples, found);
    }

    async fn conversations(&self) {
        let query = ConversationQuery {
            folder: Some(self.inbox),
            limit: PAGE,
            ..ConversationQuery::default()
        };
        let (mut lists, mut one) = (Vec::new(), Vec::new());
        let (mut listed, mut read) = (0, 0);
        for n in 0..TIMES {
            let query = ConversationQuery {
                after: (n > 0).then(|| (self.place(n), MessageId(0))),
                unread: n % 2 == 1,
                ..query.clone()
            };
            let begun = tick();
            let page = self.store.conversations(ADMINISTRATOR, &query).await;
            lists.push(begun.elapsed());
            let page = page.expect("a page");
            listed += page.len();
            let Some(open) = page.first() else { continue };
            let begun = tick();
            let messages = self.store.conversation(ADMINISTRATOR, open.newest.id).await;
            one.push(begun.elapsed());
            read += messages.expect("a conversation").len();
        }
        told("conversations of the inbox, deep down", lists, listed);
        told("one conversation", one, read);
    }
}

fn told(what: &str, samples: Vec<Duration>, found: usize) {
    let each = found as f64 / samples.len().max(1) as f64;
    summary(&format!("{what} ({each:.1} rows)"), samples);
}

/// The same searches over HTTP: the real server on a copy of the file.
async fn over_http(file: &Path, messages: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    std::fs::create_dir_all(&data).expect("a data folder");
    std::fs::copy(file, data.join("maildesk.db")).expect("a copy of the store");
    let stack = Stack::start(folder.path(), &[("MAILDESK_SECRET_KEY", KEY)]).await;
    say("over HTTP, SQLite:");
    let list = |_| format!("/messages?limit={PAGE}");
    http(&stack, "the newest of the mailbox", list).await;
    let files = |_| format!("/messages?limit={PAGE}&attachments=true");
    http(&stack, "with attachments", files).await;
    for (what, typed) in searches(messages) {
        http(&stack, what, |n| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("q", &typed(n));
            format!("/messages?limit={PAGE}&{}", query.finish())
        })
        .await;
    }
    stack.give_password();
    pages(&Pages::sign_in(&stack.desk).await).await;
}

/// The inbox as somebody reads it who goes on and on: its conversations, each page from where the
/// last one ended, and on each the first conversation, opened.
async fn pages(pages: &Pages) {
    let (mut lists, mut opened) = (Vec::new(), Vec::new());
    let (mut listed, mut read) = (0, 0);
    let mut path = "/".to_owned();
    for _ in 0..TIMES {
        let begun = tick();
        let page = pages.read(&path).await;
        lists.push(begun.elapsed());
        listed += page.matches("data-order=").count();
        let open = link(&page, "<li data-id=").expect("a conversation");
        path = link(&page, "id=\"older\"").expect("older mail");
        let begun = tick();
        let page = pages.read(&open).await;
        opened.push(begun.elapsed());
        read += page.matches("<details class=\"mail").count();
    }
    told("the page with conversations of all inboxes", lists, listed);
    told("the page with one of them opened", opened, read);
}

/// Where the first link after a place in a page leads.
fn link(page: &str, place: &str) -> Option<String> {
    let (_, rest) = page.split_once(place)?;
    let (_, rest) = rest.split_once("href=\"")?;
    let (path, _) = rest.split_once('"')?;
    Some(path.replace("&amp;", "&").replace("&#38;", "&"))
}

async fn http(stack: &Stack, what: &str, path: impl Fn(u64) -> String) {
    let mut samples = Vec::new();
    let mut found = 0;
    for n in 0..TIMES {
        let path = path(n);
        let begun = tick();
        let page = stack.desk.call(Method::GET, &path, None).await;
        samples.push(begun.elapsed());
        found += page["items"].as_array().map_or(0, Vec::len);
    }
    told(what, samples, found);
}
