//! A desk with a store of its own, and the parts of sync and push that a story needs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use futures::StreamExt as _;
use maildesk_model::address_test::{AddressCall, AddressTest};
use maildesk_model::alert::{AlertWay, WayTest};
use maildesk_model::folder::WellKnown;
use maildesk_model::intent::Intent;
use maildesk_model::mailbox::{Connection, Trouble};
use maildesk_model::message::RemoteMessage;
use maildesk_model::microsoft::{Proof, ProofOutcome, ProofWish, Proven};
use maildesk_model::stamp::{Stamping, Trigger};
use maildesk_model::{
    Clock, MailboxId, MessageId, NodeId, Role, Secret, Timestamp, UserId, Viewer,
};
use maildesk_store::contract::{
    AlertStore as _, AuditQuery, Bell, Cursor, DeskStore as _, FolderChanges, FolderKey, Incoming,
    IntentOutcome, JournalStore as _, Lease, MailboxStore as _, MessageBatch, MessageQuery,
    NewMailbox, NewSession, NewUser, PeopleStore as _, PushStore as _, RemoteFolder, Source,
    StampStore as _, SyncEnd, SyncStore as _,
};
use maildesk_store::{SecretKey, SqlStore, StoreError, StoreSettings};
use maildesk_web::{
    AlertWays, Elsewhere, Microsoft, NoOriginal, NoPicture, Original, PublicAddress, Sight,
    SignInRedirect, SignInRefused, Web, WebParts, WebSettings, auth::ApiToken,
};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::clock::Counting;
use super::{Call, Engine, Stream, TurnedClock, soon};

/// The server itself, for what a story does behind the scenes.
pub(crate) const SERVER: Viewer = Viewer {
    user: UserId(0),
    role: Role::Administrator,
};

/// The web elsewhere: what lies at each address, and what was asked.
#[derive(Default)]
pub(crate) struct Gallery {
    lies: Mutex<HashMap<String, Result<Sight, NoPicture>>>,
    asked: Mutex<Vec<String>>,
    is_silent: AtomicBool,
}

impl Gallery {
    /// Whether it lets everybody wait.
    pub(crate) fn be_silent(&self, is_silent: bool) {
        self.is_silent.store(is_silent, Ordering::SeqCst);
    }

    /// From now on this lies there.
    pub(crate) fn put(&self, url: &str, what: Result<Sight, NoPicture>) {
        self.lies.lock().unwrap().insert(url.to_owned(), what);
    }

    /// A picture that lies there.
    pub(crate) fn hang(&self, url: &str, bytes: &[u8]) {
        let (status, location) = (200, None);
        let bytes = bytes.to_vec();
        self.put(
            url,
            Ok(Sight {
                status,
                location,
                bytes,
            }),
        );
    }

    /// An address that sends on to another.
    pub(crate) fn send_on(&self, url: &str, to: &str) {
        let (status, location) = (302, Some(to.to_owned()));
        let bytes = Vec::new();
        self.put(
            url,
            Ok(Sight {
                status,
                location,
                bytes,
            }),
        );
    }

    /// What was asked since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

#[async_trait]
impl Elsewhere for Gallery {
    async fn look(&self, url: &str, most: usize) -> Result<Sight, NoPicture> {
        assert_eq!(most, 10 << 20);
        self.asked.lock().unwrap().push(url.to_owned());
        if self.is_silent.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        let lies = self.lies.lock().unwrap().get(url).cloned();
        lies.unwrap_or(Err(NoPicture::Unreached))
    }
}

/// A desk.
pub(crate) struct Desk {
    pub(crate) store: Arc<SqlStore>,
    pub(crate) clock: Arc<TurnedClock>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) web: Router,
    pub(crate) entropy: Arc<Counting>,
    pub(crate) gallery: Arc<Gallery>,
    _folder: TempDir,
}

/// Somebody with an API token.
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) token: String,
}

/// A browser with somebody's session in it.
pub(crate) struct Session {
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

/// A Microsoft that is asked as the program would ask it, but for mailboxes named "Not set up" and
/// "Broken". It grants everything but sending as the organisation.
struct Office(Arc<SqlStore>);

#[async_trait]
impl Microsoft for Office {
    async fn start_sign_in(
        &self,
        mailbox: MailboxId,
        _: UserId,
        _: Option<&str>,
    ) -> Result<SignInRedirect, SignInRefused> {
        let mailbox = self.0.mailbox(SERVER, mailbox).await?.unwrap();
        assert_ne!(mailbox.name, "Broken", "a handler falls over");
        if mailbox.name == "Not set up" {
            return Err(SignInRefused::Trouble(Trouble {
                code: "app_missing".to_owned(),
                message: "No Microsoft app is set up.".to_owned(),
                remedy: "Set the client id.".to_owned(),
            }));
        }
        Ok(SignInRedirect {
            location: "https://login.example/authorize?state=x".to_owned(),
            set_cookie: "__Host-sign-in=y; Path=/; Secure; HttpOnly".to_owned(),
        })
    }

