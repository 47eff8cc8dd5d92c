//! A desk with mailboxes to send from, and a Microsoft that does as it is told.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, header};
use maildesk_alert::{Alerts, Beyond, Settings, Unsent};
use maildesk_connect::{AllowList, Connect, Way};
use maildesk_graph::Hosts;
use maildesk_graph::transport::{Transport, TransportBody, TransportError};
use maildesk_model::alert::{AlertSettings, WayTest};
use maildesk_model::cloud::Cloud;
use maildesk_model::mailbox::Connection;
use maildesk_model::microsoft::{AppCredential, AppRegistration, CredentialKind, FixedApp};
use maildesk_model::{Clock, Entropy, MailboxId, NodeId, Secret, Timestamp};
use maildesk_store::contract::{AlertStore, ConnectionStore, KeptTokens, MailboxStore, NewMailbox};
use maildesk_store::{SecretKey, SqlStore, StoreSettings};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const START: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

/// Stands still unless it is turned.
#[derive(Debug)]
pub(crate) struct TurnedClock(watch::Sender<Timestamp>);

impl Clock for TurnedClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn monotonic(&self) -> Duration {
        self.now().since(START)
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut now = self.0.subscribe();
        Box::pin(async move {
            let _ = now.wait_for(|now| *now >= at).await;
        })
    }
}

#[derive(Debug)]
struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// What Microsoft does with a mail.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// A status other than 202, and what it asks to wait.
    Refused(u16, Option<u32>),
    /// The connection breaks before it answers.
    Lost,
    /// Never.
    Hangs,
}

/// Microsoft: takes every mail, except where it was told otherwise.
#[derive(Debug, Default)]
pub(crate) struct Microsoft {
    answers: Mutex<HashMap<String, Answer>>,
    asked: Mutex<Vec<String>>,
}

impl Microsoft {
    /// From now on, to mails from this mailbox; `token`: to who asks for one.
    pub(crate) fn answers(&self, name: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(name.to_owned(), answer);
    }

    /// The names of the mailboxes whose mails came, since the last look.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    /// Waits until it was asked by this one.
    pub(crate) async fn is_asked(&self, name: &str) {
        let waiting = async {
            while !self.asked.lock().unwrap().iter().any(|one| one == name) {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), waiting).await;
        waited.expect("it should have been asked by now");
    }
}

#[async_trait]
impl Transport for Microsoft {
    async fn send(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<TransportBody>, TransportError> {
        let bearer = request.headers().get(header::AUTHORIZATION);
        let bearer = bearer.and_then(|value| value.to_str().ok());
        let name = bearer.and_then(|value| value.strip_prefix("Bearer "));
        let name = name.unwrap_or("token").to_owned();
        self.asked.lock().unwrap().push(name.clone());
        let answer = self.answers.lock().unwrap().get(&name).copied();
        let (status, retry_after) = match answer {
            None => (202, None),
            Some(Answer::Refused(status, retry_after)) => (status, retry_after),
            Some(Answer::Lost) => return Err(TransportError::Broken("reset".to_owned())),
            Some(Answer::Hangs) => std::future::pending().await,
        };
        let mut response = Response::builder().status(status);
        if let Some(seconds) = retry_after {
            response = response.header(header::RETRY_AFTER, seconds);
        }
        let error = r#"{"error": {"code": "ErrorNo", "message": "No."}}"#;
        let body = if status == 202 { "" } else { error };
        Ok(response.body(TransportBody::from_bytes(body)).unwrap())
    }
}

/// Takes what is posted. While it does, somebody may turn mails off.
struct Endpoint {
    store: Arc<SqlStore>,
    turns_mail_off: AtomicBool,
    taken: watch::Sender<u64>,
}

#[async_trait]
impl Beyond for Endpoint {
    async fn post_json(
        &self,
        _url: &str,
        _headers: &[(&'static str, String)],
        _body: Vec<u8>,
    ) -> Result<u16, Unsent> {
        if self.turns_mail_off.load(Ordering::SeqCst) {
            // Whom it went to and from where stays known.
            let settings = self.store.alert_settings().await;
            let settings = AlertSettings {
                mail: false,
                ..settings.expect("there are settings")
            };
            let kept = self.store.set_alert_settings(&settings, START).await;
            kept.expect("the settings are kept");
        }
        self.taken.send_modify(|taken| *taken += 1);
        Ok(200)
    }
}

/// A desk whose alerts go out by mail from *ada*, with *bob* and *eve* to stand in.
pub(crate) struct World {
    pub(crate) store: Arc<SqlStore>,
    pub(crate) clock: Arc<TurnedClock>,
    pub(crate) microsoft: Arc<Microsoft>,
    pub(crate) alerts: Alerts,
    pub(crate) ada: MailboxId,
    pub(crate) bob: MailboxId,
    endpoint: Arc<Endpoint>,
    _folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("maildesk.db").display());
        let key = SecretKey::from_bytes([7; 32]);
        let store = SqlStore::open(&url, key, Arc::new(Zeros), StoreSettings::default());
        let store = Arc::new(store.await.unwrap());
        let clock = Arc::new(TurnedClock(watch::Sender::new(START)));
        let microsoft = Arc::new(Microsoft::default());
        let mut mailboxes = Vec::new();
        for name in ["ada", "bob", "eve"] {
            mailboxes.push(person(&store, name).await);
        }
        let settings = AlertSettings {
            mail: true,
            sender: Some(mailboxes[0]),
            recipients: vec!["ops@contoso.test".to_owned()],
            ..AlertSettings::default()
        };
        store.set_alert_settings(&settings, START).await.unwrap();
        let endpoint = Arc::new(Endpoint {
            store: store.clone(),
            turns_mail_off: AtomicBool::new(false),
            taken: watch::Sender::new(0),
        });
        Self {
            alerts: alerts(&store, &microsoft, &endpoint, &clock),
            ada: mailboxes[0],
            bob: mailboxes[1],
            store,
            clock,
            microsoft,
            endpoint,
            _folder: folder,
        }
    }

