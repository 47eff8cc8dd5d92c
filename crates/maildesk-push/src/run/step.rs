//! All that is due for one mailbox: what people asked for first, then what the plan says.

use maildesk_graph::{GraphError, Session};
use maildesk_model::Timestamp;
use maildesk_model::intent::{Lane, Want};
use maildesk_model::mailbox::{MailboxState, Trouble};
use maildesk_model::push::{PushEvent, PushState};
use maildesk_store::StoreError;
use maildesk_store::contract::{IntentOutcome, Lease, PushNote, PushWork};

use super::{Push, register};
use crate::plan::{self, Next, Situation};
use crate::readiness::{self, Facts, NOT_READY};

/// More steps than any mailbox needs in one go; what is left is due again at once.
const STEPS_MAX: usize = 20;

type Done = Result<(), StoreError>;

pub(super) async fn all(push: &Push, lease: &Lease) -> Done {
    let work = push.store.push_work(lease, push.clock.now()).await?;
    for intent in &work.intents {
        let outcome = match intent.want {
            Want::RegisterPush => wish(push, lease, &work).await?,
            Want::TurnOffPush => turn_off(push, lease).await?,
            Want::CheckPush => check(push, lease, &work).await?,
            _ => IntentOutcome::Refused(readiness::trouble(
                "wrong_lane",
                "Push does not carry out changes of mail.",
                "This is a defect: please report it.",
            )),
        };
        push.store
            .settle_push_intent(lease, intent.id, &outcome, push.clock.now())
            .await?;
    }
    for _ in 0..STEPS_MAX {
        let work = push.store.push_work(lease, push.clock.now()).await?;
        if !one(push, lease, &work).await? {
            return Ok(());
        }
    }
    push.store
        .note_push(lease, &look_at(push.clock.now()), push.clock.now())
        .await
}

/// Whether push is to live here at all.
fn wanted(push: &Push, work: &PushWork) -> bool {
    work.wanted && push.settings.enabled && !work.removed
}

/// One step of the plan. False: nothing more now.
async fn one(push: &Push, lease: &Lease, work: &PushWork) -> Result<bool, StoreError> {
    let base_url = push.base_url().await?;
    let situation = Situation {
        subscriptions: &work.subscriptions,
        wanted: wanted(push, work),
        base_url: &base_url,
        failures: work.failures,
        jitter: push.entropy.fraction(),
        now: push.clock.now(),
    };
    match plan::next(&situation) {
        Next::Forget(place) => {
            push.store
                .forget_subscription(lease, work.subscriptions[place].id)
                .await?;
            Ok(true)
        }
        Next::Retire(place) => {
            push.store
                .retire_subscription(lease, work.subscriptions[place].id)
                .await?;
            Ok(true)
        }
        Next::Delete(place) => delete(push, lease, work, place).await,
        Next::Create => heal(push, lease, work).await.map(|()| false),
        Next::Renew(place) => renew(push, lease, work, place).await,
        Next::Wait(at) => {
            let state = Some(PushState::Active).filter(|_| work.push_state != PushState::Quiet);
            let note = PushNote {
                state,
                failures: Some(0),
                trouble: Some(None),
                ..look_at(at)
            };
            push.store.note_push(lease, &note, push.clock.now()).await?;
            Ok(false)
        }
        Next::Rest => {
            let state = (!work.wanted || !push.settings.enabled).then_some(PushState::Off);
            let note = PushNote {
                state,
                next_at: Some(None),
                ..PushNote::default()
            };
            push.store.note_push(lease, &note, push.clock.now()).await?;
            Ok(false)
        }
    }
}

fn look_at(at: Timestamp) -> PushNote {
    PushNote {
        next_at: Some(Some(at)),
        ..PushNote::default()
    }
}

pub(super) fn event(at: Timestamp, kind: &str, detail: impl Into<String>) -> PushEvent {
    PushEvent {
        at,
        kind: kind.to_owned(),
        detail: detail.into(),
    }
}

