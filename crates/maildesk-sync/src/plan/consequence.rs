//! What a failed call means for the whole mailbox.
//!
//! Failures that concern one message, folder or intent are decided where they happen; what comes
//! here ends the run.

use std::time::Duration;

use maildesk_graph::{GraphError, retry};

/// What to do now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Consequence {
    /// Take another token and do the step once more.
    FreshToken,
    /// Nothing before then; it heals by itself.
    Wait(Duration),
    /// Somebody has to sign in again.
    SignInAgain,
    /// A person must mend something: say so on the mailbox, and look again after this long.
    Trouble(Duration),
}

/// What is known besides the error.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Circumstances {
    /// Runs of this mailbox that failed in a row before this one.
    pub(crate) failures: i64,
    /// This run has taken another token already.
    pub(crate) token_is_new: bool,
    /// It is connected as a person, so that somebody can sign in.
    pub(crate) as_person: bool,
    /// The longest wait of our own: a mailbox in trouble is looked at as often as it would be swept.
    pub(crate) interval: Duration,
    /// `0.0..1.0`, to spread the waits.
    pub(crate) fraction: f64,
}

/// The consequence of `error`.
pub(crate) fn of(error: &GraphError, about: Circumstances) -> Consequence {
    match error {
        GraphError::Throttled { retry_after, .. } | GraphError::Later { retry_after, .. } => {
            let attempt = u32::try_from(about.failures + 1).unwrap_or(1);
            let wait = retry::after(error, attempt, about.fraction).wait();
            let wait = wait.unwrap_or(about.interval);
            // What Microsoft asks for is obeyed; our own guess is never longer than the schedule.
            Consequence::Wait(match retry_after {
                Some(_) => wait,
                None => wait.min(about.interval),
            })
        }
        GraphError::TokenRejected { .. } if !about.token_is_new => Consequence::FreshToken,
        GraphError::TokenRejected { .. } | GraphError::SignInAgain { .. } => {
            if about.as_person {
                Consequence::SignInAgain
            } else {
                Consequence::Trouble(patience(about))
            }
        }
        // A folder or link that vanished between two calls is found out by the next look.
        GraphError::DeltaExpired { .. } => Consequence::Wait(Duration::from_secs(1)),
        GraphError::NotAllowed { .. } => Consequence::Trouble(patience(about)),
        GraphError::NotFound { .. }
        | GraphError::Conflict { .. }
        | GraphError::TooLong { .. }
        | GraphError::ValidationFailed { .. }
        | GraphError::Refused { .. } => {
            // Once may be a hiccup of Microsoft's that looks like a refusal.
            if about.failures == 0 {
                Consequence::Wait(Duration::from_secs(1))
            } else {
                Consequence::Trouble(patience(about))
            }
        }
    }
}

/// How long to leave a mailbox alone that only a person can mend. They expect it to go on soon
/// after they have, so it is not long.
fn patience(about: Circumstances) -> Duration {
    let attempt = u32::try_from(about.failures + 4).unwrap_or(u32::MAX);
    retry::backoff(attempt).min(about.interval)
}

#[cfg(test)]
mod tests {
    use maildesk_graph::Said;

    use super::*;

    const PERSON: Circumstances = Circumstances {
        failures: 0,
        token_is_new: false,
        as_person: true,
        interval: Duration::from_mins(3),
        fraction: 1.0,
    };

    fn said() -> Said {
        Said::default()
    }

    fn throttled(retry_after: Option<u64>) -> GraphError {
        GraphError::Throttled {
            retry_after: retry_after.map(Duration::from_secs),
            concurrency: false,
            said: Box::new(said()),
        }
    }

    #[test]
    fn what_microsoft_asks_for_is_obeyed_and_our_own_guess_is_bounded() {
        let wait = |error, failures| match of(&error, Circumstances { failures, ..PERSON }) {
            Consequence::Wait(wait) => wait.as_secs(),
            other => panic!("{other:?}"),
        };
        assert_eq!(wait(throttled(Some(600)), 0), 660);
        assert_eq!(wait(throttled(None), 0), 1);
        assert_eq!(wait(throttled(None), 3), 8);
        assert_eq!(wait(throttled(None), 30), 180);
    }

    #[test]
    fn a_rejected_token_is_renewed_once_and_then_somebody_signs_in() {
        let rejected = GraphError::TokenRejected {
            said: Box::new(said()),
        };
        assert_eq!(of(&rejected, PERSON), Consequence::FreshToken);
        let renewed = Circumstances {
            token_is_new: true,
            ..PERSON
        };
        assert_eq!(of(&rejected, renewed), Consequence::SignInAgain);
        let organisation = Circumstances {
            as_person: false,
            ..renewed
        };
        let consequence = of(&rejected, organisation);
        assert!(matches!(consequence, Consequence::Trouble(_)));
    }

    #[test]
    fn what_only_a_person_can_mend_is_said_and_looked_at_again_soon() {
        let forbidden = GraphError::NotAllowed {
            said: Box::new(said()),
        };
        let eight = Consequence::Trouble(Duration::from_secs(8));
        assert_eq!(of(&forbidden, PERSON), eight);
        let refused = GraphError::Refused {
            said: Box::new(said()),
        };
        let once = Consequence::Wait(Duration::from_secs(1));
        assert_eq!(of(&refused, PERSON), once);
        let again = Circumstances {
            failures: 1,
            ..PERSON
        };
        let sixteen = Consequence::Trouble(Duration::from_secs(16));
        assert_eq!(of(&refused, again), sixteen);
    }
}
