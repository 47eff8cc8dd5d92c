//! What a seed decides: who is there, and what happens when. A story is plain data, so that it can be
//! printed, and made shorter while it still goes wrong.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::gate::Health;
use crate::chance::Chance;

/// How long things happen at most, before everything is mended and has to come right.
const STORM: Duration = Duration::from_mins(4);

/// Who is there, and what happens.
#[derive(Clone, PartialEq, Debug)]
pub struct Story {
    /// Decides everything that is left to chance while it is told.
    pub seed: u64,
    /// Servers on one store.
    pub(super) nodes: usize,
    /// Sync workers of each.
    pub(super) workers: usize,
    /// The mailboxes.
    pub(super) mailboxes: Vec<Kind>,
    /// What happens, in order of time.
    pub(super) acts: Vec<(Duration, Act)>,
}

/// A mailbox as it is when the story begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Kind {
    /// Connected as the person it belongs to, or as the organisation.
    pub(super) as_person: bool,
    /// Messages and folders it has already.
    pub(super) filled: (u64, u64),
    /// Whether push is registered for it.
    pub(super) has_push: bool,
}

/// Where messages are moved to.
pub(super) const PLACES: [&str; 3] = ["inbox", "archive", "deleteditems"];

/// What somebody does with a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Change {
    Read(bool),
    Flag(bool),
    Category(usize),
    /// Into one of [`PLACES`], or into a folder of its own.
    Move(usize),
    Delete,
}

/// Something that happens. Mailboxes, nodes and messages are counted from 0 and around.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Act {
    Deliver(usize, usize),
    InOutlook(usize, usize, Change),
    AtTheDesk(usize, usize, Change),
    NewFolder(usize),
    FolderMoves(usize, usize),
    FolderGoes(usize, usize),
    Faults(Value),
    Kill(usize, u64),
    Freeze(usize, Duration),
    Database(usize, Health, Duration),
    Line(usize, Health, Duration),
    Lifecycle(usize, &'static str),
    SubscriptionVanishes(usize),
    Push(usize, bool),
    Connection(usize, bool),
    SyncNow(usize),
    BaseUrl(usize),
    Leap(Duration),
}

impl Story {
    /// The story of a seed.
    pub fn of(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let mailboxes = (0..=chance.below(3)).map(|_| Kind {
            as_person: chance.below(3) == 0,
            filled: (chance.below(30) as u64, chance.below(3) as u64),
            has_push: chance.below(6) != 0,
        });
        let mailboxes = mailboxes.collect();
        let (nodes, workers) = (1 + chance.below(2), 1 + chance.below(2));
        let storm = STORM.as_millis() as usize / (1 + chance.below(4));
        let count = 10 + chance.below(50);
        let mut times: Vec<usize> = (0..count).map(|_| chance.below(storm)).collect();
        times.sort_unstable();
        let acts = times
            .into_iter()
            .map(|at| (Duration::from_millis(at as u64), act(&mut chance)));
        Self {
            seed,
            nodes,
            workers,
            mailboxes,
            acts: acts.collect(),
        }
    }

    /// Whether a message may be lost in delta for good, which only the counts of folders show (S11).
    pub(super) fn loses_in_delta(&self) -> bool {
        self.sets("delta", "abaLoss")
    }

    /// Whether a message that was there may not be found for a while, so that another row comes for it.
    pub(super) fn loses_from_sight(&self) -> bool {
        self.sets("graph", "readableAfterMs")
    }

    fn sets(&self, room: &str, fault: &str) -> bool {
        self.acts.iter().any(|(_, act)| match act {
            Act::Faults(faults) => faults[room][fault].is_number(),
            _ => false,
        })
    }
}