/// Somebody wants push: readiness by a real call, then the registration.
async fn wish(push: &Push, lease: &Lease, work: &PushWork) -> Result<IntentOutcome, StoreError> {
    let now = push.clock.now();
    if !push.settings.enabled {
        return Ok(IntentOutcome::Refused(readiness::trouble(
            "push_disabled",
            "Push is switched off for this server.",
            "Set MAILDESK_PUSH_ENABLED to true and restart.",
        )));
    }
    let note = PushNote {
        wanted: Some(true),
        ..look_at(now)
    };
    push.store.note_push(lease, &note, now).await?;
    let reasons = ready(push, lease, work).await?;
    if !reasons.is_empty() {
        return Ok(IntentOutcome::Refused(not_ready()));
    }
    match register::create(push, lease, work).await? {
        Ok(()) => Ok(IntentOutcome::Done(None)),
        Err(trouble) => {
            failed(push, lease, work, &trouble).await?;
            Ok(IntentOutcome::Refused(trouble))
        }
    }
}

fn not_ready() -> Trouble {
    readiness::trouble(
        NOT_READY,
        "The mailbox is not ready for push.",
        "Mend what the reasons say, then try again.",
    )
}

async fn turn_off(push: &Push, lease: &Lease) -> Result<IntentOutcome, StoreError> {
    let now = push.clock.now();
    let note = PushNote {
        wanted: Some(false),
        failures: Some(0),
        trouble: Some(None),
        event: Some(event(now, "turned_off", "Push was turned off.")),
        ..look_at(now)
    };
    push.store.note_push(lease, &note, now).await?;
    // What lives is deleted at Graph before the person is told that it is off.
    for _ in 0..STEPS_MAX {
        let work = push.store.push_work(lease, push.clock.now()).await?;
        if !one(push, lease, &work).await? {
            break;
        }
    }
    Ok(IntentOutcome::Done(None))
}

async fn check(push: &Push, lease: &Lease, work: &PushWork) -> Result<IntentOutcome, StoreError> {
    ready(push, lease, work).await?;
    Ok(IntentOutcome::Done(None))
}

/// Checks readiness by a real call and writes down what it found.
async fn ready(push: &Push, lease: &Lease, work: &PushWork) -> Result<Vec<Trouble>, StoreError> {
    let call = match push.connect.access(work.mailbox, Lane::Push).await {
        Ok(session) => Some(try_call(push, work, session).await),
        Err(why) => Some(Err(why.trouble())),
    };
    let base_url = push.base_url().await?;
    let facts = Facts {
        connection: work.connection,
        state: work.state,
        base_url: &base_url,
        rules: push.settings.rules,
        call,
    };
    let reasons = readiness::reasons(&facts);
    let now = push.clock.now();
    let live = work
        .subscriptions
        .iter()
        .any(|row| row.expires_at.is_some_and(|end| end > now));
    let state = (wanted(push, work) && !reasons.is_empty() && !live).then_some(PushState::NotReady);
    let note = PushNote {
        readiness: Some((reasons.clone(), now)),
        state,
        ..PushNote::default()
    };
    push.store.note_push(lease, &note, now).await?;
    Ok(reasons)
}

/// The cheapest real call that proves the token: the inbox itself.
async fn try_call(push: &Push, work: &PushWork, session: Session) -> Result<(), Trouble> {
    match session.folder("inbox").await {
        Ok(_) => Ok(()),
        Err(GraphError::TokenRejected { .. }) => {
            let again = push
                .connect
                .access_after_rejection(work.mailbox, Lane::Push, &session)
                .await
                .map_err(|why| why.trouble())?;
            again
                .folder("inbox")
                .await
                .map(|_| ())
                .map_err(|why| why.trouble())
        }
        Err(why) => Err(why.trouble()),
    }
}

