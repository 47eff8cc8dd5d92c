//! Tells a story: sets everything up, lets what is written happen when it is written, mends all, and
//! hands over to `settle`.

mod acts;

use std::cell::RefCell;
use std::sync::{Arc, Once};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use maildesk_model::access::{Role, Viewer};
use maildesk_model::mailbox::Connection;
use maildesk_model::parameter::WEB_BASE_URL;
use maildesk_model::{Clock as _, MailboxId};
use maildesk_store::contract::{
    ConnectionStore as _, JournalStore as _, MailboxStore as _, NewMailbox, NewUser,
    PeopleStore as _,
};
use maildesk_store::{SecretKey, SqlStore, StoreSettings};
use maildesk_web::auth::ApiToken;
use serde_json::{Value, json};

use super::gate::{Health, Seeded};
use super::held::Held;
use super::line::{Address, Server, Servers, ask};
use super::log::Log;
use super::node::{BASE_URL, Common, Node};
use super::office::Office;
use super::referee::Referee;
use super::store::Engine as StoreEngine;
use super::story::{Kind, Story};
use super::time::Time;
use super::view::View;
use super::{Outcome, Telling};
use crate::chance::Chance;
use crate::engine::Engine;
pub(super) use acts::subscriptions_of;

/// How long a server that died is away.
const AWAY: Duration = Duration::from_secs(3);

thread_local! {
    /// What panicked in the story that this thread tells.
    static PANICS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// A mailbox of the story.
pub(super) struct Mailbox {
    pub(super) address: String,
    pub(super) id: MailboxId,
    pub(super) kind: Kind,
}

/// Everything there is in a story.
pub(super) struct Stage {
    pub(super) common: Common,
    pub(super) time: Time,
    pub(super) log: Arc<Log>,
    pub(super) mailboxes: Vec<Mailbox>,
    pub(super) views: Vec<View>,
    pub(super) admin: Viewer,
    pub(super) nodes: Vec<Slot>,
    pub(super) token: String,
    servers: Servers,
    pub(super) chance: Chance,
    mails: usize,
    folders: usize,
}

/// A place for a server: one that died comes back in it.
pub(super) struct Slot {
    pub(super) node: Node,
    starts: usize,
    back_at: Option<Duration>,
    mended_at: Option<Duration>,
}

/// Tells a story to its end.
pub(super) fn tell(story: &Story, telling: Telling) -> Outcome {
    on_stage(story, telling, async |mut stage| {
        stage.play(story).await;
        stage.end(story).await
    })
}

/// Sets a story up and lets `play` happen on its stage, in a runtime of its own.
pub(super) fn on_stage<T>(
    story: &Story,
    telling: Telling,
    play: impl AsyncFnOnce(Stage) -> T,
) -> T {
    note_panics();
    let keeping = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime for the store");
    let telling_it = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime for the story");
    let folder = folder();
    let database = keeping.block_on(telling.engine.database_url(folder.path()));
    let chance = Chance::new(story.seed ^ 0xBE11);
    let yields = telling.engine == Engine::Postgres;
    let engine = StoreEngine::new(keeping.handle().clone(), yields, chance);
    let (outcome, store) = telling_it.block_on(async {
        let stage = Stage::set(story, telling, engine, &database).await;
        let store = stage.common.store.clone();
        (play(stage).await, store)
    });
    drop(telling_it);
    // Its connections are given back before the next story opens its own.
    keeping.block_on(store.close());
    keeping.shutdown_background();
    outcome
}

/// In memory where the machine has a place for it: what is tested is not the disk.
fn folder() -> tempfile::TempDir {
    let memory = std::path::Path::new("/dev/shm");
    let inside = tempfile::Builder::new()
        .prefix("maildesk")
        .tempdir_in(memory);
    inside.unwrap_or_else(|_| tempfile::tempdir().expect("a temporary folder"))
}

fn note_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(std::boxed::Box::new(move |panic| {
            PANICS.with_borrow_mut(|panics| panics.push(panic.to_string()));
            before(panic);
        }));
    });
    PANICS.with_borrow_mut(Vec::clear);
}

