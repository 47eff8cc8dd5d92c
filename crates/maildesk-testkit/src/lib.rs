//! What tests need to drive the whole of MailDesk by its front door, and nothing a user could not do.
//!
//! - [`sim`]: the simulator's control side, spoken over HTTP.
//! - [`desk`]: MailDesk's JSON API, spoken over HTTP, and its event stream.
//! - [`world`]: both in this process on port 0, for stories.
//! - [`program`], [`node`] and [`stack`]: both as real programs that can be killed.
//! - [`cluster`]: several nodes on one [`postgres`] behind one [`balancer`].
//! - [`browser`]: a real Chromium, driven by roles, labels and texts.
//! - [`wire`]: a line to the desk that can be cut and mended.
//! - [`consent`]: a sign-in side that grants something else than was asked for.
//! - [`engine`]: the same story on SQLite and on PostgreSQL.
//! - [`receiver`]: somebody whom alerts are posted to.
//! - [`equal`]: whether the desk equals the mailbox (S7).
//! - [`clock`]: a clock that can be turned forward.
//! - [`chance`]: seeded choices.
//! - [`simulation`]: stories that seeds decide, in turned time, with crashes between any two calls.
//! - [`valve`]: holds some calls to the simulator back until it is opened.
//! - [`wait`]: waiting on a condition with a limit; there is no other waiting in tests.
//!
//! A dev-dependency only: nothing here ships.

pub mod balancer;
pub mod browser;
pub mod censor;
pub mod chance;
pub mod clock;
pub mod cluster;
pub mod consent;
pub mod desk;
pub mod engine;
pub mod equal;
pub mod node;
pub mod page;
pub mod postgres;
pub mod program;
pub mod receiver;
pub mod sim;
pub mod simulation;
pub mod stack;
pub mod valve;
pub mod wait;
pub mod wire;
pub mod world;
