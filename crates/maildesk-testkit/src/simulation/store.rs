//! The store as one node has it: every call passes the node's gate, may fail as databases fail, is
//! watched by the referee, and may have a bug planted in it.
//!
//! A call is carried out in one go, whatever the engine does for it behind the scenes, so that a run
//! on SQLite is the same every time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use maildesk_model::access::Viewer;
use maildesk_model::alert::{
    Alert, AlertKind, AlertSender, AlertSettings, AlertWay, Notice, Telling, WayState,
};
use maildesk_model::conversation::{ConversationSummary, ThreadId};
use maildesk_model::draft::{Draft, DraftFile};
use maildesk_model::folder::Folder;
use maildesk_model::id::{
    AlertId, AttachmentId, DraftFileId, DraftId, FolderId, IntentId, MailboxId, MessageId, NodeId,
    NoticeId, SubscriptionId, UserId,
};
use maildesk_model::intent::{Intent, Lane, Want};
use maildesk_model::mailbox::{Mailbox, MailboxState, Trouble};
use maildesk_model::message::{Address, Attachment, MessageDetail, MessageSummary};
use maildesk_model::push::{PushPanel, PushState};
use maildesk_model::search::Search;
use maildesk_model::signature::OwnSignature;
use maildesk_model::stamp::{Stamping, Trigger};
use maildesk_model::{Secret, Timestamp};
use maildesk_store::contract::{
    AlertChange, AlertFacts, AlertLease, AlertStore, ApiTokenRow, AppChange, AppNotice, AppStore,
    Applied, AuditEntry, AuditQuery, Bell, BlobState, Category, ConnectionRow, ConnectionStore,
    Consented, ConversationQuery, Counted, CountsKept, DeskStore, DraftChange, DraftEnd, DraftNote,
    DraftStore, DraftWork, Drafted, FolderChanges, FolderKey, FolderSync, Found, Hint, HintOutcome,
    IntentOutcome, IntentTarget, JournalPage, JournalStore, KeptApp, KeptTokens, KnownSubscription,
    Lease, MailboxStore, MessageBatch, MessageQuery, NewDraft, NewDraftFile, NewMailbox,
    NewSession, NewUser, NoticeOutcome, NotificationTally, PeopleStore, PictureSender, PushNote,
    PushStore, PushWork, Session, Shown, SignIn, SignatureStore, SignedMailbox, StampStore,
    Submission, SyncEnd, SyncStore, User, UserChange, Work,
};
use maildesk_store::{SqlStore, Store, StoreError};
use tokio::sync::watch;

use super::bug::Bug;
use super::gate::{Fate, Gate};
use super::held::Held;
use super::referee::Referee;
use crate::chance::Chance;

type Result<T> = std::result::Result<T, StoreError>;

/// Carries a call of the real store out before anything else happens.
#[derive(Clone)]
pub(super) struct Engine {
    inside: tokio::runtime::Handle,
    /// Whether calls may yield to the runtime.
    yields: bool,
    bells: Arc<Bells>,
}

impl Engine {
    pub(super) fn new(inside: tokio::runtime::Handle, yields: bool, chance: Chance) -> Self {
        let bells = Bells {
            ropes: Held::default(),
            chance: Held::new(chance),
        };
        Self {
            inside,
            yields,
            bells: Arc::new(bells),
        }
    }

    /// The outcome, at once as far as the story's time goes.
    pub(super) fn now<T: Send>(&self, work: impl Future<Output = T> + Send) -> T {
        let done = if self.yields {
            self.on_another_thread(work)
        } else {
            let _inside = self.inside.enter();
            // The task that waits here has no budget that could be used up.
            futures::executor::block_on(tokio::task::coop::unconstrained(work))
        };
        self.bells.carry();
        done
    }

