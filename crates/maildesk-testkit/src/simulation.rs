//! Stories that seeds decide: the program's own workers and routers in one process and in turned
//! time, with every fault the simulator knows, crashes between any two things a node does, and
//! several nodes on one store.
//!
//! When the faults are over, everything must come right: the desk equals the mailboxes, nothing is
//! left to do, push is healthy, and every live view was told everything once. What must never
//! happen is watched all the while (`referee`). The same seed gives the same run on SQLite; on
//! PostgreSQL the story is the same, not the run.
//!
//! Rooms: `story` is what a seed decides, `stage` tells it, act by act, and `settle` waits until all
//! came right and looks. `node` is a server with its `gate`, `store` and `line`; `office` is Microsoft; `view` an
//! open tab. `bug` has the planted bugs that check the checker.

mod bug;
mod gate;
mod held;
mod line;
mod log;
mod node;
mod office;
mod referee;
mod sending;
mod settle;
mod shrink;
mod stage;
mod store;
mod story;
mod time;
mod view;

use std::collections::BTreeMap;
use std::time::Duration;

pub use bug::Bug;
pub use sending::{Sent, send};
pub use shrink::shrink;
pub use story::Story;

use crate::engine::Engine;

/// How a story is told.
#[derive(Clone, Copy, Debug)]
pub struct Telling {
    /// On which engine.
    pub engine: Engine,
    /// A bug to plant.
    pub bug: Option<Bug>,
    /// Whether the lines of the log are kept.
    pub lines: bool,
}

impl Telling {
    /// On SQLite, as the product is, without lines.
    pub const PLAIN: Self = Self {
        engine: Engine::Sqlite,
        bug: None,
        lines: false,
    };
}

/// What came of a story.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was wrong; empty when all came right.
    pub wrongs: Vec<String>,
    /// The same for every run of one story on SQLite.
    pub fingerprint: u64,
    /// How often each fault struck.
    pub faults: BTreeMap<String, u64>,
    /// What happened, if it was kept.
    pub lines: Vec<String>,
    /// How long it lasted in its own time.
    pub lasted: Duration,
    /// How long it took to come right after the faults were over.
    pub settled: Duration,
}

/// Tells a story to its end.
pub fn tell(story: &Story, telling: Telling) -> Outcome {
    stage::tell(story, telling)
}