    async fn consent_link(&self, _: UserId) -> Result<String, SignInRefused> {
        Ok("https://login.example/adminconsent?state=x".to_owned())
    }

    async fn original(&self, _: MailboxId, remote_id: &str) -> Result<Original, NoOriginal> {
        if remote_id == "mail-404" {
            return Err(NoOriginal::Trouble(Trouble {
                code: "ErrorItemNotFound".to_owned(),
                message: "The specified object was not found in the store.".to_owned(),
                remedy: "It was deleted in Outlook.".to_owned(),
            }));
        }
        let mime = format!("Subject: {remote_id}\r\n\r\nHello");
        Ok(futures::stream::once(async { Ok(mime.into()) }).boxed())
    }

    fn certificate_end(&self, pem: &Secret) -> Result<Timestamp, Trouble> {
        match pem.expose().strip_prefix("-----BEGIN CERTIFICATE-----\n") {
            Some(ends) => Ok(Timestamp::parse(ends).unwrap()),
            None => Err(Trouble {
                code: "bad_certificate".to_owned(),
                message: "The PEM text holds no private key.".to_owned(),
                remedy: "Enter both.".to_owned(),
            }),
        }
    }

    async fn prove(&self, wish: &ProofWish) -> Result<Vec<Proof>, StoreError> {
        let mut proofs = vec![Proof {
            of: Proven::Credential(0),
            outcome: ProofOutcome::Holds,
        }];
        if wish.person.is_some() {
            proofs.push(Proof {
                of: Proven::PersonReads,
                outcome: ProofOutcome::Holds,
            });
        }
        if wish.organisation.is_some() {
            proofs.push(Proof {
                of: Proven::OrganisationSends,
                outcome: ProofOutcome::Fails(Trouble {
                    code: "ErrorAccessDenied".to_owned(),
                    message: "Access is <denied>.".to_owned(),
                    remedy: "Add Mail.Send.".to_owned(),
                }),
            });
        }
        Ok(proofs)
    }
}

/// A public address of which one half answers; of those that somebody thinks of setting both halves
/// do, unless they are called a wall.
struct Wall;

#[async_trait]
impl PublicAddress for Wall {
    async fn test(&self, candidate: Option<&str>) -> Result<AddressTest, StoreError> {
        let base = candidate.unwrap_or("https://desk.example");
        let call = |path: &str, trouble| AddressCall {
            url: format!("{base}/maildesk/push/outlook{path}"),
            took: Some(Duration::from_millis(12)),
            trouble,
        };
        let wall = Trouble {
            code: "address_login_wall".to_owned(),
            message: "Somebody <wants> to know who calls.".to_owned(),
            remedy: "Let it through.".to_owned(),
        };
        Ok(AddressTest {
            at: Timestamp::EPOCH,
            calls: vec![
                call("", None),
                call(
                    "/lifecycle",
                    candidate
                        .is_none_or(|base| base.contains("wall"))
                        .then_some(wall),
                ),
            ],
            certificate_ends_at: Some(Timestamp::EPOCH),
        })
    }
}

/// A receiver that is down, and mailboxes that all send.
struct Ways(Arc<SqlStore>);

#[async_trait]
impl AlertWays for Ways {
    async fn test(&self) -> Result<Vec<WayTest>, StoreError> {
        let settings = self.0.alert_settings().await?;
        let sender = self.0.alert_senders(1).await?.pop().map(|one| one.mailbox);
        let ways = settings.ways().into_iter().map(|way| match way {
            AlertWay::Mail => WayTest {
                way,
                sender,
                trouble: None,
            },
            AlertWay::Http => WayTest {
                way,
                sender: None,
                trouble: Some(Trouble {
                    code: "alert_post_status".to_owned(),
                    message: "The address answered with <503>.".to_owned(),
                    remedy: "Look in its log.".to_owned(),
                }),
            },
        });
        Ok(ways.collect())
    }
}

impl Desk {
    /// A desk with the usual settings, but without patience: whoever waits for an intent says so.
    pub(crate) async fn open(engine: Engine) -> Self {
        Self::with(engine, |settings| settings.patience = Duration::ZERO).await
    }

