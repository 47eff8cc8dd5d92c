//! A desk and a Microsoft on one clock, and short ways to say what happens.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use http::{Request, Response};
use maildesk_connect::{AllowList, Connect, Way};
use maildesk_model::access::{Role, Viewer};
use maildesk_model::base_url::BaseUrlRules;
use maildesk_model::intent::{IntentState, Want};
use maildesk_model::mailbox::{Connection, MailboxState};
use maildesk_model::parameter::WEB_BASE_URL;
use maildesk_model::push::PushPanel;
use maildesk_model::stamp::Trigger;
use maildesk_model::{Clock, IntentId, MailboxId, NodeId, Timestamp, UserId};
use maildesk_push::{NOTIFICATIONS_PATH, Push, Settings, hook};
use maildesk_store::SqlStore;
use maildesk_store::contract::{
    ConnectionStore, DeskStore, Lease, MailboxStore, NewMailbox, NewUser, PeopleStore, PushStore,
    Stamp, StampStore, SyncStore, Work,
};
use serde_json::{Value, json};

use crate::clock::{Numbers, TurnedClock};
use crate::kept::{Engine, Kept};
use crate::office::Office;
use crate::wire::send;

pub(crate) const BASE: &str = "https://desk.example.com";

/// Makes each story a test on each engine.
macro_rules! stories {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::world::World::new($crate::kept::Engine::Sqlite).await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::world::World::new($crate::kept::Engine::Postgres).await).await;
            })*
        }
    };
}
pub(crate) use stories;

pub(crate) struct World {
    pub(crate) kept: Kept,
    pub(crate) clock: Arc<TurnedClock>,
    pub(crate) office: Office,
    pub(crate) push: Push,
    pub(crate) webhook: Router,
    pub(crate) admin: Viewer,
}

impl World {
    /// A desk with a base URL and nothing else.
    pub(crate) async fn new(engine: Engine) -> Self {
        let kept = Kept::open(engine).await;
        let clock = Arc::new(TurnedClock::new());
        let office = Office::open(&clock).await;
        let webhook = hook::router(hook::HookParts {
            store: kept.store.clone(),
            clock: clock.clone(),
        });
        office.address.leads_to(webhook.clone());
        office.address.knows(kept.store.clone());
        let admin = NewUser {
            email: "admin@desk.example.com".to_owned(),
            name: "Admin".to_owned(),
            role: Role::Administrator,
            password_hash: None,
            at: clock.now(),
        };
        let user: UserId = kept.store.add_user(admin).await.unwrap();
        let push = node(&kept.store, &office, &clock, "here", true);
        let world = Self {
            kept,
            clock,
            office,
            push,
            webhook,
            admin: Viewer {
                user,
                role: Role::Administrator,
            },
        };
        world.set_base_url(BASE).await;
        world
    }

    pub(crate) fn store(&self) -> &SqlStore {
        &self.kept.store
    }

    /// The server starts anew, with or without push.
    pub(crate) fn restart(&mut self, enabled: bool) {
        self.push = node(
            &self.kept.store,
            &self.office,
            &self.clock,
            "again",
            enabled,
        );
    }

    pub(crate) async fn set_base_url(&self, url: &str) {
        let now = self.clock.now();
        let set = self.store().set_parameter(WEB_BASE_URL, url, now);
        set.await.unwrap();
    }

    /// A mailbox that syncs, connected as the organisation.
    pub(crate) async fn organisation(&self, address: &str) -> MailboxId {
        let id = self.add(address, Connection::GraphApplication).await;
        let mut others = Vec::new();
        loop {
            let lease = self.claim_sync().await.expect("a new mailbox is due");
            if lease.mailbox == id {
                self.become_active(&lease).await;
                break;
            }
            others.push(lease);
        }
        for lease in others {
            self.store().release_lease(&lease).await.unwrap();
        }
        id
    }