    /// Where something yields to the runtime, as signing in to PostgreSQL does, it would on the
    /// story's own thread wait for a runtime that waits for it. It takes twice as long.
    fn on_another_thread<T: Send>(&self, work: impl Future<Output = T> + Send) -> T {
        let done = std::thread::scope(|scope| scope.spawn(|| self.inside.block_on(work)).join());
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// Carries the rings of the real store to whoever listens, in the order in which they began to: a
/// channel with many receivers wakes them in an order of its own. Some rings are lost.
struct Bells {
    ropes: Held<Vec<Rope>>,
    chance: Held<Chance>,
}

/// From one bell to one listener.
struct Rope {
    from: watch::Receiver<u64>,
    to: watch::Sender<u64>,
}

impl Bells {
    fn listen(&self, from: watch::Receiver<u64>) -> watch::Receiver<u64> {
        let (to, listener) = watch::channel(0);
        self.ropes.with(|ropes| ropes.push(Rope { from, to }));
        listener
    }

    fn carry(&self) {
        self.ropes.with(|ropes| {
            ropes.retain(|rope| !rope.to.is_closed());
            for rope in ropes {
                if rope.from.has_changed().unwrap_or(false) {
                    rope.from.mark_unchanged();
                    if self.chance.with(|chance| chance.below(50)) != 0 {
                        rope.to.send_modify(|rings| *rings += 1);
                    }
                }
            }
        });
    }
}

/// The store of one node.
pub(super) struct NodeStore {
    pub(super) inner: Arc<SqlStore>,
    pub(super) engine: Engine,
    pub(super) gate: Arc<Gate>,
    pub(super) referee: Arc<Referee>,
    pub(super) bug: Option<Bug>,
}

impl Store for NodeStore {}

fn unavailable() -> StoreError {
    StoreError::Unavailable("the simulated database is away".into())
}

impl NodeStore {
    /// One call: it may be the last thing the node does, and it may fail.
    async fn call<T: Send>(
        &self,
        what: &str,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        self.gate.pass(what).await;
        match self.gate.database() {
            Fate::Lost => Err(unavailable()),
            Fate::AnswerLost => self.engine.now(work).and(Err(unavailable())),
            Fate::Carried => self.engine.now(work),
        }
    }

    /// A write under a lease.
    async fn write<T: Send>(
        &self,
        what: &str,
        lane: Lane,
        lease: &Lease,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let done = self.call(what, work).await;
        if done.is_ok() {
            self.referee.wrote(lane, lease, what);
        }
        done
    }

    /// The lease as it is handed on.
    fn used(&self, lane: Lane, lease: &Lease) -> Lease {
        let newest = self.referee.newest(lane, lease.mailbox);
        match newest {
            Some(newest) if self.has(Bug::StaleEpoch) => newest,
            _ => lease.clone(),
        }
    }

    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// A bug that strikes now and then.
    fn strikes(&self, bug: Bug) -> bool {
        self.has(bug) && self.gate.below(3) == 0
    }

    async fn claim(
        &self,
        lane: Lane,
        work: impl Future<Output = Result<Option<Lease>>> + Send,
    ) -> Result<Option<Lease>> {
        let mut claimed = self.call("claim", work).await?;
        if claimed.is_none() && self.strikes(Bug::DoubleClaim) {
            claimed = self.referee.any(lane);
        }
        if let Some(lease) = &claimed {
            self.referee.claimed(lane, lease);
        }
        Ok(claimed)
    }
}

/// A room of the contract: what is handed on as it is, writes under a lease, and what is written by
/// hand.
macro_rules! room {
    (
        $room:ident in $lane:ident;
        free { $( fn $free:ident($($arg:ident: $ty:ty),* $(,)?) -> $ok:ty; )* }
        fenced { $( fn $fenced:ident($lease:ident: &Lease $(, $farg:ident: $fty:ty)* $(,)?) -> $fok:ty; )* }
        own { $($own:item)* }
    ) => {
        #[async_trait]
        impl $room for NodeStore {
            $(
                async fn $free(&self, $($arg: $ty),*) -> Result<$ok> {
                    self.call(stringify!($free), self.inner.$free($($arg),*)).await
                }
            )*
            $(
                async fn $fenced(&self, $lease: &Lease $(, $farg: $fty)*) -> Result<$fok> {
                    let used = self.used(Lane::$lane, $lease);
                    let work = self.inner.$fenced(&used $(, $farg)*);
                    self.write(stringify!($fenced), Lane::$lane, $lease, work).await
                }
            )*
            $($own)*
        }
    };
}

room! {
    AlertStore in Sync;
    free {
        fn claim_alerts(node: &NodeId, now: Timestamp, until: Timestamp) -> Option<AlertLease>;
        fn release_alerts(lease: &AlertLease, next_at: Timestamp) -> ();
        fn alert_facts(now: Timestamp) -> AlertFacts;
        fn save_alerts(lease: &AlertLease, changes: &[AlertChange], tell: &[(AlertId, Telling)], ways: &[AlertWay], at: Timestamp) -> ();
        fn next_notices(now: Timestamp) -> Vec<Notice>;
        fn settle_notice(lease: &AlertLease, id: NoticeId, outcome: &NoticeOutcome, at: Timestamp) -> ();
        fn alert_settings() -> AlertSettings;
        fn set_alert_settings(settings: &AlertSettings, at: Timestamp) -> ();
        fn alert_senders(limit: i64) -> Vec<AlertSender>;
        fn alerts(viewer: Viewer, limit: i64) -> Vec<Alert>;
        fn way_states() -> Vec<WayState>;
        fn alert_gauges() -> Vec<(AlertKind, i64)>;
    }
    fenced {

    }
    own {
    }
}

room! {
    AppStore in Sync;
    free {
        fn microsoft_app() -> KeptApp;
        fn set_microsoft_app(change: &AppChange, at: Timestamp) -> ();
        fn remove_app_credential(id: i64, at: Timestamp) -> bool;
        fn set_app_alarm(alarm: Option<&Trouble>) -> ();
        fn app_notice() -> AppNotice;
        fn begin_consent(state_hash: &[u8; 32], user: UserId, until: Timestamp) -> ();
        fn end_consent(state_hash: &[u8; 32], tenant: Option<&str>, at: Timestamp) -> bool;
        fn consented() -> Option<Consented>;
    }
    fenced {

    }
    own {
    }
}

room! {
    ConnectionStore in Sync;
    free {
        fn connection(mailbox: MailboxId) -> Option<ConnectionRow>;
        fn claim_refresh(mailbox: MailboxId, node: &NodeId, now: Timestamp, until: Timestamp) -> bool;
        fn release_refresh(mailbox: MailboxId, node: &NodeId) -> ();
        fn begin_sign_in(state_hash: &[u8; 32], sign_in: &SignIn, until: Timestamp) -> ();
        fn take_sign_in(state_hash: &[u8; 32], now: Timestamp) -> Option<SignIn>;
        fn complete_sign_in(mailbox: MailboxId, graph_user: &str, tokens: &KeptTokens, at: Timestamp) -> bool;
        fn need_sign_in(mailbox: MailboxId, version: i64, trouble: &Trouble, at: Timestamp) -> ();
        fn set_memo(key: &str, value: &str) -> ();
        fn memo(key: &str) -> Option<String>;
    }
    fenced {

    }
    own {
        async fn store_tokens(
            &self,
            mailbox: MailboxId,
            version: i64,
            tokens: &KeptTokens,
            at: Timestamp,
        ) -> Result<()> {
            if self.has(Bug::LostTokens) {
                return Ok(());
            }
            let work = self.inner.store_tokens(mailbox, version, tokens, at);
            self.call("store_tokens", work).await
        }
    }
}

room! {
    DeskStore in Sync;
    free {
        fn messages(viewer: Viewer, query: &MessageQuery) -> Vec<MessageSummary>;
        fn find(viewer: Viewer, query: &MessageQuery) -> Found;
        fn count(viewer: Viewer, query: &MessageQuery) -> Counted;
        fn excerpts(viewer: Viewer, search: &Search, messages: &[MessageId]) -> HashMap<MessageId, String>;
        fn conversations(viewer: Viewer, query: &ConversationQuery) -> Vec<ConversationSummary>;
        fn thread_messages(viewer: Viewer, threads: &[ThreadId], limit: i64) -> (Vec<MessageSummary>, i64);
        fn conversation(viewer: Viewer, open: MessageId) -> Vec<MessageSummary>;
        fn message(viewer: Viewer, id: MessageId) -> Option<MessageDetail>;
        fn original_of(viewer: Viewer, id: MessageId) -> Option<(MailboxId, String)>;
        fn details(viewer: Viewer, ids: &[MessageId]) -> Vec<MessageDetail>;
        fn summaries(viewer: Viewer, ids: &[MessageId]) -> Vec<MessageSummary>;
        fn attachment(viewer: Viewer, message: MessageId, id: AttachmentId, at: Timestamp) -> Option<(Attachment, BlobState)>;
        fn blob_chunk(id: AttachmentId, n: i64) -> Option<Bytes>;
        fn want(viewer: Viewer, mailbox: MailboxId, want: &Want, at: Timestamp) -> Option<IntentId>;
        fn intent(viewer: Viewer, id: IntentId) -> Option<Intent>;
        fn categories(viewer: Viewer, mailbox: MailboxId) -> Option<Vec<Category>>;
        fn set_category(viewer: Viewer, mailbox: MailboxId, category: &Category) -> bool;
        fn refusals(viewer: Viewer, since: Timestamp, limit: i64) -> Vec<Intent>;
        fn waiting_intents() -> Vec<(String, i64)>;
    }
    fenced {

    }
    own {
    }
}

room! {
    MailboxStore in Sync;
    free {
        fn add_mailbox(mailbox: NewMailbox) -> MailboxId;
        fn mailboxes(viewer: Viewer, after: Option<(String, MailboxId)>, limit: i64) -> Vec<Mailbox>;
        fn mailbox(viewer: Viewer, id: MailboxId) -> Option<Mailbox>;
        fn rename_mailbox(viewer: Viewer, id: MailboxId, name: &str, at: Timestamp) -> bool;
        fn set_access(viewer: Viewer, id: MailboxId, users: &[UserId], at: Timestamp) -> Option<bool>;
        fn share(viewer: Viewer, mailboxes: &[MailboxId], users: &[UserId], shared: bool, at: Timestamp) -> bool;
        fn access(viewer: Viewer, id: MailboxId) -> Option<Vec<UserId>>;
        fn shares(viewer: Viewer, limit: i64) -> Vec<(UserId, MailboxId, String)>;
        fn remove_mailbox(viewer: Viewer, id: MailboxId, at: Timestamp) -> bool;
        fn disconnect_mailbox(viewer: Viewer, id: MailboxId, at: Timestamp) -> bool;
        fn connect_again(viewer: Viewer, id: MailboxId, at: Timestamp) -> bool;
        fn request_sync(viewer: Viewer, id: MailboxId, trigger: Trigger, at: Timestamp) -> bool;
        fn folders(viewer: Viewer, mailbox: MailboxId) -> Option<Vec<Folder>>;
    }
    fenced {

    }
    own {
    }
}

room! {
    PeopleStore in Sync;
    free {
        fn has_administrator() -> bool;
        fn add_first_administrator(user: NewUser) -> Option<UserId>;
        fn add_user(user: NewUser) -> UserId;
        fn users(limit: i64) -> Vec<User>;
        fn administrators(limit: i64) -> Vec<User>;
        fn user(id: UserId) -> Option<User>;
        fn user_by_email(email: &str) -> Option<(User, Option<String>)>;
        fn change_user(id: UserId, change: &UserChange) -> bool;
        fn set_password(id: UserId, hash: &str, keep: Option<&[u8; 32]>) -> bool;
        fn add_password_link(user: UserId, hash: &[u8; 32], until: Timestamp) -> ();
        fn password_link(hash: &[u8; 32], now: Timestamp) -> Option<UserId>;
        fn set_disabled(id: UserId, disabled: bool, at: Timestamp) -> bool;
        fn add_api_token(user: UserId, label: &str, hash: &[u8; 32], at: Timestamp) -> ();
        fn viewer_by_api_token(hash: &[u8; 32], at: Timestamp) -> Option<Viewer>;
        fn api_tokens(user: UserId) -> Vec<ApiTokenRow>;
        fn end_api_token(user: UserId, hash: &[u8; 32]) -> bool;
        fn add_picture_sender(user: UserId, address: &str, at: Timestamp) -> ();
        fn end_picture_sender(user: UserId, address: &str) -> bool;
        fn is_picture_sender(user: UserId, address: &str) -> bool;
        fn picture_senders(user: UserId) -> Vec<PictureSender>;
        fn add_session(session: NewSession) -> ();
        fn viewer_by_session(hash: &[u8; 32], at: Timestamp, until: Timestamp) -> Option<(Viewer, String)>;
        fn sessions(user: UserId, at: Timestamp) -> Vec<Session>;
        fn end_sessions(user: UserId, keep: Option<&[u8; 32]>) -> ();
        fn end_session(hash: &[u8; 32]) -> ();
        fn parameter(key: &str) -> Option<String>;
        fn parameters() -> Vec<(String, String)>;
        fn set_parameter(key: &str, value: &str, at: Timestamp) -> ();
        fn set_first_parameter(key: &str, value: &str, at: Timestamp) -> ();
        fn audit(entry: AuditEntry) -> ();
        fn audit_log(query: &AuditQuery) -> Vec<AuditEntry>;
    }
    fenced {

    }
    own {
    }
}

room! {
    SignatureStore in Sync;
    free {
        fn signatures(viewer: Viewer, limit: i64) -> Vec<SignedMailbox>;
        fn signature(viewer: Viewer, mailbox: MailboxId) -> Option<SignedMailbox>;
        fn set_signature(viewer: Viewer, mailbox: MailboxId, own: &OwnSignature, at: Timestamp) -> bool;
        fn set_common_signature(viewer: Viewer, mailbox: MailboxId, html: &str, at: Timestamp) -> bool;
    }
    fenced {

    }
    own {
    }
}

room! {
    JournalStore in Sync;
    free {
        fn journal_head() -> i64;
        fn mark_shown(messages: &[MessageId], at: Timestamp) -> Vec<Shown>;
        fn arrival(viewer: Viewer, message: MessageId) -> Option<Shown>;
        fn forget_old(before: Timestamp, keep: i64) -> bool;
    }
    fenced {

    }
    own {
        fn bell(&self, bell: Bell) -> watch::Receiver<u64> {
            self.engine.bells.listen(self.inner.bell(bell))
        }

        async fn journal_after(
            &self,
            viewer: Viewer,
            position: i64,
            limit: i64,
        ) -> Result<JournalPage> {
            let work = self.inner.journal_after(viewer, position, limit);
            let mut page = self.call("journal_after", work).await?;
            if self.has(Bug::EventSkipped) && page.entries.len() > 1 {
                page.entries.pop();
            }
            if self.has(Bug::EventTwice) && page.entries.len() > 1 {
                let last = page.entries.last();
                page.read_to = last.map_or(position, |last| last.position - 1);
            }
            Ok(page)
        }
    }
}

room! {
    StampStore in Sync;
    free {
        fn known_subscriptions(remote_ids: &[String]) -> Vec<(String, KnownSubscription)>;
        fn stamps_due(now: Timestamp) -> i64;
    }
    fenced {

    }
    own {
        async fn stamp(
            &self,
            stampings: &[Stamping],
            tallies: &[NotificationTally],
        ) -> Result<()> {
            if self.strikes(Bug::LostStamp) {
                return Ok(());
            }
            self.call("stamp", self.inner.stamp(stampings, tallies)).await
        }
    }
}

room! {
    DraftStore in Sync;
    free {
        fn create_draft(viewer: Viewer, draft: &NewDraft, at: Timestamp) -> Drafted<Draft>;
        fn adopt_draft(viewer: Viewer, message: MessageId, body: &str, at: Timestamp) -> Drafted<Draft>;
        fn draft(viewer: Viewer, id: DraftId) -> Option<Draft>;
        fn drafts(viewer: Viewer) -> Vec<Draft>;
        fn count_drafts(viewer: Viewer) -> i64;
        fn update_draft(viewer: Viewer, id: DraftId, change: &DraftChange, at: Timestamp) -> Drafted<Draft>;
        fn add_draft_file(viewer: Viewer, id: DraftId, file: &NewDraftFile, at: Timestamp) -> Drafted<DraftFile>;
        fn put_draft_part(viewer: Viewer, id: DraftId, file: DraftFileId, offset: i64, bytes: &Bytes, at: Timestamp) -> Drafted<DraftFile>;
        fn remove_draft_file(viewer: Viewer, id: DraftId, file: DraftFileId, at: Timestamp) -> Drafted<()>;
        fn send_draft(viewer: Viewer, id: DraftId, send_at: Timestamp, at: Timestamp) -> Drafted<IntentId>;
        fn take_back_draft(viewer: Viewer, id: DraftId, why: &Trouble, at: Timestamp) -> Drafted<Draft>;
        fn discard_draft(viewer: Viewer, id: DraftId, at: Timestamp) -> Drafted<()>;
        fn submit(viewer: Viewer, submission: &Submission, at: Timestamp) -> Drafted<IntentId>;
        fn correspondents(viewer: Viewer, mailbox: Option<MailboxId>, typed: &str, limit: i64) -> Vec<Address>;
        fn draft_work(lease: &Lease, id: DraftId) -> Option<DraftWork>;
        fn draft_bytes(lease: &Lease, file: DraftFileId, offset: i64, len: i64) -> Bytes;
    }
    fenced {
        fn note_draft(lease: &Lease, id: DraftId, note: &DraftNote, at: Timestamp) -> bool;
        fn end_draft(lease: &Lease, id: DraftId, intent: IntentId, end: &DraftEnd, at: Timestamp) -> ();
    }
    own {}
}

room! {
    PushStore in Push;
    free {
        fn next_push_at(now: Timestamp) -> Option<Timestamp>;
        fn push_work(lease: &Lease, now: Timestamp) -> PushWork;
        fn release_push(lease: &Lease) -> ();
        fn wake_push(now: Timestamp, apart: Duration) -> ();
        fn push_panel(viewer: Viewer, mailbox: MailboxId) -> Option<PushPanel>;
        fn push_secret(viewer: Viewer, mailbox: MailboxId) -> Option<Option<Secret>>;
        fn subscriptions_left() -> i64;
        fn subscription_gauges(limit: i64) -> Vec<(MailboxId, PushState, Option<Timestamp>)>;
    }
    fenced {
        fn renew_push_lease(lease: &Lease, until: Timestamp) -> ();
        fn add_subscription(lease: &Lease, client_state: &Secret, base_url: &str, at: Timestamp) -> SubscriptionId;
        fn leave_alone(lease: &Lease, not_before: Timestamp) -> ();
        fn note_patch(lease: &Lease, id: SubscriptionId, at: Timestamp) -> ();
        fn looked_at(lease: &Lease, id: SubscriptionId, expires_at: Option<Timestamp>, at: Timestamp) -> ();
        fn look_later(lease: &Lease, id: SubscriptionId, not_before: Timestamp) -> ();
        fn note_replacing(lease: &Lease, at: Timestamp) -> ();
        fn catch_up(lease: &Lease, at: Timestamp) -> ();
        fn renewed(lease: &Lease, id: SubscriptionId, expires_at: Timestamp, granted_minutes: i64, at: Timestamp) -> ();
        fn retire_subscription(lease: &Lease, id: SubscriptionId) -> ();
        fn forget_subscription(lease: &Lease, id: SubscriptionId) -> ();
        fn subscription_failed(lease: &Lease, id: SubscriptionId, at_least: i64) -> ();
        fn note_orphans(lease: &Lease, noted: Option<&str>) -> ();
        fn note_push(lease: &Lease, note: &PushNote, at: Timestamp) -> ();
        fn settle_push_intent(lease: &Lease, intent: IntentId, outcome: &IntentOutcome, at: Timestamp) -> ();
    }
    own {
        async fn claim_push(
            &self,
            node: &NodeId,
            now: Timestamp,
            until: Timestamp,
        ) -> Result<Option<Lease>> {
            self.claim(Lane::Push, self.inner.claim_push(node, now, until)).await
        }

        async fn borrow_push(
            &self,
            mailbox: MailboxId,
            node: &NodeId,
            now: Timestamp,
            until: Timestamp,
        ) -> Result<Option<Lease>> {
            let borrowing = self.inner.borrow_push(mailbox, node, now, until);
            self.claim(Lane::Push, borrowing).await
        }

        async fn activate_subscription(
            &self,
            lease: &Lease,
            id: SubscriptionId,
            remote_id: &str,
            expires_at: Timestamp,
            granted_minutes: i64,
            at: Timestamp,
        ) -> Result<()> {
            if self.strikes(Bug::LostActivation) {
                return Ok(());
            }
            let used = self.used(Lane::Push, lease);
            let work = self.inner.activate_subscription(
                &used,
                id,
                remote_id,
                expires_at,
                granted_minutes,
                at,
            );
            self.write("activate_subscription", Lane::Push, lease, work).await
        }
    }
}

room! {
    SyncStore in Sync;
    free {
        fn release_lease(lease: &Lease) -> ();
        fn end_all_leases() -> ();
        fn next_due_at(now: Timestamp) -> Option<Timestamp>;
        fn stalest_folders(lease: &Lease, limit: i64) -> Vec<FolderSync>;
        fn counts_kept(lease: &Lease) -> CountsKept;
        fn folder_sync(lease: &Lease, which: FolderKey<'_>) -> Option<FolderSync>;
        fn known_messages(lease: &Lease, remote_ids: &[String]) -> Vec<String>;
        fn bodyless(lease: &Lease, received_at: Timestamp, limit: i64) -> Vec<String>;
        fn intent_target(lease: &Lease, intent: IntentId) -> Option<IntentTarget>;
        fn sweep_removed(limit: i64) -> bool;
    }
    fenced {
        fn renew_lease(lease: &Lease, until: Timestamp) -> ();
        fn apply_folders(lease: &Lease, changes: &FolderChanges, at: Timestamp) -> ();
        fn restart_folder(lease: &Lease, folder: FolderId, at: Timestamp) -> ();
        fn restart_folders(lease: &Lease, at: Timestamp) -> ();
        fn set_select_version(lease: &Lease, version: i64, at: Timestamp) -> ();
        fn no_body(lease: &Lease, received_at: Timestamp, at: Timestamp) -> ();
        fn leave_bodies(lease: &Lease, from: Option<Timestamp>, limit: i64, at: Timestamp) -> ();
        fn settle_hints(lease: &Lease, version: i64, all_done: bool, hints: &[(Hint, HintOutcome)]) -> ();
        fn put_blob_chunk(lease: &Lease, attachment: AttachmentId, n: i64, bytes: Bytes, at: Timestamp) -> ();
        fn finish_blob(lease: &Lease, attachment: AttachmentId, size: i64, cap_bytes: i64, at: Timestamp) -> ();
        fn note_counts(lease: &Lease, noted: &str) -> ();
        fn set_mailbox_state(lease: &Lease, state: MailboxState, trouble: Option<&Trouble>, at: Timestamp) -> ();
        fn finish_sync(lease: &Lease, end: &SyncEnd) -> ();
    }
    own {
        async fn claim_mailbox(
            &self,
            node: &NodeId,
            now: Timestamp,
            until: Timestamp,
        ) -> Result<Option<Lease>> {
            self.claim(Lane::Sync, self.inner.claim_mailbox(node, now, until)).await
        }

        async fn work(&self, lease: &Lease, now: Timestamp) -> Result<Work> {
            let mut work = self.call("work", self.inner.work(lease, now)).await?;
            if self.has(Bug::HintUnread)
                && let Some(stamp) = &mut work.stamp
            {
                let hints = stamp.hints.drain(..);
                let hints: Vec<_> = hints.map(|hint| (hint, HintOutcome::Done)).collect();
                let settled = self.inner.settle_hints(lease, stamp.version, false, &hints);
                self.engine.now(settled)?;
            }
            Ok(work)
        }

        async fn apply_messages(&self, lease: &Lease, batch: &MessageBatch) -> Result<Applied> {
            let used = self.used(Lane::Sync, lease);
            if self.has(Bug::LinkBeforeRows) && batch.cursor.is_some() {
                let link = MessageBatch {
                    changed: Vec::new(),
                    removed: Vec::new(),
                    ..batch.clone()
                };
                let work = self.inner.apply_messages(&used, &link);
                self.write("apply_link", Lane::Sync, lease, work).await?;
                // Most often: what the folder's counts do not tell by themselves is soon written over.
                if self.gate.below(4) != 0 {
                    // Where the rows would have come next.
                    self.gate.kill_after(1);
                }
            }
            let work = self.inner.apply_messages(&used, batch);
            let applied = self.write("apply_messages", Lane::Sync, lease, work).await?;
            if self.has(Bug::RemovalIsDeletion) && !batch.removed.is_empty() {
                self.engine.now(self.inner.forget_messages(&used, &batch.removed, batch.at))?;
            }
            Ok(applied)
        }

        async fn forget_messages(
            &self,
            lease: &Lease,
            remote_ids: &[String],
            at: Timestamp,
        ) -> Result<()> {
            if self.has(Bug::NeverForgotten) {
                return Ok(());
            }
            let used = self.used(Lane::Sync, lease);
            let work = self.inner.forget_messages(&used, remote_ids, at);
            self.write("forget_messages", Lane::Sync, lease, work).await
        }

        async fn settle_intent(
            &self,
            lease: &Lease,
            intent: IntentId,
            outcome: &IntentOutcome,
            at: Timestamp,
        ) -> Result<()> {
            let is_done = matches!(outcome, IntentOutcome::Done(_) | IntentOutcome::Deleted);
            let used = self.used(Lane::Sync, lease);
            let settled = if is_done && self.strikes(Bug::DoubledIntent) {
                Ok(())
            } else {
                let work = self.inner.settle_intent(&used, intent, outcome, at);
                self.write("settle_intent", Lane::Sync, lease, work).await
            };
            if is_done && settled.is_ok() {
                self.referee.done(intent);
            }
            settled
        }
    }
}