impl Stage {
    async fn set(story: &Story, telling: Telling, engine: StoreEngine, database: &str) -> Self {
        let time = Time::start();
        let log = Arc::new(Log::new(time.clone(), telling.lines));
        let mut chance = Chance::new(story.seed ^ 0x5EED);
        let servers = Servers::default();
        let address = Address {
            servers: servers.clone(),
            chance: Held::new(Chance::new(chance.bits())),
            time: time.clone(),
        };
        let sim = graph_sim::Sim::new(graph_sim::Config {
            clock: Arc::new(time.clone()),
            seed: story.seed,
            allow_http: true,
            outbound: Arc::new(address),
        });
        let office = Office {
            router: sim.router(),
            time: time.clone(),
        };
        office.register_app().await;
        let seeded = Arc::new(Seeded::new(Chance::new(chance.bits())));
        let key = SecretKey::from_bytes([7; 32]);
        let settings = StoreSettings::default();
        let opened = engine.now(SqlStore::open(database, key, seeded.clone(), settings));
        let store = Arc::new(opened.expect("a database can be opened"));
        let user = NewUser {
            email: "ada@example.org".to_owned(),
            name: "Ada".to_owned(),
            role: Role::Administrator,
            password_hash: None,
            at: time.now(),
        };
        let user = engine.now(store.add_user(user)).expect("a new person");
        let token = ApiToken::new(&*seeded);
        engine
            .now(store.add_api_token(user, "story", &token.hash(), time.now()))
            .expect("a new token");
        engine
            .now(store.set_parameter(WEB_BASE_URL, BASE_URL, time.now()))
            .expect("the base URL is set");
        let referee = Arc::new(Referee::new(log.clone()));
        let common = Common {
            store,
            engine,
            office,
            referee,
            log: log.clone(),
            workers: story.workers,
            bug: telling.bug,
        };
        let mut stage = Self {
            common,
            time,
            log,
            mailboxes: Vec::new(),
            views: Vec::new(),
            admin: Viewer {
                user,
                role: Role::Administrator,
            },
            nodes: Vec::new(),
            token: token.secret().expose().to_owned(),
            servers,
            chance,
            mails: 0,
            folders: 0,
        };
        stage.open(story).await;
        stage
    }

    /// Mailmailboxes, servers and views, up to where the story begins.
    async fn open(&mut self, story: &Story) {
        for (n, kind) in story.mailboxes.iter().enumerate() {
            let address = format!("box{n}@contoso.test");
            let mailbox = json!({"address": address, "displayName": address, "kind": "user"});
            let office = &self.common.office;
            office.tell(Method::POST, "mailboxes", mailbox).await;
            let (count, folders) = kind.filled;
            if count > 0 {
                let fill = json!({"count": count, "folders": folders, "seed": story.seed});
                let path = format!("mailboxes/{address}/fill");
                office.tell(Method::POST, &path, fill).await;
            }
            let new = NewMailbox {
                name: address.clone(),
                address: address.clone(),
                connection: if kind.as_person {
                    Connection::GraphDelegated
                } else {
                    Connection::GraphApplication
                },
                at: self.time.now(),
            };
            let store = self.common.store.clone();
            let id = self.common.engine.now(store.add_mailbox(new));
            let id = id.expect("a new mailbox");
            self.mailboxes.push(Mailbox {
                address,
                id,
                kind: *kind,
            });
        }
        self.sign_in_where_needed().await;
        for n in 0..story.nodes {
            let chance = Chance::new(self.chance.bits());
            let node = Node::start(&self.common, format!("node {n}"), chance);
            self.nodes.push(Slot {
                node,
                starts: 1,
                back_at: None,
                mended_at: None,
            });
        }
        self.publish();
        let head = self.common.engine.now(self.common.store.journal_head());
        let head = head.expect("the journal answers");
        for first in 0..2 {
            self.views.push(View::open(
                self.servers.clone(),
                first,
                self.admin,
                self.token.clone(),
                head,
                self.time.clone(),
            ));
        }
        self.time.sleep(Duration::from_secs(20)).await;
        for n in 0..self.mailboxes.len() {
            if self.mailboxes[n].kind.has_push {
                self.set_push(n, true);
            }
        }
    }

    /// The owners of mailboxes that wait for it sign in.
    pub(super) async fn sign_in_where_needed(&self) {
        for one in self.mailboxes.iter().filter(|one| one.kind.as_person) {
            let Common {
                engine,
                store,
                office,
                ..
            } = &self.common;
            let mailbox = engine.now(store.mailbox(self.admin, one.id));
            let mailbox = mailbox.expect("the store answers").expect("it is there");
            let waits = ["connecting", "reconnect"].contains(&mailbox.state.name());
            if !waits {
                continue;
            }
            if let Some(tokens) = office.sign_in(&one.address).await {
                let now = self.time.now();
                let done = engine.now(store.complete_sign_in(one.id, &one.address, &tokens, now));
                done.expect("the store answers");
            }
        }
    }