    /// A desk at which looking for words is ended soon.
    pub(crate) async fn hasty(engine: Engine) -> Self {
        let kept = StoreSettings {
            search_turns: 1,
            ..StoreSettings::default()
        };
        Self::kept(engine, kept, |settings| settings.patience = Duration::ZERO).await
    }

    /// A desk with settings of its own.
    pub(crate) async fn with(engine: Engine, change: impl FnOnce(&mut WebSettings)) -> Self {
        Self::kept(engine, StoreSettings::default(), change).await
    }

    async fn kept(
        engine: Engine,
        kept: StoreSettings,
        change: impl FnOnce(&mut WebSettings),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = engine.database_url(folder.path()).await;
        let entropy = Arc::new(Counting::default());
        let key = SecretKey::from_bytes([7; 32]);
        let store = SqlStore::open(&url, key, entropy.clone(), kept);
        let store = Arc::new(store.await.unwrap());
        let clock = Arc::new(TurnedClock::new());
        let shutdown = CancellationToken::new();
        let gallery = Arc::new(Gallery::default());
        let mut settings = WebSettings::default();
        change(&mut settings);
        let web = Web::new(WebParts {
            store: store.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            settings,
            microsoft: Arc::new(Office(store.clone())),
            address: Arc::new(Wall),
            alerts: Arc::new(Ways(store.clone())),
            elsewhere: gallery.clone(),
            metrics_render: Some(Arc::new(|| "recorded_total 1".to_owned())),
            metrics_token: Some(Secret::new("metrics-token")),
            shutdown: shutdown.clone(),
        });
        Self {
            web: web.router(),
            store,
            clock,
            shutdown,
            entropy,
            gallery,
            _folder: folder,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A call to `/api/v1` and this path; `~` before the path leaves the prefix out.
    pub(crate) fn call(&self, method: &str, path: &str) -> Call<'_> {
        Call::new(self, method, path)
    }

    pub(crate) fn get(&self, path: &str) -> Call<'_> {
        self.call("GET", path)
    }

    /// Opens this person's event stream.
    pub(crate) async fn events(&self, person: &Person) -> Stream {
        Stream::open(self.get("/events").by(person)).await
    }

    /// A new person with a token.
    pub(crate) async fn person(&self, name: &str, role: Role) -> Person {
        let user = NewUser {
            email: format!("{name}@desk.example"),
            name: name.to_owned(),
            role,
            password_hash: None,
            at: self.now(),
        };
        let id = self.store.add_user(user).await.unwrap();
        let token = ApiToken::new(&*self.entropy);
        let hash = token.hash();
        let added = self.store.add_api_token(id, "test", &hash, self.now());
        added.await.unwrap();
        Person {
            id,
            token: token.secret().expose().to_owned(),
        }
    }

    /// A browser in which this person has signed in.
    pub(crate) async fn session(&self, person: &Person) -> Session {
        let cookie = ApiToken::new(&*self.entropy);
        let cookie = cookie.secret().expose().to_owned();
        let csrf = format!("csrf-{cookie}");
        let added = self
            .store
            .add_session(self.new_session(person, &cookie, &csrf));
        added.await.unwrap();
        Session { cookie, csrf }
    }

    /// A session of this person for an hour.
    pub(crate) fn new_session(&self, person: &Person, cookie: &str, csrf: &str) -> NewSession {
        let now = self.now();
        let until = now.plus(Duration::from_hours(1));
        NewSession {
            user: person.id,
            hash: Sha256::digest(cookie.as_bytes()).into(),
            csrf: csrf.to_owned(),
            browser: "A browser".to_owned(),
            address: "192.0.2.1".to_owned(),
            at: now,
            until,
            ends_at: until,
        }
    }

