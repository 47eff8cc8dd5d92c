//! How often somebody may be wrong about who they are.
//!
//! Tokens are too long to be guessed; what is limited here is the work that guessing makes, and
//! the same limit serves passwords. Credentials that were good before pass at all times, so that a
//! stranger behind the same proxy cannot lock anybody out. Bounded: the number of addresses
//! and of remembered credentials, after which newcomers share one bucket.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So many failures in a row are let through: a person with an old password manager, a script
/// with three servers.
const BURST: u32 = 30;
/// Then one each: a program that goes on with a dead token sees its 401 again soon.
const REFILL: Duration = Duration::from_secs(2);
/// Addresses remembered at a time; each costs some 60 bytes.
const ADDRESSES_MAX: usize = 4096;
/// Good credentials remembered at a time.
const GOOD_MAX: usize = 4096;
/// Whom everybody beyond [`ADDRESSES_MAX`] is counted as.
const EVERYBODY_ELSE: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// Counts failures by address.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    buckets: HashMap<IpAddr, Bucket>,
    good: HashSet<[u8; 32]>,
}

/// Failures on the account of an address, paid back over time.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    failures: u32,
    since: Duration,
}

impl Bucket {
    fn settled(self, now: Duration) -> Self {
        let paid = now.saturating_sub(self.since).as_secs() / REFILL.as_secs();
        let paid = u32::try_from(paid).unwrap_or(u32::MAX);
        Self {
            failures: self.failures.saturating_sub(paid),
            since: self.since + REFILL.saturating_mul(paid),
        }
    }
}

impl Throttle {
    /// Whether this credential may be looked up now; otherwise when to come again. `now` is the
    /// clock's monotonic reading.
    pub(crate) fn check(
        &self,
        address: IpAddr,
        credential: &[u8; 32],
        now: Duration,
    ) -> Result<(), Duration> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.good.contains(credential) {
            return Ok(());
        }
        match state.buckets.get(&state.account(address)) {
            Some(bucket) if bucket.settled(now).failures >= BURST => Err(REFILL),
            _ => Ok(()),
        }
    }

    /// Whether this credential was good when it was last looked up.
    pub(crate) fn knows(&self, credential: &[u8; 32]) -> bool {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.good.contains(credential)
    }

    /// Notes that the credential is good, or is not any more; nobody's failure.
    pub(crate) fn keep(&self, credential: &[u8; 32], good: bool) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.keep(credential, good);
    }

    /// Notes how a look-up ended.
    pub(crate) fn note(&self, address: IpAddr, credential: &[u8; 32], good: bool, now: Duration) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.keep(credential, good);
        if good {
            return;
        }
        if state.buckets.len() >= ADDRESSES_MAX {
            state
                .buckets
                .retain(|_, bucket| bucket.settled(now).failures > 0);
        }
        let account = state.account(address);
        let fresh = Bucket {
            failures: 0,
            since: now,
        };
        let bucket = state.buckets.entry(account).or_insert(fresh);
        *bucket = bucket.settled(now);
        if bucket.failures == 0 {
            bucket.since = now;
        }
        bucket.failures += 1;
    }
}

impl State {
    fn keep(&mut self, credential: &[u8; 32], good: bool) {
        if !good {
            self.good.remove(credential);
            return;
        }
        if self.good.len() >= GOOD_MAX && !self.good.contains(credential) {
            self.good.clear();
        }
        self.good.insert(*credential);
    }

    fn account(&self, address: IpAddr) -> IpAddr {
        if self.buckets.contains_key(&address) || self.buckets.len() < ADDRESSES_MAX {
            address
        } else {
            EVERYBODY_ELSE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: [u8; 32] = [0; 32];
    const GOOD: [u8; 32] = [1; 32];

    fn v4(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    #[test]
    fn failures_stop_an_address_and_nobody_else() {
        let throttle = Throttle::default();
        let now = Duration::from_secs(100);
        throttle.note(v4(1), &GOOD, true, now);
        for _ in 0..BURST {
            assert_eq!(throttle.check(v4(1), &BAD, now), Ok(()));
            throttle.note(v4(1), &BAD, false, now);
        }
        assert_eq!(throttle.check(v4(1), &BAD, now), Err(REFILL));
        assert_eq!(throttle.check(v4(1), &GOOD, now), Ok(()));
        assert_eq!(throttle.check(v4(2), &BAD, now), Ok(()));
        assert_eq!(throttle.check(v4(1), &BAD, now + REFILL), Ok(()));
        throttle.note(v4(1), &BAD, false, now + REFILL);
        assert_eq!(throttle.check(v4(1), &BAD, now + REFILL), Err(REFILL));
    }

    #[test]
    fn a_good_credential_that_turns_bad_is_no_longer_privileged() {
        let throttle = Throttle::default();
        throttle.note(v4(1), &GOOD, true, Duration::ZERO);
        for _ in 0..=BURST {
            throttle.note(v4(1), &GOOD, false, Duration::ZERO);
        }
        assert_eq!(throttle.check(v4(1), &GOOD, Duration::ZERO), Err(REFILL));
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for n in 0..20_000 {
            throttle.note(v4(n), &BAD, false, Duration::ZERO);
        }
        let state = throttle.0.lock().unwrap();
        assert!(state.buckets.len() <= ADDRESSES_MAX + 1);
        drop(state);
        let late = v4(3_000_000);
        assert_eq!(throttle.check(late, &BAD, Duration::ZERO), Err(REFILL));
        assert_eq!(throttle.check(late, &BAD, Duration::from_hours(25)), Ok(()));
    }
}
