//! Tells a story: sets everything up, lets what is written happen when it is written, mends all, and
//! hands over to `settle`.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, Once};
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

use super::gate::{Gate, Health, Seeded};
use super::line::{Address, Reached, ask};
use super::log::Log;
use super::node::{BASE_URL, Common, Node};
use super::office::Office;
use super::referee::Referee;
use super::store::Engine as StoreEngine;
use super::story::{Act, Change, Kind, PLACES, Story};
use super::time::Time;
use super::view::{Servers, View};
use super::{Outcome, Telling};
use crate::chance::Chance;

/// How long a server that died is away.
const AWAY: Duration = Duration::from_secs(3);

thread_local! {
    /// What panicked in the story that this thread tells.
    static PANICS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// A mailbox of the story.
pub(super) struct Box {
    pub(super) address: String,
    pub(super) id: MailboxId,
    pub(super) kind: Kind,
}

/// Everything there is in a story.
pub(super) struct Stage {
    pub(super) common: Common,
    pub(super) time: Time,
    pub(super) log: Arc<Log>,
    pub(super) boxes: Vec<Box>,
    pub(super) views: Vec<View>,
    pub(super) admin: Viewer,
    pub(super) nodes: Vec<Slot>,
    token: String,
    servers: Servers,
    reached: Arc<Mutex<Vec<Reached>>>,
    chance: Chance,
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

/// Tells a story to its end, in a runtime of its own.
pub(super) fn tell(story: &Story, telling: Telling) -> Outcome {
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
    let engine = StoreEngine::new(keeping.handle().clone(), chance);
    let (outcome, store) = telling_it.block_on(async {
        let mut stage = Stage::set(story, telling, engine, &database).await;
        stage.play(story).await;
        let store = stage.common.store.clone();
        (stage.end(story).await, store)
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
        let reached: Arc<Mutex<Vec<Reached>>> = Arc::default();
        let address = Address {
            nodes: reached.clone(),
            chance: Mutex::new(Chance::new(chance.bits())),
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
        let seeded = Arc::new(Seeded(Mutex::new(Chance::new(chance.bits()))));
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
            boxes: Vec::new(),
            views: Vec::new(),
            admin: Viewer {
                user,
                role: Role::Administrator,
            },
            nodes: Vec::new(),
            token: token.secret().expose().to_owned(),
            servers: Arc::default(),
            reached,
            chance,
            mails: 0,
            folders: 0,
        };
        stage.open(story).await;
        stage
    }

    /// Mailboxes, servers and views, up to where the story begins.
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
            self.boxes.push(Box {
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
        for n in 0..self.boxes.len() {
            if self.boxes[n].kind.has_push {
                self.set_push(n, true);
            }
        }
    }

    /// The owners of mailboxes that wait for it sign in.
    pub(super) async fn sign_in_where_needed(&self) {
        for one in self.boxes.iter().filter(|one| one.kind.as_person) {
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
        let reached = self.nodes.iter().map(|slot| slot.node.reached());
        *self.reached.lock().expect("nothing panics here") = reached.collect();
        let servers = self.nodes.iter();
        let servers = servers.map(|slot| (slot.node.public.clone(), slot.node.gate.clone()));
        *self.servers.lock().expect("nothing panics here") = servers.collect();
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
                slot.node.gate.freeze(false);
                slot.node.gate.set_database(Health::Well);
                slot.node.gate.set_line(Health::Well);
            }
            if let Some(broke) = slot.node.broke() {
                self.log.wrong(broke);
            }
            if !slot.node.gate.is_dead() {
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

    fn gate(&self, node: usize) -> &Arc<Gate> {
        &self.nodes[node % self.nodes.len()].node.gate
    }

    fn mend_after(&mut self, node: usize, span: Duration) {
        let count = self.nodes.len();
        self.nodes[node % count].mended_at = Some(self.time.elapsed() + span);
    }

    async fn happen(&mut self, act: &Act) {
        let office = self.common.office.clone();
        let count = self.boxes.len();
        let address = |mailbox: &usize| self.boxes[mailbox % count].address.clone();
        match act {
            Act::Deliver(mailbox, folder) => {
                self.mails += 1;
                let mail = json!({
                    "from": {"name": "Grace", "address": "grace@fabrikam.test"},
                    "subject": format!("Mail {}", self.mails),
                    "text": "Hello",
                    "folder": PLACES[*folder],
                });
                let path = format!("mailboxes/{}/messages", address(mailbox));
                office.tell(Method::POST, &path, mail).await;
            }
            Act::InOutlook(mailbox, pick, change) => {
                in_outlook(&office, &address(mailbox), *pick, *change).await;
            }
            Act::AtTheDesk(mailbox, pick, change) => {
                let id = self.boxes[mailbox % count].id;
                self.at_the_desk(id, *pick, *change);
            }
            Act::NewFolder(mailbox) => {
                let path = format!("mailboxes/{}/folders", address(mailbox));
                let mut folder = json!({"displayName": self.folder_name()});
                if self.folders.is_multiple_of(2) {
                    folder["parent"] = json!("inbox");
                }
                office.tell(Method::POST, &path, folder).await;
            }
            Act::FolderMoves(mailbox, pick) => {
                let address = address(mailbox);
                if let Some(folder) = own_folder(&office, &address, *pick).await {
                    let path = format!("mailboxes/{address}/folders/{folder}");
                    let change = json!({"displayName": self.folder_name()});
                    office.try_tell(Method::PATCH, &path, change).await;
                }
            }
            Act::FolderGoes(mailbox, pick) => {
                let address = address(mailbox);
                if let Some(folder) = own_folder(&office, &address, *pick).await {
                    let path = format!("mailboxes/{address}/folders/{folder}");
                    office.try_tell(Method::DELETE, &path, Value::Null).await;
                }
            }
            Act::Faults(faults) => {
                office.tell(Method::PUT, "faults", faults.clone()).await;
            }
            Act::Kill(node, after) => self.gate(*node).kill_after(1 + after),
            Act::Freeze(node, span) => {
                self.log.struck("frozen");
                self.gate(*node).freeze(true);
                self.mend_after(*node, *span);
            }
            Act::Database(node, health, span) => {
                self.gate(*node).set_database(*health);
                self.mend_after(*node, *span);
            }
            Act::Line(node, health, span) => {
                self.gate(*node).set_line(*health);
                self.mend_after(*node, *span);
            }
            Act::Lifecycle(mailbox, event) => {
                for id in subscriptions_of(&office, &address(mailbox)).await {
                    let told = json!({"subscriptionId": id, "event": event});
                    office.try_tell(Method::POST, "lifecycle", told).await;
                }
            }
            Act::SubscriptionVanishes(mailbox) => {
                for id in subscriptions_of(&office, &address(mailbox)).await {
                    self.log.struck("subscription vanished");
                    office.delete_subscription(&id).await;
                }
            }
            Act::Push(mailbox, on) => self.set_push(mailbox % count, *on),
            Act::Connection(mailbox, on) => self.set_connection(mailbox % count, *on),
            Act::SyncNow(mailbox) => {
                let id = self.boxes[mailbox % count].id;
                self.send(Method::POST, format!("/mailboxes/{id}/sync"), Value::Null);
            }
            Act::BaseUrl(which) => {
                let url = if *which == 0 {
                    BASE_URL.to_owned()
                } else {
                    format!("https://desk{which}.example.com")
                };
                let Common { engine, store, .. } = &self.common;
                let set = store.set_parameter(WEB_BASE_URL, &url, self.time.now());
                engine.now(set).expect("the store answers");
            }
            Act::Leap(span) => {
                self.log.struck("leap");
                self.time.leap(*span);
            }
        }
    }

    /// Turns push on or off as a person does; a server that dies meanwhile does not answer.
    pub(super) fn set_push(&self, n: usize, on: bool) {
        let method = if on { Method::POST } else { Method::DELETE };
        let id = self.boxes[n].id;
        self.send(method, format!("/mailboxes/{id}/push"), Value::Null);
    }

    /// Disconnects a mailbox, or connects it again.
    pub(super) fn set_connection(&self, n: usize, on: bool) {
        let Common { engine, store, .. } = &self.common;
        let (id, now) = (self.boxes[n].id, self.time.now());
        let done = if on {
            engine.now(store.connect_again(self.admin, id, now))
        } else {
            engine.now(store.disconnect_mailbox(self.admin, id, now))
        };
        done.expect("the store answers");
    }

    /// A server that answers, if one does.
    fn any_server(&self) -> Option<(axum::Router, Arc<Gate>)> {
        let mut living = self.nodes.iter().filter(|slot| !slot.node.gate.is_dead());
        let found = living.next()?;
        Some((found.node.public.clone(), found.node.gate.clone()))
    }

    /// A call of the JSON API that nobody waits for.
    fn send(&self, method: Method, path: String, body: Value) {
        let Some((router, gate)) = self.any_server() else {
            return;
        };
        let token = self.token.clone();
        tokio::spawn(async move {
            tokio::select! {
                biased;
                () = gate.died() => {}
                _ = api(&router, &token, method, &path, body) => {}
            }
        });
    }

    /// Somebody changes a message that they see.
    fn at_the_desk(&self, mailbox: MailboxId, pick: usize, change: Change) {
        let Some((router, gate)) = self.any_server() else {
            return;
        };
        let token = self.token.clone();
        let acting = async move {
            let path = format!("/messages?mailbox={mailbox}&limit=20");
            let (_, page) = api(&router, &token, Method::GET, &path, Value::Null).await;
            let items = page["items"].as_array()?;
            let id = items.get(pick % items.len().max(1))?["id"].as_str()?;
            let path = format!("/messages/{id}");
            let body = match change {
                Change::Read(is_read) => json!({"isRead": is_read}),
                Change::Flag(true) => json!({"flag": "flagged"}),
                Change::Flag(false) => json!({"flag": "complete"}),
                Change::Category(n) => json!({"categories": [format!("Category {n}")]}),
                Change::Move(n) => {
                    let folders = format!("/mailboxes/{mailbox}/folders");
                    let (_, folders) =
                        api(&router, &token, Method::GET, &folders, Value::Null).await;
                    let folders = folders["items"].as_array()?;
                    json!({"folderId": folders.get(n % folders.len().max(1))?["id"]})
                }
                Change::Delete => Value::Null,
            };
            let method = match change {
                Change::Delete => Method::DELETE,
                _ => Method::PATCH,
            };
            Some(api(&router, &token, method, &path, body).await)
        };
        tokio::spawn(async move {
            tokio::select! {
                biased;
                () = gate.died() => {}
                _ = acting => {}
            }
        });
    }

    /// All items of a list of the JSON API, asked of the first server. It must answer.
    pub(super) async fn list(&self, path: &str) -> Vec<Value> {
        let (router, _) = self.any_server().expect("a server lives");
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let path = format!("{path}{joint}limit=200{cursor}");
            let (status, page) = api(&router, &self.token, Method::GET, &path, Value::Null).await;
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

    /// A name that no folder has yet.
    fn folder_name(&mut self) -> String {
        self.folders += 1;
        format!("Folder {}", self.folders)
    }

    /// How many mails came so far.
    pub(super) const fn mails(&self) -> usize {
        self.mails
    }

    /// A mail to each mailbox; their subjects.
    pub(super) async fn deliver_to_all(&mut self) -> Vec<String> {
        let mut subjects = Vec::new();
        for n in 0..self.boxes.len() {
            self.happen(&Act::Deliver(n, 0)).await;
            subjects.push(format!("Mail {}", self.mails));
        }
        subjects
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
        while self.nodes.iter().any(|slot| slot.node.gate.is_dead()) {
            self.time.sleep(Duration::from_secs(1)).await;
            self.look_after_servers();
        }
        for slot in &self.nodes {
            slot.node.gate.spare();
        }
    }
}

async fn api(
    router: &axum::Router,
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
    let answer = ask(router, request).await;
    let body = serde_json::from_slice(answer.body()).unwrap_or_default();
    (answer.status().as_u16(), body)
}

/// Somebody changes a message in Outlook, if there is one.
async fn in_outlook(office: &Office, address: &str, pick: usize, change: Change) {
    let snapshot = office.get(&format!("mailboxes/{address}/snapshot")).await;
    let messages = snapshot["messages"].as_array().cloned().unwrap_or_default();
    let Some(message) = messages.get(pick % messages.len().max(1)) else {
        return;
    };
    let id = message["id"].as_str().unwrap_or_default();
    let path = format!("mailboxes/{address}/messages/{id}");
    let (method, path, body) = match change {
        Change::Read(is_read) => (Method::PATCH, path, json!({"isRead": is_read})),
        Change::Flag(true) => (Method::PATCH, path, json!({"flag": "flagged"})),
        Change::Flag(false) => (Method::PATCH, path, json!({"flag": "notFlagged"})),
        Change::Category(n) => {
            let body = json!({"categories": [format!("Category {n}")]});
            (Method::PATCH, path, body)
        }
        Change::Move(n) => {
            let own = own_folder(office, address, n).await;
            let folder = PLACES.get(n).map(|place| (*place).to_owned()).or(own);
            let folder = folder.unwrap_or_else(|| "inbox".to_owned());
            (
                Method::POST,
                format!("{path}/move"),
                json!({"folder": folder}),
            )
        }
        Change::Delete => (Method::DELETE, path, Value::Null),
    };
    office.try_tell(method, &path, body).await;
}

/// A folder that a person has made, if there is one.
async fn own_folder(office: &Office, address: &str, pick: usize) -> Option<String> {
    let snapshot = office.get(&format!("mailboxes/{address}/snapshot")).await;
    let folders = snapshot["folders"].as_array()?;
    let own: Vec<_> = folders
        .iter()
        .filter(|folder| folder["wellKnownName"].is_null())
        .collect();
    let found = own.get(pick % own.len().max(1))?;
    Some(found["id"].as_str()?.to_owned())
}

/// The subscriptions that Microsoft has for a mailbox.
pub(super) async fn subscriptions_of(office: &Office, address: &str) -> Vec<String> {
    let all = office.get("subscriptions").await;
    let all = all.as_array().cloned().unwrap_or_default();
    all.iter()
        .filter(|one| one["mailbox"] == address)
        .filter_map(|one| Some(one["id"].as_str()?.to_owned()))
        .collect()
}