    /// A new mailbox with an inbox, Deleted Items and an empty folder, listed and ready.
    pub(crate) async fn mailbox(&self, name: &str, people: &[&Person]) -> MailboxId {
        let id = self.bare_mailbox(name, Connection::GraphApplication).await;
        let users: Vec<_> = people.iter().map(|person| person.id).collect();
        let shared = self.store.set_access(SERVER, id, &users, self.now()).await;
        assert_eq!(shared.unwrap(), Some(true));
        let folder = |remote: &str, well_known| RemoteFolder {
            remote_id: remote.to_owned(),
            parent: None,
            name: remote.to_owned(),
            well_known,
            unread: 0,
            total: 0,
        };
        let changes = FolderChanges {
            changed: vec![
                folder("inbox", Some(WellKnown::Inbox)),
                folder("deleted", Some(WellKnown::DeletedItems)),
                folder("later", None),
            ],
            removed: Vec::new(),
            whole: true,
            link: Some("folders-link".to_owned()),
        };
        let lease = self.lease(id).await;
        let applied = self.store.apply_folders(&lease, &changes, self.now()).await;
        applied.unwrap();
        for (remote, link) in [("inbox", "i"), ("deleted", "d"), ("later", "l")] {
            let key = FolderKey::Remote(remote);
            let folder = self.store.folder_sync(&lease, key).await.unwrap().unwrap();
            let done = Cursor::Done(link.to_owned());
            self.apply(&lease, Vec::new(), Some((folder.id, done)), Source::Listing)
                .await;
        }
        self.release(lease).await;
        id
    }

    /// A new mailbox that nothing is known of yet.
    pub(crate) async fn bare_mailbox(&self, name: &str, connection: Connection) -> MailboxId {
        let mailbox = NewMailbox {
            name: name.to_owned(),
            address: format!("{}@contoso.example", name.replace(' ', "-").to_lowercase()),
            connection,
            at: self.now(),
        };
        self.store.add_mailbox(mailbox).await.unwrap()
    }

    /// Mail arrives; answers with our ids, in order.
    pub(crate) async fn deliver(
        &self,
        mailbox: MailboxId,
        mail: Vec<RemoteMessage>,
    ) -> Vec<MessageId> {
        let subjects: Vec<_> = mail
            .iter()
            .map(|mail| mail.subject.clone().unwrap())
            .collect();
        let lease = self.lease(mailbox).await;
        self.apply(&lease, mail, None, Source::Live).await;
        self.release(lease).await;
        let mut ids = Vec::new();
        for subject in subjects {
            ids.push(self.find(mailbox, &subject).await);
        }
        ids
    }

    /// The message with this subject.
    pub(crate) async fn find(&self, mailbox: MailboxId, subject: &str) -> MessageId {
        let mut query = MessageQuery {
            mailbox: Some(mailbox),
            limit: 200,
            ..MessageQuery::default()
        };
        loop {
            let page = self.store.messages(SERVER, &query).await.unwrap();
            if let Some(found) = page.iter().find(|message| message.subject == subject) {
                return found.id;
            }
            let last = page.last().expect("the message is there");
            query.after = Some((last.received_at, last.id));
        }
    }

    pub(crate) async fn apply(
        &self,
        lease: &Lease,
        mail: Vec<RemoteMessage>,
        cursor: Option<(maildesk_model::FolderId, Cursor)>,
        source: Source,
    ) {
        let changed = mail.into_iter().map(|message| Incoming {
            text: match &message.body {
                Some(body) if !body.is_html => Some(body.content.clone()),
                body => body.as_ref().and(message.preview.clone()),
            },
            message,
        });
        let batch = MessageBatch {
            changed: changed.collect(),
            removed: Vec::new(),
            cursor,
            source,
            skew_micros: 0,
            at: self.now(),
        };
        self.store.apply_messages(lease, &batch).await.unwrap();
    }

    /// Takes the sync lease of a mailbox.
    pub(crate) async fn lease(&self, mailbox: MailboxId) -> Lease {
        let asked = self
            .store
            .request_sync(SERVER, mailbox, Trigger::Manual, self.now());
        assert!(asked.await.unwrap());
        let node = NodeId("test".to_owned());
        let until = self.now().plus(Duration::from_mins(1));
        let claim = async {
            let mut others = Vec::new();
            loop {
                match self
                    .store
                    .claim_mailbox(&node, self.now(), until)
                    .await
                    .unwrap()
                {
                    Some(lease) if lease.mailbox == mailbox => return (lease, others),
                    Some(other) => others.push(other),
                    // Somebody is writing to its row this very moment.
                    None => tokio::task::yield_now().await,
                }
            }
        };
        let (lease, others) = soon("the lease of a mailbox", claim).await;
        for other in others {
            self.release(other).await;
        }
        lease
    }

    pub(crate) async fn release(&self, lease: Lease) {
        self.store.release_lease(&lease).await.unwrap();
    }