    /// A mailbox that syncs, connected as the person it belongs to.
    pub(crate) async fn person(&self, address: &str) -> MailboxId {
        let id = self.add(address, Connection::GraphDelegated).await;
        self.connect(id, address).await;
        id
    }

    pub(crate) async fn add(&self, address: &str, connection: Connection) -> MailboxId {
        let mailbox = NewMailbox {
            name: address.to_owned(),
            address: address.to_owned(),
            connection,
            at: self.clock.now(),
        };
        self.store().add_mailbox(mailbox).await.unwrap()
    }

    /// Its owner signs in.
    pub(crate) async fn connect(&self, id: MailboxId, address: &str) {
        let tokens = self.office.sign_in(address).await;
        let now = self.clock.now();
        let done = self.store().complete_sign_in(id, address, &tokens, now);
        assert!(done.await.unwrap());
    }

    pub(crate) async fn become_active(&self, lease: &Lease) {
        let (store, now) = (self.store(), self.clock.now());
        let active = store.set_mailbox_state(lease, MailboxState::Active, None, now);
        active.await.unwrap();
        store.release_lease(lease).await.unwrap();
    }

    pub(crate) async fn claim_sync(&self) -> Option<Lease> {
        let now = self.clock.now();
        let until = now.plus(Duration::from_mins(1));
        let node = NodeId("sync".to_owned());
        self.store().claim_mailbox(&node, now, until).await.unwrap()
    }

    /// What is stamped on the mailbox, which nobody else may be waiting for.
    pub(crate) async fn stamp(&self, id: MailboxId) -> Option<Stamp> {
        self.sync_work(id).await.stamp
    }

    async fn sync_work(&self, id: MailboxId) -> Work {
        let lease = self.claim_sync().await.expect("the mailbox is due");
        assert_eq!(lease.mailbox, id);
        let work = self.store().work(&lease, self.clock.now()).await.unwrap();
        self.store().release_lease(&lease).await.unwrap();
        work
    }

