//! What people asked for: register, turn off, check.

use std::time::Duration;

use maildesk_model::intent::{Intent, Want};
use maildesk_model::mailbox::Trouble;
use maildesk_model::push::PushState;
use maildesk_model::subscription::{Subscription, SubscriptionState};
use maildesk_store::StoreError;
use maildesk_store::contract::{IntentOutcome, PushNote, PushWork};

use super::delete::Deleted;
use super::round::Round;
use crate::words;

/// How soon a deletion that somebody waits for is tried again.
const AGAIN: Duration = Duration::from_secs(10);
/// Where Microsoft asks to wait longer, nobody waits for it.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often, before push counts as turned off and the rest is tidied up behind the scenes.
const TRIES_MAX: i64 = 6;

impl Round<'_> {
    /// Carries out what is due, oldest first. True if there was something.
    pub(super) async fn carry_out_intents(&mut self) -> Result<bool, StoreError> {
        let intents = self.work().await?.intents;
        // Two people who press the same button want the same thing.
        for same in intents.chunk_by(|one, next| one.want == next.want) {
            let outcome = self.carry_out(&same[0]).await?;
            for intent in same {
                let (store, now) = (&self.shared.store, self.now());
                store
                    .settle_push_intent(self.lease, intent.id, &outcome, now)
                    .await?;
            }
        }
        Ok(!intents.is_empty())
    }

    async fn carry_out(&mut self, intent: &Intent) -> Result<IntentOutcome, StoreError> {
        let work = self.work().await?;
        match intent.want {
            Want::RegisterPush => self.register(&work).await,
            Want::TurnOffPush => self.turn_off(&work, intent.attempts).await,
            Want::CheckPush if !self.shared.settings.enabled => {
                Ok(IntentOutcome::Refused(words::disabled()))
            }
            Want::CheckPush => {
                self.check_now(&work).await?;
                Ok(IntentOutcome::Done(None))
            }
            // Nothing else is written into this lane.
            _ => Ok(IntentOutcome::Done(None)),
        }
    }

    /// Registers push (P10): a new subscription with a new secret, also where one lives already.
    async fn register(&mut self, work: &PushWork) -> Result<IntentOutcome, StoreError> {
        if !self.shared.settings.enabled {
            return Ok(IntentOutcome::Refused(words::disabled()));
        }
        self.note(PushNote {
            wanted: Some(true),
            ..PushNote::default()
        })
        .await?;
        let reasons = self.check(work).await?;
        if !reasons.is_empty() {
            self.show_none_lives(PushState::NotReady).await?;
            return Ok(IntentOutcome::Refused(not_ready(&reasons)));
        }
        let work = self.work().await?;
        Ok(match self.create(&work, true).await? {
            Ok(()) => {
                self.show(PushState::Active).await?;
                IntentOutcome::Done(None)
            }
            Err(trouble) => {
                self.show_none_lives(PushState::Broken).await?;
                IntentOutcome::Refused(trouble)
            }
        })
    }

    /// Whoever waits for an intent reads the panel next, before the plan has come to rest.
    async fn show(&self, state: PushState) -> Result<(), StoreError> {
        self.note(PushNote {
            state: Some(state),
            ..PushNote::default()
        })
        .await
    }

    /// As [`Round::show`], unless a former subscription lives on.
    async fn show_none_lives(&self, state: PushState) -> Result<(), StoreError> {
        let work = self.work().await?;
        let mut states = work.subscriptions.iter().map(|row| row.state);
        if states.any(|state| state == SubscriptionState::Active) {
            return Ok(());
        }
        self.show(state).await
    }

    /// *Check now*: whether the mailbox is ready and, where a subscription lives, whether Microsoft
    /// still has it. One that is gone is created anew before whoever asked sees the panel.
    async fn check_now(&mut self, work: &PushWork) -> Result<(), StoreError> {
        let reasons = self.check(work).await?;
        let is_live = |row: &&Subscription| row.state == SubscriptionState::Active;
        let Some(live) = work.subscriptions.iter().rfind(is_live) else {
            return Ok(());
        };
        self.look(work, live).await?;
        let now = self.work().await?;
        let is_gone = !now.subscriptions.iter().any(|row| row.id == live.id);
        if is_gone && now.wanted && !now.disconnected && reasons.is_empty() {
            self.create(&now, true).await?.ok();
        }
        Ok(())
    }

    /// Turns push off (P14): at once here, and at Microsoft as soon as it lets us.
    async fn turn_off(
        &mut self,
        work: &PushWork,
        attempts: i64,
    ) -> Result<IntentOutcome, StoreError> {
        let event = self.event(
            words::TURNED_OFF,
            "Push was turned off; mail comes on schedule.",
        );
        self.note(PushNote {
            wanted: Some(false),
            state: Some(PushState::Off),
            failures: Some(0),
            trouble: Some(None),
            event: (work.wanted || work.push_state != PushState::Off).then_some(event),
            ..PushNote::default()
        })
        .await?;
        let store = &self.shared.store;
        for row in &work.subscriptions {
            match row.state {
                SubscriptionState::Pending => {
                    store.forget_subscription(self.lease, row.id).await?;
                }
                SubscriptionState::Active => {
                    store.retire_subscription(self.lease, row.id).await?;
                }
                SubscriptionState::Retiring => {}
            }
        }
        let mut later = None;
        let work = self.work().await?;
        for row in &work.subscriptions {
            if self.done.deleted.contains(&row.id) {
                continue;
            }
            if let Deleted::Later(asked) = self.delete(&work, row).await? {
                later = later.max(Some(asked));
            }
        }
        Ok(match later {
            Some(asked) if asked <= PATIENCE && attempts < TRIES_MAX => {
                IntentOutcome::RetryAt(self.now().plus(asked.max(AGAIN)))
            }
            _ => IntentOutcome::Done(None),
        })
    }
}

/// The refusal of an intent because of our own check; the panel has all reasons.
fn not_ready(reasons: &[Trouble]) -> Trouble {
    let messages: Vec<&str> = reasons.iter().map(|one| one.message.as_str()).collect();
    let remedies: Vec<&str> = reasons.iter().map(|one| one.remedy.as_str()).collect();
    words::trouble(words::NOT_READY, messages.join(" "), remedies.join(" "))
}
