//! What a refusal of Microsoft's means for a subscription: what people see of it, and when it is
//! tried again. Pure; every call about a subscription and every way to refuse it has a row in the
//! table of tests.
//!
//! Nothing here looks at a status: `maildesk-graph` has named the case. Alerts follow from the state that is
//! shown.

use std::time::Duration;

use maildesk_model::push::PushState;

use super::backoff;
use super::watch::LOOK_AGAIN;

/// A call about a subscription.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Call {
    Create,
    Renew,
    Delete,
    Read,
}

/// Why it was not carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    /// So long a life is not granted (400).
    TooLong,
    /// Microsoft's probe of our address did not get its answer (400).
    Probe,
    /// The token was not accepted, and no other one was tried yet (401).
    Token,
    /// No token is accepted, or none can be had, until somebody signs in (401, the sign-in side).
    SignIn,
    /// Permission, policy or quota (403).
    NotAllowed,
    /// There is no such subscription (404, 410, 308).
    Gone,
    /// A twin of ours was in the way, and is gone (409).
    Twin,
    /// A twin that is not ours is in the way (409).
    ForeignTwin,
    /// Too much, or nobody's fault: 429, 5xx, no answer. With what Microsoft asks to wait.
    Later(Duration),
    /// The same call will be refused again (other 4xx, and 404 for a mailbox without Exchange Online).
    Refused,
    /// This installation stands in the way: its app is refused, or its operator allows no such
    /// mailbox.
    Installation,
}

impl Refusal {
    /// What it is once the mending of [`Again::AtOnce`] did not help.
    pub(crate) const fn unmended(self) -> Self {
        match self {
            Self::TooLong | Self::Token | Self::Twin => Self::Refused,
            other => other,
        }
    }
}

/// What follows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Consequence {
    pub(crate) shown: Shown,
    pub(crate) again: Again,
}

/// What people see until it succeeds, beside Microsoft's own words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shown {
    /// Nothing: push works, or what is left is tidied up behind the scenes.
    Nothing,
    /// Push is broken, unless a former subscription still lives.
    Broken,
    /// The subscription lives, and renewing it fails.
    Renewing,
    /// The mailbox itself says *reconnect*.
    Reconnect,
}

impl Shown {
    /// The panel's state, where a try that failed decides it.
    pub(crate) const fn state(self) -> Option<PushState> {
        match self {
            Self::Broken => Some(PushState::Broken),
            Self::Renewing => Some(PushState::Renewing),
            Self::Nothing | Self::Reconnect => None,
        }
    }

    /// Whether an alert follows when it lasts: nobody looks at pages all day.
    #[cfg(test)]
    const fn calls_somebody(self) -> bool {
        !matches!(self, Self::Nothing)
    }
}

/// When it is tried again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Again {
    /// Never: it is as if it had succeeded.
    Done,
    /// In the same round, with what was wrong mended.
    AtOnce,
    /// The row goes, and another one is created in the same round.
    Anew,
    /// Less and less often, as if it had failed at least so many times by now.
    BackingOff(i64),
    /// After this long.
    After(Duration),
    /// When somebody has signed in.
    SignedIn,
}

impl Again {
    /// The failures in a row after this one, which decide how long the next try waits.
    pub(crate) fn failures_after(self, before: i64) -> i64 {
        let next = before.saturating_add(1);
        match self {
            Self::BackingOff(at_least) => next.max(at_least),
            _ => next,
        }
    }
}