    /// Whether anything is stamped.
    pub(crate) async fn is_stamped(&self) -> bool {
        let due = self.store().stamps_due(self.now()).await;
        due.unwrap() > 0
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The secret of the live subscription.
    pub(crate) async fn secret(&self, id: MailboxId) -> String {
        let secret = self.store().push_secret(self.admin, id).await.unwrap();
        secret.unwrap().unwrap().expose().to_owned()
    }

    /// Somebody presses the button.
    pub(crate) async fn ask_for_a_sync(&self, id: MailboxId) {
        let asked = self
            .store()
            .request_sync(self.admin, id, Trigger::Manual, self.now());
        asked.await.unwrap();
    }

    /// Sync does what is stamped.
    pub(crate) async fn sync(&self, id: MailboxId) {
        let lease = self.begin_sync(id).await;
        self.store().release_lease(&lease).await.unwrap();
    }

    /// As [`World::sync`], and the lease is kept.
    pub(crate) async fn begin_sync(&self, id: MailboxId) -> Lease {
        let lease = self.claim_sync().await.expect("the mailbox is due");
        assert_eq!(lease.mailbox, id);
        let work = self.store().work(&lease, self.clock.now()).await.unwrap();
        if let Some(stamp) = work.stamp {
            let hints: Vec<_> = stamp
                .hints
                .into_iter()
                .map(|hint| (hint, maildesk_store::contract::HintOutcome::Done))
                .collect();
            let settled = self
                .store()
                .settle_hints(&lease, stamp.version, true, &hints);
            settled.await.unwrap();
        }
        lease
    }

    /// Somebody presses a button.
    pub(crate) async fn want(&self, id: MailboxId, want: Want) -> IntentId {
        let now = self.clock.now();
        let written = self.store().want(self.admin, id, &want, now).await.unwrap();
        written.expect("the mailbox is there")
    }

    pub(crate) async fn intent(&self, id: IntentId) -> IntentState {
        let intent = self.store().intent(self.admin, id).await.unwrap();
        intent.expect("the intent is there").state
    }

    /// The code an intent was refused with.
    pub(crate) async fn refusal(&self, id: IntentId) -> String {
        match self.intent(id).await {
            IntentState::Refused(trouble) => trouble.code,
            other => panic!("{other:?}"),
        }
    }

    /// Push does all that is due now.
    pub(crate) async fn settle(&self) {
        for _ in 0..100 {
            if !self.push.step_once().await.unwrap() {
                return;
            }
        }
        panic!("push does not come to rest");
    }

    /// Somebody registers push, and it works.
    pub(crate) async fn register(&self, id: MailboxId) {
        let intent = self.want(id, Want::RegisterPush).await;
        self.settle().await;
        assert_eq!(self.intent(intent).await, IntentState::Done);
    }

    /// Time passes, and push does what becomes due.
    pub(crate) async fn pass(&self, span: Duration) {
        self.clock.advance(span);
        self.settle().await;
    }

    pub(crate) async fn panel(&self, id: MailboxId) -> PushPanel {
        let panel = self.store().push_panel(self.admin, id).await.unwrap();
        panel.expect("the mailbox is there")
    }

    /// The kinds of the panel's events, oldest first.
    pub(crate) async fn events(&self, id: MailboxId) -> Vec<String> {
        let events = self.panel(id).await.events;
        events.into_iter().rev().map(|event| event.kind).collect()
    }

    /// A POST to the webhook; its status.
    pub(crate) async fn post(&self, body: impl Into<Bytes>) -> u16 {
        self.post_to(NOTIFICATIONS_PATH, body)
            .await
            .status()
            .as_u16()
    }

    pub(crate) async fn post_to(&self, uri: &str, body: impl Into<Bytes>) -> Response<Bytes> {
        let request = Request::post(uri).body(body.into()).unwrap();
        send(&self.webhook, request).await
    }
}

fn node(
    store: &Arc<SqlStore>,
    office: &Office,
    clock: &Arc<TurnedClock>,
    name: &str,
    enabled: bool,
) -> Push {
    let node = NodeId(name.to_owned());
    let way = Way {
        transport: office.line.clone(),
        hosts: Office::hosts(),
        limits: maildesk_graph::Settings::default(),
    };
    let connect = Connect::new(
        store.clone(),
        way,
        Office::fixed_app(),
        maildesk_connect::Settings {
            node: node.clone(),
            allowed_addresses: AllowList::ALL,
        },
        clock.clone(),
        Arc::new(Numbers),
    );
    let settings = Settings {
        node,
        enabled,
        rules: BaseUrlRules::default(),
    };
    Push::new(
        store.clone(),
        connect,
        clock.clone(),
        Arc::new(Numbers),
        settings,
    )
}

/// One notification, as Graph writes it.
pub(crate) fn item(subscription: &str, secret: Value, message: &str) -> Value {
    json!({
        "subscriptionId": subscription,
        "subscriptionExpirationDateTime": "2026-11-29T10:00:00.0000000+00:00",
        "changeType": "created",
        "resource": format!("Users/u/Messages/{message}"),
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.Message",
            "@odata.id": format!("Users/u/Messages/{message}"),
            "id": message,
        },
        "clientState": secret,
        "tenantId": "t",
    })
}

/// A POST's body of some notifications.
pub(crate) fn body(items: Vec<Value>) -> String {
    json!({ "value": items }).to_string()
}

impl World {
    /// A webhook that echoes below another path: that of somebody else.
    pub(crate) fn webhook_at(&self, path: &str) -> Router {
        let echo = self.webhook.clone();
        Router::new().route(
            path,
            axum::routing::post(move |request: axum::extract::Request| async move {
                let query = request.uri().query().unwrap_or_default();
                let uri = format!("{NOTIFICATIONS_PATH}?{query}");
                let request = Request::post(uri).body(Bytes::new()).unwrap();
                send(&echo, request).await.map(axum::body::Body::from)
            }),
        )
    }
}

/// Waits until something is so, and gives up after a while.
pub(crate) async fn until(is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    waited.expect("it should have come so by now");
}
