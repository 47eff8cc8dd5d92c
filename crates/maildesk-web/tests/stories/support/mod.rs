//! What the stories are told with: a desk, its people, their requests, and mail.

mod clock;
mod desk;
mod engine;
mod http;
mod mail;
mod stream;

pub(crate) use clock::TurnedClock;
pub(crate) use desk::{Desk, Person, SERVER, Session};
pub(crate) use engine::Engine;
pub(crate) use http::{Answer, Call};
pub(crate) use mail::{attachment, mail};
pub(crate) use stream::Stream;

use std::future::Future;
use std::time::Duration;

/// How long anything may take before a story fails; never a pause.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// Waits for something that must happen.
pub(crate) async fn soon<F: Future>(what: &'static str, future: F) -> F::Output {
    let result = tokio::time::timeout(LIMIT, future).await;
    result.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

/// Writes one story as two tests, one for each engine.
macro_rules! story {
    ($name:ident, $body:expr) => {
        mod $name {
            use super::*;

            #[tokio::test]
            async fn sqlite() {
                ($body)($crate::support::Engine::Sqlite).await;
            }

            #[tokio::test]
            async fn postgres() {
                ($body)($crate::support::Engine::Postgres).await;
            }
        }
    };
}
pub(crate) use story;
