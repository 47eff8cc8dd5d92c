//! The whole of MailDesk in one process: wiring, start and stop.

mod key;
pub mod log;
mod world;

pub use key::{KEY_FILE, secret_key};
pub use world::{SystemClock, SystemEntropy};
