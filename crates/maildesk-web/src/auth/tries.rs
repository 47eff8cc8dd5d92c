//! Tries by key, paid back over time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Keys remembered at a time.
const REMEMBERED: usize = 4096;

/// So many at once, and then one for each time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) burst: u32,
    /// One try is given back after each of these.
    pub(super) refill: Duration,
}

/// Tries by key, paid back over time.
#[derive(Debug)]
pub(super) struct Buckets<K> {
    limit: Limit,
    used: Mutex<HashMap<K, (u32, Duration)>>,
}

impl<K: Copy + Eq + Hash> Buckets<K> {
    pub(super) fn new(limit: Limit) -> Self {
        Self {
            limit,
            used: Mutex::default(),
        }
    }

    fn settled(&self, (used, since): (u32, Duration), now: Duration) -> (u32, Duration) {
        let paid = now.saturating_sub(since).as_millis() / self.limit.refill.as_millis();
        let paid = u32::try_from(paid).unwrap_or(u32::MAX);
        if paid >= used {
            return (0, now);
        }
        (used - paid, since + self.limit.refill.saturating_mul(paid))
    }

    /// Uses one try, or says how long until there is one.
    pub(super) fn take(&self, key: K, now: Duration) -> Result<(), Duration> {
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED && !all.contains_key(&key) {
            self.make_room(&mut all, now);
        }
        let bucket = all.entry(key).or_insert((0, now));
        *bucket = self.settled(*bucket, now);
        if bucket.0 >= self.limit.burst {
            let since = now.saturating_sub(bucket.1);
            return Err(self.limit.refill.saturating_sub(since));
        }
        bucket.0 += 1;
        Ok(())
    }

    /// Forgets whoever has paid everything back; if nobody has, whoever was wrong least. A flood of
    /// strangers then shuts nobody out, and to be forgotten with ten tries on the account takes ten
    /// tries on each of all the others.
    fn make_room(&self, all: &mut HashMap<K, (u32, Duration)>, now: Duration) {
        all.retain(|_, bucket| self.settled(*bucket, now).0 > 0);
        if all.len() < REMEMBERED {
            return;
        }
        let least = all.iter().min_by_key(|(_, bucket)| **bucket);
        if let Some(key) = least.map(|(key, _)| *key) {
            all.remove(&key);
        }
    }

    pub(super) fn give_back(&self, key: K, now: Duration) {
        let mut all = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = all.get_mut(&key) {
            *bucket = self.settled(*bucket, now);
            bucket.0 = bucket.0.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit {
        burst: 3,
        refill: Duration::from_mins(1),
    };

    #[test]
    fn tries_run_out_for_one_key_and_come_back_one_by_one() {
        let buckets = Buckets::new(LIMIT);
        let now = Duration::from_secs(1000);
        for _ in 0..3 {
            assert_eq!(buckets.take("ada", now), Ok(()));
        }
        assert_eq!(buckets.take("ada", now), Err(LIMIT.refill));
        assert_eq!(buckets.take("bo", now), Ok(()));
        let later = now + Duration::from_secs(40);
        assert_eq!(buckets.take("ada", later), Err(Duration::from_secs(20)));
        let later = now + LIMIT.refill;
        assert_eq!(buckets.take("ada", later), Ok(()));
        assert!(buckets.take("ada", later).is_err());
        buckets.give_back("ada", later);
        assert_eq!(buckets.take("ada", later), Ok(()));
    }

    #[test]
    fn memory_is_bounded_and_time_forgives() {
        let buckets = Buckets::new(LIMIT);
        for key in 0..2 * REMEMBERED {
            assert_eq!(buckets.take(key, Duration::ZERO), Ok(()));
        }
        assert_eq!(buckets.used.lock().unwrap().len(), REMEMBERED);
        // Somebody new: for whom is remembered still, nothing has to be forgotten.
        assert_eq!(buckets.take(2 * REMEMBERED, LIMIT.refill), Ok(()));
        assert_eq!(buckets.used.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_flood_of_strangers_neither_shuts_out_nor_forgives() {
        let buckets = Buckets::new(LIMIT);
        for _ in 0..LIMIT.burst {
            assert_eq!(buckets.take(0, Duration::ZERO), Ok(()));
        }
        for stranger in 1..2 * REMEMBERED {
            assert_eq!(buckets.take(stranger, Duration::ZERO), Ok(()));
        }
        assert_eq!(buckets.take(0, Duration::ZERO), Err(LIMIT.refill));
    }
}
