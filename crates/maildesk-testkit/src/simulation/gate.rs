//! Where a node can be stopped: whatever it does to the outside passes here, so that it can die or
//! freeze between any two things it does.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use maildesk_model::{Clock, Entropy, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::held::Held;
use super::log::Log;
use super::time::Time;
use crate::chance::Chance;

/// How the database, or the line to Microsoft, is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Health {
    /// As it should be.
    #[default]
    Well,
    /// Some calls fail, and some fail although they were carried out.
    Shaky,
    /// Nothing gets through.
    Down,
}

/// What becomes of one call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It succeeds.
    Carried,
    /// It is never carried out.
    Lost,
    /// It is carried out and nobody learns of it.
    AnswerLost,
}

/// The gate of one node.
pub(super) struct Gate {
    /// What the node is called in the log.
    pub(super) name: String,
    time: Time,
    log: Arc<Log>,
    state: Held<State>,
    thawed: Notify,
    dead: CancellationToken,
}

struct State {
    chance: Chance,
    passes: u64,
    dies_at: Option<u64>,
    is_spared: bool,
    is_frozen: bool,
    database: Health,
    line: Health,
}

impl Gate {
    pub(super) fn new(name: String, time: Time, log: Arc<Log>, chance: Chance) -> Self {
        Self {
            name,
            time,
            log,
            state: Held::new(State {
                chance,
                passes: 0,
                dies_at: None,
                is_spared: false,
                is_frozen: false,
                database: Health::Well,
                line: Health::Well,
            }),
            thawed: Notify::new(),
            dead: CancellationToken::new(),
        }
    }

    /// The node dies: whatever it was about to do is never done.
    pub(super) fn kill(&self) {
        if !self.dead.is_cancelled() {
            self.log.struck("kill -9");
            self.log.say(&format!("{} dies", self.name));
            self.dead.cancel();
        }
    }

    /// The node dies at the so-manieth thing it does from now on.
    pub(super) fn kill_after(&self, passes: u64) {
        self.state.with(|state| {
            if !state.is_spared {
                state.dies_at = Some(state.passes + passes);
            }
        });
    }

    /// From now on it does not die.
    pub(super) fn spare(&self) {
        self.state.with(|state| {
            state.is_spared = true;
            state.dies_at = None;
        });
    }

    /// Whether it has died.
    pub(super) fn is_dead(&self) -> bool {
        self.dead.is_cancelled()
    }

    /// Resolves when it dies.
    pub(super) async fn died(&self) {
        self.dead.cancelled().await;
    }

    /// It stops where it is, as after SIGSTOP, or goes on.
    pub(super) fn freeze(&self, is_frozen: bool) {
        self.state.with(|state| state.is_frozen = is_frozen);
        self.thawed.notify_waiters();
    }

    /// Whether it stands still.
    pub(super) fn is_frozen(&self) -> bool {
        self.state.with(|state| state.is_frozen)
    }

    pub(super) fn set_database(&self, health: Health) {
        self.state.with(|state| state.database = health);
    }

    pub(super) fn set_line(&self, health: Health) {
        self.state.with(|state| state.line = health);
    }

    /// What becomes of a call to the database.
    pub(super) fn database(&self) -> Fate {
        let fate = self
            .state
            .with(|state| fate(&mut state.chance, state.database));
        self.note(fate, "database");
        fate
    }

    /// What becomes of a call to Microsoft.
    pub(super) fn line(&self) -> Fate {
        let fate = self.state.with(|state| fate(&mut state.chance, state.line));
        self.note(fate, "line");
        fate
    }

    fn note(&self, fate: Fate, place: &str) {
        match fate {
            Fate::Carried => {}
            Fate::Lost => self.log.struck(&format!("{place}: lost")),
            Fate::AnswerLost => self.log.struck(&format!("{place}: answer lost")),
        }
    }

    /// A number below `end`.
    pub(super) fn below(&self, end: usize) -> usize {
        self.state.with(|state| state.chance.below(end))
    }

    /// The node goes on as soon as it may; a dead one never does.
    pub(super) async fn alive(&self) {
        while self.is_frozen() {
            self.thawed.notified().await;
        }
        if self.dead.is_cancelled() {
            std::future::pending::<()>().await;
        }
    }

    /// The node is about to do something; this may be where it dies.
    pub(super) async fn pass(&self, what: &str) {
        self.alive().await;
        if self.below(4) == 0 {
            let span = Duration::from_millis(1 + self.below(30) as u64);
            self.time.sleep(span).await;
            self.alive().await;
        }
        let dies = self.state.with(|state| {
            state.passes += 1;
            state.dies_at == Some(state.passes)
        });
        self.log.say(&format!("{} {what}", self.name));
        if dies {
            self.kill();
            std::future::pending::<()>().await;
        }
    }
}

fn fate(chance: &mut Chance, health: Health) -> Fate {
    match health {
        Health::Well => Fate::Carried,
        Health::Down => Fate::Lost,
        Health::Shaky => match chance.below(12) {
            0 | 1 => Fate::Lost,
            2 => Fate::AnswerLost,
            _ => Fate::Carried,
        },
    }
}

/// The time as a node has it: one that stands still wakes from no sleep.
pub(super) struct NodeTime {
    pub(super) time: Time,
    pub(super) gate: Arc<Gate>,
}

impl std::fmt::Debug for NodeTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NodeTime")
    }
}

impl Clock for NodeTime {
    fn now(&self) -> Timestamp {
        self.time.now()
    }

    fn monotonic(&self) -> Duration {
        self.time.monotonic()
    }

    fn sleep_until(&self, at: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let sleep = self.time.sleep_until(at);
        let gate = self.gate.clone();
        Box::pin(async move {
            sleep.await;
            gate.alive().await;
        })
    }
}

/// Randomness that the seed decides.
pub(super) struct Seeded(Held<Chance>);

impl Seeded {
    pub(super) const fn new(chance: Chance) -> Self {
        Self(Held::new(chance))
    }
}

impl std::fmt::Debug for Seeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seeded")
    }
}

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.with(|chance| {
            for chunk in bytes.chunks_mut(8) {
                let bits = chance.bits().to_le_bytes();
                chunk.copy_from_slice(&bits[..chunk.len()]);
            }
        });
    }
}