fn act(chance: &mut Chance) -> Act {
    let (mailbox, pick) = (chance.below(8), chance.below(100));
    match chance.below(100) {
        0..26 => Act::Deliver(mailbox, usize::from(chance.below(5) == 0)),
        26..46 => Act::InOutlook(mailbox, pick, change(chance)),
        46..64 => Act::AtTheDesk(mailbox, pick, change(chance)),
        64..66 => Act::NewFolder(mailbox),
        66 => Act::FolderMoves(mailbox, pick),
        67 => Act::FolderGoes(mailbox, pick),
        68..77 => Act::Faults(faults(chance)),
        77..83 => Act::Kill(chance.below(2), chance.below(60) as u64),
        83..85 => Act::Freeze(chance.below(2), seconds(chance, 60)),
        85..87 => Act::Database(chance.below(2), health(chance), seconds(chance, 40)),
        87..89 => Act::Line(chance.below(2), health(chance), seconds(chance, 60)),
        89..92 => {
            let events = ["reauthorizationRequired", "subscriptionRemoved", "missed"];
            Act::Lifecycle(mailbox, events[chance.below(3)])
        }
        92..94 => Act::SubscriptionVanishes(mailbox),
        94 => Act::Push(mailbox, chance.below(2) == 0),
        95 => Act::Connection(mailbox, chance.below(3) != 0),
        96..98 => Act::SyncNow(mailbox),
        98 => Act::BaseUrl(chance.below(3)),
        _ => Act::Leap(Duration::from_mins(10 + chance.below(3_000) as u64)),
    }
}

fn seconds(chance: &mut Chance, most: usize) -> Duration {
    Duration::from_secs(1 + chance.below(most) as u64)
}

fn health(chance: &mut Chance) -> Health {
    if chance.below(3) == 0 {
        Health::Down
    } else {
        Health::Shaky
    }
}

fn change(chance: &mut Chance) -> Change {
    match chance.below(10) {
        0..3 => Change::Read(chance.below(3) != 0),
        3 => Change::Flag(chance.below(2) == 0),
        4 => Change::Category(chance.below(3)),
        5..9 => Change::Move(chance.below(PLACES.len() + 2)),
        _ => Change::Delete,
    }
}

/// A few of the simulator's faults at once, or none.
fn faults(chance: &mut Chance) -> Value {
    let mut document = json!({ "seed": chance.below(1 << 30) });
    for _ in 0..chance.below(4) {
        let rate = [0.1, 0.3, 1.0][chance.below(3)];
        let mild = [0.05, 0.2][chance.below(2)];
        let (room, fault, value) = match chance.below(28) {
            0 => ("notifications", "drop", json!(rate)),
            1 => ("notifications", "duplicate", json!(rate)),
            2 => ("notifications", "reorder", json!(rate)),
            3 => ("notifications", "delayMs", json!(20_000)),
            4 => ("notifications", "updates", json!(chance.below(4))),
            5 => ("notifications", "nullClientState", json!(rate)),
            6 => ("notifications", "bulkMissed", json!(rate)),
            7 => ("notifications", "documentedLifecycle", json!(1)),
            8 => ("graph", "error429", json!(mild)),
            9 => ("graph", "error503", json!(mild)),
            10 => ("graph", "error5xx", json!(mild)),
            11 => ("graph", "timeout", json!(mild)),
            12 => ("graph", "latencyMs", json!(800)),
            13 => ("graph", "readableAfterMs", json!(8_000)),
            14 => ("delta", "expireEvery", json!(5)),
            15 => ("delta", "replay", json!(rate)),
            16 => ("delta", "emptyPages", json!(rate)),
            17 => ("delta", "sparse", json!(1)),
            18 => ("delta", "abaLoss", json!(1)),
            19 => ("delta", "lateMs", json!(10_000)),
            20 => ("validation", "skip", json!(rate)),
            21 => ("validation", "failFirst", json!(2)),
            22 => ("validation", "delayMs", json!(7_000)),
            23 => ("subscription", "removeAfterS", json!(60)),
            24 => ("subscription", "rejectAboveMinutes", json!(4_230)),
            25 => ("token", "lifetimeS", json!(60)),
            26 => ("token", "revoke", json!(mild)),
            _ => ("token", "claimsChallenge", json!(mild)),
        };
        document[room][fault] = value;
    }
    document
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "seed {}: {} node(s) with {} sync worker(s)",
            self.seed, self.nodes, self.workers
        )?;
        for (n, kind) in self.mailboxes.iter().enumerate() {
            let who = if kind.as_person {
                "a person"
            } else {
                "the organisation"
            };
            let (messages, folders) = kind.filled;
            let push = if kind.has_push { "push" } else { "no push" };
            writeln!(
                f,
                "  mailbox {n} as {who}, {messages} messages, {folders} folders, {push}"
            )?;
        }
        for (at, act) in &self.acts {
            writeln!(f, "  {:>8.3} s  {act:?}", at.as_secs_f64())?;
        }
        Ok(())
    }
}