    /// Waits for an intent of the sync lane, and takes the lease to settle it with.
    pub(crate) async fn sync_intent(&self, mailbox: MailboxId) -> (Lease, Intent) {
        let mut bell = self.store.bell(Bell::Work);
        soon("an intent", async {
            loop {
                bell.borrow_and_update();
                let lease = self.lease(mailbox).await;
                let work = self.store.work(&lease, self.now()).await.unwrap();
                if let Some(intent) = work.intents.into_iter().next() {
                    return (lease, intent);
                }
                self.release(lease).await;
                // Our own request above rings too, so this does not sleep for long.
                bell.changed().await.unwrap();
            }
        })
        .await
    }

    /// Settles an intent of the sync lane.
    pub(crate) async fn settle(&self, lease: Lease, intent: &Intent, outcome: IntentOutcome) {
        let settled = self
            .store
            .settle_intent(&lease, intent.id, &outcome, self.now());
        settled.await.unwrap();
        self.release(lease).await;
    }

    /// Waits for an intent of the push lane, and takes the push lease.
    pub(crate) async fn push_intent(&self, mailbox: MailboxId) -> (Lease, Intent) {
        let mut bell = self.store.bell(Bell::Push);
        soon("an intent of push", async {
            loop {
                bell.borrow_and_update();
                if let Some(lease) = self.push_lease(mailbox).await {
                    let work = self.store.push_work(&lease, self.now()).await.unwrap();
                    if let Some(intent) = work.intents.into_iter().next() {
                        return (lease, intent);
                    }
                    self.store.release_push(&lease).await.unwrap();
                }
                bell.changed().await.unwrap();
            }
        })
        .await
    }

    /// Takes the push lease, if anything is due for the mailbox.
    pub(crate) async fn push_lease(&self, mailbox: MailboxId) -> Option<Lease> {
        let node = NodeId("test".to_owned());
        let until = self.now().plus(Duration::from_mins(1));
        let lease = self
            .store
            .claim_push(&node, self.now(), until)
            .await
            .unwrap();
        lease.filter(|lease| lease.mailbox == mailbox)
    }

    /// Takes the push lease, whether or not anything is due for the mailbox.
    pub(crate) async fn push_lease_now(&self, mailbox: MailboxId) -> Lease {
        self.store
            .wake_push(self.now(), Duration::ZERO)
            .await
            .unwrap();
        let mut others = Vec::new();
        let node = NodeId("test".to_owned());
        let until = self.now().plus(Duration::from_mins(1));
        let lease = loop {
            let claimed = self.store.claim_push(&node, self.now(), until);
            let lease = claimed.await.unwrap().expect("push is due");
            if lease.mailbox == mailbox {
                break lease;
            }
            others.push(lease);
        };
        for other in others {
            self.store.release_push(&other).await.unwrap();
        }
        lease
    }

    /// A notification hints at these messages.
    pub(crate) async fn announce(&self, mailbox: MailboxId, messages: Vec<String>) {
        let stamping = Stamping {
            mailbox,
            messages,
            all: false,
            trigger: Trigger::Push,
            at: self.now(),
        };
        self.store.stamp(&[stamping], &[]).await.unwrap();
    }

    /// A sync does all that is stamped and ends well.
    pub(crate) async fn end_sync(&self, mailbox: MailboxId, trigger: Option<Trigger>) {
        let lease = self.lease(mailbox).await;
        let work = self.store.work(&lease, self.now()).await.unwrap();
        if let Some(stamp) = work.stamp {
            let settled = self.store.settle_hints(&lease, stamp.version, true, &[]);
            settled.await.unwrap();
        }
        let end = SyncEnd {
            next_sweep_at: None,
            trigger,
            well: true,
            not_before: None,
            at: self.now(),
        };
        self.store.finish_sync(&lease, &end).await.unwrap();
    }

    /// A live subscription with this secret.
    pub(crate) async fn subscribe(&self, mailbox: MailboxId, secret: &str) {
        let lease = self.push_lease_now(mailbox).await;
        let (now, base) = (self.now(), "https://desk.example");
        let secret = Secret::new(secret);
        let pending = self.store.add_subscription(&lease, &secret, base, now);
        let id = pending.await.unwrap();
        let until = now.plus(Duration::from_hours(24));
        let active = self
            .store
            .activate_subscription(&lease, id, "sub-1", until, 1440, now);
        active.await.unwrap();
        self.store.release_push(&lease).await.unwrap();
    }

    /// The actions in the audit log, newest first.
    pub(crate) async fn audited(&self) -> Vec<String> {
        let all = AuditQuery {
            limit: 100,
            ..AuditQuery::default()
        };
        let log = self.store.audit_log(&all).await.unwrap();
        log.into_iter().map(|entry| entry.action).collect()
    }
}
