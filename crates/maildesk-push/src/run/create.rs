//! Creates a subscription (P10): a fresh secret, a pending row, a fresh token, the call, and only
//! then is anything replaced.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maildesk_graph::{GraphError, NewSubscription, RemoteSubscription, Session};
use maildesk_model::mailbox::Trouble;
use maildesk_model::subscription::SubscriptionState;
use maildesk_model::{Secret, SubscriptionId, Timestamp};
use maildesk_store::StoreError;
use maildesk_store::contract::{PushNote, PushWork};

use super::failure::Failed;
use super::round::{Round, as_person};
use super::twin::Twin;
use crate::plan::life;
use crate::plan::refusal::{self, Call, Refusal};
use crate::probe::{self, Door, Probe};
use crate::urls::{lifecycle_url, notification_url};
use crate::words;

/// Bytes of a secret. Written in Base64 they are 43 letters; Graph takes 128 (facts.md 1.1).
const SECRET_BYTES: usize = 32;
/// As often as one creation may be asked for again: shorter lives, twins out of the way, and a
/// token that was rejected.
const TRIES_MAX: u32 = 5;

/// What a creation came to; a failure as the panel shows it.
pub(super) type Created = Result<(), Trouble>;

impl Round<'_> {
    /// Creates one with the base URL of now. Whatever lived before goes on living until the new
    /// one does, unless Graph refuses to have two.
    /// `is_asked`: somebody waits for it.
    pub(super) async fn create(
        &self,
        work: &PushWork,
        is_asked: bool,
    ) -> Result<Created, StoreError> {
        let began = self.now();
        self.tell_of_another_address(work).await?;
        let secret = self.fresh_secret();
        let store = &self.shared.store;
        let row = store
            .add_subscription(self.lease, &secret, &self.base_url, began)
            .await?;
        let made = match self.fresh_session().await? {
            Ok(session) => self.ask_for_one(work, row, session, secret).await?,
            Err(failed) => Err(failed),
        };
        match made {
            Ok(()) => self.note_success().await.map(Ok),
            Err(failed) => {
                let is_news = is_asked || words::is_news(work.failures + 1);
                self.note_failure(work, &failed, began, is_news)
                    .await
                    .map(Err)
            }
        }
    }

    /// Says on the panel why what lives is made again, with the first try at the new address.
    async fn tell_of_another_address(&self, work: &PushWork) -> Result<(), StoreError> {
        let rows = || work.subscriptions.iter();
        let tried = rows().any(|row| row.base_url == self.base_url);
        let live = rows().rfind(|row| row.state == SubscriptionState::Active);
        let Some(live) = live.filter(|_| !tried) else {
            return Ok(());
        };
        let detail = format!(
            "The public address was {} and is {} now; the subscription is made again there.",
            live.base_url, self.base_url
        );
        self.tell(words::ADDRESS_CHANGED, &detail).await
    }

    fn fresh_secret(&self) -> Secret {
        let mut bytes = [0; SECRET_BYTES];
        self.shared.entropy.fill(&mut bytes);
        Secret::new(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Asks, and asks again where the answer says how.
    async fn ask_for_one(
        &self,
        work: &PushWork,
        row: SubscriptionId,
        mut session: Session,
        secret: Secret,
    ) -> Result<Result<(), Failed>, StoreError> {
        let mut wanted = NewSubscription {
            notification_url: notification_url(&self.base_url),
            lifecycle_url: lifecycle_url(&self.base_url),
            client_state: secret,
            expires_at: self.now(),
        };
        let mut tries = 1;
        let mut token_is_new = false;
        loop {
            let minutes = self.life().await?;
            wanted.expires_at = self.now().plus(life::span(minutes));
            let error = match session.create_subscription(&wanted).await {
                Ok(reply) => {
                    let end = reply.value.expires_at.unwrap_or(wanted.expires_at);
                    return self.live(row, &session, &reply.value, end).await.map(Ok);
                }
                Err(error) => error,
            };
            let is_rejected = matches!(error, GraphError::TokenRejected { .. });
            if is_rejected && token_is_new {
                return self.rejected_again(&session, error).await.map(Err);
            }
            if tries == TRIES_MAX {
                return Ok(Err(Failed::Graph(error)));
            }
            token_is_new |= is_rejected;
            match self.answer_to(error, work, session, minutes).await? {
                Ok(again) => session = again,
                Err(failed) => return Ok(Err(failed)),
            }
            tries += 1;
        }
    }

    /// Does what a refusal asks for; the session to ask again with, or the failure it is.
    async fn answer_to(
        &self,
        error: GraphError,
        work: &PushWork,
        session: Session,
        minutes: u32,
    ) -> Result<Result<Session, Failed>, StoreError> {
        match error {
            GraphError::TooLong { max_minutes, .. }
                if self.shorten_life(minutes, max_minutes).await? =>
            {
                Ok(Ok(session))
            }
            GraphError::Conflict { ref existing, .. } => {
                self.begin_to_look_for_orphans(work).await?;
                let cleared = self.clear_twin(work, &session, existing.as_deref()).await?;
                Ok(match cleared {
                    Ok(Twin::Cleared) => Ok(session),
                    Ok(Twin::Foreign) => Err(Failed::ForeignTwin(error)),
                    Err(failed) => Err(failed),
                })
            }
            GraphError::TokenRejected { .. } => self.another_session(&session).await,
            error => self.failed(&session, error).await.map(Err),
        }
    }

    /// Graph has created it: from here on it is the mailbox's own.
    async fn live(
        &self,
        row: SubscriptionId,
        session: &Session,
        remote: &RemoteSubscription,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let granted = granted_minutes(expires_at, now);
        let store = &self.shared.store;
        let kept = store
            .activate_subscription(self.lease, row, &remote.id, expires_at, granted, now)
            .await;
        if let Err(StoreError::LeaseLost) = kept {
            // Nobody else knows its id, and it must not notify for a week.
            if let Err(error) = session.delete_subscription(&remote.id).await {
                tracing::debug!(%error, "a subscription nobody keeps will end by itself");
            }
        }
        kept
    }

    async fn note_success(&self) -> Result<(), StoreError> {
        self.note(PushNote {
            failures: Some(0),
            trouble: Some(None),
            event: Some(self.event(
                words::REGISTERED,
                "Microsoft notifies this server of changes.",
            )),
            ..PushNote::default()
        })
        .await
    }

    async fn note_failure(
        &self,
        work: &PushWork,
        failed: &Failed,
        began: Timestamp,
        is_news: bool,
    ) -> Result<Trouble, StoreError> {
        let mut trouble = failed.trouble();
        let refusal = failed.refusal().unmended();
        let then = refusal::consequence(Call::Create, refusal, as_person(work));
        if refusal == Refusal::Probe {
            let (kind, sentence) = self.probes_since(began, failed).await?;
            if is_news {
                self.tell(kind, &sentence).await?;
            }
            trouble.remedy = format!("{} {sentence}", trouble.remedy);
        }
        self.log("a subscription could not be created", &trouble);
        let detail = format!("{}: {}", trouble.code, trouble.message);
        self.note(PushNote {
            failures: Some(then.again.failures_after(work.failures)),
            trouble: Some(Some(trouble.clone())),
            event: is_news.then(|| self.event(words::REFUSED, &detail)),
            ..PushNote::default()
        })
        .await?;
        Ok(trouble)
    }

    /// Whether Microsoft's probes reached this installation since `began`, and how fast they were
    /// answered. A proxy may let one of the two addresses through and not the other.
    async fn probes_since(
        &self,
        began: Timestamp,
        failed: &Failed,
    ) -> Result<(&'static str, String), StoreError> {
        let store = &*self.shared.store;
        let seen = async |door| {
            let last = Probe::last(store, door).await?;
            Ok::<_, StoreError>(last.filter(|probe| probe.at >= began))
        };
        let first = seen(Door::Notifications).await?;
        let second = seen(Door::Lifecycle).await?;
        Ok(probe::told(first, second, failed.was_answered()))
    }

    /// How long a life this cloud was last asked for, in minutes.
    pub(super) async fn life(&self) -> Result<u32, StoreError> {
        let memo = self.shared.store.memo(&self.life_memo().await?).await?;
        Ok(life::minutes(memo.as_deref()))
    }

    /// Remembers to ask for less; false if there is nothing less to ask for.
    pub(super) async fn shorten_life(
        &self,
        refused: u32,
        max: Option<u32>,
    ) -> Result<bool, StoreError> {
        let Some(shorter) = life::shorter(refused, max) else {
            return Ok(false);
        };
        let store = &self.shared.store;
        let memo = self.life_memo().await?;
        store.set_memo(&memo, &shorter.to_string()).await?;
        Ok(true)
    }

    /// Where the longest life is remembered: each cloud grants its own.
    async fn life_memo(&self) -> Result<String, StoreError> {
        let cloud = self.shared.connect.cloud().await?;
        Ok(format!("push.life_minutes.{}", cloud.name()))
    }
}

/// What was granted, in whole minutes: what the plan goes by (P12).
pub(super) fn granted_minutes(expires_at: Timestamp, now: Timestamp) -> i64 {
    let seconds = expires_at.since(now).as_secs();
    i64::try_from(seconds.div_ceil(60)).unwrap_or(i64::MAX)
}
