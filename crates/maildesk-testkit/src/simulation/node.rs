//! One server of a story: the program's own workers and routers, on a store and a line that can fail.

use std::path::Path;
use std::sync::Arc;

use maildesk::app::{Assembly, Parts};
use maildesk_store::SqlStore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::bug::Bug;
use super::gate::{Gate, NodeTime, Seeded};
use super::line::{Line, Server};
use super::log::Log;
use super::office::{MICROSOFT, Office};
use super::referee::Referee;
use super::store::{Engine, NodeStore};
use crate::chance::Chance;
use crate::world::settings;

/// The first base URL of every story.
pub(super) const BASE_URL: &str = "https://desk.example.com";

/// What all nodes of a story share.
#[derive(Clone)]
pub(super) struct Common {
    pub(super) store: Arc<SqlStore>,
    pub(super) engine: Engine,
    pub(super) office: Office,
    pub(super) referee: Arc<Referee>,
    pub(super) log: Arc<Log>,
    pub(super) workers: usize,
    pub(super) bug: Option<Bug>,
}

/// A running server.
pub(super) struct Node {
    pub(super) server: Server,
    tasks: JoinSet<()>,
}

impl Node {
    /// Starts a server; `chance` is its own.
    pub(super) fn start(common: &Common, name: String, mut chance: Chance) -> Self {
        let time = common.office.time.clone();
        let own = Chance::new(chance.bits());
        let gate = Arc::new(Gate::new(name, time.clone(), common.log.clone(), own));
        let store = Arc::new(NodeStore {
            inner: common.store.clone(),
            engine: common.engine.clone(),
            gate: gate.clone(),
            referee: common.referee.clone(),
            bug: common.bug,
        });
        let line = Line {
            microsoft: common.office.router.clone(),
            gate: gate.clone(),
            referee: common.referee.clone(),
            time: time.clone(),
            bug: common.bug,
        };
        let parts = Parts {
            clock: Arc::new(NodeTime {
                time,
                gate: gate.clone(),
            }),
            entropy: Arc::new(Seeded::new(chance)),
            transport: Arc::new(line),
        };
        let workers = common.workers.to_string();
        let more = [("MAILDESK_SYNC_WORKERS", workers.as_str())];
        let ends = (MICROSOFT, MICROSOFT);
        // Nothing of it is opened: the store is handed in.
        let settings = settings(Path::new("."), BASE_URL, ends, "sqlite://unused", &more);
        let stop = CancellationToken::new();
        let node = Assembly::of(&settings, &parts, store, &stop).expect("a node is put together");
        let mut tasks = JoinSet::new();
        let (sync, push) = (node.sync, node.push);
        let stopping = stop.clone();
        tasks.spawn(async move { sync.run(stopping).await });
        tasks.spawn(async move { push.run(stop).await });
        Self {
            server: Server {
                public: node.public,
                webhook: node.provider,
                gate,
            },
            tasks,
        }
    }

    /// kill -9: nothing of it goes on.
    pub(super) fn kill(&mut self) {
        self.server.gate.kill();
        self.tasks.abort_all();
    }

    /// Whether a worker ended by itself, which none ever does.
    pub(super) fn broke(&mut self) -> Option<String> {
        while let Some(ended) = self.tasks.try_join_next() {
            match ended {
                Err(why) if why.is_cancelled() => {}
                Err(why) => return Some(format!("a worker ended badly: {why}")),
                Ok(()) => return Some("a worker ended".to_owned()),
            }
        }
        None
    }
}