    /// From now on alerts are posted too; `mail_off`: and mails are turned off while one is.
    pub(crate) async fn posts(&self, mail_off: bool) {
        let settings = AlertSettings {
            url: "https://alerts.contoso.test/".to_owned(),
            ..self.store.alert_settings().await.unwrap()
        };
        self.store
            .set_alert_settings(&settings, START)
            .await
            .unwrap();
        self.endpoint
            .turns_mail_off
            .store(mail_off, Ordering::SeqCst);
    }

    /// Alerts are looked after until one was posted, and whatever goes out beside it went out.
    pub(crate) async fn until_posted(&self) {
        let mut taken = self.endpoint.taken.subscribe();
        let stop = CancellationToken::new();
        let (alerts, stopping) = (self.alerts.clone(), stop.clone());
        let working = tokio::spawn(async move { alerts.run(stopping).await });
        let posted = async {
            // A look writes down what began, and a later one tells it.
            let a_moment = Duration::from_millis(200);
            while tokio::time::timeout(a_moment, taken.changed())
                .await
                .is_err()
            {
                self.advance(Duration::from_secs(5));
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), posted);
        waited.await.expect("something is posted by now");
        // A look that runs ends before the work does.
        stop.cancel();
        working.await.unwrap();
    }

    pub(crate) fn advance(&self, span: Duration) {
        self.clock.0.send_modify(|now| *now = now.plus(span));
    }

    /// Sends a test; what it was sent from, or the code of why it was not.
    pub(crate) async fn test(&self) -> Result<MailboxId, String> {
        outcome(self.alerts.test().await.unwrap())
    }

    /// The same, while the story goes on.
    pub(crate) fn testing(&self) -> tokio::task::JoinHandle<Result<MailboxId, String>> {
        let alerts = self.alerts.clone();
        tokio::spawn(async move { outcome(alerts.test().await.unwrap()) })
    }
}

fn outcome(mut tests: Vec<WayTest>) -> Result<MailboxId, String> {
    let test = tests.remove(0);
    let failed = test.trouble.map(|why| why.code);
    failed.map_or_else(|| Ok(test.sender.expect("a mail has a sender")), Err)
}

/// A mailbox of somebody who has signed in; its token is its name.
async fn person(store: &SqlStore, name: &str) -> MailboxId {
    let mailbox = NewMailbox {
        name: name.to_owned(),
        address: format!("{name}@contoso.test"),
        connection: Connection::GraphDelegated,
        at: START,
    };
    let id = store.add_mailbox(mailbox).await.unwrap();
    sign_in(store, id, name, START.plus(Duration::from_hours(100))).await;
    id
}

/// Somebody signs in, and their token lasts until then.
pub(crate) async fn sign_in(store: &SqlStore, id: MailboxId, name: &str, until: Timestamp) {
    let tokens = KeptTokens {
        refresh: Secret::new("refresh"),
        access: Secret::new(name),
        access_until: until,
        scope: "Mail.ReadWrite Mail.Send".to_owned(),
    };
    let done = store.complete_sign_in(id, name, &tokens, START);
    assert!(done.await.unwrap());
}

fn alerts(
    store: &Arc<SqlStore>,
    microsoft: &Arc<Microsoft>,
    endpoint: &Arc<Endpoint>,
    clock: &Arc<TurnedClock>,
) -> Alerts {
    let base = "https://microsoft.test";
    let credential = AppCredential {
        kind: CredentialKind::Secret,
        value: Secret::new("secret"),
        // Soon enough for an alert.
        expires_at: Some(START.plus(Duration::from_hours(24))),
    };
    let fixed_app = FixedApp {
        registration: Some(AppRegistration {
            client_id: "app".to_owned(),
            tenant: "tenant".to_owned(),
            cloud: Cloud::Global,
            credentials: vec![credential],
        }),
        ..FixedApp::default()
    };
    let node = NodeId("here".to_owned());
    let way = Way {
        transport: microsoft.clone(),
        hosts: Hosts::with_overrides(Cloud::Global, Some(base), Some(base)).unwrap(),
        limits: maildesk_graph::Settings::default(),
    };
    let settings = maildesk_connect::Settings {
        node: node.clone(),
        allowed_addresses: AllowList::ALL,
    };
    let (fixed, entropy) = (fixed_app.clone(), Arc::new(Zeros));
    let connect = Connect::new(store.clone(), way, fixed, settings, clock.clone(), entropy);
    let settings = Settings { node, fixed_app };
    Alerts::new(
        store.clone(),
        connect,
        endpoint.clone(),
        clock.clone(),
        settings,
    )
}
