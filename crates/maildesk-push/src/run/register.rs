//! Creates and renews a subscription at Graph, with the rows that make either survive a crash
//! (P10, P12).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maildesk_graph::{GraphError, NewSubscription, RemoteSubscription, Session};
use maildesk_model::intent::Lane;
use maildesk_model::mailbox::Trouble;
use maildesk_model::push::PushState;
use maildesk_model::subscription::Subscription;
use maildesk_model::{Entropy, Secret, Timestamp};
use maildesk_store::StoreError;
use maildesk_store::contract::{Lease, PushNote, PushWork};

use super::Push;
use super::step::event;
use crate::hook::{LIFECYCLE_PATH, PATH};
use crate::plan;

/// Twins and refused lives are met at most so often in one go.
const TRIES_MAX: usize = 5;

/// What became of a renewal.
pub(super) enum Renewed {
    /// It lives longer.
    Done,
    /// Graph does not know it any more: create a new one.
    Gone,
    /// Not now.
    Failed(Trouble),
}

/// A fresh secret, a pending row, the call, and what Graph granted.
pub(super) async fn create(
    push: &Push,
    lease: &Lease,
    work: &PushWork,
) -> Result<Result<(), Trouble>, StoreError> {
    let base_url = push.base_url().await?;
    let session = match push.connect.access_renewed(work.mailbox, Lane::Push).await {
        Ok(session) => session,
        Err(why) => return Ok(Err(why.trouble())),
    };
    let secret = fresh_secret(&*push.entropy);
    let row = push
        .store
        .add_subscription(lease, &secret, &base_url, push.clock.now())
        .await?;
    let made = match ask(push, &session, &base_url, &secret).await? {
        Ok(made) => made,
        Err(why) => {
            push.store.forget_subscription(lease, row).await?;
            return Ok(Err(why.trouble()));
        }
    };
    let now = push.clock.now();
    let ends = made.expires_at.unwrap_or(now);
    push.store
        .activate_subscription(lease, row, &made.id, ends, minutes(now, ends), now)
        .await?;
    let note = PushNote {
        state: Some(PushState::Active),
        trouble: Some(None),
        failures: Some(0),
        next_at: Some(Some(now)),
        event: Some(event(
            now,
            "registered",
            format!("A subscription was registered; it lasts until {ends}."),
        )),
        ..PushNote::default()
    };
    push.store.note_push(lease, &note, now).await?;
    tracing::info!(mailbox.id = %work.mailbox, expires_at = %ends, "push is registered");
    Ok(Ok(()))
}

/// Asks Graph until it grants, giving way where it says how: a shorter life, or a twin to delete.
async fn ask(
    push: &Push,
    session: &Session,
    base_url: &str,
    secret: &Secret,
) -> Result<Result<RemoteSubscription, GraphError>, StoreError> {
    let mut life = life(push).await?;
    let mut tries = 0;
    loop {
        tries += 1;
        let wanted = NewSubscription {
            notification_url: format!("{base_url}{PATH}"),
            lifecycle_url: format!("{base_url}{LIFECYCLE_PATH}"),
            client_state: secret.clone(),
            expires_at: push.clock.now().plus(span(life)),
        };
        let why = match session.create_subscription(&wanted).await {
            Ok(made) => return Ok(Ok(made.value)),
            Err(why) if tries >= TRIES_MAX => return Ok(Err(why)),
            Err(why) => why,
        };
        match (&why, plan::shorter_life(life)) {
            (GraphError::TooLong { .. }, Some(shorter)) => {
                life = shorter;
                push.store
                    .set_memo(&life_memo(push), &life.to_string())
                    .await?;
            }
            (
                GraphError::Conflict {
                    existing: Some(twin),
                    ..
                },
                _,
            ) => match session.delete_subscription(twin).await {
                Ok(_) | Err(GraphError::NotFound { .. }) => {}
                Err(why) => return Ok(Err(why)),
            },
            _ => return Ok(Err(why)),
        }
    }
}

/// One PATCH with a fresh token; its time is written down before it is sent.
pub(super) async fn renew(
    push: &Push,
    lease: &Lease,
    work: &PushWork,
    row: &Subscription,
) -> Result<Renewed, StoreError> {
    let session = match push.connect.access_renewed(work.mailbox, Lane::Push).await {
        Ok(session) => session,
        Err(why) => return Ok(Renewed::Failed(why.trouble())),
    };
    let remote = row.remote_id.as_deref().unwrap_or_default();
    push.store
        .note_patch(lease, row.id, push.clock.now())
        .await?;
    let life = life(push).await?;
    let ends = push.clock.now().plus(span(life));
    match session.renew_subscription(remote, ends).await {
        Ok(reply) => {
            let now = push.clock.now();
            let ends = reply.value.expires_at.unwrap_or(ends);
            push.store
                .renewed(lease, row.id, ends, minutes(now, ends))
                .await?;
            let note = PushNote {
                state: Some(PushState::Active),
                trouble: Some(None),
                failures: Some(0),
                event: Some(event(
                    now,
                    "renewed",
                    format!("The subscription was renewed; it lasts until {ends}."),
                )),
                ..PushNote::default()
            };
            push.store.note_push(lease, &note, now).await?;
            Ok(Renewed::Done)
        }
        Err(GraphError::NotFound { .. }) => Ok(Renewed::Gone),
        Err(why @ GraphError::TooLong { .. }) => {
            if let Some(shorter) = plan::shorter_life(life) {
                push.store
                    .set_memo(&life_memo(push), &shorter.to_string())
                    .await?;
            }
            Ok(Renewed::Failed(why.trouble()))
        }
        Err(why) => Ok(Renewed::Failed(why.trouble())),
    }
}

/// Thirty-two random bytes in letters that survive every URL and log filter; 43 of the 128
/// characters Graph allows (facts.md 1.1).
fn fresh_secret(entropy: &dyn Entropy) -> Secret {
    let mut bytes = [0_u8; 32];
    entropy.fill(&mut bytes);
    Secret::new(URL_SAFE_NO_PAD.encode(bytes))
}

fn life_memo(push: &Push) -> String {
    format!("push.life_minutes.{}", push.settings.cloud.name())
}

/// The longest life this cloud has not refused.
async fn life(push: &Push) -> Result<i64, StoreError> {
    let memo = push.store.memo(&life_memo(push)).await?;
    Ok(memo
        .and_then(|text| text.parse().ok())
        .unwrap_or(plan::LIFE_MINUTES))
}

fn span(minutes: i64) -> Duration {
    Duration::from_secs(u64::try_from(minutes).unwrap_or(0) * 60)
}

/// What was granted, in whole minutes.
fn minutes(from: Timestamp, to: Timestamp) -> i64 {
    i64::try_from(to.since(from).as_secs() / 60).unwrap_or(0)
}
