//! Waiting on a condition with a limit.

use std::future::Future;
use std::time::{Duration, Instant};

/// As long as anything may take before a test calls it broken. Generous, because the machine may
/// be busy; a test that passes never waits this long.
pub const LIMIT: Duration = Duration::from_mins(3);

/// Asks again and again until there is an answer.
///
/// # Panics
/// When there is none within [`LIMIT`]; says what was waited for.
pub async fn until<T, F, Fut>(what: &str, ask: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    within(LIMIT, what, ask).await
}

/// As [`until`], with another limit.
///
/// # Panics
/// When there is no answer within `limit`; says what was waited for.
#[expect(clippy::disallowed_methods, reason = "tests wait in real time")]
pub async fn within<T, F, Fut>(limit: Duration, what: &str, mut ask: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(
            begun.elapsed() < limit,
            "waited {limit:?} in vain for: {what}"
        );
        // The pause of a poll, not a guess at how long something takes.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Lets a moment pass where the passing itself is what is tested (a kill at a random time), never
/// in the hope that something will have happened by then.
pub async fn moment(span: Duration) {
    tokio::time::sleep(span).await;
}