/// What `refusal` of `call` means. `as_person`: somebody can sign in for the mailbox.
pub(crate) fn consequence(call: Call, refusal: Refusal, as_person: bool) -> Consequence {
    let shown = match call {
        Call::Create => Shown::Broken,
        Call::Renew => Shown::Renewing,
        Call::Delete | Call::Read => Shown::Nothing,
    };
    let again = match (call, refusal) {
        (_, Refusal::SignIn) if as_person => {
            return Consequence {
                shown: Shown::Reconnect,
                again: Again::SignedIn,
            };
        }
        // A renewal is not sent twice within ten minutes (P12); another token is tried by reading.
        (Call::Create | Call::Delete | Call::Read, Refusal::Token)
        | (Call::Create, Refusal::TooLong | Refusal::Twin) => Again::AtOnce,
        (Call::Renew | Call::Read, Refusal::Gone) => Again::Anew,
        (Call::Delete, Refusal::Gone) => Again::Done,
        (Call::Read, Refusal::Later(asked)) => Again::After(backoff::obeyed(asked).max(LOOK_AGAIN)),
        // Asking again changes nothing for a while, and renewing finds out by itself.
        (Call::Read, _) => Again::After(super::watch::QUIET),
        (Call::Create, Refusal::Later(asked)) => Again::BackingOff(backoff::failures_for(asked)),
        // Between two of these lies an hour at most, whatever is asked; and a deletion is given up by
        // its failures, which a long wait alone must not make.
        (Call::Renew | Call::Delete, Refusal::Later(asked)) => {
            let failures = backoff::failures_for(asked);
            Again::BackingOff(failures.min(backoff::FAILURES_OF_A_REFUSAL))
        }
        // Microsoft's probe is sometimes never sent, and the same call succeeds half a minute later.
        // To renew there is a day, and between two tries an hour at most.
        (Call::Create, Refusal::Probe) | (Call::Renew | Call::Delete, _) => Again::BackingOff(0),
        // A person must change something first, so a quota is never looped on (P16).
        (Call::Create, _) => Again::BackingOff(backoff::FAILURES_OF_A_REFUSAL),
    };
    let healed = matches!(again, Again::AtOnce | Again::Anew | Again::Done);
    Consequence {
        shown: if healed { Shown::Nothing } else { shown },
        again,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);
    const HOUR: Duration = Duration::from_hours(1);
    const SOON: Again = Again::BackingOff(0);
    const HOURS: Again = Again::BackingOff(backoff::FAILURES_OF_A_REFUSAL);

    fn asked(wait: Duration) -> Again {
        Again::BackingOff(backoff::failures_for(wait))
    }

    /// A row: the refusal, and what follows for create, renew, delete, read.
    type Row = (Refusal, [Consequence; 4]);

    const fn then(shown: Shown, again: Again) -> Consequence {
        Consequence { shown, again }
    }

    fn table() -> Vec<Row> {
        use Shown::{Broken, Nothing, Reconnect, Renewing};
        let usual = |create| {
            [
                create,
                then(Renewing, SOON),
                then(Nothing, SOON),
                then(Nothing, Again::After(HOUR)),
            ]
        };
        let hours = usual(then(Broken, HOURS));
        let later = |wait: Duration| {
            let within_an_hour = if wait > HOUR { HOURS } else { asked(wait) };
            let obeyed = wait.min(6 * HOUR);
            [
                then(Broken, asked(wait)),
                then(Renewing, within_an_hour),
                then(Nothing, within_an_hour),
                then(Nothing, Again::After(obeyed.max(2 * MINUTE))),
            ]
        };
        let at_once = then(Nothing, Again::AtOnce);
        let token = [at_once, then(Renewing, SOON), at_once, at_once];
        let gone = [
            then(Broken, HOURS),
            then(Nothing, Again::Anew),
            then(Nothing, Again::Done),
            then(Nothing, Again::Anew),
        ];
        vec![
            (Refusal::TooLong, usual(at_once)),
            (Refusal::Probe, usual(then(Broken, SOON))),
            (Refusal::Token, token),
            (Refusal::SignIn, [then(Reconnect, Again::SignedIn); 4]),
            (Refusal::NotAllowed, hours),
            (Refusal::Gone, gone),
            (Refusal::Twin, usual(at_once)),
            (Refusal::ForeignTwin, hours),
            (Refusal::Later(Duration::ZERO), later(Duration::ZERO)),
            (Refusal::Later(10 * MINUTE), later(10 * MINUTE)),
            (Refusal::Later(5 * HOUR), later(5 * HOUR)),
            (Refusal::Later(1000 * HOUR), later(1000 * HOUR)),
            (Refusal::Refused, hours),
            (Refusal::Installation, hours),
        ]
    }

    #[test]
    fn each_refusal_of_each_call_has_its_consequence() {
        for (refusal, wanted) in table() {
            let calls = [Call::Create, Call::Renew, Call::Delete, Call::Read];
            for (call, wanted) in calls.into_iter().zip(wanted) {
                let got = consequence(call, refusal, true);
                assert_eq!(got, wanted, "{call:?} {refusal:?}");
            }
        }
    }

    #[test]
    fn nobody_signs_in_for_the_organisation() {
        let create = consequence(Call::Create, Refusal::SignIn, false);
        assert_eq!(create, then(Shown::Broken, HOURS));
        assert_eq!(create.shown.state(), Some(PushState::Broken));
        let renew = consequence(Call::Renew, Refusal::SignIn, false);
        assert_eq!(renew, then(Shown::Renewing, SOON));
    }

    #[test]
    fn whatever_keeps_push_away_calls_somebody_and_nothing_else_does() {
        for (refusal, _) in table() {
            for call in [Call::Create, Call::Renew] {
                let then = consequence(call, refusal, true);
                let heals = matches!(then.again, Again::AtOnce | Again::Anew);
                assert_ne!(then.shown.calls_somebody(), heals, "{call:?} {refusal:?}");
            }
            for call in [Call::Delete, Call::Read] {
                let then = consequence(call, refusal, true);
                let calls = then.shown.calls_somebody();
                assert_eq!(calls, refusal == Refusal::SignIn, "{call:?} {refusal:?}");
            }
        }
    }

    #[test]
    fn failures_grow_and_begin_high_where_a_person_must_act() {
        assert_eq!(SOON.failures_after(2), 3);
        assert_eq!(HOURS.failures_after(0), 8);
        assert_eq!(HOURS.failures_after(9), 10);
        assert!(asked(HOUR).failures_after(0) > SOON.failures_after(0));
    }
}