/// Push is wanted and nothing usable lives: create one, or say what is in the way and try later.
async fn heal(push: &Push, lease: &Lease, work: &PushWork) -> Done {
    let now = push.clock.now();
    if matches!(work.state, MailboxState::Connecting) {
        let note = PushNote {
            state: Some(PushState::NotReady),
            next_at: Some(None),
            ..PushNote::default()
        };
        return push.store.note_push(lease, &note, now).await;
    }
    let reasons = ready(push, lease, work).await?;
    let result = if reasons.is_empty() {
        register::create(push, lease, work).await?
    } else {
        Err(not_ready())
    };
    match result {
        Ok(()) => {
            let work = push.store.push_work(lease, push.clock.now()).await?;
            Box::pin(one(push, lease, &work)).await.map(|_| ())
        }
        Err(trouble) => failed(push, lease, work, &trouble).await,
    }
}

/// A try failed: visible at once, tried again later, and what worked before goes on.
pub(super) async fn failed(push: &Push, lease: &Lease, work: &PushWork, trouble: &Trouble) -> Done {
    let now = push.clock.now();
    let failures = work.failures + 1;
    let live = work
        .subscriptions
        .iter()
        .any(|row| row.remote_id.is_some() && row.expires_at.is_some_and(|end| end > now));
    let state = match (live, trouble.code == NOT_READY) {
        (true, _) => PushState::Renewing,
        (false, true) => PushState::NotReady,
        (false, false) => PushState::Broken,
    };
    let wait = plan::backoff(failures, push.entropy.fraction());
    let note = PushNote {
        state: Some(state),
        trouble: Some(Some(trouble.clone())),
        failures: Some(failures),
        event: Some(event(
            now,
            "refused",
            format!("{}: {}", trouble.code, trouble.message),
        )),
        ..look_at(now.plus(wait))
    };
    tracing::warn!(mailbox.id = %work.mailbox, code = %trouble.code, failures, "push is not healthy; it is tried again");
    push.store.note_push(lease, &note, now).await
}

async fn delete(
    push: &Push,
    lease: &Lease,
    work: &PushWork,
    place: usize,
) -> Result<bool, StoreError> {
    let row = &work.subscriptions[place];
    let remote = row.remote_id.as_deref().unwrap_or_default();
    let deleted = match push.connect.access(work.mailbox, Lane::Push).await {
        Ok(session) => match session.delete_subscription(remote).await {
            Ok(_) | Err(GraphError::NotFound { .. }) => Ok(()),
            Err(why) => Err(why.trouble()),
        },
        Err(why) => Err(why.trouble()),
    };
    let now = push.clock.now();
    let Err(trouble) = deleted else {
        push.store.forget_subscription(lease, row.id).await?;
        let note = PushNote {
            event: Some(event(
                now,
                "removed",
                "A subscription was deleted at Microsoft.",
            )),
            ..PushNote::default()
        };
        push.store.note_push(lease, &note, now).await?;
        return Ok(true);
    };
    push.store.subscription_failed(lease, row.id).await?;
    let wait = plan::backoff(row.failures + 1, push.entropy.fraction());
    tracing::warn!(mailbox.id = %work.mailbox, code = %trouble.code, "a subscription could not be deleted; it is tried again");
    push.store
        .note_push(lease, &look_at(now.plus(wait)), now)
        .await?;
    Ok(false)
}

async fn renew(
    push: &Push,
    lease: &Lease,
    work: &PushWork,
    place: usize,
) -> Result<bool, StoreError> {
    let row = &work.subscriptions[place];
    let note = PushNote {
        state: Some(PushState::Renewing),
        ..PushNote::default()
    };
    push.store.note_push(lease, &note, push.clock.now()).await?;
    match register::renew(push, lease, work, row).await? {
        register::Renewed::Done => Ok(true),
        register::Renewed::Gone => {
            push.store.forget_subscription(lease, row.id).await?;
            Ok(true)
        }
        register::Renewed::Failed(trouble) => {
            push.store.subscription_failed(lease, row.id).await?;
            failed(push, lease, work, &trouble).await?;
            Ok(false)
        }
    }
}