    /// Tells the address and the views which servers there are.
    fn publish(&self) {
        let running = self.nodes.iter().map(|slot| slot.node.server.clone());
        self.servers.with(|servers| *servers = running.collect());
    }

    async fn play(&mut self, story: &Story) {
        let began = self.time.elapsed();
        for (at, act) in &story.acts {
            while self.time.elapsed() < began + *at {
                let left = (began + *at).saturating_sub(self.time.elapsed());
                self.time.sleep(left.min(Duration::from_secs(1))).await;
                self.look_after_servers();
            }
            self.log.say(&format!("-- {act:?}"));
            self.happen(act).await;
        }
    }

    /// Servers that died come back, and what was broken for a time is mended.
    pub(super) fn look_after_servers(&mut self) {
        let now = self.time.elapsed();
        for n in 0..self.nodes.len() {
            let slot = &mut self.nodes[n];
            if slot.mended_at.is_some_and(|at| at <= now) {
                slot.mended_at = None;
                slot.node.server.gate.freeze(false);
                slot.node.server.gate.set_database(Health::Well);
                slot.node.server.gate.set_line(Health::Well);
            }
            if let Some(broke) = slot.node.broke() {
                self.log.wrong(broke);
            }
            if !slot.node.server.gate.is_dead() {
                continue;
            }
            slot.node.kill();
            match slot.back_at {
                None => slot.back_at = Some(now + AWAY),
                Some(at) if at > now => {}
                Some(_) => {
                    let starts = slot.starts + 1;
                    let chance = Chance::new(self.chance.bits());
                    let name = format!("node {n}.{starts}");
                    let node = Node::start(&self.common, name, chance);
                    self.nodes[n] = Slot {
                        node,
                        starts,
                        back_at: None,
                        mended_at: None,
                    };
                    self.publish();
                }
            }
        }
    }

    /// A server that answers, if one does.
    pub(super) fn any_server(&self) -> Option<Server> {
        let mut running = self.nodes.iter().map(|slot| &slot.node.server);
        running.find(|server| !server.gate.is_dead()).cloned()
    }

    /// All items of a list of the JSON API, asked of the first server. It must answer.
    pub(super) async fn list(&self, path: &str) -> Vec<Value> {
        let server = self.any_server().expect("a server lives");
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let path = format!("{path}{joint}limit=200{cursor}");
            let (status, page) = api(&server, &self.token, Method::GET, &path, Value::Null).await;
            assert_eq!(status, 200, "{page}");
            items.extend(page["items"].as_array().cloned().unwrap_or_default());
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// What panicked so far is wrong, whoever caught it.
    pub(super) fn panics(&self) {
        for panic in PANICS.with_borrow_mut(std::mem::take) {
            self.log.wrong(panic);
        }
    }

    /// How many mails came so far.
    pub(super) const fn mails(&self) -> usize {
        self.mails
    }

    /// Everything is mended, at once.
    pub(super) async fn mend(&mut self) {
        self.common
            .office
            .tell(Method::PUT, "faults", json!({}))
            .await;
        for slot in &mut self.nodes {
            slot.mended_at = Some(Duration::ZERO);
        }
        self.look_after_servers();
        while self
            .nodes
            .iter()
            .any(|slot| slot.node.server.gate.is_dead())
        {
            self.time.sleep(Duration::from_secs(1)).await;
            self.look_after_servers();
        }
        for slot in &self.nodes {
            slot.node.server.gate.spare();
        }
    }
}

/// One call of the JSON API.
pub(super) async fn api(
    server: &Server,
    token: &str,
    method: Method,
    path: &str,
    body: Value,
) -> (u16, Value) {
    let body = if body.is_null() {
        Bytes::new()
    } else {
        Bytes::from(body.to_string())
    };
    let request = Request::builder()
        .method(method)
        .uri(format!("{BASE_URL}/api/v1{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(body)
        .expect("a request");
    let answer = ask(&server.public, request).await;
    let body = serde_json::from_slice(answer.body()).unwrap_or_default();
    (answer.status().as_u16(), body)
}
